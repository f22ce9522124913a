import Errors
import JSON

/// A parameter of the 1470 family: unit, range and form, from the vendor's documentation and what was seen on devices.
///
/// Ranges here are those of the documentation; a device's own limits are read from it (`CAENBoard`) and are believed
/// instead, since other members of the family differ.
public struct CAENParameter: Sendable, Hashable {
  /// Whether a value belongs to a channel or to the board.
  public enum Scope: String, Sendable { case channel, board }

  /// How a value is written.
  public enum Form: Sendable, Hashable {
    /// Digits with a decimal point or without.
    case number
    /// A whole number: a count or a word of bits.
    case integer
    /// Text.
    case text
    /// One of these words.
    case word([String])
    /// A command: it has no value.
    case none
  }

  /// The name on the wire.
  public var name: String
  /// Channel or board.
  public var scope: Scope
  /// Whether it can be read.
  public var isReadable: Bool
  /// Whether it can be set.
  public var isWritable: Bool
  /// Unit: `V`, `uA`, `V/s`, `s`; `nil` for none.
  public var unit: String?
  /// How a value is written.
  public var form: Form
  /// The documented smallest and largest value.
  public var range: ClosedRange<Double>?
  /// Decimal digits in the documented form.
  public var decimals: Int
  /// Digits before the point in the documented form.
  public var digits: Int
  /// What it means.
  public var meaning: String

  /// Parameters that protect the hardware or decide how it reacts; setting them needs the role of an expert.
  public var isProtection: Bool { ["MAXV", "TRIP", "RUP", "RDW", "PDWN", "IMRANGE", "BDILKM", "ZCADJ"].contains(name) }

  /// All parameters in the order of the documentation.
  public static let all: [CAENParameter] = (try? read()) ?? []

  private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// The parameter by that name, in upper case.
  public static func named(_ name: String) -> CAENParameter? { byName[name] }

  /// The table of facts.
  ///
  /// - Throws: `caen.facts` (exit 70) when the data file is not as expected.
  static func read() throws(CavernError) -> [CAENParameter] {
    let rows = try CAENFacts.json(PackageResources.caen_parameters_json, "caen_parameters.json")["parameters"]
    return try (rows?.arrayValue ?? []).map { (row) throws(CavernError) in
      guard let name = row["name"]?.stringValue, let scope = row["scope"]?.stringValue.flatMap(Scope.init(rawValue:)),
        let access = row["access"]?.stringValue
      else { throw CAENFacts.fault("a parameter without name, scope or access") }
      let form = row["reply_format"]?.stringValue ?? ""
      var range: ClosedRange<Double>?
      if let low = row["min"]?.doubleValue, let high = row["max"]?.doubleValue, low <= high { range = low...high }
      let words = row["values"]?.arrayValue?.compactMap(\.stringValue) ?? []
      let picture = form.prefix { $0 == "0" || $0 == "." }
      let parts = picture.split(separator: ".", omittingEmptySubsequences: false)
      return CAENParameter(
        name: name, scope: scope, isReadable: access.contains("r"), isWritable: access.contains("w"),
        unit: row["unit"]?.stringValue, form: kind(name, form, words), range: range,
        decimals: parts.count == 2 ? parts[1].count : 0, digits: parts.first?.count ?? 0,
        meaning: row["meaning"]?.stringValue ?? "")
    }
  }

  private static func kind(_ name: String, _ form: String, _ words: [String]) -> Form {
    if !words.isEmpty { return .word(words) }
    if form.isEmpty { return .none }
    if form == "0" || name == "STAT" { return .integer }
    return form.hasPrefix("0") ? .number : .text
  }

  /// A value as the device writes it: zero padded, with the documented digits.
  ///
  /// - Parameter decimals: digits after the point in place of the documented ones.
  public func padded(_ value: Double, decimals wanted: Int? = nil, digits width: Int? = nil) -> String {
    let plain = CAENNumber.text(value, decimals: wanted ?? decimals)
    let whole = plain.prefix { $0 != "." }.count
    return String(repeating: "0", count: max(0, (width ?? digits) - whole)) + plain
  }
}

/// Numbers as the protocol writes them.
public enum CAENNumber {
  /// A number of the form `[+-]?digits[.digits]`, always decimal; anything else is none.
  ///
  /// - Returns: the value and its decimal digits.
  public static func parse(_ text: some StringProtocol) -> (value: Double, decimals: Int)? {
    var digits = 0
    var decimals = 0
    var hasPoint = false
    for (position, byte) in text.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits += 1
        if hasPoint { decimals += 1 }
      case UInt8(ascii: "."):
        guard !hasPoint, digits > 0 else { return nil }
        hasPoint = true
      case UInt8(ascii: "+"), UInt8(ascii: "-"):
        guard position == 0 else { return nil }
      default: return nil
      }
    }
    guard digits > 0, !hasPoint || decimals > 0, let value = Double(String(text)), value.isFinite else { return nil }
    return (value == 0 ? 0 : value, decimals)
  }

  /// A value with a fixed number of decimals, without exponent.
  public static func text(_ value: Double, decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e15 else { return value.description }
    var digits = String(Int(scaled))
    if digits.count <= decimals { digits = String(repeating: "0", count: decimals + 1 - digits.count) + digits }
    let sign = value < 0 && scaled > 0 ? "-" : ""
    return decimals == 0 ? sign + digits : sign + digits.dropLast(decimals) + "." + digits.suffix(decimals)
  }
}

/// The data files of the 1470 family.
enum CAENFacts {
  /// A data file as JSON.
  static func json(_ bytes: [UInt8], _ name: String) throws(CavernError) -> JSONValue {
    do {
      return try JSONValue(parsing: bytes)
    } catch {
      throw fault("\(name): \(error.message)")
    }
  }

  /// A data file that is not as expected.
  static func fault(_ message: String) -> CavernError {
    CavernError("caen.facts", "a table of the 1470 family is damaged: \(message)", exit: .internal)
  }
}
