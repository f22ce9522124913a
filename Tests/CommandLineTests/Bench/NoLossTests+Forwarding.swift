import Files
import Foundation
import Glibc
import JSON
import TestSupport
import Testing

extension NoLossTests {
  @Test(
    "a forwarder killed at random moments while it catches up delivers every line, counts each once, and leaves dead letters for poisoned ones"
  )
  func killedForwarder() throws {
    var generator = SystemRandomNumberGenerator()
    try withTemporaryFolder { folder in
      let (stub, port) = try startStub(folder)
      defer { stub.endNow() }
      try Data("secret\n".utf8).write(to: folder.appending(path: "token"))
      chmod(folder.path + "/token", 0o600)
      let target =
        "--to influx2 --url http://127.0.0.1:\(port) --org o --bucket b --token-file token --destination main"
      var (next, poisoned, kills) = (0, 0, 0)
      for round in 0..<Effort.forwarderKills {
        // A backlog of several pages with a poisoned line now and then, or a few live samples.
        let count = round % 4 == 0 ? 12_000 : Int.random(in: 1...40, using: &generator)
        var lines = (next..<next + count).map { "load v=\($0)i \($0)" }
        next += count
        if round % 8 == 0 {
          lines.insert("poison v=1i \(round)", at: count / 2)
          poisoned += 1
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: folder.appending(path: "in.lp"))
        let imported = try Program.shell(
          "$CAVERN ts import in.lp --store s.db --commit-lines 400 >/dev/null", folder: folder)
        #expect(imported.status == 0)
        let pause = Double.random(in: 0.03...0.25, using: &generator)
        let outcome = try Program.shell(
          "$CAVERN ts forward --store s.db \(target) >/dev/null 2>&1 & sleep \(pause); kill -9 $!; wait $!; echo $?",
          folder: folder)
        if outcome.output.contains("137") { kills += 1 }
      }
      let flushed = try Program.shell("$CAVERN ts flush --store s.db \(target) --timeout 60s --json", folder: folder)
      #expect(flushed.status == 0, "\(flushed)")
      let status = try #require(try flushed.json()["result"]?["destinations"]?[0])
      #expect(status["deliveredLines"]?.intValue == next && status["rejectedLines"]?.intValue == poisoned)
      #expect(status["pendingSamples"]?.intValue == 0)
      #expect(status["acknowledgedBatch"]?.intValue == status["liveBatch"]?.intValue)
      let letters = try Program.shell("$CAVERN ts deadletter --store s.db --csv | grep -c poison", folder: folder)
      #expect(letters.output == "\(poisoned)\n")
      let text = try String(contentsOf: folder.appending(path: "lines"), encoding: .utf8)
      let times = text.split(separator: "\n").compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
      #expect(Set(times) == Set(0..<next))
      #expect(
        text.split(separator: "\n").allSatisfy {
          $0 == "load v=\($0.split(separator: " ").last ?? "")i \($0.split(separator: " ").last ?? "")"
        })
      #expect(kills == Effort.forwarderKills)
      Effort.note(
        "\(kills) kills of a forwarder: \(next) lines and \(poisoned) poisoned ones in, \(Set(times).count) at the server and "
          + "\(poisoned) dead letters, \(times.count - Set(times).count) sent twice, each counted once")
    }
  }

  /// The stub of InfluxDB 2, which keeps lines in a file, and its port.
  private func startStub(_ folder: URL) throws -> (Process, Int) {
    let stub = Process()
    stub.executableURL = URL(filePath: "/usr/bin/python3")
    stub.arguments = [TestResources.path("bench/servers/stub.py"), "--keep", folder.path + "/lines"]
    let output = Pipe()
    stub.standardOutput = output
    stub.standardInput = FileHandle.nullDevice
    // It complains about clients that are killed, which is what they are here for.
    stub.standardError = FileHandle.nullDevice
    try stub.run()
    let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    return (stub, try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines))))
  }
}
