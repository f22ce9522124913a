import Errors
import Foundation
import Synchronization

/// A gas board on a pseudo terminal, with the manners of the real one: deaf for two seconds after the line is opened, 182 ms
/// for a measurement, 100 ms of rest, 64 bytes of input buffer; faults on demand.
public final class GasSimulator: Sendable {
  /// How the board is to be.
  public struct Options: Sendable {
    /// The firmware's protocol version, 0 or 1.
    public var version = 1
    /// Start of the random course.
    public var seed: UInt64 = 1
    /// How many times faster than real its time runs.
    public var speed = 1.0
    /// Whether the sensor is there.
    public var hasSensor = true
    /// A link that always leads to the present device, as `/dev/serial/by-id` does; it goes while the cable is out.
    public var link: String?
    /// How long the board is deaf after the line is opened.
    public var resetTime: Duration = .seconds(2)

    /// The usual board.
    public init() {}
  }

  private struct State {
    var faults: [GasFault] = []
    var path = ""
    var exchanges = 0
  }

  private let options: Options
  private let state = Mutex(State())
  private let isStopped = Atomic(false)

  /// Starts a board.
  ///
  /// - Throws: `line.cannotListen` (exit 69), `gas.link` (exit 73) when the link cannot be made.
  public init(_ options: Options = Options()) throws(CavernError) {
    self.options = options
    let terminal = try PseudoTerminal()
    state.withLock { $0.path = terminal.path }
    try show(terminal.path)
    let thread = Thread { [self] in serve(terminal) }
    thread.name = "gas-simulator"
    thread.start()
  }

  /// The device that clients open now.
  public var path: String { state.withLock { $0.path } }

  /// Requests answered.
  public var exchanges: Int { state.withLock { $0.exchanges } }

  /// Lets something go wrong with the next reply; several happen one after the other.
  public func inject(_ fault: GasFault) { state.withLock { $0.faults.append(fault) } }

  /// Ends the board and takes its link away.
  public func stop() {
    isStopped.store(true, ordering: .relaxed)
    if let link = options.link { unlink(link) }
  }

  private func show(_ path: String) throws(CavernError) {
    guard let link = options.link else { return }
    let beside = "\(link).new"
    unlink(beside)
    guard symlink(path, beside) == 0, rename(beside, link) == 0 else {
      throw CavernError(
        "gas.link", "the link cannot be made: \(String(cString: strerror(errno)))", exit: .cannotCreate, file: link)
    }
  }

  private func pause(_ time: Duration) {
    let seconds = time / .seconds(1) / options.speed
    if seconds > 0 { Thread.sleep(forTimeInterval: seconds) }
  }

  private func serve(_ first: PseudoTerminal) {
    var terminal = first
    var board = SimulatedGasBoard(version: options.version, seed: options.seed)
    board.hasSensor = options.hasSensor
    let start = ContinuousClock.now
    var hasClient = false
    var input: [UInt8] = []
    while !isStopped.load(ordering: .relaxed) {
      switch terminal.wait(milliseconds: input.isEmpty ? 20 : 0) {
      case .noClient: hasClient = false
      case .nothing:
        if !hasClient { hasClient = reset(terminal, board) }
      case .bytes(let bytes):
        // What comes while the board is deaf after a reset is lost.
        if hasClient { input += bytes } else { hasClient = reset(terminal, board) }
        // The controller's buffer holds 64 bytes; more are lost.
        if input.count > 64 { input.removeSubrange(64...) }
      }
      if unsolicited(terminal) { continue }
      if let time = unplugging() {
        input = []
        hasClient = false
        guard let next = unplug(terminal, for: time) else { return }
        terminal = next
        continue
      }
      guard !input.isEmpty else { continue }
      answer(input.removeFirst(), &board, terminal, start)
    }
  }

  private func answer(
    _ byte: UInt8, _ board: inout SimulatedGasBoard, _ terminal: PseudoTerminal, _ start: ContinuousClock.Instant
  ) {
    board.fault = state.withLock { $0.faults.first }
    let had = board.fault != nil
    let seconds = (ContinuousClock.now - start) / .seconds(1) * options.speed
    let answer = board.take(byte, seconds: seconds)
    if had, board.fault == nil { state.withLock { $0.faults = Array($0.faults.dropFirst()) } }
    pause(answer.pause)
    guard !answer.bytes.isEmpty else { return }
    terminal.send(answer.bytes)
    state.withLock { $0.exchanges += 1 }
    // The loop of the firmware rests after a measurement.
    if answer.pause > .milliseconds(100) { pause(.milliseconds(100)) }
  }

  private func reset(_ terminal: PseudoTerminal, _ board: SimulatedGasBoard) -> Bool {
    let end = ContinuousClock.now + options.resetTime / options.speed
    while ContinuousClock.now < end {
      if isStopped.load(ordering: .relaxed) { return false }
      if terminal.wait(milliseconds: 5) == .noClient { return false }
    }
    if !board.greeting.isEmpty { terminal.send(board.greeting) }
    return true
  }

  private func unsolicited(_ terminal: PseudoTerminal) -> Bool {
    let isDue = state.withLock { state in
      guard state.faults.first == .chatter else { return false }
      state.faults.removeFirst()
      return true
    }
    if isDue { terminal.send(Array("1013\r\n".utf8)) }
    return isDue
  }

  private func unplugging() -> Duration? {
    state.withLock { state in
      guard case .unplug(let time)? = state.faults.first else { return nil }
      state.faults.removeFirst()
      return time
    }
  }

  /// Takes the cable out for a time; the device node differs afterwards, as it may in reality.
  private func unplug(_ terminal: PseudoTerminal, for time: Duration) -> PseudoTerminal? {
    if let link = options.link { unlink(link) }
    terminal.hangUp()
    pause(time)
    guard let next = try? PseudoTerminal() else { return nil }
    state.withLock { $0.path = next.path }
    try? show(next.path)
    return next
  }
}
