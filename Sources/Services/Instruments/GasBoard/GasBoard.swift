import Errors

/// The gas board on its line: sends requests, judges replies.
///
/// It has one owner. Every call returns within its time limits; a line that is gone is `line.disconnected`, everything else
/// that can go wrong is an outcome.
public final class GasBoard {
  /// How the board is spoken to.
  public struct Options: Sendable {
    /// How long a reply may take from the request on.
    public var timeLimit: Duration = .seconds(1)
    /// How long the line is drained after a failed exchange.
    public var drainTime: Duration = .milliseconds(300)

    /// The usual options.
    public init() {}
  }

  /// An exchange with the time of its last byte.
  public struct Result: Sendable, Equatable {
    /// What it brought.
    public var exchange: GasExchange
    /// The wall clock when the last byte arrived, nanoseconds since 1970-01-01 UTC.
    public var time: Int64

    /// An exchange with its time.
    public init(exchange: GasExchange, time: Int64) {
      self.exchange = exchange
      self.time = time
    }
  }

  /// What the board says about itself.
  public struct Identification: Sendable, Equatable {
    /// Version of the protocol: 0 for a board that does not answer.
    public var version: Int
    /// The words of its answer: name, version, board, chip, variant.
    public var words: [String]
  }

  private let line: any ByteLine
  private let options: Options
  private let wallClock: () -> Int64
  private var sequence = 0
  /// Whether requests are numbered and replies carry a checksum.
  public private(set) var isNumbered = false

  /// A board on an open line.
  ///
  /// - Parameters:
  ///   - line: the line.
  ///   - options: time limits.
  ///   - wallClock: the present time, nanoseconds since 1970-01-01 UTC.
  public init(_ line: any ByteLine, options: Options = Options(), wallClock: @escaping () -> Int64) {
    self.line = line
    self.options = options
    self.wallClock = wallClock
  }

  /// Asks for the version and speaks version 1 from now on when the board knows it.
  public func identify() throws(CavernError) -> Identification {
    _ = try line.drain(quiet: .milliseconds(5), limit: options.drainTime)
    try line.send(Array("V".utf8), within: options.timeLimit)
    let reply = try readLine()
    let text = String(decoding: reply, as: UTF8.self).trimmed
    let words = text.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 5, words[0] == "CAVERN-GAS", let version = Int(words[1]) else {
      if !reply.isEmpty { _ = try line.drain(quiet: options.drainTime, limit: options.drainTime) }
      return Identification(version: 0, words: [])
    }
    isNumbered = version >= 1
    return Identification(version: version, words: words)
  }

  /// Asks for one measurement.
  ///
  /// - Throws: `line.disconnected`, `line.busy`.
  public func measure() throws(CavernError) -> Result {
    let early = try line.receive(upTo: 1024, within: .zero)
    guard early.isEmpty else {
      return try failed(GasExchange(failed: .desynchronised, "\(early.count) bytes waited before the request"))
    }
    sequence = sequence % 65535 + 1
    try line.send(Array((isNumbered ? "M\(sequence)\n" : "R").utf8), within: options.timeLimit)
    var bytes = try readLine()
    let time = wallClock()
    if bytes.last == 0x0A { bytes += try line.receive(upTo: 1024, within: .zero) }
    let exchange = GasLineDecoder.decode(bytes, sequence: isNumbered ? sequence : nil)
    guard exchange.outcome.isUsable else { return try failed(exchange) }
    return Result(exchange: exchange, time: time)
  }

  /// Reads registers: the calibration (`C`) and one measurement (`D`), with their checksums checked.
  ///
  /// - Parameter variant: which formula the sensor follows.
  /// - Returns: `nil` when the reply is not whole or its checksum does not fit.
  public func registers(variant: BME680Field.Variant) throws(CavernError) -> BME680Vector? {
    try line.send(Array("C".utf8), within: options.timeLimit)
    let calibration = Self.payload(try readLine(), prefix: "C")
    sequence = sequence % 65535 + 1
    try line.send(Array("D\(sequence)\n".utf8), within: options.timeLimit)
    let field = Self.payload(try readLine(), prefix: "D;\(sequence)")
    guard let calibration, let field, calibration.count == BME680Calibration.byteCount,
      field.count == BME680Field.byteCount
    else { return nil }
    return try? BME680Vector(
      calibration: BME680Calibration(registers: calibration), field: BME680Field(registers: field, variant: variant))
  }

  /// `PREFIX;HEX*CRC`, the bytes of HEX.
  private static func payload(_ line: [UInt8], prefix: String) -> [UInt8]? {
    let text = String(decoding: line, as: UTF8.self).trimmed
    let sides = text.split(separator: "*", omittingEmptySubsequences: false)
    guard sides.count == 2, text.hasPrefix("\(prefix);"), CyclicRedundancy16.text(sides[0].utf8) == sides[1] else {
      return nil
    }
    return HexadecimalText.bytes(String(sides[0].dropFirst(prefix.count + 1)))
  }

  private func failed(_ exchange: GasExchange) throws(CavernError) -> Result {
    _ = try line.drain(quiet: options.drainTime, limit: options.drainTime)
    return Result(exchange: exchange, time: wallClock())
  }

  /// Bytes until a line feed, the time limit or the longest reply.
  private func readLine() throws(CavernError) -> [UInt8] {
    let end = ContinuousClock.now + options.timeLimit
    var bytes: [UInt8] = []
    while bytes.count < GasLineDecoder.longestReply {
      let left = end - .now
      guard left > .zero else { break }
      bytes += try line.receive(upTo: GasLineDecoder.longestReply - bytes.count, within: left)
      if bytes.contains(0x0A) { break }
    }
    return bytes
  }
}

extension String {
  /// Without line ends behind it.
  fileprivate var trimmed: String {
    var text = Substring(self)
    while text.utf8.last == 0x0A || text.utf8.last == 0x0D || text.hasSuffix("\r\n") { text.removeLast() }
    return String(text)
  }
}
