import Foundation

/// A simulated oscilloscope that several connections share: one state, one clock, one lock.
final class SimulatedInstrument: @unchecked Sendable {
  // Everything below is read and written with `condition` locked.
  private let condition = NSCondition()
  private var scope: SimulatedScope
  private var lockHolder: Int?
  private var outsideLockUntil: ContinuousClock.Instant?
  private let start = ContinuousClock.now
  private let speed: Double

  init(_ scope: SimulatedScope, speed: Double) {
    self.scope = scope
    self.speed = speed
  }

  private var now: Double { start.duration(to: .now).seconds * speed }

  /// Runs a message; `WAIT` holds the caller until the acquisition is over.
  func execute(_ message: [UInt8]) -> SimulatedScope.Answer {
    condition.lock()
    defer { condition.unlock() }
    guard message.count <= SimulatedScope.inputLimit else {
      scope.fail(command: 11)
      return SimulatedScope.Answer()
    }
    if let locked = scope.take(.locked, channel: nil) { outsideLockUntil = .now + .seconds(locked.seconds) }
    var answer = SimulatedScope.Answer()
    var rest = ScopeCommand.commands(String(decoding: message, as: UTF8.self))[...]
    while let place = rest.firstIndex(where: { $0.header == "WAIT" && !$0.isQuery }) {
      answer.add(scope.execute(rest[..<place], at: now))
      waitForAcquisition(limit: rest[place].arguments.first.flatMap { Double($0) } ?? 0)
      rest = rest[(place + 1)...]
    }
    answer.add(scope.execute(rest, at: now))
    answer.reply?.append(10)
    return answer
  }

  /// Waits until no acquisition is under way or the limit is over; 0 stands for half a minute.
  private func waitForAcquisition(limit: Double) {
    let end = ContinuousClock.now + .seconds(limit > 0 ? limit : 30)
    scope.advance(to: now)
    while let over = scope.armedUntil, scope.internalState & 1 == 0, now < over, ContinuousClock.now < end {
      _ = condition.wait(until: Date(timeIntervalSinceNow: min(0.05, max(0.001, (over - now) / speed))))
    }
  }

  /// Asks for a fault.
  func add(_ fault: OscilloscopeFault) {
    condition.lock()
    defer { condition.unlock() }
    if fault.kind == .locked {
      outsideLockUntil = .now + .seconds(fault.seconds)
    } else {
      scope.faults.append(fault)
    }
    condition.broadcast()
  }

  /// The status byte.
  func statusByte() -> UInt8 {
    condition.lock()
    defer { condition.unlock() }
    scope.advance(to: now)
    return UInt8(truncatingIfNeeded: scope.statusByte())
  }

  /// Whether a link may work now; waits up to a limit when another holds the lock.
  func admit(_ link: Int, waiting milliseconds: Int) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    return wait(link, milliseconds)
  }

  /// Takes the lock for a link.
  func lock(_ link: Int, waiting milliseconds: Int) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    guard wait(link, milliseconds) else { return false }
    lockHolder = link
    return true
  }

  /// Gives the lock back; `false` when the link does not hold it.
  func unlock(_ link: Int) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    guard lockHolder == link else { return false }
    lockHolder = nil
    condition.broadcast()
    return true
  }

  private func wait(_ link: Int, _ milliseconds: Int) -> Bool {
    let end = Date(timeIntervalSinceNow: Double(milliseconds) / 1000)
    while true {
      let isFree = outsideLockUntil.map { ContinuousClock.now >= $0 } ?? true
      if isFree, lockHolder == nil || lockHolder == link { return true }
      guard Date() < end else { return false }
      _ = condition.wait(until: min(end, Date(timeIntervalSinceNow: 0.02)))
    }
  }
}

/// What one link or connection has to send.
final class SimulatedOutput: @unchecked Sendable {
  // Everything below is read and written with `condition` locked.
  private let condition = NSCondition()
  private var reply: [UInt8] = []
  private var start = 0
  private var isAborted = false
  private var fault: OscilloscopeFault?
  /// Messages that have not ended yet.
  private var input: [UInt8] = []

  /// Adds a piece of a message; the whole message when it ends.
  func collect(_ piece: some Sequence<UInt8>, isEnd: Bool) -> [UInt8]? {
    condition.lock()
    defer { condition.unlock() }
    input.append(contentsOf: piece)
    guard isEnd || input.count > 1 << 16 else { return nil }
    defer { input = [] }
    return input
  }

  /// Queues a reply; one that was not read is replaced, as in IEEE 488.2.
  func put(_ answer: SimulatedScope.Answer) {
    condition.lock()
    defer { condition.unlock() }
    guard var bytes = answer.reply, answer.fault?.kind != .mute else { return }
    let change = answer.fault?.bytes ?? 0
    switch answer.fault?.kind {
    case .truncated: bytes.removeLast(min(bytes.count, change))
    case .wrongLength: Self.enlarge(&bytes, by: change)
    default: break
    }
    (reply, start, fault) = (bytes, 0, answer.fault)
    condition.broadcast()
  }

  /// What `next` finds.
  enum Piece {
    case bytes(ArraySlice<UInt8>, isEnd: Bool, bytesPerSecond: Int?)
    /// The connection is to break after these bytes.
    case cut(ArraySlice<UInt8>)
    case timeout
    case aborted
  }

  /// The next bytes of the reply, at most `limit`; waits for some.
  func next(_ limit: Int, waiting milliseconds: Int) -> Piece {
    condition.lock()
    defer { condition.unlock() }
    let end = Date(timeIntervalSinceNow: Double(milliseconds) / 1000)
    while start >= reply.count, !isAborted {
      guard condition.wait(until: end) else { return .timeout }
    }
    if isAborted {
      isAborted = false
      (reply, start) = ([], 0)
      return .aborted
    }
    var stop = min(reply.count, start + limit)
    if let fault, fault.kind == .cut, stop >= fault.bytes {
      stop = max(start, min(stop, fault.bytes))
      let piece = reply[start..<stop]
      (reply, start, self.fault) = ([], 0, nil)
      return .cut(piece)
    }
    let piece = reply[start..<stop]
    start = stop
    let isEnd = stop == reply.count
    let pace = fault?.kind == .slow ? fault?.bytes : nil
    if isEnd { (reply, start, fault) = ([], 0, nil) }
    return .bytes(piece, isEnd: isEnd, bytesPerSecond: pace)
  }

  /// Wakes whoever waits with `aborted`.
  func abort() {
    condition.lock()
    defer { condition.unlock() }
    isAborted = true
    condition.broadcast()
  }

  /// Drops input and reply.
  func clear() {
    condition.lock()
    defer { condition.unlock() }
    (reply, start, input, fault, isAborted) = ([], 0, [], nil, false)
  }

  /// Makes the block's header name a length that is too large.
  private static func enlarge(_ bytes: inout [UInt8], by change: Int) {
    guard let mark = bytes.prefix(64).firstIndex(of: UInt8(ascii: "#")), mark + 11 <= bytes.count,
      let length = Int(String(decoding: bytes[mark + 2..<mark + 11], as: UTF8.self))
    else { return }
    let text = String(length + change)
    let digits = String(repeating: "0", count: max(0, 9 - text.count)) + text
    bytes.replaceSubrange(mark + 2..<mark + 11, with: digits.utf8)
  }
}
