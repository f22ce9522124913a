import Foundation

/// Numbers for the table.
enum Quantity {
  /// A time or size with three digits and a fitting unit.
  static func text(_ value: Double, _ unit: String) -> String {
    guard value.isFinite else { return "-" }
    let steps: [(Double, String)] =
      switch unit {
      case "bytes": [(1_048_576, "MiB"), (1024, "KiB")]
      case "s": [(1, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")]
      default: []
      }
    for (size, name) in steps where value >= size { return "\((value / size).formatted(digits: 3)) \(name)" }
    return "\(value.formatted(digits: 3)) \(unit)"
  }

  /// A ratio with three digits.
  static func ratio(_ value: Double) -> String { value.isFinite ? "\(value.formatted(digits: 3))x" : "-" }
}

extension Double {
  func formatted(decimals: Int) -> String { String(format: "%.\(decimals)f", self) }

  func formatted(digits: Int) -> String {
    let magnitude = self == 0 ? 0 : Int(floor(log10(abs(self))))
    return formatted(decimals: max(0, digits - 1 - magnitude))
  }
}
