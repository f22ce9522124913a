import Errors

/// An interval of numbers of which either end may be open.
public struct NumberRange: Sendable, Equatable {
  /// The lower end; `nil` when open.
  public var from: Double?
  /// The upper end; `nil` when open.
  public var to: Double?

  /// An interval.
  public init(from: Double?, to: Double?) {
    self.from = from
    self.to = to
  }

  /// Whether a number lies in it, ends included.
  public func contains(_ value: Double) -> Bool {
    if let from, !(value >= from) { return false }
    if let to, !(value <= to) { return false }
    return true
  }
}

extension ValueKind {
  /// Checks a value as written.
  ///
  /// - Parameter text: what the user wrote.
  /// - Throws: `usage.badValue` saying what was expected, with the nearest words of a choice.
  public func check(_ text: String) throws(CavernError) {
    switch self {
    case .text, .file, .folder, .path:
      if text.isEmpty, self != .text { throw fault(text) }
    case .number(let limits):
      guard let value = Self.number(text), limits?.contains(value) ?? true else { throw fault(text) }
    case .integer(let limits):
      guard let value = Self.integer(text), limits?.contains(value) ?? true else { throw fault(text) }
    case .boolean:
      guard Self.boolean(text) != nil else { throw fault(text) }
    case .choice(let choices):
      guard choices.contains(where: { $0.name == text }) else { throw fault(text) }
    case .range:
      guard Self.range(text) != nil else { throw fault(text) }
    case .duration:
      guard Self.duration(text) != nil else { throw fault(text) }
    case .byteCount:
      guard Self.byteCount(text) != nil else { throw fault(text) }
    case .indices:
      guard Self.indices(text) != nil else { throw fault(text) }
    case .assignments:
      guard Self.assignments(text) != nil else { throw fault(text) }
    case .list(let element):
      for item in Self.items(text) { try element.check(item) }
    }
  }

  private func fault(_ text: String) -> CavernError {
    CavernError(
      "usage.badValue", "'\(text)' is not \(summary)", exit: .usage, expected: expectation,
      nearest: nearestNames(to: text, in: choices.map(\.name)))
  }

  /// A few words for a message whose `expected` says the rest.
  private var summary: String {
    switch self {
    case .text: "a text"
    case .number(nil): "a number"
    case .integer(nil): "a whole number"
    case .number, .integer: "within the limits"
    case .boolean: "a truth value"
    case .choice: "one of the choices"
    case .file, .folder, .path: "a path"
    case .range: "a range"
    case .duration: "a time span"
    case .byteCount: "a size"
    case .indices: "a selection"
    case .assignments: "a list of assignments"
    case .list: "a list"
    }
  }

  /// A finite number in decimal notation.
  public static func number(_ text: String) -> Double? {
    guard let first = text.utf8.first, first == 0x2B || first == 0x2D || first == 0x2E || (0x30...0x39).contains(first),
      !text.utf8.contains(UInt8(ascii: "x")), !text.utf8.contains(UInt8(ascii: "X")), let value = Double(text),
      value.isFinite
    else { return nil }
    return value
  }

  /// A whole number in decimal notation.
  public static func integer(_ text: String) -> Int? { Int(text) }

  /// `true`, `yes`, `on`, `1` and their opposites.
  public static func boolean(_ text: String) -> Bool? {
    switch text {
    case "true", "yes", "on", "1": true
    case "false", "no", "off", "0": false
    default: nil
    }
  }

  /// `FROM:TO`; at least one end must be there, and the ends must be in order.
  public static func range(_ text: String) -> NumberRange? {
    let ends = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard ends.count == 2, !(ends[0].isEmpty && ends[1].isEmpty) else { return nil }
    let range = NumberRange(from: number(ends[0]), to: number(ends[1]))
    guard (range.from != nil) != ends[0].isEmpty, (range.to != nil) != ends[1].isEmpty else { return nil }
    if let from = range.from, let to = range.to, from > to { return nil }
    return range
  }

  /// The items of a list parted by commas, blanks around them taken off.
  public static func items(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
  }

  /// `0-3,7` as 0, 1, 2, 3, 7 in the order written; at most a million numbers.
  public static func indices(_ text: String) -> [Int]? {
    var result: [Int] = []
    for item in items(text) {
      let ends = item.split(separator: "-", omittingEmptySubsequences: false)
      guard (1...2).contains(ends.count), let first = Int(ends[0]), let last = Int(ends[ends.count - 1]),
        !ends[0].hasPrefix("+"), first <= last, last - first < 1_000_000, result.count < 1_000_000
      else { return nil }
      result.append(contentsOf: first...last)
    }
    return result
  }

  /// `a=1,b=-2.5` as names and numbers in the order written; a name may stand once.
  public static func assignments(_ text: String) -> [(name: String, value: Double)]? {
    var result: [(name: String, value: Double)] = []
    for item in items(text) {
      guard let sign = item.firstIndex(of: "=") else { return nil }
      let name = trimmed(item[..<sign])
      guard !name.isEmpty, !result.contains(where: { $0.name == name }),
        let value = number(trimmed(item[item.index(after: sign)...]))
      else { return nil }
      result.append((name, value))
    }
    return result
  }

  static func trimmed(_ text: some StringProtocol) -> String {
    let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    return String(String(text).drop(while: blank).reversed().drop(while: blank).reversed())
  }
}
