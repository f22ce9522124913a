import Errors
import Foundation
import Instruments
import JSON
import Synchronization
import TestSupport
import Testing

@testable import Bench

/// A simulated supply with a broker in front of it, on the loopback, in a folder of their own.
///
/// Shared between the threads of a test: everything in it is safe for that, but `service`, which only one test replaces.
final class BrokerFixture: @unchecked Sendable {
  let simulator: CAENSimulator
  let server: CAENSimulatorServer
  let folder: URL
  var service: HVService
  let lines = LogLines()

  /// Lines that the broker says.
  final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  /// Starts both; waits until they are connected.
  init(
    speed: Double = 50, board: SimulatedBoard = SimulatedBoard(), second: CAENSimulatorServer.SecondClient = .refuse,
    _ change: (inout HVConfiguration) -> Void = { _ in }, recorder: (@Sendable ([HVLogSample]) -> Void)? = nil
  ) throws {
    simulator = CAENSimulator(boards: [board], speed: speed)
    server = try CAENSimulatorServer(simulator, second: second)
    folder = FileManager.default.temporaryDirectory.appending(path: "cavern-hv-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var configuration = HVConfiguration(line: .tcp(host: "127.0.0.1", port: server.port))
    configuration.stateFolder = folder.path
    configuration.socket = folder.appending(path: "hv.sock").path
    configuration.rules = Self.rules
    change(&configuration)
    let log = lines
    service = try HVService(configuration, recorder: recorder) { log.add($0) }
    try wait("connected") { self.service.broker.state.withLock { $0.core.isConnected } }
  }

  /// Ends both and removes the folder.
  func stop() {
    service.stop()
    server.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Channels 0 to 2 with limits, channel 3 without.
  static let rules: HVRules = {
    var channels: [HVChannel: HVChannelRules] = [:]
    for (number, name) in ["mesh", "drift", "anode"].enumerated() {
      var rules = HVChannelRules(name: name)
      rules.maximumVoltage = 500
      rules.maximumCurrent = 200
      rules.maximumStep = 200
      channels[HVChannel(channel: number)] = rules
    }
    var rules = HVRules(channels: channels)
    rules.period = 50
    return rules
  }()

  /// Waits for a condition; fails after a while.
  func wait(_ what: String, seconds: Double = 10, _ condition: () -> Bool) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while !condition() {
      guard ContinuousClock.now < end else {
        Issue.record("not within \(seconds) s: \(what); \(lines.all.suffix(5))")
        throw CavernError("test.late", what, exit: .failed)
      }
      Thread.sleep(forTimeInterval: 0.005)
    }
  }

  /// A session with a role.
  func session(_ role: HVRole = .operator, name: String = "tester") -> BrokerSession {
    BrokerSession(service.broker, HVActor(name: name, role: role, client: service.broker.newClient()))
  }

  /// Asks, and gives the answer.
  func ask(_ text: String, _ role: HVRole = .operator) throws -> JSONValue {
    var session = session(role)
    return session.answer(try JSONValue(parsing: text))
  }

  /// The error of an answer; `nil` when it was ok.
  func error(_ text: String, _ role: HVRole = .operator) throws -> String? {
    let answer = try ask(text, role)
    return answer["ok"]?.boolValue == true ? nil : answer["error"]?.stringValue ?? "?"
  }

  func channel(_ number: Int) -> SimulatedChannel { simulator.withBoards { $0[0].channels[number] } }

  func state(_ number: Int) -> HVChannelState {
    service.broker.state.withLock { $0.core.channels[HVChannel(channel: number)] ?? HVChannelState() }
  }

  /// Records of the audit.
  func audit() throws -> [JSONValue] {
    let text = try String(contentsOfFile: HVBroker.auditPath(service.broker.configuration), encoding: .utf8)
    return text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
  }
}

/// Samples that a broker handed on.
final class LogBook: Sendable {
  private let samples = Mutex<[HVLogSample]>([])
  func add(_ more: [HVLogSample]) { samples.withLock { $0 += more } }
  var all: [HVLogSample] { samples.withLock { $0 } }
}
