import Arguments
import Bench
import Errors
import JSON
import TimeSeries

extension Command {
  /// `cavern bench status`: what each service says.
  static var benchStatus: Command {
    Command(
      "status", "Print each device's state, last good time, error counts, what waits for servers, and alarms.",
      discussion: """
        Ends with 1 when a device does not answer or an alarm stands. A device whose service has not run, or has been silent for \
        half a minute, is 'unknown'.
        """,
      examples: [Example("cavern bench status --json", "for a script")]
    ) { arguments in
      let configuration = try BenchFiles.requiredConfiguration(arguments)
      let state = BenchState(configuration)
      let rows = state.statuses.map { name, status in
        let errors = (status["errors"]?.objectValue?.members ?? []).map { "\($0.name) \($0.value.intValue ?? 0)" }
        let alarms = (status["alarms"]?.arrayValue ?? []).compactMap(\.stringValue)
        return [
          name, status["state"]?.stringValue ?? "unknown",
          status["lastGood"]?.intValue.map { TimeText.text(Int64($0)) } ?? "never", errors.joined(separator: ", "),
          alarms.joined(separator: ", "),
        ]
      }
      let table = TextTable(
        columns: [.left("device"), .left("state"), .left("last good"), .left("errors"), .left("alarms")], rows: rows)
      let servers = state.destinations.map { "-> \($0.name): \($0.state), \(BenchJSON.waiting($0))\n" }.joined()
      let name = configuration.name
      return Report(
        status: state.isGood ? .done : .failed,
        result: [
          "bench": .string(name),
          "devices": .object(JSONObject(state.statuses.map { ($0.name, $0.status) })),
          "destinations": .array(state.destinations.map(BenchJSON.destination)),
          "storeBytes": .optional(state.storeBytes),
        ], text: (rows.isEmpty ? "no devices\n" : table.text(width: .max)) + servers)
    }
  }
}
