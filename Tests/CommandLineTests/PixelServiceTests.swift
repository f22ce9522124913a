import Foundation
import JSON
import Synchronization
import TestSupport
import Testing

@Suite("cavern pixel with OMS and brilcalc")
struct PixelServiceTests {
  private static let resources = TestResources.path("pixel")

  private static func pages(_ name: String) throws -> [String] {
    try (1...(name == "fills" ? 3 : 4)).map {
      String(decoding: try TestResources.bytes("pixel/oms/\(name)_page\($0).json"), as: UTF8.self)
    }
  }

  private func run(_ words: String, _ server: StubServer, folder: URL? = nil) throws -> Program.Outcome {
    try Program.shell(
      "$CAVERN pixel \(words) --oms-url http://127.0.0.1:\(server.port)/agg/api/v1 --page-size 3", folder: folder)
  }

  /// A stub that serves recorded pages by offset.
  private func recorded(_ name: String) throws -> StubServer {
    let pages = try Self.pages(name)
    return try StubServer { request in
      let page = (request.query["page[offset]"].flatMap { Int($0) } ?? 0) / 3
      return page < pages.count ? .reply(200, body: pages[page]) : .reply(404, body: "{}")
    }
  }

  private let range = "--first-fill 8010 --last-fill 8030"

  @Test("11: pages are followed, and the list of good fills is the recorded one")
  func fills() throws {
    let server = try recorded("fills")
    defer { server.stop() }
    try withTemporaryFolder { folder in
      let outcome = try run("fills \(range) --suffix run3 --compat --out o", server, folder: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let made = try Data(contentsOf: folder.appending(path: "o/fills_run3.csv"))
      #expect(Array(made) == (try TestResources.bytes("pixel/expected/fills/fills_run3.csv")))
      #expect(server.requests.count == 3)
      #expect(server.requests[0].query["sort"] == "fill_number")
      #expect(server.requests[0].query["filter[fill_number][GE]"] == "8010")
    }
  }

  @Test("saved pages in any order give the same list, and a page that is missing is told with both numbers")
  func savedPages() throws {
    try withTemporaryFolder { folder in
      let base = "\(Self.resources)/oms/fills_page"
      let whole = try Program.shell(
        "$CAVERN pixel fills \(range) --csv --oms-pages \(base)3.json,\(base)1.json,\(base)2.json", folder: folder)
      #expect(Array(whole.output.utf8) == (try TestResources.bytes("pixel/expected/fills/fills_run3.csv")))
      let cut = try Program.shell(
        "$CAVERN pixel fills \(range) --oms-pages \(base)1.json,\(base)3.json", folder: folder)
      #expect(cut.status == 69 && cut.errors.contains("4 records") && cut.errors.contains("7"))
      // A page given twice counts once.
      let again = try Program.shell(
        "$CAVERN pixel fills \(range) --csv --oms-pages \(base)3.json,\(base)1.json,\(base)2.json,\(base)1.json",
        folder: folder)
      #expect(again.output == whole.output)
    }
  }

  @Test("fills that a server should have left out are left out, counted by reason")
  func conditionsAgain() throws {
    let state = String(decoding: try TestResources.bytes("pixel/oms/server_state.json"), as: UTF8.self)
    let records = try JSONValue(parsing: state)["fills"] ?? (try JSONValue(parsing: state)["data"]) ?? .array([])
    let page: JSONValue = ["data": records, "meta": ["totalResourceCount": .integer(records.arrayValue?.count ?? 0)]]
    try withTemporaryFolder { folder in
      try Data(page.text().utf8).write(to: folder.appending(path: "all.json"))
      // The same fill twice, which the server counts twice, is one fill.
      let twice: JSONValue = [
        "data": .array((records.arrayValue ?? []) + (records.arrayValue ?? []).prefix(3)),
        "meta": ["totalResourceCount": .integer((records.arrayValue?.count ?? 0) + 3)],
      ]
      try Data(twice.text().utf8).write(to: folder.appending(path: "twice.json"))
      let both = try Program.shell("$CAVERN pixel fills \(range) --oms-pages twice.json --csv", folder: folder)
      #expect(Array(both.output.utf8) == (try TestResources.bytes("pixel/expected/fills/fills_run3.csv")))
      let outcome = try Program.shell("$CAVERN pixel fills \(range) --oms-pages all.json --csv", folder: folder)
      #expect(Array(outcome.output.utf8) == (try TestResources.bytes("pixel/expected/fills/fills_run3.csv")))
      #expect(outcome.errors.contains("no stable beams") && outcome.errors.contains("no injection scheme"))
      let lumi = try Program.shell("$CAVERN pixel lumi \(range) --oms-pages all.json --csv", folder: folder)
      try compare(lumi.output, "luminosity_oms")
    }
  }

  private func compare(_ made: String, _ folder: String) throws {
    let golden = String(
      decoding: try TestResources.bytes("pixel/expected/\(folder)/integrated_luminosity_per_fill_run3.csv"),
      as: UTF8.self)
    let (lines, expected) = (made.split(separator: "\n"), golden.split(separator: "\n"))
    #expect(lines.count == expected.count && lines.first == expected.first)
    for (line, other) in zip(lines.dropFirst(), expected.dropFirst()) {
      let values = line.split(separator: ",").map { Double($0) ?? .nan }
      let wanted = other.split(separator: ",").map { Double($0) ?? .nan }
      for (value, right) in zip(values, wanted) { #expect(abs(value - right) <= 1e-12 * max(1, abs(right))) }
    }
  }

  @Test("luminosities of OMS have the unit of their row")
  func luminosity() throws {
    let server = try recorded("luminosity")
    defer { server.stop() }
    try compare(try run("lumi \(range) --csv", server).output, "luminosity_oms")
    let strange = try Self.pages("luminosity")[0].replacing("pb^{-1}", with: "xb^{-1}")
      .replacing("\"totalResourceCount\": 10", with: "\"totalResourceCount\": 3").replacing("\"next\"", with: "\"n\"")
    let other = try StubServer { _ in .reply(200, body: strange) }
    defer { other.stop() }
    let outcome = try run("lumi \(range)", other)
    #expect(outcome.status == 65 && outcome.errors.contains("xb^{-1}"))
  }

  @Test("a busy server is asked again, a sign-in page, an expired token and other answers end with the reason")
  func faults() throws {
    let pages = try Self.pages("fills")
    let refusals = Counter()
    let busy = try StubServer { request in
      if refusals.next() <= 2 {
        return .reply(503, headers: ["Retry-After": "0"], body: "")
      }
      let page = (request.query["page[offset]"].flatMap { Int($0) } ?? 0) / 3
      return .reply(200, body: pages[page])
    }
    defer { busy.stop() }
    #expect(try run("fills \(range) --csv", busy).status == 0)
    let down = try StubServer { _ in .reply(503, headers: ["Retry-After": "0"], body: "") }
    defer { down.stop() }
    let failed = try run("fills \(range) --out nothing", down)
    #expect(failed.status == 69 && failed.errors.contains("503") && failed.errors.contains("page"))
    let login = try StubServer { _ in .reply(302, headers: ["Location": "https://auth.example/"], body: "") }
    defer { login.stop() }
    let redirected = try run("fills \(range)", login)
    #expect(redirected.status == 77 && redirected.errors.contains("sign"))
    let text = try StubServer { _ in .reply(200, body: "out of order") }
    defer { text.stop() }
    let broken = try run("fills \(range)", text)
    #expect(broken.status == 69 && broken.errors.contains("JSON"))
  }

  @Test("10: brilcalc by fill gives the recorded table; output that was cut is never zero")
  func brilcalc() throws {
    try withTemporaryFolder { folder in
      let saved = "\(Self.resources)/brilcalc/fills_8010_8030_ub.csv"
      let whole = try Program.shell(
        "$CAVERN pixel lumi --from brilcalc \(range) --listing \(saved) --csv", folder: folder)
      try compare(whole.output, "luminosity_brilcalc")
      let warned = try Program.shell(
        "(echo 'WARNING: old norm tag'; cat \(saved)) >w.csv; $CAVERN pixel lumi --from brilcalc \(range) --listing w.csv --csv",
        folder: folder)
      #expect(warned.output == whole.output)
      for (name, command) in [
        ("no summary", "head -n 8 \(saved)"), ("cut row", "head -c 700 \(saved)"), ("empty", "true"),
        ("a row missing", "sed 5d \(saved)"),
      ] {
        let cut = try Program.shell(
          "\(command) >cut.csv; $CAVERN pixel lumi --from brilcalc \(range) --listing cut.csv --out o --json",
          folder: folder)
        #expect(cut.status == 69, "\(name): \(cut.output)")
        #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "o").path), "\(name)")
      }
      let missing = try Program.shell(
        "$CAVERN pixel lumi --from brilcalc \(range) --brilcalc /nowhere/brilcalc --json", folder: folder)
      #expect(missing.status == 69)
      let failing = try Program.shell(
        "printf '#!/bin/sh\\necho broken pipe to the database >&2\\nexit 3\\n' >b; chmod +x b; "
          + "$CAVERN pixel lumi --from brilcalc \(range) --brilcalc ./b", folder: folder)
      #expect(
        failing.status == 69 && failing.errors.contains("broken pipe to the database") && failing.errors.contains("3"))
    }
  }

  @Test("a stub of brilcalc is called with an argument list, and sections add up to the fill")
  func sections() throws {
    try withTemporaryFolder { folder in
      let saved = "\(Self.resources)/brilcalc/byls_8018_8020.csv"
      try Data("#!/bin/sh\nprintf '%s\\n' \"$@\" >args\ncat \(saved)\n".utf8).write(to: folder.appending(path: "b"))
      let outcome = try Program.shell(
        "chmod +x b; $CAVERN pixel lumi --from brilcalc --first-fill 8018 --last-fill 8020 --by-section "
          + "--beam-status 'STABLE BEAMS' --brilcalc ./b --out o --csv; cat args", folder: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.contains("--byls\n") && outcome.output.contains("\nSTABLE BEAMS\n"))
      let sections = try String(
        contentsOf: folder.appending(path: "o/luminosity_by_section.csv"), encoding: .utf8)
      #expect(sections.contains("STABLE BEAMS") && !sections.contains("ADJUST"))
    }
  }
}

/// Counts calls from several threads.
private final class Counter: Sendable {
  private let count = Mutex(0)

  /// The number of this call, from 1.
  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}
