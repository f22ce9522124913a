import Arguments
import Errors
import Instruments
import JSON
import Tables

extension Command {
  /// `cavern scope convert`: a waveform file as a table.
  static var scopeConvert: Command {
    Command(
      "convert", "Convert a waveform file to a Parquet, Arrow or CSV table.",
      discussion: """
        The columns are segment, index, raw, time_s and volts. The ending of the output file says the format: .parquet, \
        .arrow or .csv.
        """,
      examples: [Example("cavern scope convert C2-00000.trc -o pulse.parquet", "write a Parquet table")],
      arguments: [Argument("file", .file(["trc", "bin"]), "The waveform.")],
      options: [
        .option("output", short: "o", "FILE", .file(["parquet", "arrow", "csv"]), "The table to write.")
      ]
    ) { arguments in
      let path = try arguments.string("file")
      let place = try arguments.string("output")
      let ending = place.lastIndex(of: ".").map { String(place[place.index(after: $0)...]).lowercased() } ?? ""
      guard ["parquet", "arrow", "csv"].contains(ending) else {
        throw arguments.fault(
          "scope.unknownFormat", "'\(place)' does not end in a format that can be written", about: "output",
          expected: ".parquet, .arrow or .csv", nearest: nearestNames(to: ending, in: ["parquet", "arrow", "csv"]))
      }
      let waveform = try ScopeFiles.waveform(path, arguments)
      let table = try table(waveform)
      switch ending {
      case "parquet": try table.writeParquet(to: place)
      case "arrow": try table.writeArrow(to: place)
      default: try table.writeCSV(to: place)
      }
      return Report(
        warnings: waveform.allWarnings(),
        result: [
          "file": .string(place), "rows": .integer(table.rowCount), "segments": .integer(waveform.segmentCount),
        ],
        text: "\(place): \(table.rowCount) samples of \(waveform.segmentCount) segments\n")
    }
  }

  private static func table(_ waveform: Waveform) throws(CavernError) -> Table {
    let points = waveform.pointsPerSegment
    let segments = (0..<waveform.count).map { Int32(truncatingIfNeeded: $0 / max(1, points)) }
    let indices = (0..<waveform.count).map { Int32(truncatingIfNeeded: $0 % max(1, points)) }
    var times: [Double] = []
    times.reserveCapacity(waveform.count)
    for segment in 0..<waveform.segmentCount {
      for index in 0..<points { times.append(waveform.time(segment: segment, index: index)) }
    }
    return try Table(columns: [
      Column("segment", segments), Column("index", indices), Column("raw", waveform.counts()),
      Column("time_s", times, unit: "s"),
      Column("volts", waveform.volts(), unit: waveform.descriptor.verticalUnit),
    ])
  }
}
