import Files
import Foundation
import Glibc
import JSON

/// Processes of services: started, started again when they fail, ended in order.
@MainActor
final class ServiceSupervisor {
  /// How a service takes up a changed configuration.
  enum Renewal: Sendable {
    /// It reads it again on SIGHUP.
    case signal
    /// It is ended in order and started anew.
    case restart
    /// It has none: a simulator stands for a device, which stays as it is.
    case none
  }

  /// A service: its name and the words after the program's.
  struct Service: Sendable {
    var name: String
    var words: [String]
    /// How it takes up a changed configuration.
    var renewal = Renewal.restart
  }

  private struct Running {
    let service: Service
    var process: Process?
    var startedAt = ContinuousClock.now
    var nextStart = ContinuousClock.now
    var starts = 0
    var isFinished = false
    /// Whether it was ended to be started anew.
    var isRenewed = false
  }

  private var services: [Running] = []
  private let log: ServiceLog
  private let program: String

  init(log: ServiceLog) {
    self.log = log
    program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }

  /// Starts a service.
  func start(_ service: Service) {
    var running = Running(service: service)
    launch(&running)
    services.append(running)
  }

  /// Looks after the services: one that ended with a fault is started again two seconds later, one that faults at once again
  /// and again more and more rarely.
  func tend() {
    for place in services.indices {
      if let process = services[place].process, !process.isRunning {
        let status = process.terminationStatus
        services[place].process = nil
        let isGood = process.terminationReason == .exit && status == 0
        services[place].isFinished = isGood && !services[place].isRenewed
        let livedLong = ContinuousClock.now - services[place].startedAt > .seconds(30)
        if livedLong { services[place].starts = 1 }
        let wait = min(30, 2 * max(1, services[place].starts))
        services[place].nextStart = .now + (isGood && services[place].isRenewed ? .zero : .seconds(wait))
        services[place].isRenewed = false
        if !isGood { log.warn("service.ended", "\(services[place].service.name) with status \(status)") }
      }
      if services[place].process == nil, !services[place].isFinished, ContinuousClock.now >= services[place].nextStart {
        launch(&services[place])
      }
    }
  }

  /// Makes all read their configuration again.
  func reload() {
    for place in services.indices {
      guard let process = services[place].process else { continue }
      switch services[place].service.renewal {
      case .signal: kill(process.processIdentifier, SIGHUP)
      case .restart:
        services[place].isRenewed = true
        kill(process.processIdentifier, SIGTERM)
      case .none: break
      }
    }
  }

  /// Sends a signal to all.
  func signal(_ number: Int32) {
    for running in services { if let process = running.process { kill(process.processIdentifier, number) } }
  }

  /// Ends all: asked first, made to after the limit.
  ///
  /// - Returns: whether all ended when asked.
  func stop(within limit: Duration) async -> Bool {
    signal(SIGTERM)
    let deadline = ContinuousClock.now + limit
    while services.contains(where: { $0.process?.isRunning == true }), ContinuousClock.now < deadline {
      try? await Task.sleep(for: .milliseconds(20))
    }
    let late = services.filter { $0.process?.isRunning == true }
    for running in late {
      log.warn("service.killed", running.service.name)
      running.process?.endNow()
    }
    return late.isEmpty
  }

  /// Names and numbers of starts.
  var summary: [JSONValue] {
    services.map { ["name": .string($0.service.name), "starts": .integer($0.starts)] }
  }

  private func launch(_ running: inout Running) {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = running.service.words
    process.environment = ProcessInfo.processInfo.environment.merging(
      [SupervisedProcess.variable: "\(getpid())"]
    ) { $1 }
    process.standardInput = FileHandle.nullDevice
    // Results of services are nobody's concern here; what they have to say is on standard error.
    process.standardOutput = FileHandle.nullDevice
    running.starts += 1
    running.startedAt = .now
    do {
      try process.run()
      running.process = process
      log.note("service.started", running.service.name)
    } catch {
      running.nextStart = .now + .seconds(2)
      log.warn("service.refused", "\(running.service.name) cannot be started")
    }
  }
}
