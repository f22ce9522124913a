import Foundation
import JSON
import TestSupport
import Testing

/// The wire-scan commands as scripts meet them.
@Suite("Wire-scan commands", .serialized)
struct WireScanCommandTests {
  static func cases(_ name: String) -> String { TestResources.path("beam/ws-cases/\(name).parquet") }

  @Test(
    "exit codes say what happened",
    arguments: [
      ("whole", 0), ("missing-field", 2), ("damaged-page", 2), ("no-gamma", 2), ("unknown-scanner", 2),
      ("no-rows", 65), ("nothing-published", 65), ("no-bunches", 65), ("absent", 66),
    ])
  func exitCodes(name: String, status: Int32) throws {
    let run = try Program.shell(
      "$CAVERN beam ws fit '\(Self.cases(name))' --optics sps-q26-pb-ions --json")
    #expect(run.status == status)
    #expect(run.errors.isEmpty)
    let json = try run.json()
    if status >= 64 {
      #expect(json["schema"]?.stringValue == "cavern.error/1")
      #expect(json["error"]?["code"]?.stringValue?.isEmpty == false)
    } else {
      #expect(json["schema"]?.stringValue == "cavern.beam.ws.fit/1")
    }
  }

  @Test("any truncation and any changed byte ends in an error or a result, never in a crash")
  func fuzz() throws {
    let bytes = try TestResources.bytes("beam/ws-cases/whole.parquet")
    try withTemporaryFolder { folder in
      var place = 5
      for number in 0..<60 {
        var changed = bytes
        place = (place &* 7919 &+ 104_729) % bytes.count
        if number % 3 == 0 { changed = Array(bytes.prefix(place)) } else { changed[place] ^= UInt8(1 << (number % 8)) }
        try Data(changed).write(to: folder.appending(path: "\(number).parquet"))
      }
      let run = try Program.shell(
        "for i in $(seq 0 59); do timeout 20 $CAVERN beam ws fit $i.parquet --json >/dev/null 2>&1; echo $?; done",
        folder: folder)
      let codes = run.output.split(separator: "\n").compactMap { Int($0) }
      #expect(codes.count == 60)
      #expect(codes.allSatisfy { [0, 2, 65].contains($0) }, "\(codes)")
    }
  }

  @Test("a result folder is whole, can be explained, and is replaced only with --force")
  func resultFolder() throws {
    try withTemporaryFolder { folder in
      let file = Self.cases("whole")
      let first = try Program.shell(
        "cp '\(file)' WS.parquet && $CAVERN beam ws fit WS.parquet --optics sps-q26-pb-ions -o out --json",
        folder: folder)
      #expect(first.status == 0, "\(first.errors)\(first.output.prefix(500))")
      for name in ["result.json", "profiles.parquet", "report.html", "provenance.json"] {
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: "out/\(name)").path))
      }
      let stored = try JSONValue(parsing: Array(Data(contentsOf: folder.appending(path: "out/result.json"))))
      #expect(stored["result"]?["profiles"] == (try first.json())["result"]?["profiles"])
      let again = try Program.shell("$CAVERN beam ws fit WS.parquet -o out", folder: folder)
      #expect(again.status == 73)
      let forced = try Program.shell(
        "$CAVERN beam ws fit WS.parquet --optics sps-q26-pb-ions --threads 1 -o out --force", folder: folder)
      #expect(forced.status == 0)
      let same = try JSONValue(parsing: Array(Data(contentsOf: folder.appending(path: "out/result.json"))))
      #expect(same == stored)

      let explained = try Program.shell(
        "$CAVERN beam ws explain out --row 6 --plane H --scan in --json", folder: folder)
      #expect(explained.status == 0, "\(explained.output)")
      let steps = try explained.json()["result"]?["profiles"]?[0]?["steps"]?.arrayValue ?? []
      let emittance = steps.first { $0["title"]?.stringValue?.hasPrefix("Normalised") == true }
      let profile = stored["result"]?["profiles"]?.arrayValue?.first {
        $0["row"]?.intValue == 6 && $0["plane"]?.stringValue == "H" && $0["scan"]?.stringValue == "in"
      }
      #expect(
        emittance?["values"]?["emittance_um"]?.doubleValue == profile?["emittance_um"]?["value"]?.doubleValue)
      #expect(emittance?["values"]?["emittance_um"]?.doubleValue != nil)

      let changed = try Program.shell(
        "printf x >> WS.parquet; $CAVERN beam ws explain out --row 6 --json", folder: folder)
      #expect(changed.status == 65)
      #expect(try changed.json()["error"]?["code"]?.stringValue == "results.inputChanged")
    }
  }

  @Test("a session is drawn as text and to a file, and its profiles can be explained")
  func session() throws {
    try withTemporaryFolder { folder in
      let run = try Program.shell(
        """
        mkdir in && cp '\(Self.cases("whole"))' in/a.parquet && cp '\(Self.cases("two-rows"))' in/b.parquet &&
        $CAVERN beam ws batch in --optics sps-q26-pb-ions --no-figures -o out --quiet --json > batch.json
        """, folder: folder)
      #expect(run.status == 0, "\(run.errors)")
      for kind in ["cycle", "q", "bunch", "clock"] {
        let text = try Program.shell("$CAVERN beam ws plot out --kind \(kind)", folder: folder)
        #expect(text.status == 0, "\(text.errors)")
        #expect(text.output.split(separator: "\n").count > 15)
        #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
      }
      let drawn = try Program.shell(
        "$CAVERN beam ws plot out/result.json --kind q --figure q.svg --json && head -c 5 q.svg", folder: folder)
      #expect(drawn.status == 0, "\(drawn.errors)")
      #expect(drawn.output.hasSuffix("<?xml"))
      let explained = try Program.shell("$CAVERN beam ws explain out --file b.parquet --row 2", folder: folder)
      #expect(explained.status == 0, "\(explained.errors)")
      #expect(explained.output.contains("acquisition 1"))
      let several = try Program.shell("$CAVERN beam ws explain out --row 2 --json", folder: folder)
      #expect(several.status == 64)
      let wrong = try Program.shell("echo {} > wrong.json; $CAVERN beam ws plot wrong.json --json", folder: folder)
      #expect(wrong.status == 65)
      #expect(try wrong.json()["error"]?["code"]?.stringValue == "ws.notASession")
    }
  }

  @Test("explain without a row is a usage error; a vacant row names those that hold a bunch")
  func explainFaults() throws {
    let file = Self.cases("whole")
    #expect(try Program.shell("$CAVERN beam ws explain '\(file)'").status == 64)
    let vacant = try Program.shell("$CAVERN beam ws explain '\(file)' --row 3 --json")
    #expect(vacant.status == 65)
    #expect(try vacant.json()["error"]?["expected"]?.stringValue == "one of 2,6")
  }
}
