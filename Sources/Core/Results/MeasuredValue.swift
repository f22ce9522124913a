import Figures
import Foundation

/// A value with statistical and systematic uncertainty, written with sensible digits.
public struct MeasuredValue: Sendable, Equatable {
  /// The value.
  public var value: Double
  /// Statistical standard uncertainty, in the unit of the value; `nil` when unknown.
  public var statistical: Double?
  /// Systematic standard uncertainty, in the unit of the value; `nil` when unknown or not asked for.
  public var systematic: Double?

  /// A value; uncertainties may be left out.
  public init(_ value: Double, statistical: Double? = nil, systematic: Double? = nil) {
    self.value = value
    self.statistical = statistical
    self.systematic = systematic
  }

  /// The value as text, for example `1.932 ± 0.031 ± 0.150 µm`.
  ///
  /// Digits follow the Particle Data Group's rule (Review of Particle Physics, Introduction, section 5.3): of the first
  /// three digits of the uncertainty, 100 to 354 keep two, 355 to 949 keep one, 950 to 999 round up to 1000 and keep two.
  /// With two uncertainties the smaller decides, but the larger shows at most one digit more than its own rule gives.
  /// Without uncertainty four significant digits are written. From 10⁵ on and below 10⁻³ the power of ten is set apart:
  /// `(1.93 ± 0.03)×10⁻⁶ m`. A missing value is `–`.
  ///
  /// - Parameter unit: written after the number; empty for none.
  public func text(unit: String = "") -> String {
    let tail = unit.isEmpty ? "" : " " + unit
    guard value.isFinite else { return "–" }
    let uncertainties = [statistical, systematic].compactMap { $0 }
    let known = uncertainties.filter { $0.isFinite && $0 > 0 }
    guard let smallest = known.min(), let largest = known.max() else {
      return NumberLabel.general(value, digits: 4) + tail
    }
    let decimals = min(Self.decimals(smallest), Self.decimals(largest) + 1)
    let size = max(abs(value), largest)
    let exponent = size >= 1e5 || size < 1e-3 ? Int(log10(size).rounded(.down)) : 0
    func number(_ value: Double) -> String {
      guard value.isFinite else { return "–" }
      let rounded = decimals < 0 ? (value / pow(10, Double(-decimals))).rounded() * pow(10, Double(-decimals)) : value
      return NumberLabel.fixed(
        exponent < 0 ? rounded * pow(10, Double(-exponent)) : rounded / pow(10, Double(exponent)),
        decimals: decimals + exponent)
    }
    let parts = ([value] + uncertainties).map(number).joined(separator: " ± ")
    guard exponent != 0 else { return parts + tail }
    return "(\(parts))×10" + NumberLabel.superscript(exponent) + tail
  }

  /// The same value in the unit with the SI prefix that brings it between 1 and 1000.
  ///
  /// For example `1.93 ± 0.03 µm` for metres. Only for units that take a prefix to the first power.
  ///
  /// - Parameter unit: without prefix, for example `m`, `A`, `s`.
  public func textWithPrefix(unit: String) -> String {
    let prefixes = [-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"]
    let size = max(abs(value), value == 0 ? statistical ?? 0 : 0)
    guard size.isFinite, size > 0 else { return text(unit: unit) }
    let group = Int((log10(size) / 3 + 1e-12).rounded(.down)) * 3
    guard let prefix = prefixes[group] else { return text(unit: unit) }
    let factor = pow(10, Double(abs(group)))
    func scaled(_ value: Double) -> Double { group < 0 ? value * factor : value / factor }
    return MeasuredValue(
      scaled(value), statistical: statistical.map(scaled), systematic: systematic.map(scaled)
    ).text(unit: prefix + unit)
  }

  /// Digits after the decimal point that an uncertainty asks for; negative when it is rounded to tens or more.
  static func decimals(_ uncertainty: Double) -> Int {
    let exponent = Int(log10(uncertainty).rounded(.down))
    var leading = (uncertainty / pow(10, Double(exponent - 2))).rounded()
    var place = exponent
    if leading >= 1000 { (leading, place) = (100, exponent + 1) }
    if leading >= 950 { return 1 - (place + 1) }
    return leading >= 355 ? -place : 1 - place
  }
}
