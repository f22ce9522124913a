import Errors
import Files
import Foundation
import Instruments
import JSON
import Synchronization

/// The broker at work: owns the line, and carries out what the core says.
///
/// One thread makes the exchanges, one at a time. Everything that happens passes through the core under one lock, and its
/// effects are carried out in their order under the same lock: an intent is on the disk before its SET is queued.
public final class HVBroker: Sendable {
  struct State: ~Copyable {
    var core: HVCore
    var audit: AuditLog
    var alarms: AlarmBook
    var openIntents: [JSONValue]
    /// Who waits for the end of an operation.
    var waiting: [Int: @Sendable (HVAnswer) -> Void] = [:]
    /// Replies to SETs, for the audit.
    var replies: [Int: String] = [:]
    var nextOperation = 1
    var nextClient = 1
    /// Readings before a trip, by channel.
    var history: [HVChannel: [JSONValue]] = [:]
    var external: [String: (value: Double, at: Int)] = [:]
    var listeners: [Int: @Sendable (String, JSONValue) -> Void] = [:]
    var linkText = "connecting"
    var downSince: Int?
    var schedule: HVLogSchedule
  }

  /// The configuration.
  public let configuration: HVConfiguration
  let queue = LineQueue()
  let state: Mutex<State>
  let sinks: AlarmSinks
  let log: @Sendable (String) -> Void
  let recorder: (@Sendable ([HVLogSample]) -> Void)?
  private let start = ContinuousClock.now
  /// Tells the records of this run apart from those of others.
  let run: String
  let isStopping = Atomic(false)
  let hasStopped = Atomic(false)
  /// When the thread of the line last got on.
  let progress = ServiceProgress()
  private let lock: FileLock

  /// A broker; `begin` makes it work.
  ///
  /// - Parameters:
  ///   - configuration: what it needs to know.
  ///   - recorder: takes samples to be recorded, a board at a time; must not wait long.
  ///   - log: takes lines about what happens.
  /// - Throws: `hv.broker.owned` (exit 69) when another one owns the supply, `hv.audit.broken` (65), `hv.audit.unavailable`
  ///   (74), `hv.broker.noState` (73).
  public init(
    _ configuration: HVConfiguration, recorder: (@Sendable ([HVLogSample]) -> Void)? = nil,
    log: @escaping @Sendable (String) -> Void
  ) throws(CavernError) {
    self.configuration = configuration
    self.recorder = recorder
    self.log = log
    let folder = configuration.stateFolder
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CavernError("hv.broker.noState", "the folder cannot be made", exit: .cannotCreate, file: folder)
    }
    lock = try BrokerLock.take("\(folder)/hv-\(configuration.name).lock")
    let path = Self.auditPath(configuration)
    let audit = try AuditLog(path: path)
    let check = try AuditCheck(path: path)
    sinks = try AlarmSinks(configuration.alarms, log: log)
    run = String(Int(Date().timeIntervalSince1970 * 1000), radix: 36)
    state = Mutex(
      State(
        core: HVCore(latches: check.latches), audit: audit, alarms: AlarmBook(rules: configuration.alarms.rules),
        openIntents: check.openIntents,
        schedule: HVLogSchedule(
          period: Int(configuration.logPeriod / .milliseconds(1)),
          fastPeriod: Int(configuration.fastLogPeriod / .milliseconds(1)))))
  }

  /// Where the audit of a supply is.
  public static func auditPath(_ configuration: HVConfiguration) -> String {
    "\(configuration.stateFolder)/hv-\(configuration.name)-audit.jsonl"
  }

  /// Broker time in ms: monotonic, whatever the wall clock does.
  var now: Int { Int((ContinuousClock.now - start) / .milliseconds(1)) }

  /// Starts the thread of the line.
  public func begin() {
    let thread = Thread { [self] in ownLine() }
    thread.name = "hv-line"
    thread.start()
  }

  /// Whether the thread of the line got on lately or has nothing to do: whether a watchdog may be fed.
  ///
  /// Longest without a sign are a connection (2 s) and a request with its repetition, when the other side is silent.
  public var isLineAlive: Bool { progress.hasGotOn(within: .seconds(15) + configuration.timeout * 3) }

  /// Stops within a few seconds: the exchange under way is finished, outputs stay as they are.
  public func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    queue.wake()
    let end = ContinuousClock.now + .seconds(5)
    while !hasStopped.load(ordering: .sequentiallyConsistent), ContinuousClock.now < end {
      Thread.sleep(forTimeInterval: 0.01)
    }
    // Only when the line is really left may another broker have it.
    if hasStopped.load(ordering: .sequentiallyConsistent) { lock.release() }
  }

  // MARK: What happens

  /// Passes an event through the core and carries out what follows, in order.
  func post(_ event: HVEvent) {
    // Answers go out after the lock is free again.
    let answers = state.withLock { state -> [() -> Void] in
      var events = [event]
      var answers: [() -> Void] = []
      while !events.isEmpty {
        let next = events.removeFirst()
        for effect in state.core.reduce(next, configuration.rules, at: now) {
          perform(effect, &state, &events, &answers)
        }
      }
      return answers
    }
    for answer in answers { answer() }
  }

  /// Carries out a command and waits for its end.
  ///
  /// - Parameter make: makes the command with the number it gets.
  public func perform(_ make: (Int) -> HVCommand) -> HVAnswer {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<HVAnswer?>(nil)
    let id = state.withLock { state in
      let id = state.nextOperation
      state.nextOperation += 1
      state.waiting[id] = { answer in
        result.withLock { $0 = answer }
        done.signal()
      }
      return id
    }
    post(.request(make(id)))
    // Every exchange has its limit, so an end comes; this one is for a queue that is long.
    if done.wait(timeout: .now() + 60) == .timedOut {
      state.withLock { $0.waiting[id] = nil }
      return HVAnswer(id: id, fault: HVFault(.unknownOutcome, "no end within 60 s"), steps: [])
    }
    return result.withLock { $0 } ?? HVAnswer(id: id, fault: HVFault(.unknownOutcome, "no answer"), steps: [])
  }

  /// A number for a client that has come.
  func newClient() -> Int {
    state.withLock { state in
      defer { state.nextClient += 1 }
      return state.nextClient
    }
  }

  /// A client has gone: its lease ends.
  func clientLeft(_ client: Int) {
    post(.lease(HVActor(name: "", role: .viewer, client: client), isWanted: false, seconds: 0))
    state.withLock { _ = $0.listeners.removeValue(forKey: client) }
  }

  /// Tells a client of what happens.
  func listen(_ client: Int, _ listener: @escaping @Sendable (String, JSONValue) -> Void) {
    state.withLock { $0.listeners[client] = listener }
  }

  /// Values from elsewhere, for interlocks.
  ///
  /// - Parameters:
  ///   - values: by name, such as `gas.pressure`.
  ///   - age: how long ago they were measured, in seconds.
  public func publish(_ values: [String: Double], age: Double = 0) {
    guard age.isFinite, age < 1e6 else { return }
    let time = now - Int(max(0, age) * 1000)
    state.withLock { state in
      for (name, value) in values where value.isFinite { state.external[name] = (value, time) }
    }
    refreshExternal()
  }

  /// Hands the core the values that are not too old, and their ages in seconds.
  func refreshExternal() {
    let now = now
    let values = state.withLock { state -> [String: Double] in
      var values: [String: Double] = [:]
      for (name, entry) in state.external {
        let area = String(name.prefix { $0 != "." })
        let age = Double(now - entry.at) / 1000
        values["\(area).age"] = min(values["\(area).age"] ?? .infinity, age)
        if age <= 120 { values[name] = entry.value }
      }
      return values
    }
    post(.external(values))
  }
}
