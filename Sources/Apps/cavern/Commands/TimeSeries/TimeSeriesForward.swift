import Arguments
import Errors
import JSON
import TimeSeries

extension Command {
  static var timeSeriesForward: Command {
    Command(
      "forward", "Send samples to the servers as they are recorded, until stopped.",
      discussion:
        "Changes of state are told on standard error. One process at a time forwards to a server; others wait for it.",
      examples: [Example("cavern ts forward --config bench.toml", "forward until Ctrl-C")],
      options: ForwardingArguments.options
    ) { arguments in
      let (store, destinations) = try ForwardingArguments.targets(arguments)
      let log = ServiceLog(component: "forward")
      try await Forwarding.run(store, destinations, log: log)
      var report = Report(result: ["store": .string(store)], text: "")
      report.isService = true
      return report
    }
  }
}

/// Forwarding in the background of a service.
enum Forwarding {
  /// Forwards to all servers until the user asks to stop.
  static func run(_ store: String, _ destinations: [Destination], log: ServiceLog) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for destination in destinations {
        group.addTask { try await forward(store, destination, log) }
      }
      while !Interrupts.isRequested {
        guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { break }
      }
      group.cancelAll()
      for try await _ in group {}
    }
  }

  /// Waits for the right to forward, then forwards.
  private static func forward(_ store: String, _ destination: Destination, _ log: ServiceLog) async throws {
    while !Task.isCancelled {
      let lease = try ForwarderLease.take(store, destination: destination.name)
      guard lease != nil else {
        try? await Task.sleep(for: .seconds(1))
        continue
      }
      let forwarder = try Forwarder(store, destination)
      await forwarder.run { step in
        switch step {
        case .idle: break
        case .delivered(let lines, let refused):
          log.note("ts.delivering", "to \(destination.name)", isState: true)
          if refused > 0 {
            log.warn("ts.deadLetter", "\(refused) of \(lines + refused) lines refused by \(destination.name)")
          }
        case .waiting(_, let reason): log.warn("ts.waiting", "\(destination.name): \(reason)")
        case .misconfigured(_, let reason): log.warn("ts.config", "\(destination.name): \(reason)")
        }
      }
      _ = consume lease
    }
  }
}
