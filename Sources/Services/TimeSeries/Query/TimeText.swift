import Foundation

/// Moments and spans as people write them in queries.
public enum TimeText {
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("ns", 1), ("us", 1000), ("µs", 1000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
    ("min", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000), ("w", 604_800_000_000_000),
  ]

  /// A moment: `now`, `-1h`, `-90s`, an RFC 3339 time, or seconds since 1970 with or without decimals.
  ///
  /// - Parameters:
  ///   - text: the text.
  ///   - now: the present, nanoseconds since 1970-01-01 UTC.
  /// - Returns: nanoseconds since 1970-01-01 UTC; `nil` when the text is no moment.
  public static func moment(_ text: String, now: Int64) -> Int64? {
    if text == "now" { return now }
    if let last = text.utf8.last, text.hasPrefix("-") || text.hasPrefix("+"), !(0x30...0x39).contains(last) {
      guard let span = span(String(text.dropFirst())) else { return nil }
      return text.hasPrefix("-") ? now - span : now + span
    }
    if let seconds = decimalSeconds(text) { return seconds }
    return timestamp(text)
  }

  /// A span with its unit, `90s` or `1h30m`; units ns us ms s m h d w.
  ///
  /// - Returns: nanoseconds, larger than 0; `nil` when the text is no span.
  public static func span(_ text: String) -> Int64? {
    var rest = Substring(text)
    var total: Int64 = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
      rest = rest[digits.endIndex...]
      let name = rest.prefix { $0.isLetter }
      rest = rest[name.endIndex...]
      guard let scale = units.first(where: { $0.name == name })?.nanoseconds, let value = Double(digits) else {
        return nil
      }
      let size = (value * Double(scale)).rounded()
      guard size < 9e18 else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(Int64(size))
      guard !overflow else { return nil }
      total = sum
    }
    return total > 0 ? total : nil
  }

  /// Seconds since 1970 as a decimal number, exact to the nanosecond.
  private static func decimalSeconds(_ text: String) -> Int64? {
    let isNegative = text.hasPrefix("-")
    let parts = (isNegative ? text.dropFirst() : Substring(text)).split(
      separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let whole = Int64(parts[0]), whole < 9_000_000_000
    else { return nil }
    let decimals = parts.count == 2 ? String(parts[1].prefix(9)) : ""
    guard let fraction = Int64(decimals + String(repeating: "0", count: 9 - decimals.count)) else { return nil }
    let value = whole * 1_000_000_000 + fraction
    return isNegative ? -value : value
  }

  /// An RFC 3339 time with up to nine decimals and an offset.
  private static func timestamp(_ text: String) -> Int64? {
    guard let dot = text.firstIndex(of: ".") else { return wholeTimestamp(text) }
    let decimals = text[text.index(after: dot)...].prefix { $0.isASCII && $0.isNumber }
    guard !decimals.isEmpty, let whole = wholeTimestamp(String(text[..<dot] + text[decimals.endIndex...])) else {
      return nil
    }
    let nine = String(decimals.prefix(9))
    return Int64(nine + String(repeating: "0", count: 9 - nine.count)).map { whole + $0 }
  }

  private static func wholeTimestamp(_ text: String) -> Int64? {
    var words = text.uppercased()
    if words.count == 10 { words += "T00:00:00Z" }
    words = words.replacing(" ", with: "T", maxReplacements: 1)
    guard let date = try? Date(words, strategy: .iso8601) else { return nil }
    let seconds = date.timeIntervalSince1970.rounded()
    guard abs(seconds) < 9e9 else { return nil }
    return Int64(seconds) * 1_000_000_000
  }

  /// A time as RFC 3339 in UTC with nine decimals.
  public static func text(_ time: Int64) -> String {
    let seconds = floored(time, to: 1_000_000_000)
    let fraction = String(time - seconds)
    let date = Date(timeIntervalSince1970: Double(seconds / 1_000_000_000))
    let whole = date.formatted(.iso8601)
    return whole.dropLast() + "." + String(repeating: "0", count: 9 - fraction.count) + fraction + "Z"
  }
}
