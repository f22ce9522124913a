import Arguments
import BeamHalo
import Errors
import Files
import Foundation
import JSON
import Results
import Tables

extension Command {
  /// `cavern halo decode`: every hit that can be trusted, and what was lost.
  static var haloDecode: Command {
    Command(
      "decode", "Decode the hits of a capture, before any cut, and account for all that was lost.",
      discussion: """
        Hits are in the order of the files, orbits with the turns of the 32-bit counter added. With -o the folder gets \
        records_uHTR4.csv and records_uHTR11.csv (or .parquet), diagnostics.csv (one row a damaged place with file, line, \
        kind, hits lost and the start of the line) and decode_counts.csv (one row a file). Only what is damaged is lost: \
        a hit without both of its lines whole, and the hits of an event whose header cannot be trusted. Ends with 2 when \
        more than --max-loss of the hits are lost; the data are written all the same.
        """,
      examples: [
        Example("cavern halo decode CAPTURE -o OUT --csv", "write hits and diagnostics as CSV"),
        Example("cavern halo decode CAPTURE --json", "count what was kept and lost"),
      ],
      arguments: [HaloArguments.folder],
      options: [
        .option("output", short: "o", "DIR", .folder, "Write hits, diagnostics and counts to this folder."),
        CommonOptions.csvFiles("Write the hits as CSV; without it as Parquet."),
        .flag("force", "Replace files of an earlier run."),
      ] + HaloArguments.reading
    ) { arguments in
      let capture = try HaloArguments.capture(arguments, keepsSamples: try arguments.optionalString("output") != nil)
      if let folder = try arguments.optionalString("output") {
        try HaloDecodeOutput.write(
          capture, to: folder, asCSV: arguments.flag("csv"), force: arguments.flag("force"))
      }
      let result = HaloDecodeOutput.json(capture)
      let text = HaloDecodeOutput.text(capture)
      return Report(
        status: try HaloArguments.status(capture, arguments),
        warnings: capture.warnings + HaloArguments.lossWarnings(capture.sides.flatMap(\.tallies)), result: result,
        text: text,
        csv: { HaloDecodeOutput.countsCSV(capture) })
    }
  }
}

/// The files that decoding writes.
enum HaloDecodeOutput {
  private static let countNames = ["file", "bytes", "hits_kept", "no_tdc", "multi_tdc", "hits_lost", "diagnostics"]

  /// Writes the files; each appears whole or not at all.
  static func write(_ capture: HaloCapture, to folder: String, asCSV: Bool, force: Bool) throws(CavernError) {
    let ending = asCSV ? "csv" : "parquet"
    var names = ["diagnostics.csv", "decode_counts.csv"]
    names += capture.sides.map { "records_uHTR\($0.side.board).\(ending)" }
    try OutputFolder.prepare(folder)
    for name in names where !force && FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
      throw CavernError(
        "results.exists", "there is such a file already", exit: .cannotCreate, file: "\(folder)/\(name)",
        hint: "name another folder, or replace it with --force")
    }
    let records = HaloRecords(try HaloDetector())
    for data in capture.sides {
      let path = "\(folder)/records_uHTR\(data.side.board).\(ending)"
      if asCSV {
        try AtomicFile.write(path) { (temporary) throws(CavernError) in
          try writeRecords(records, data.hits, temporary, path)
        }
      } else {
        try data.hits.table().writeParquet(to: path)
      }
    }
    try AtomicFile.write("\(folder)/diagnostics.csv", text: diagnosticsCSV(capture))
    try AtomicFile.write("\(folder)/decode_counts.csv", text: countsCSV(capture))
  }

  private static func writeRecords(
    _ records: HaloRecords, _ hits: HaloHits, _ temporary: String, _ path: String
  ) throws(CavernError) {
    do {
      try Data().write(to: URL(filePath: temporary), options: .withoutOverwriting)
      let handle = try FileHandle(forWritingTo: URL(filePath: temporary))
      defer { try? handle.close() }
      try handle.write(contentsOf: Data(HaloRecords.header.utf8))
      var start = 0
      while start < hits.count {
        let end = min(start + 50_000, hits.count)
        try handle.write(contentsOf: Data(records.lines(hits, start..<end)))
        start = end
      }
    } catch {
      throw CavernError(
        "file.cannotWrite", "the file cannot be written: \(error.localizedDescription)", exit: .inputOutput, file: path)
    }
  }

  /// One row a damaged place.
  static func diagnosticsCSV(_ capture: HaloCapture) -> String {
    CSVText.table(
      ["file", "line", "kind", "records_lost", "text"],
      capture.sides.flatMap(\.diagnostics).map {
        [$0.file, "\($0.entry.line)", $0.entry.kind.rawValue, "\($0.entry.hitsLost)", $0.entry.text]
      })
  }

  /// One row a file.
  static func countsCSV(_ capture: HaloCapture) -> String {
    CSVText.table(countNames, tallies(capture).map { [$0.file] + numbers($0).map(\.description) })
  }

  private static func tallies(_ capture: HaloCapture) -> [HaloTally] {
    capture.sides.flatMap(\.tallies).sorted { $0.file < $1.file }
  }

  private static func numbers(_ tally: HaloTally) -> [Int] {
    [tally.bytes, tally.kept, tally.withoutTdc, tally.withManyTdcs, tally.lost, tally.damagedPlaces]
  }

  /// Counts and damaged places.
  static func json(_ capture: HaloCapture) -> JSONValue {
    let files = tallies(capture).map { tally -> JSONValue in
      .object(
        JSONObject(
          [("file", .string(tally.file))] + zip(countNames.dropFirst(), numbers(tally)).map { ($0, .integer($1)) }))
    }
    let sides = capture.sides.map { data -> JSONValue in
      [
        "uhtr": .integer(data.side.board), "hits": .integer(data.hits.count),
        "runs": .array(data.firstOrbits().keys.sorted().map { .integer(Int($0)) }),
        "first_orbit": .optional(data.hits.orbit.min().map { Int(clamping: $0) }),
        "last_orbit": .optional(data.hits.orbit.max().map { Int(clamping: $0) }),
        "orbit_jumps": .integer(data.jumps.count), "out_of_order": .bool(data.isOutOfOrder),
      ]
    }
    let diagnostics = capture.sides.flatMap(\.diagnostics).map { entry -> JSONValue in
      [
        "file": .string(entry.file), "line": .integer(entry.entry.line), "kind": .string(entry.entry.kind.rawValue),
        "records_lost": .integer(entry.entry.hitsLost), "text": .string(entry.entry.text),
      ]
    }
    return [
      "sides": .array(sides), "files": .array(files), "loss_share": .number(capture.lossShare),
      "diagnostics": .array(diagnostics),
    ]
  }

  /// One line a file.
  static func text(_ capture: HaloCapture) -> String {
    TextTable(
      columns: [.left("file")] + countNames.dropFirst().map { .right($0) },
      rows: tallies(capture).map { [$0.file] + numbers($0).map(\.description) }
    ).text(width: .max)
  }
}
