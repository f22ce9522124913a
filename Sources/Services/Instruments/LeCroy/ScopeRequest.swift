import Errors

/// A command that sets something, with the query that reads it back: checked before it is sent.
public struct ScopeRequest: Sendable, Equatable {
  /// What it sets, for people.
  public var name: String
  /// The command.
  public var command: String
  /// The query that reads the value back; `nil` for commands that set nothing.
  public var query: String?
  /// The value asked for, as it stands in the command.
  public var requested: String

  init(_ name: String, _ command: String, query: String? = nil, requested: String = "") {
    (self.name, self.command, self.query, self.requested) = (name, command, query, requested)
  }

  // MARK: Acquisition

  /// `ARM`: one acquisition from the stopped state.
  public static let arm = ScopeRequest("arm", "ARM")
  /// `STOP`.
  public static let stop = ScopeRequest("stop", "STOP")
  /// `FRTR`: a trigger now.
  public static let force = ScopeRequest("force", "FRTR")

  /// `SEQ ON,n[,m]`, or `SEQ OFF` for no segments.
  ///
  /// - Parameters:
  ///   - segments: at least 2; `nil` turns sequences off.
  ///   - samples: most samples of a segment; only with segments.
  public static func sequence(segments: Int?, maximumSamples samples: Int? = nil) throws(CavernError) -> ScopeRequest {
    guard let segments else {
      guard samples == nil else { throw bad("a number of samples without segments", "segments and samples together") }
      return ScopeRequest("sequence", "SEQ OFF", query: "SEQ?", requested: "OFF")
    }
    guard segments >= 1, samples.map({ $0 >= 1 }) ?? true else {
      throw bad("\(segments) segments", "at least one segment and one sample")
    }
    let value = "ON,\(segments)" + (samples.map { ",\($0)" } ?? "")
    return ScopeRequest("sequence", "SEQ \(value)", query: "SEQ?", requested: value)
  }

  /// `TDIV`: a time base such as `2us` or `100NS`; a bare number is in seconds.
  public static func timebase(_ text: String) throws(CavernError) -> ScopeRequest {
    let value = text.uppercased().filter { $0 != " " }
    guard let seconds = ScopeCommand.number(value, unit: "S"), seconds > 0 else {
      throw bad("the time base '\(text)'", "a number with NS, US, MS, S or KS, for example 2US")
    }
    return ScopeRequest("timebase", "TDIV \(value)", query: "TDIV?", requested: value)
  }

  // MARK: Trigger

  /// `TRMD`.
  public static func triggerMode(_ mode: String) throws(CavernError) -> ScopeRequest {
    let word = try Self.word(mode, ["AUTO", "NORM", "SINGLE", "STOP"], "trigger mode")
    return ScopeRequest("trigger mode", "TRMD \(word)", query: "TRMD?", requested: word)
  }

  /// `<source>:TRCP`.
  public static func triggerCoupling(_ source: String, _ coupling: String, channels: Int) throws(CavernError)
    -> ScopeRequest
  {
    let source = try Self.source(source, channels, more: ["EX", "EX10"])
    let word = try Self.word(coupling, ["AC", "DC", "HFREJ", "LFREJ"], "trigger coupling")
    return ScopeRequest(
      "\(source) trigger coupling", "\(source):TRCP \(word)", query: "\(source):TRCP?", requested: word)
  }

  /// `<source>:TRLV` in volts.
  public static func triggerLevel(_ source: String, volts: Double, channels: Int) throws(CavernError) -> ScopeRequest {
    let source = try Self.source(source, channels, more: ["EX", "EX10"])
    let value = try Self.volts(volts, "trigger level")
    return ScopeRequest(
      "\(source) trigger level", "\(source):TRLV \(value)V", query: "\(source):TRLV?", requested: value)
  }

  /// `<source>:TRSL`.
  public static func triggerSlope(_ source: String, _ slope: String, channels: Int) throws(CavernError) -> ScopeRequest
  {
    let source = try Self.source(source, channels, more: ["EX", "EX10", "LINE"])
    let word = try Self.word(slope, ["POS", "NEG"], "trigger slope")
    return ScopeRequest("\(source) trigger slope", "\(source):TRSL \(word)", query: "\(source):TRSL?", requested: word)
  }

  /// `TRWI`: a window around the level, 0 to 25 V.
  public static func triggerWindow(volts: Double) throws(CavernError) -> ScopeRequest {
    guard volts >= 0, volts <= 25 else { throw bad("a trigger window of \(volts) V", "0 to 25 V") }
    return ScopeRequest("trigger window", "TRWI \(volts)", query: "TRWI?", requested: volts.description)
  }

  /// `TRSE type,SR,source,HT,OFF`.
  public static func triggerSelect(_ type: String, source: String, channels: Int) throws(CavernError) -> ScopeRequest {
    let word = try Self.word(type, ["DROP", "EDGE", "GLIT", "INTV", "STD", "SNG", "SQ", "TEQ"], "trigger type")
    let source = try Self.source(source, channels, more: ["EX", "EX10", "LINE"])
    let value = "\(word),SR,\(source),HT,OFF"
    return ScopeRequest("trigger", "TRSE \(value)", query: "TRSE?", requested: value)
  }

  // MARK: Channels

  /// `Cn:VDIV` in volts a division, above 0.
  public static func voltsPerDivision(_ source: String, volts: Double, channels: Int) throws(CavernError)
    -> ScopeRequest
  {
    let source = try Self.source(source, channels)
    guard volts > 0 else { throw bad("\(volts) V a division", "a voltage above 0") }
    let value = try Self.volts(volts, "volts a division")
    return ScopeRequest("\(source) vdiv", "\(source):VDIV \(value)", query: "\(source):VDIV?", requested: value)
  }

  /// `Cn:OFST` in volts.
  public static func offset(_ source: String, volts: Double, channels: Int) throws(CavernError) -> ScopeRequest {
    let source = try Self.source(source, channels)
    let value = try Self.volts(volts, "offset")
    return ScopeRequest("\(source) offset", "\(source):OFST \(value)", query: "\(source):OFST?", requested: value)
  }

  /// `BWL Cn,…`; the state of all channels is read back and the channel's own word taken from it.
  public static func bandwidthLimit(_ source: String, _ limit: String, channels: Int) throws(CavernError)
    -> ScopeRequest
  {
    let source = try Self.source(source, channels)
    let word = try Self.word(limit, ["OFF", "ON", "200MHZ"], "bandwidth limit")
    return ScopeRequest("\(source) bwl", "BWL \(source),\(word)", query: "BWL?", requested: "\(source),\(word)")
  }

  /// `Cn:CPL`.
  public static func coupling(_ source: String, _ coupling: String, channels: Int) throws(CavernError) -> ScopeRequest {
    let source = try Self.source(source, channels)
    let word = try Self.word(coupling, ["D50", "D1M", "A1M", "GND"], "coupling")
    return ScopeRequest("\(source) coupling", "\(source):CPL \(word)", query: "\(source):CPL?", requested: word)
  }

  /// `Cn:TRA ON|OFF`.
  public static func trace(_ source: String, isOn: Bool, channels: Int) throws(CavernError) -> ScopeRequest {
    let source = try Self.source(source, channels)
    let word = isOn ? "ON" : "OFF"
    return ScopeRequest("\(source) trace", "\(source):TRA \(word)", query: "\(source):TRA?", requested: word)
  }

  // MARK: Waveforms and storage

  /// `Cn:WFTX 'text'`, at most 160 characters.
  public static func waveformText(_ source: String, _ text: String, channels: Int) throws(CavernError) -> ScopeRequest {
    let source = try Self.source(source, channels)
    guard text.utf8.count <= 160 else { throw bad("a text of \(text.utf8.count) bytes", "at most 160") }
    return ScopeRequest(
      "\(source) text", "\(source):WFTX \(try quoted(text))", query: "\(source):WFTX?", requested: try quoted(text))
  }

  /// `WFSU SP,s,NP,n,FP,f,SN,k`; 0 stands for all.
  public static func transfer(
    sparsing: Int = 0, points: Int = 0, first: Int = 0, segment: Int = 0
  ) throws(CavernError) -> ScopeRequest {
    guard min(sparsing, points, first, segment) >= 0 else { throw bad("a negative number", "numbers of at least 0") }
    let value = "SP,\(sparsing),NP,\(points),FP,\(first),SN,\(segment)"
    return ScopeRequest("transfer", "WFSU \(value)", query: "WFSU?", requested: value)
  }

  /// `STST trace,dest,AUTO,…,FORMAT,…`.
  public static func storeSetup(
    trace: String, destination: String, auto: String, format: String, channels: Int
  ) throws(CavernError) -> ScopeRequest {
    let trace = try Self.source(trace, channels, more: traces + ["ALL_DISPLAYED"])
    let destination = try word(destination, devices + ["M1", "M2", "M3", "M4"], "destination")
    let auto = try word(auto, ["OFF", "WRAP", "FILL"], "kind of auto-store")
    let format = try word(format, ["BINARY", "SPREADSHEET", "MATHCAD", "MATLAB"], "format")
    let value = "\(trace),\(destination),AUTO,\(auto),FORMAT,\(format)"
    return ScopeRequest("store setup", "STST \(value)", query: "STST?", requested: value)
  }

  /// `STO [trace,dest]`.
  public static func store(trace: String, destination: String, channels: Int) throws(CavernError) -> ScopeRequest {
    let trace = try Self.source(trace, channels, more: traces + ["ALL_DISPLAYED"])
    let destination = try word(destination, devices + ["M1", "M2", "M3", "M4"], "destination")
    return ScopeRequest("store", "STO \(trace),\(destination)", requested: "\(trace),\(destination)")
  }

  /// `FLNM TYPE,t,FILE,'name'`: names of at most 8 letters for traces, 5 for SETUP and HCOPY.
  public static func fileName(type: String, name: String, channels: Int) throws(CavernError) -> ScopeRequest {
    let type = try Self.source(type, channels, more: ["TA", "TB", "TC", "TD", "SETUP", "HCOPY"])
    let most = ["SETUP", "HCOPY"].contains(type) ? 5 : 8
    guard !name.isEmpty, name.utf8.count <= most,
      name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x5C })
    else {
      throw bad("the name '\(name)'", "1 to \(most) letters")
    }
    let value = "TYPE,\(type),FILE,\(try quoted(name))"
    return ScopeRequest("file name", "FLNM \(value)", query: "FLNM? TYPE,\(type)", requested: value)
  }

  /// `DIR DISK,dev,ACTION,…,'path'`.
  public static func directory(device: String, action: String, path: String) throws(CavernError) -> ScopeRequest {
    let device = try word(device, devices, "device")
    let action = try word(action, ["CREATE", "DELETE", "SWITCH"], "action")
    return ScopeRequest(
      "directory", "DIR DISK,\(device),ACTION,\(action),\(try quoted(path))", requested: "\(action) \(path)")
  }

  /// `DIR? DISK,dev`.
  public static func directoryQuery(device: String) throws(CavernError) -> String {
    "DIR? DISK,\(try word(device, devices, "device"))"
  }

  /// `DEL DISK,dev,FILE,'path'`.
  public static func deleteFile(device: String, path: String) throws(CavernError) -> ScopeRequest {
    let device = try word(device, devices, "device")
    return ScopeRequest("delete", "DEL DISK,\(device),FILE,\(try quoted(path))", requested: path)
  }

  // MARK: Checks

  static let devices = ["CARD", "FLPY", "HDD"]
  static let traces = ["TA", "TB", "TC", "TD", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8"]

  /// A source: `C2`, `2`, or one of some more words.
  ///
  /// - Throws: `scope.badArgument` (exit 64) with the nearest names.
  static func source(_ text: String, _ channels: Int, more: [String] = []) throws(CavernError) -> String {
    let upper = text.uppercased()
    if let number = Int(upper), (1...max(1, channels)).contains(number) { return "C\(number)" }
    let valid = (1...max(1, channels)).map { "C\($0)" } + more
    return try word(upper, valid, "source")
  }

  /// A channel by its name or number: `C2` or `2`.
  ///
  /// - Throws: `scope.badArgument` (exit 64) with the nearest names.
  public static func channel(_ text: String, of channels: Int) throws(CavernError) -> String {
    try source(text, channels)
  }

  private static func word(_ text: String, _ valid: [String], _ what: String) throws(CavernError) -> String {
    let upper = text.uppercased()
    guard valid.contains(upper) else {
      throw CavernError(
        "scope.badArgument", "'\(text)' is not a \(what)", exit: .usage, expected: valid.joined(separator: ", "),
        nearest: nearestNames(to: upper, in: valid))
    }
    return upper
  }

  private static func volts(_ value: Double, _ what: String) throws(CavernError) -> String {
    guard value.isFinite, abs(value) <= 1000 else { throw bad("\(what) of \(value) V", "a voltage of at most 1000 V") }
    return value.description.uppercased()
  }

  /// A text in single quotation marks, those inside doubled.
  private static func quoted(_ text: String) throws(CavernError) -> String {
    guard text.utf8.allSatisfy({ $0 >= 0x20 }) else { throw bad("a text with control characters", "plain text") }
    return "'\(text.replacing("'", with: "''"))'"
  }

  private static func bad(_ what: String, _ expected: String) -> CavernError {
    CavernError("scope.badArgument", "\(what) cannot be set", exit: .usage, expected: expected)
  }
}
