import Foundation

/// Numbers as they stand beside ticks.
public enum NumberLabel {
  /// A whole number as Unicode superscript, for example `⁻³`.
  public static func superscript(_ number: Int) -> String {
    let digits: [Character: String] = [
      "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
    ]
    return String(number).compactMap { digits[$0] }.joined()
  }

  /// A power of ten: `1`, `10`, or `10` with its exponent raised.
  public static func powerOfTen(_ exponent: Int) -> String {
    switch exponent {
    case 0: "1"
    case 1: "10"
    default: "10" + superscript(exponent)
    }
  }

  /// A number with this many digits after the decimal point, `-0` written `0`; the same in every locale.
  public static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : (value < 0 ? "-inf" : "inf") }
    let digits = min(max(decimals, 0), 17)
    let text = String(format: "%.*f", digits, value)
    let isZero = text.allSatisfy { $0 == "-" || $0 == "0" || $0 == "." }
    return isZero && text.first == "-" ? String(text.dropFirst()) : text
  }

  /// A number with this many significant digits and no trailing zeros, for example `1.5e-07` or `230`.
  public static func general(_ value: Double, digits: Int = 6) -> String {
    guard value.isFinite else { return fixed(value, decimals: 0) }
    return String(format: "%.*g", min(max(digits, 1), 17), value == 0 ? 0 : value)
  }
}
