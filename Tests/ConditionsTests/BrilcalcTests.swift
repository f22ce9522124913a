import Conditions
import Errors
import Foundation
import TestSupport
import Testing

private let sections = """
  #Data tag : 24v1 , Norm tag: /normtags/normtag_BRIL.json
  #run:fill,ls,time,beamstatus,E(GeV),delivered(/ub),recorded(/ub),avgpu,source
  380115:9568,12:12,1714557856,STABLE BEAMS,6800,469385.3,441222.1,55.2,HFET
  380115:9568,13:0,1714557879,ADJUST,6800,0.5,0.25,0.1,HFET
  #Summary:
  #nfill,nrun,nls,ncms,totdelivered(/ub),totrecorded(/ub)
  #1,1,2,1,469385.8,441222.35

  """

/// A program of that name, in a folder of its own that stands first on the PATH.
private func withProgram<Value>(
  _ name: String, _ script: String, _ body: (ProcessRunner, URL) throws -> Value
) throws -> Value {
  try withTemporaryFolder { folder in
    let path = folder.appending(path: name).path
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    let runner = ProcessRunner(environment: ["PATH": "\(folder.path):/usr/bin:/bin", "HERE": folder.path])
    return try body(runner, folder)
  }
}

private let call = BrilcalcClient.bySection(runs: 380115...380116, normTag: nil)

@Suite("brilcalc")
struct BrilcalcTests {
  @Test("a listing by lumisection gives rows, tags and summary")
  func bySection() throws {
    let listing = try BrilcalcListing(parsing: sections)
    #expect(listing.dataTag == "24v1")
    #expect(listing.hasNormTag)
    #expect(listing.rows.map(\.lumisection) == [12, 13])
    #expect(listing.rows[0].startMilliseconds == 1_714_557_856_000)
    #expect(listing.rows[1].beamStatus == "ADJUST")
    #expect(listing.summary?.delivered == 469385.8)
  }

  @Test("a listing by run gives times of day and other units in inverse microbarn")
  func byRun() throws {
    let listing = try BrilcalcListing(
      parsing: """
        a line from the shell
        #Data tag : 23v1 , Norm tag: None
        #run:fill,time,nls,ncms,delivered(/fb),recorded(/pb)
        357271:8016,07/19/22 20:01:14,52,50,0.5,2
        #Summary:
        #nfill,nrun,nls,ncms,totdelivered(/fb),totrecorded(/pb)
        #1,1,52,50,0.5,2
        """)
    #expect(!listing.hasNormTag)
    #expect(listing.rows[0].startMilliseconds == UTCTime.milliseconds(iso: "2022-07-19T20:01:14Z"))
    #expect(listing.rows[0].delivered == 0.5e9)
    #expect(listing.rows[0].recorded == 2e6)
    #expect(listing.rows[0].sectionCount == 52)
  }

  @Test(
    "a listing that is not whole is refused with its reason",
    arguments: [
      ("", "brilcalc.empty"), ("#Data tag : x , Norm tag: y\n", "brilcalc.noHeader"),
      (sections.components(separatedBy: "#Summary")[0], "brilcalc.noSummary"),
      (String(sections.prefix(260)), "brilcalc.cutRow"),
      (sections.replacing("delivered(/ub)", with: "delivered(/zz)"), "lumi.unknownUnit"),
      (sections.replacing("1714557879", with: "soon"), "brilcalc.badTime"),
    ])
  func damaged(text: String, code: String) {
    #expect(caught { try BrilcalcListing(parsing: text) }?.code == code)
  }

  @Test("rows without norm tag give the beam mode and no luminosity")
  func merging() throws {
    let trusted = try BrilcalcListing(parsing: sections).rows.filter { $0.lumisection == 12 }
    let online = try BrilcalcListing(parsing: sections).rows
    let merged = Lumisection.merging(trusted: trusted, online: online)
    #expect(merged.map(\.number) == [12, 13])
    #expect(merged.map(\.delivered) == [469385.3, 0])
    #expect(merged.map(\.isTrusted) == [true, false])
  }

  @Test("the program gets its words one by one, and its warnings are no failure")
  func local() throws {
    let script = #"""
      for word in "$@"; do echo "$word" >> "$HERE/words"; done
      echo "old.py:3: DeprecationWarning: soon gone" >&2
      cat "$HERE/listing"
      """#
    try withProgram("brilcalc", script) { runner, folder in
      try Data(sections.utf8).write(to: folder.appending(path: "listing"))
      let client = BrilcalcClient(runner: runner)
      let arguments = BrilcalcClient.bySection(runs: 1...2, normTag: "/a b/$(touch x)")
      #expect(try client.listing(arguments).rows.count == 2)
      let words = try String(contentsOf: folder.appending(path: "words"), encoding: .utf8)
      #expect(words.split(separator: "\n").map(String.init) == arguments)
    }
  }

  @Test(
    "a program that misbehaves is reported with its last words",
    arguments: [
      ("echo 'no such normtag' >&2; exit 1", "brilcalc.failed"), ("echo trouble >&2", "brilcalc.failed"),
      ("kill -9 $$", "brilcalc.failed"), ("true", "brilcalc.empty"), ("echo '#Data tag : a'", "brilcalc.noHeader"),
      ("exec sleep 30", "command.timeout"), ("head -c 3000 /dev/zero", "command.tooLong"),
    ])
  func misbehaving(script: String, code: String) throws {
    try withProgram("brilcalc", script) { runner, _ in
      var runner = runner
      runner.maximumBytes = 2000
      let limit: Duration = script.contains("sleep") ? .milliseconds(300) : .seconds(20)
      let client = BrilcalcClient(timeLimit: limit, runner: runner)
      #expect(caught { try client.listing(call) }?.code == code)
    }
  }

  @Test("without the program, the host is asked for both listings in one session with every word quoted")
  func remote() throws {
    let script = #"""
      for word in "$@"; do last="$word"; done
      echo "$last" > "$HERE/remote"
      echo "$@" | grep -q BatchMode=yes || exit 9
      HOME="$HERE"; cd "$HERE"; exec /bin/sh -c "$last"
      """#
    try withProgram("ssh", script) { runner, folder in
      let bin = folder.appending(path: ".local/bin")
      try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
      let program = bin.appending(path: "brilcalc").path
      try Data("#!/bin/sh\ncat \"$HERE/listing\"\n".utf8).write(to: URL(filePath: program))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
      try Data(sections.utf8).write(to: folder.appending(path: "listing"))
      let client = BrilcalcClient(route: try SSHRoute("lxplus", isBatch: true), runner: runner)
      let listings = try client.listings([
        BrilcalcClient.bySection(runs: 1...2, normTag: "a;touch \(folder.path)/evil"), call,
      ])
      #expect(listings.map(\.rows.count) == [2, 2])
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/evil"))
    }
  }

  @Test(
    "an ssh that fails names the step and what to do",
    arguments: [
      ("echo 'me@lxplus: Permission denied (publickey).' >&2; exit 255", "ssh.needsLogin"),
      ("echo 'ssh: connect to host lxplus port 22: Connection refused' >&2; exit 255", "ssh.noConnection"),
      ("echo 'Connection closed by 1.2.3.4' >&2; exit 0", "ssh.noConnection"),
      ("echo '#Data tag : a'", "brilcalc.failed"),
    ])
  func failingRoute(script: String, code: String) throws {
    try withProgram("ssh", script) { runner, _ in
      let client = BrilcalcClient(route: try SSHRoute("lxplus"), runner: runner)
      #expect(caught { try client.listings([call, call]) }?.code == code)
    }
  }

  @Test("neither program nor host: the reason is that brilcalc is missing")
  func missing() throws {
    let runner = ProcessRunner(environment: ["PATH": "/nonexistent"])
    let error = caught { try BrilcalcClient(runner: runner).listing(call) }
    #expect(error?.code == "brilcalc.missing")
    #expect(error?.exit == .unavailable)
  }

  @Test(
    "names of hosts that could be options or shell text are refused", arguments: ["-oProxyCommand=x", "a b", "", "a;b"])
  func hosts(name: String) { #expect(caught { try SSHRoute(name) }?.code == "ssh.badHost") }

  @Test("recorded answers stand in for calls, and a call that is not recorded is named")
  func replay() throws {
    let line = ##"{"arguments": ["lumi", "--begin", "1"], "stdout": "#Data tag : a , Norm tag: b\n"}"##
    let client = BrilcalcClient(replay: try BrilcalcClient.Recording.parse(jsonLines: line + "\n"))
    #expect(try client.texts([["lumi", "--begin", "1"]]) == ["#Data tag : a , Norm tag: b\n"])
    #expect(caught { try client.texts([["lumi"]]) }?.code == "brilcalc.notRecorded")
    #expect(caught { try BrilcalcClient.Recording.parse(jsonLines: "\n{}") }?.line == 2)
  }

  @Test("curl on another host carries OMS")
  func curl() async throws {
    let script = #"""
      for word in "$@"; do last="$word"; done
      echo "$last" > "$HERE/remote"
      printf '{"data": [{"id": "7", "attributes": {"run_number": 7}}]}\n200'
      """#
    let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-ssh-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "ssh").path
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    let runner = ProcessRunner(environment: ["PATH": "\(folder.path):/usr/bin:/bin", "HERE": folder.path])
    let client = OMSClient(
      base: OMSClient.innerAddress, transport: OMSThroughSSH(try SSHRoute("cmsusr"), runner: runner))
    let records = try await client.records(.runs(7...7))
    #expect(records.compactMap(RunRecord.init).map(\.run) == [7])
    let words = try String(contentsOf: folder.appending(path: "remote"), encoding: .utf8)
    #expect(words.hasPrefix("curl -g -s -w "))
    #expect(words.contains("'http://cmsoms.cms/agg/api/v1/runs?filter%5B"))
  }
}

@Suite("Times in UTC")
struct UTCTimeTests {
  @Test(
    "read back what they write, over leap years and centuries",
    arguments: [0.0, 951_782_400_000, 1_714_557_600_000, 4_102_444_799_000, -86_400_000, -1000, 1_709_164_800_000])
  func roundTrip(time: Double) throws {
    #expect(UTCTime.milliseconds(iso: UTCTime.iso(time)) == time)
    if time > 946_684_800_000 { #expect(UTCTime.milliseconds(brilcalc: UTCTime.brilcalc(time)) == time) }
  }

  @Test("fractions, offsets and dates alone are understood; days that do not exist are not")
  func forms() {
    #expect(UTCTime.milliseconds(iso: "2024-05-01T12:00:00.25+02:00") == 1_714_557_600_250)
    #expect(UTCTime.milliseconds(iso: "2024-05-01") == 1_714_521_600_000)
    #expect(UTCTime.text(1_714_557_600_999) == "2024/05/01 10:00:00")
    for text in ["", "2023-02-29T00:00:00Z", "2024-5-1T00:00:00Z", "2024-05-01T24:00:00Z", "2024-05-01T10:00:00X"] {
      #expect(UTCTime.milliseconds(iso: text) == nil, "\(text)")
    }
  }
}

@Suite("Run records")
struct RunRecordTests {
  @Test("CSV with quoted lists and JSON of the same run agree")
  func forms() throws {
    let csv = """
      run_number,fill_number,start_time,end_time,components,stable_beam,energy,delivered_lumi
      380115,9568,2024-05-01T10:00:00Z,,"[CSC,DAQ]",True,6800.0,8.39

      """
    let json = """
      {"data": [{"id": "380115", "type": "runs", "attributes": {"run_number": 380115, "fill_number": 9568,
      "start_time": "2024-05-01T10:00:00Z", "end_time": null, "stable_beam": true, "energy": 6800.0, "delivered_lumi": 8.39}}]}
      """
    let fromCSV = try RunRecord.parse(Array(csv.utf8))
    #expect(try RunRecord.parse(Array(json.utf8)) == fromCSV)
    #expect(fromCSV[0].startMilliseconds == 1_714_557_600_000)
    #expect(fromCSV[0].isStable == true)
  }

  @Test("a sign-in page, an empty answer and one without runs are refused")
  func refused() {
    #expect(caught { try RunRecord.parse(Array("<html>".utf8)) }?.code == "oms.notSignedIn")
    #expect(caught { try RunRecord.parse(Array("{\"data\": []}".utf8)) }?.code == "oms.noRuns")
    #expect(caught { try RunRecord.parse(Array("{\"data\"".utf8)) }?.code == "oms.notJSON")
  }
}
