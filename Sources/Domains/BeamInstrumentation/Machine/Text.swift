import Foundation

/// Numbers as text for messages and labels.
enum Text {
  /// A fixed number of decimals, `null` of numbers that are not finite written as a dash.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    value.isFinite ? String(format: "%.\(decimals)f", value) : "–"
  }

  /// How many there are of a thing: `1 file`, `3 files`.
  static func count(_ number: Int, _ thing: String) -> String {
    "\(number) \(thing)\(number == 1 ? "" : "s")"
  }

  /// Four significant digits.
  static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value.description }
    let digits = 3 - Int(Scalar.log(abs(value)) / Scalar.log(10) + (abs(value) >= 1 ? 0 : -1))
    var scale = 1.0
    for _ in 0..<abs(digits) { scale *= 10 }
    let rounded = digits >= 0 ? (value * scale).rounded() / scale : (value / scale).rounded() * scale
    let text = rounded.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
