import Errors

/// A LeCroy oscilloscope on a line: dialogue, settings with read-back, acquisitions, waveforms.
///
/// One owner, as its line has. On connecting it saves the transfer settings (CHDR, CFMT, CORD, WFSU), sets those that the
/// decoder wants (no headers, 16 bits, low byte first, everything) and clears the status; `close` restores them.
///
///     let scope = try LeCroyOscilloscope(InstrumentResource("192.0.2.30"), timeout: .seconds(30))
///     defer { scope.close() }
///     let setting = try scope.set(.timebase("100ns"))
///     print(setting.requested, setting.actual)
public final class LeCroyOscilloscope {
  /// Longest message an oscilloscope takes, in bytes.
  static let inputLimit = 255
  /// Longest waveform that is read, in bytes.
  public var longestWaveform = 1 << 31
  /// The limit of each operation.
  public let timeout: Duration
  /// Who it is.
  public private(set) var identity: ScopeIdentity
  /// Number of channels, from the model unless it was given.
  public let channels: Int
  /// Told of every message sent and the beginning of every reply; for audits and `-v`.
  public var log: ((_ direction: String, _ text: String) -> Void)?
  private let line: any MessageTransport
  private var saved: [String] = []
  private var lastWaveformSize = 0

  /// Connects to an oscilloscope.
  ///
  /// - Parameters:
  ///   - resource: where it is.
  ///   - channels: number of channels; from the model when not given.
  ///   - timeout: of each operation.
  /// - Throws: as the transports, `scope.badIdentity`.
  public convenience init(
    _ resource: InstrumentResource, channels: Int? = nil, timeout: Duration
  ) throws(CavernError) {
    try self.init(line: try resource.connect(timeout: timeout), channels: channels, timeout: timeout)
  }

  /// An oscilloscope on a line that is connected.
  public init(line: any MessageTransport, channels: Int? = nil, timeout: Duration) throws(CavernError) {
    self.line = line
    self.timeout = timeout
    let found = try Self.exchange(line, "*IDN?", timeout)
    identity = try ScopeIdentity(found)
    self.channels = channels ?? identity.channelCount
    try prepare()
  }

  /// Where it is, as a VISA resource string.
  public var resource: String { line.resource }

  /// Ends an operation under way from another thread.
  public var abortHandle: TransportAbort { line.abortHandle }

  /// Saves what the transfer depends on and sets what the decoder wants.
  private func prepare() throws(CavernError) {
    // The header mode comes first: the replies below are read with whatever it is.
    var saved: [String] = []
    for header in ["CHDR", "CFMT", "CORD", "WFSU"] {
      saved.append("\(header) \(ScopeReply.value(try Self.exchange(line, "\(header)?", timeout)))")
    }
    if self.saved.isEmpty { self.saved = saved }
    try send("CHDR OFF;CFMT DEF9,WORD,BIN;CORD LO")
    try send("WFSU SP,0,NP,0,FP,0,SN,0")
    try send("*CLS")
  }

  /// Restores the transfer settings and ends the line; what cannot be restored any more is left.
  public func close() {
    do throws(CavernError) {
      for command in saved.reversed() { try send(command) }
      // The answer says that they have been taken; without it the line would end while they are on their way.
      if !saved.isEmpty { _ = try ask("*OPC?") }
    } catch {
      log?("<", "not restored: \(error.message)")
    }
    saved = []
    line.close()
  }

  /// Leaves a transfer setting as it will be set, in place of restoring it on `close`.
  public func keeps(_ header: String) { saved.removeAll { $0.hasPrefix("\(header) ") } }

  /// Connects anew after a fault of the line, checks that it is the same instrument and sets the transfer up again.
  ///
  /// - Throws: as connecting, `scope.otherInstrument` (exit 69) when the serial number has changed.
  public func reconnect() throws(CavernError) {
    try line.reconnect()
    try? line.clear(timeout: timeout)
    let now = try ScopeIdentity(try Self.exchange(line, "*IDN?", timeout))
    guard now.serial == identity.serial else {
      throw CavernError(
        "scope.otherInstrument", "the instrument now has the serial number \(now.serial)", exit: .unavailable,
        expected: identity.serial)
    }
    identity = now
    try prepare()
  }

  // MARK: Dialogue

  /// Sends a message that has no reply.
  ///
  /// - Throws: `scope.tooLong` (exit 64) for more than the input buffer takes, and as the transports.
  public func send(_ message: String) throws(CavernError) {
    log?(">", message)
    try Self.write(line, message, timeout)
  }

  /// Sends a message and reads its reply as text, without the line end.
  public func ask(_ message: String) throws(CavernError) -> String {
    log?(">", message)
    let reply = try Self.exchange(line, message, timeout)
    log?("<", reply)
    return reply
  }

  /// Sends a message and reads its reply as bytes.
  public func askBytes(_ message: String, limit: Int = 1 << 28) throws(CavernError) -> [UInt8] {
    log?(">", message)
    try Self.write(line, message, timeout)
    return try line.read(limit: limit, timeout: timeout)
  }

  /// The value of a query, without header.
  public func value(_ query: String) throws(CavernError) -> String { ScopeReply.value(try ask(query)) }

  /// The whole number of a query.
  ///
  /// - Throws: `scope.badReply` (exit 65) for anything else, and as the transports.
  public func number(_ query: String) throws(CavernError) -> Int {
    let text = try value(query)
    guard let number = Int(text) else {
      throw CavernError("scope.badReply", "'\(text)' in answer to \(query)", exit: .badData, expected: "a whole number")
    }
    return number
  }

  private static func write(_ line: any MessageTransport, _ message: String, _ timeout: Duration) throws(CavernError) {
    let bytes = Array(message.utf8) + [10]
    guard bytes.count <= inputLimit + 1 else {
      throw CavernError(
        "scope.tooLong", "a message of \(bytes.count) bytes", exit: .usage, expected: "at most \(inputLimit) bytes",
        hint: "send its commands one by one")
    }
    try line.write(bytes, timeout: timeout)
  }

  private static func exchange(
    _ line: any MessageTransport, _ message: String, _ timeout: Duration
  ) throws(CavernError) -> String {
    try write(line, message, timeout)
    return ScopeReply.trimmed(String(decoding: try line.read(limit: 1 << 20, timeout: timeout), as: UTF8.self))
  }

  // MARK: Settings

  /// Sets something, reads the error registers, and reads the value back.
  ///
  /// - Throws: `scope.refused` (exit 69) when the oscilloscope reports an error, and as the transports.
  @discardableResult
  public func set(_ request: ScopeRequest) throws(CavernError) -> ScopeSetting {
    try send(request.command)
    let status = try number("*STB?")
    try checkErrors(request.command)
    var actual = try request.query.map { (query) throws(CavernError) in try value(query) } ?? ""
    if request.query == "BWL?" { actual = Self.pair(of: request.requested, in: actual) }
    let differs = request.query != nil && !ScopeSetting.agree(request.requested, actual)
    return ScopeSetting(
      name: request.name, command: request.command, requested: request.requested, actual: actual,
      isAdjusted: status & 4 != 0 || differs)
  }

  /// Of `C1,OFF,C2,ON` the pair of the channel that was asked about.
  private static func pair(of requested: String, in all: String) -> String {
    let words = all.split(separator: ",").map { ScopeReply.trimmed(String($0)) }
    let channel = requested.prefix { $0 != "," }
    guard let place = words.firstIndex(where: { $0 == channel }), place + 1 < words.count else { return all }
    return "\(channel),\(words[place + 1])"
  }

  /// Reads the error registers, which clears them.
  ///
  /// - Throws: `scope.refused` with the numbers when one is set.
  public func checkErrors(_ command: String) throws(CavernError) {
    let events = try number("*ESR?")
    guard events & 0b11_1100 != 0 else { return }
    let names = [(2, "query error"), (3, "device error"), (4, "execution error"), (5, "command error")]
    let kinds = names.filter { events & 1 << $0.0 != 0 }.map(\.1).joined(separator: ", ")
    let (commandError, executionError) = (try number("CMR?"), try number("EXR?"))
    throw CavernError(
      "scope.refused", "'\(command)' was refused: \(kinds) (CMR \(commandError), EXR \(executionError))",
      exit: .unavailable, hint: ScopeErrors.hint(command: commandError, execution: executionError))
  }

  /// Waits until the acquisition under way is over, at most so long: `WAIT t`, then `*OPC?`.
  ///
  /// - Parameter seconds: 1 to 1000; an oscilloscope would take 0 for ever.
  public func wait(seconds: Double) throws(CavernError) {
    guard seconds > 0, seconds <= 1000 else {
      throw CavernError(
        "scope.badArgument", "a wait of \(seconds) s", exit: .usage, expected: "more than 0, at most 1000 s")
    }
    log?(">", "WAIT \(seconds)")
    let patience = timeout + .seconds(seconds)
    try line.write(Array("WAIT \(seconds);*OPC?\n".utf8), timeout: patience)
    _ = try line.read(limit: 64, timeout: patience)
  }

  // MARK: Waveforms

  /// The bytes of a waveform, as the oscilloscope sends them, into an array whose memory is used again.
  ///
  /// - Parameters:
  ///   - source: a channel or a trace, for example `C2`.
  ///   - part: `DESC`, `TEXT`, `TIME`, `DAT1`, `DAT2` or `ALL`.
  public func waveform(_ source: String, part: String = "ALL", into bytes: inout [UInt8]) throws(CavernError) {
    let source = try ScopeRequest.source(source, channels, more: ScopeRequest.traces)
    let parts = ["DESC", "TEXT", "TIME", "DAT1", "DAT2", "ALL"]
    guard parts.contains(part.uppercased()) else {
      throw CavernError(
        "scope.badArgument", "'\(part)' is no part of a waveform", exit: .usage,
        expected: parts.joined(separator: ", "), nearest: nearestNames(to: part, in: parts))
    }
    let query = "\(source):WF? \(part.uppercased())"
    log?(">", query)
    try Self.write(line, query, timeout)
    // A waveform is mostly as long as the last one: without this the array would grow in leaps and hold up to twice that.
    bytes.reserveCapacity(lastWaveformSize)
    try line.read(into: &bytes, limit: longestWaveform, timeout: timeout)
    lastWaveformSize = bytes.count
    log?("<", "\(bytes.count) bytes")
  }

  /// A picture of the screen.
  ///
  /// - Parameter format: what the oscilloscope calls it, `PNG` by default.
  public func screenshot(format: String = "PNG") throws(CavernError) -> [UInt8] {
    guard format.utf8.allSatisfy({ (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }) else {
      throw CavernError(
        "scope.badArgument", "'\(format)' is no format of pictures", exit: .usage, expected: "PNG, BMP, JPEG, TIFF")
    }
    try send("HCSU DEV,\(format.uppercased()),FORMAT,PORTRAIT,BCKG,WHITE,PORT,NET")
    return try askBytes("SCDP?")
  }

  // MARK: The line

  /// Takes the oscilloscope for this line alone.
  public func lock() throws(CavernError) { try line.lock(timeout: timeout) }

  /// Gives it back.
  public func unlock() throws(CavernError) { try line.unlock(timeout: timeout) }

  /// Drops what is under way in both directions.
  public func clear() throws(CavernError) { try line.clear(timeout: timeout) }

  /// The status byte, read beside the messages.
  public func statusByte() throws(CavernError) -> UInt8 { try line.readStatusByte(timeout: timeout) }

  /// Triggers by the transport.
  public func trigger() throws(CavernError) { try line.trigger(timeout: timeout) }
}

/// What the numbers in CMR and EXR mean (LeCroy, "Remote Control Manual", CMR? and EXR?).
enum ScopeErrors {
  private static let commands: [Int: String] = [
    1: "unrecognised header", 2: "illegal header path", 3: "illegal number", 4: "illegal number suffix",
    5: "unrecognised keyword", 6: "string error", 10: "arbitrary data block expected", 11: "input too long",
    13: "extra bytes detected during I/O",
  ]
  private static let executions: [Int: String] = [
    21: "permission error", 22: "environment error", 23: "option error", 25: "parameter error",
    26: "command not implemented", 27: "parameter missing", 31: "waveform error", 36: "panel set-up error",
    50: "no mass storage present", 51: "mass storage not formatted", 53: "mass storage write-protected",
    58: "mass storage file not found", 59: "requested directory not found", 61: "mass storage full",
  ]

  static func hint(command: Int, execution: Int) -> String? {
    commands[command] ?? executions[execution]
  }
}
