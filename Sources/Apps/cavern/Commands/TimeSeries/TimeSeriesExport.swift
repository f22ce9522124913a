import Arguments
import Errors
import TimeSeries

extension Command {
  static var timeSeriesExport: Command {
    Command(
      "export", "Print recorded samples as line protocol.",
      discussion: "Lines come series by series in order of time, and are what 'cavern ts import' reads.",
      examples: [Example("cavern ts export --measurement HV --from -1d > hv.lp", "take a day of one measurement")],
      options: SelectionArguments.options
    ) { arguments in
      let window = try SelectionArguments.window(arguments)
      let store = try BenchFiles.openForReading(arguments)
      var count = 0
      for key in try store.pointKeys(try SelectionArguments.selection(arguments)) {
        try store.exportLines(of: key.key, series: key.series, in: window) { (bytes, lines) throws(CavernError) in
          count += lines
          if !arguments.flag("json") { try StandardStreams.write(bytes) }
        }
      }
      guard count > 0 else {
        return Report(
          status: .failed, warnings: [CavernWarning("ts.noPoints", "no samples there")], result: .null, text: "")
      }
      let lines = count
      return Report(result: ["lines": .integer(lines)], text: "")
    }
  }
}
