import Arguments
import Errors
import JSON
import TimeSeries

extension Command {
  static var timeSeriesFlush: Command {
    Command(
      "flush", "Send what waits to the servers now, and wait for it.",
      discussion: "Ends with 75 when something still waits after --timeout.",
      examples: [
        Example("cavern ts flush --timeout 30s", "send all that waits"),
        Example("cavern ts flush --to influx1 --url http://127.0.0.1:8086 --bucket bench", "send to a server by hand"),
      ],
      options: ForwardingArguments.options + [
        .option("timeout", "SPAN", .duration, "How long to try.", default: "60s")
      ]
    ) { arguments in
      let (store, destinations) = try ForwardingArguments.targets(arguments)
      let deadline = ContinuousClock.now + (try arguments.duration("timeout"))
      var isDone = true
      for destination in destinations {
        let lease = try ForwarderLease.take(store, destination: destination.name)
        guard lease != nil else {
          throw CavernError(
            "ts.busy", "another process forwards to '\(destination.name)'", exit: .tryAgain, file: store)
        }
        let forwarder = try Forwarder(store, destination)
        isDone = try await forwarder.flush(until: deadline) && isDone
        _ = consume lease
      }
      let names = Set(destinations.map(\.name))
      let states = try TimeSeriesStore(store).destinations().filter { names.contains($0.name) }
      let text = states.map {
        "\($0.name): \($0.deliveredLines) lines delivered, \($0.rejectedLines) refused, \(BenchJSON.waiting($0))\n"
      }.joined()
      return Report(
        status: isDone ? .done : .tryAgain, result: ["destinations": .array(states.map(BenchJSON.destination))],
        text: text)
    }
  }
}
