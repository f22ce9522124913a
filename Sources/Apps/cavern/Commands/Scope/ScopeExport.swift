import Arguments
import Bench
import Errors
import Files
import Instruments
import JSON
import Tables

extension Command {
  /// `cavern scope export`: a run as one table.
  static var scopeExport: Command {
    Command(
      "export", "Export a run as one table, a row for each segment and channel.",
      discussion: """
        Columns: sweep, segment, channel, trigger_utc_ns, trigger_time_s, t0_s, dt_s, gain, offset, flags, the values of the \
        bench with their ages, raw (a list of counts) and with --volts volts. In CSV the lists are left out. flags: 1 clipped, \
        2 off the grid, 4 sequence incomplete, 8 padded, 16 forced, 32 high-voltage trip, 64 recovered. The same run gives the \
        same bytes.
        """,
      examples: [Example("cavern scope export run12 --format parquet -o run12.parquet", "one Parquet file")],
      arguments: [Argument("run", .folder, "The run folder.")],
      options: [
        .option("format", "FORMAT", .choice(["parquet", "csv"]), "What is written.", default: "parquet"),
        .option("output", short: "o", "FILE", .file(["parquet", "csv"]), "Where to.", note: "beside the run"),
        .flag("volts", "Add the samples in volts."),
      ]
    ) { arguments in
      let folder = try RunFolder(reading: try arguments.string("run"))
      let isParquet = try arguments.string("format") == "parquet"
      var options = RunExport.Options()
      options.hasRaw = isParquet
      options.hasVolts = isParquet && arguments.flag("volts")
      var path = folder.path
      while path.count > 1, path.hasSuffix("/") { path.removeLast() }
      let place = try arguments.optionalString("output") ?? "\(path).\(isParquet ? "parquet" : "csv")"
      var rows = 0
      var warnings: [CavernWarning] = []
      if isParquet {
        try AtomicFile.write(place) { (temporary) throws(CavernError) in
          var stream: ParquetStream?
          warnings = try RunExport.pieces(folder, options: options) { (piece) throws(CavernError) in
            rows += piece.rowCount
            if let stream { try stream.append(piece) } else { stream = try .init(path: temporary, first: piece) }
          }
          try stream?.close()
        }
      } else {
        // In one piece: a table without samples is small.
        warnings = try RunExport.pieces(folder, options: options, samplesPerPiece: .max) {
          (table) throws(CavernError) in
          rows = table.rowCount
          try AtomicFile.write(place, try table.csvBytes())
        }
      }
      let count = rows
      let text = place == "-" ? "" : "\(place): \(count) rows\n"
      return Report(
        status: warnings.isEmpty ? .done : .partial, warnings: warnings,
        result: ["file": .string(place), "rows": .integer(count)], text: text)
    }
  }
}
