import Errors
import JSON

/// Who an oscilloscope is: the four parts of its answer to `*IDN?`.
public struct ScopeIdentity: Sendable, Equatable {
  /// Maker, for example `LECROY`.
  public var maker: String
  /// Model, for example `WR610ZI`.
  public var model: String
  /// Serial number.
  public var serial: String
  /// Version of the firmware.
  public var firmware: String

  /// Reads the answer to `*IDN?`, with or without its header.
  ///
  /// - Throws: `scope.badIdentity` (exit 65) for fewer than four parts.
  public init(_ reply: String) throws(CavernError) {
    let text = ScopeReply.value(reply)
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { ScopeReply.trimmed(String($0)) }
    guard parts.count >= 4 else {
      throw CavernError(
        "scope.badIdentity", "'\(text)' is no answer to *IDN?", exit: .badData, expected: "MAKER,MODEL,SERIAL,FIRMWARE")
    }
    (maker, model, serial, firmware) = (parts[0], parts[1], parts[2], parts[3])
  }

  /// How many channels the model has: the last digit of most LeCroy models' numbers (WR 610Zi: 1 GHz, 4 channels is the
  /// standard); 2 for models that end in 2.
  public var channelCount: Int {
    let digits = model.filter(\.isNumber)
    return digits.last == "2" ? 2 : 4
  }

  /// `maker`, `model`, `serial`, `firmware`, `channels`.
  public var json: JSONValue {
    [
      "maker": .string(maker), "model": .string(model), "serial": .string(serial), "firmware": .string(firmware),
      "channels": .integer(channelCount),
    ]
  }
}

/// Replies of an oscilloscope as text.
enum ScopeReply {
  /// The value of a reply with or without its header: `C1:VDIV 5.00E-02 V` and `5.00E-02 V` alike.
  static func value(_ reply: String) -> String {
    let text = trimmed(reply)
    guard let blank = text.firstIndex(of: " ") else { return text }
    let head = text[..<blank]
    let name = head.split(separator: ":").last.map(String.init)?.uppercased() ?? ""
    let isKnown =
      ScopeCommand.shortForms[name] != nil || ScopeCommand.longForms[name] != nil
      || ["*IDN", "*STB", "*ESR", "*OPC", "*SRE", "*ESE", "CMR", "EXR", "DDR", "INR"].contains(name)
    guard head.contains(":") || isKnown else { return text }
    return trimmed(String(text[blank...]))
  }

  /// A text without blanks and line ends around it.
  static func trimmed(_ text: String) -> String {
    let isBlank: (Character) -> Bool = { $0.isWhitespace || $0 == "\0" }
    var view = text.drop(while: isBlank)
    while let last = view.last, isBlank(last) { view.removeLast() }
    return String(view)
  }
}
