import Arguments
import Bench
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
      try await Forwarding.run(store, destinations, log: log, isService: true)
      var report = Report(result: ["store": .string(store)], text: "")
      report.isService = true
      return report
    }
  }
}

/// Forwarding in the background of a service.
enum Forwarding {
  /// Forwards to all servers until the user asks to stop.
  ///
  /// - Parameter isService: whether this is all that the process does, so that it ends when the user asks to stop and systemd is
  ///   told how it gets on; beside another service it goes on until it is cancelled.
  static func run(
    _ store: String, _ destinations: [Destination], log: ServiceLog, isService: Bool = false
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      var lanes: [(progress: ServiceProgress, patience: Duration)] = []
      for destination in destinations {
        let progress = ServiceProgress()
        // Nothing takes longer than one request, and a store that other processes write to.
        lanes.append((progress, destination.timeLimit + .seconds(15)))
        group.addTask { try await forward(store, destination, log, progress) }
      }
      if isService { SystemdNotifier.send("READY=1") }
      while !(isService && Interrupts.isRequested) {
        if isService, lanes.allSatisfy({ $0.progress.hasGotOn(within: $0.patience) }) { SystemdWatchdog.feed() }
        guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { break }
      }
      if isService { SystemdNotifier.send("STOPPING=1") }
      group.cancelAll()
      for try await _ in group {}
    }
  }

  /// Waits for the right to forward, then forwards.
  private static func forward(
    _ store: String, _ destination: Destination, _ log: ServiceLog, _ progress: ServiceProgress
  ) async throws {
    while !Task.isCancelled {
      progress.note()
      let lease = try ForwarderLease.take(store, destination: destination.name)
      guard lease != nil else {
        try? await Task.sleep(for: .seconds(1))
        continue
      }
      let forwarder = try Forwarder(
        store, destination, writer: NotingLineWriter(writer: HTTPLineWriter(destination), progress: progress))
      await forwarder.run { step in
        progress.note()
        switch step {
        case .idle: break
        case .delivered(let lines, let refused):
          log.note("ts.delivering", "to \(destination.name)", isState: true)
          if refused > 0 {
            log.warn("ts.deadLetter", "\(refused) of \(lines + refused) lines refused by \(destination.name)")
          }
        case .waiting(let wait, let reason):
          progress.note(resting: wait)
          log.warn("ts.waiting", "\(destination.name): \(reason)")
        case .misconfigured(let wait, let reason):
          progress.note(resting: wait)
          log.warn("ts.config", "\(destination.name): \(reason)")
        }
      }
      _ = consume lease
    }
  }
}

/// Notes every request: a page with many refused lines takes many of them and is no standstill.
private struct NotingLineWriter: LineWriter {
  let writer: HTTPLineWriter
  let progress: ServiceProgress

  func write(_ lines: [ArraySlice<UInt8>], bucket: String) async -> WriteAnswer {
    defer { progress.note() }
    return await writer.write(lines, bucket: bucket)
  }
}
