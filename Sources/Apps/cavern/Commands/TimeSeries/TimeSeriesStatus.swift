import Arguments
import Errors
import JSON
import TimeSeries

extension Command {
  static var timeSeriesStatus: Command {
    Command(
      "status", "Print what the store holds and what waits for the servers.",
      examples: [Example("cavern ts status --json", "for a script")]
    ) { arguments in
      let store = try BenchFiles.openForReading(arguments)
      let summary = try store.summary()
      let destinations = try store.destinations()
      let path = store.path
      let text =
        "store         \(path)\ncontent       \(summary.contentBytes) bytes\nseries        \(summary.seriesCount)\n"
        + "samples       \(summary.sampleCount)\ndead letters  \(summary.deadLetterCount)\n"
        + destinations.map(line).joined()
      return Report(
        result: [
          "store": .string(path), "bytes": .integer(summary.contentBytes), "series": .integer(summary.seriesCount),
          "samples": .integer(summary.sampleCount), "lastBatch": .integer(Int(summary.lastBatch)),
          "deadLetters": .integer(summary.deadLetterCount),
          "destinations": .array(destinations.map(BenchJSON.destination)),
        ], text: text)
    }
  }

  private static func line(_ destination: DestinationStatus) -> String {
    "-> \(destination.name): \(destination.state), \(destination.deliveredLines) lines delivered, "
      + "\(destination.rejectedLines) refused, \(BenchJSON.waiting(destination))\n"
  }
}

/// Objects of the bench for scripts.
enum BenchJSON {
  /// A destination.
  static func destination(_ destination: DestinationStatus) -> JSONValue {
    [
      "name": .string(destination.name), "state": .string(destination.state), "message": .optional(destination.message),
      "acknowledgedBatch": .integer(Int(destination.position.acknowledged)),
      "liveBatch": .integer(Int(destination.position.live)),
      "deliveredLines": .integer(destination.deliveredLines),
      "rejectedLines": .integer(destination.rejectedLines), "pendingBatches": .integer(destination.pendingBatches),
      "pendingSamples": .integer(destination.pendingSamples), "backlogSamples": .integer(destination.backlogSamples),
      "oldestPending": .optional(destination.oldestPending.map(Int.init)),
      "oldestLivePending": .optional(destination.oldestLivePending.map(Int.init)),
    ]
  }

  /// What waits for a destination, for people; with both positions while live samples go ahead of a backlog.
  static func waiting(_ destination: DestinationStatus) -> String {
    var text = "\(destination.pendingSamples) samples wait"
    if destination.position.backlogEnd != nil {
      text +=
        ", \(destination.backlogSamples) of them backlog (sent up to batch \(destination.position.acknowledged), "
        + "live up to \(destination.position.live))"
    }
    if let message = destination.message { text += " (\(message))" }
    return text
  }
}
