import Errors

/// The exchange engine of a 1470 line: one request, its one reply, and nothing else.
///
/// Rules: what is waiting before a request is stale and thrown away; bytes before `#` are noise and counted; a line ends with
/// CR, LF or CR LF; after it the line must be quiet for 5 ms. A second line, or a line followed by more, is a `desync`: the
/// input is drained and the next exchange is preceded by a reading of the serial number. A MON is repeated once, a SET never.
///
/// A value belongs to one owner (one thread or actor).
public struct CAENLine {
  /// How long things take.
  public struct Timing: Sendable {
    /// From the request to the end of the reply line: 1 s on TCP, 1.5 s on serial lines.
    public var reply: Duration = .seconds(1)
    /// After a CR, for its LF.
    public var lineFeed: Duration = .milliseconds(50)
    /// After a line, for bytes that must not come.
    public var quiet: Duration = .milliseconds(5)
    /// After a fault, until the line is taken as drained.
    public var drain: Duration = .milliseconds(300)
    /// After connecting, for what an earlier owner left behind.
    public var settle: Duration = .milliseconds(60)

    /// The usual times.
    public init() {}
  }

  /// The longest reply line in bytes.
  public static let lineLimit = 1024

  private let line: any ByteLine
  private let timing: Timing
  /// Whether a line ended with CR whose LF had not come: a LF that comes first later is dropped.
  private var awaitsLineFeed = false
  /// Bytes that were thrown away since the start.
  public private(set) var staleBytes = 0

  /// An engine over a connection.
  public init(_ line: any ByteLine, timing: Timing = Timing()) {
    self.line = line
    self.timing = timing
  }

  /// Takes what an earlier owner of a fresh connection left behind.
  ///
  /// - Returns: how many bytes; they count as stale.
  public mutating func settle() throws(CavernError) -> Int {
    let left = try line.drain(quiet: timing.settle)
    staleBytes += left.count
    return left.count
  }

  /// Takes what still comes after a fault.
  public mutating func drain() { staleBytes += (try? line.drain(quiet: timing.drain))?.count ?? 0 }

  /// Ends the connection in order.
  public func close() { line.close() }

  /// One exchange, without any repetition.
  public mutating func exchange(_ request: CAENRequest, within limit: Duration? = nil) -> CAENExchange {
    let start = ContinuousClock.now
    var exchange = CAENExchange(request: request, outcome: .timeout)
    do throws(CavernError) {
      var waiting = try line.receive(upTo: 4096, within: .zero)
      if awaitsLineFeed, waiting.first == 0x0A { waiting.removeFirst() }
      if !waiting.isEmpty {
        exchange.stale = waiting.count
        exchange.stale += try line.drain(quiet: timing.quiet).count
        staleBytes += exchange.stale
        awaitsLineFeed = false
      }
      try line.send(request.bytes, within: limit ?? timing.reply)
    } catch {
      // Nothing, or a part without its line end, has gone out: the device cannot have acted on it.
      exchange.outcome = .disconnected(error.message)
      exchange.elapsed = .now - start
      return exchange
    }
    receive(into: &exchange, until: start + (limit ?? timing.reply))
    exchange.elapsed = .now - start
    if request.mayChange { exchange.outcome = Self.trusted(exchange.outcome) }
    return exchange
  }

  /// One exchange; a MON that failed on the way is repeated once.
  public mutating func exchangeRepeating(_ request: CAENRequest, within limit: Duration? = nil) -> CAENExchange {
    let first = exchange(request, within: limit)
    switch first.outcome {
    case .malformed, .timeout, .desync:
      guard !request.mayChange else { return first }
      drain()
      return exchange(request, within: limit)
    default: return first
    }
  }

  /// What remains of an outcome when the request may have changed the device.
  private static func trusted(_ outcome: CAENOutcome) -> CAENOutcome {
    switch outcome {
    case .ok, .deviceError, .unknownOutcome: outcome
    case .malformed(let why), .desync(let why), .disconnected(let why): .unknownOutcome(why)
    case .timeout: .unknownOutcome("no reply within the time limit")
    }
  }

  private mutating func receive(into exchange: inout CAENExchange, until end: ContinuousClock.Instant) {
    var collector = LineCollector(dropsLineFeed: awaitsLineFeed)
    awaitsLineFeed = false
    do throws(CavernError) {
      while collector.end == nil {
        let left = end - .now
        guard left > .zero else { break }
        collector.add(try line.receive(upTo: 4096, within: left))
        if collector.isTooLong { break }
      }
      if collector.end == .carriageReturn, !collector.hasMore {
        collector.add(try line.receive(upTo: 4096, within: timing.lineFeed))
        awaitsLineFeed = collector.end == .carriageReturn && !collector.hasMore
      }
      if collector.end != nil, !collector.hasMore, !awaitsLineFeed {
        collector.add(try line.receive(upTo: 4096, within: timing.quiet))
      }
    } catch {
      // A whole line counts even when the other side has closed right after it.
      if collector.end == nil {
        exchange.noise = collector.noise
        exchange.outcome = .disconnected(error.message)
        return
      }
    }
    exchange.noise = collector.noise
    judge(collector, &exchange)
  }

  private mutating func judge(_ collector: LineCollector, _ exchange: inout CAENExchange) {
    guard collector.end != nil else {
      if collector.isTooLong {
        exchange.outcome = .malformed("a line longer than \(Self.lineLimit) bytes")
        drain()
      } else if collector.noiseLines > 0, collector.line.isEmpty {
        exchange.outcome = .malformed("\(collector.noise) bytes that are no reply")
      } else {
        exchange.outcome = .timeout
      }
      return
    }
    let text = String(decoding: collector.line, as: UTF8.self)
    exchange.reply = CAENReply.printable(text)
    if collector.hasMore {
      exchange.outcome = .desync("more than one line for one request")
      drain()
      return
    }
    exchange.outcome = CAENReply.read(text, to: exchange.request)
    if case .desync = exchange.outcome { drain() }
  }
}

/// Finds the reply line in arriving bytes.
private struct LineCollector {
  enum End { case carriageReturn, lineFeed, both }

  /// From `#` on, without the line end.
  private(set) var line: [UInt8] = []
  /// How the line ended; `nil` while it has not.
  private(set) var end: End?
  /// Bytes before `#`.
  private(set) var noise = 0
  /// Line ends among the noise.
  private(set) var noiseLines = 0
  /// Whether bytes came after the line.
  private(set) var hasMore = false
  /// Whether the line is longer than the protocol allows.
  var isTooLong: Bool { end == nil && line.count + noise > CAENLine.lineLimit }
  private var dropsLineFeed: Bool

  init(dropsLineFeed: Bool) { self.dropsLineFeed = dropsLineFeed }

  mutating func add(_ bytes: [UInt8]) {
    for byte in bytes { add(byte) }
  }

  private mutating func add(_ byte: UInt8) {
    let isLineFeed = byte == 0x0A
    if dropsLineFeed {
      dropsLineFeed = false
      if isLineFeed { return }
    }
    if let end {
      if end == .carriageReturn, isLineFeed, !hasMore { self.end = .both } else { hasMore = true }
    } else if line.isEmpty, byte != UInt8(ascii: "#") {
      noise += 1
      if isLineFeed || byte == 0x0D { noiseLines += 1 }
    } else if isLineFeed {
      end = .lineFeed
    } else if byte == 0x0D {
      end = .carriageReturn
    } else {
      line.append(byte)
    }
  }
}
