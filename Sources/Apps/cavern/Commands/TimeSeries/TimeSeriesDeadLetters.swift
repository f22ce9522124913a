import Arguments
import Errors
import JSON
import TimeSeries

extension Command {
  static var timeSeriesDeadLetters: Command {
    Command(
      "deadletter", "List lines that servers refused, and why; store or drop them.",
      discussion: """
        --retry stores the lines again, so that all servers get them once more; --drop removes them. Both take all that are \
        listed, or the one of --id. A line that the store does not take either stays in the list.
        """,
      examples: [
        Example("cavern ts deadletter --json", "the lines with the servers' words"),
        Example("cavern ts deadletter --destination main --retry", "try again after the server was put right"),
      ],
      options: [
        .option("destination", "NAME", .text, "Only those of this server.", note: "all"),
        .option("id", "N", .integer(1...(.max)), "Only this one.", note: "all"),
        .flag("retry", "Store the lines again and remove them from the list."),
        .flag("drop", "Remove them from the list."), CommonOptions.csv,
      ]
    ) { arguments in
      let isChanging = arguments.flag("retry") || arguments.flag("drop")
      guard !(arguments.flag("retry") && arguments.flag("drop")) else {
        throw CavernError("usage.conflict", "--retry and --drop exclude each other", exit: .usage)
      }
      let store =
        isChanging ? try BenchFiles.openExisting(arguments) : try BenchFiles.openForReading(arguments)
      let id = try arguments.optionalInt("id")
      let letters = try store.deadLetters(of: try arguments.optionalString("destination"), limit: .max)
        .filter { id == nil || Int($0.id) == id }
      var warnings: [CavernWarning] = []
      if arguments.flag("retry") {
        var stored: [Int64] = []
        for letter in letters {
          if let reason = try retry(letter, store) {
            warnings.append(CavernWarning("ts.refused", "letter \(letter.id) stays: \(reason)"))
          } else {
            stored.append(letter.id)
          }
        }
        // Only now that they are on the disk; a second retry after a fault in between stores the same samples.
        try store.removeDeadLetters(stored)
      } else if isChanging {
        try store.removeDeadLetters(letters.map(\.id))
      }
      let rows = letters.map { [String($0.id), $0.destination, TimeText.text($0.time), $0.reason, $0.line] }
      return Report(
        status: warnings.isEmpty ? .done : .partial, warnings: warnings,
        result: [
          "deadLetters": .array(
            letters.map {
              [
                "id": .integer(Int($0.id)), "destination": .string($0.destination), "time": .integer(Int($0.time)),
                "reason": .string($0.reason), "line": .string($0.line),
              ]
            })
        ],
        text: letters.isEmpty
          ? "none\n"
          : TextTable(
            columns: [.right("id"), .left("destination"), .left("time"), .left("reason"), .left("line")], rows: rows
          ).text(width: .max),
        csv: { CSVText.table(["id", "destination", "time", "reason", "line"], rows) })
    }
  }

  /// Stores a refused line again.
  ///
  /// - Returns: why the store does not take it; `nil` when it does.
  private static func retry(_ letter: DeadLetter, _ store: TimeSeriesStore) throws(CavernError) -> String? {
    var parser = LineParser()
    parser.parse(letter.line + "\n")
    if let fault = parser.takeFaults().first { return fault.message }
    let receipt = try store.append(parser.takeSamples(), TimeSeriesStore.AppendOptions(source: "retry"))
    return receipt.rejected == 0 ? nil : receipt.reasons.first ?? "refused"
  }
}
