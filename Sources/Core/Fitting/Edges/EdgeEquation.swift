import Glibc

/// The flux of a pixel as a function of threshold: the integrated spectrum of a line with a flat charge-sharing tail.
///
/// With d = E − E0 and z = d/s
///
///     g1 = (s/√π)·exp(−z²) − d·erfc(z)      the integral of erfc((x − E0)/s) from E on
///     g1' = −d·erfc(z)
///     g2(w) = erfc(d/(√2·w)) / (√(2π)·w)
///
/// Every equation is a tail plus a line, each an amplitude times a fixed function of z.
public enum EdgeEquation: String, Sendable, Hashable, CaseIterable {
  /// (f·A/2)·g1 + ((1 − f)·A/2)·g2(s); parameters f, A, s, E0.
  case F1_0
  /// (f·A/2)·g1' + ((1 − f)·A/2)·g2(s); parameters f, A, s, E0.
  case F1
  /// (f·A/2)·g1 + ((1 − f)·A/2)·g2(s2); parameters f, A, s, s2, E0.
  case F2s_0
  /// A·g1 + B·g2(s); parameters B, A, s, E0.
  case FAB_0
  /// A·g1' + B·g2(s); parameters B, A, s, E0.
  case FAB
  /// A·g1' + B·g2(s2); parameters B, A, s, s2, E0.
  case F2sAB
  /// A·[s·√(2/π)·exp(−z²/2) − d·erfc(z/√2)] + B·√(π/2)·s·erfc(z/√2), one width for both; parameters B, A, s, E0.
  case F4
  /// A·exp(−z²/2) + B·erfc(z/√2), the differential spectrum; parameters B, A, s, E0.
  case Fdiff

  /// Names of the parameters in order; the last is E0.
  public var parameterNames: [String] {
    let amplitudes = hasFraction ? ["f", "A"] : ["B", "A"]
    return amplitudes + (hasTwoWidths ? ["s", "s2", "E0"] : ["s", "E0"])
  }

  /// Number of parameters.
  public var parameterCount: Int { hasTwoWidths ? 5 : 4 }

  /// Whether line and tail have widths of their own.
  public var hasTwoWidths: Bool { self == .F2s_0 || self == .F2sAB }

  /// The equation with one width that an equation with two widths contains; itself for the others.
  var withOneWidth: EdgeEquation {
    switch self {
    case .F2s_0: .F1_0
    case .F2sAB: .FAB
    default: self
    }
  }

  /// Whether the amplitudes are given as a fraction f and a sum A.
  public var hasFraction: Bool { self == .F1_0 || self == .F1 || self == .F2s_0 }

  /// The value at a threshold; `parameters` in the order of `parameterNames`, widths positive.
  public func value(_ threshold: Double, _ parameters: [Double]) -> Double {
    guard parameters.count == parameterCount else { return .nan }
    let s = parameters[2]
    let lineWidth = hasTwoWidths ? parameters[3] : s
    let d = threshold - parameters[parameterCount - 1]
    let z = d / s
    let tail = hasFraction ? parameters[0] * parameters[1] / 2 : parameters[1]
    let line = hasFraction ? (1 - parameters[0]) * parameters[1] / 2 : parameters[0]
    let halfRoot = 0.5.squareRoot()
    switch self {
    case .F1_0, .F2s_0, .FAB_0, .F1, .FAB, .F2sAB:
      let edge = -d * erfc(z)
      let hasGaussian = self == .F1_0 || self == .F2s_0 || self == .FAB_0
      let gaussian = hasGaussian ? s / Double.pi.squareRoot() * exp(-z * z) : 0
      let g2 = erfc(d / lineWidth * halfRoot) / ((2 * Double.pi).squareRoot() * lineWidth)
      return tail * (gaussian + edge) + line * g2
    case .F4:
      let step = erfc(z * halfRoot)
      return tail * (s * (2 / Double.pi).squareRoot() * exp(-z * z / 2) - d * step)
        + line * (Double.pi / 2).squareRoot() * s * step
    case .Fdiff: return tail * exp(-z * z / 2) + line * erfc(z * halfRoot)
    }
  }
}

/// The form in which edges are fitted: amplitudes of tail and line in units of their shapes, widths and position.
///
/// All but the position are positive; the fit works on their logarithms and on the position in units of s.
struct EdgeCoordinates: Sendable {
  var tail = 0.0
  var line = 0.0
  var s = 0.0
  var position = 0.0
  var s2 = 0.0
  var background = 0.0

  var isUsable: Bool {
    tail > 0 && line > 0 && s > 0 && s2 > 0 && (tail * line * s * s2).isFinite && position.isFinite
      && background.isFinite && background >= 0
  }
}

extension EdgeEquation {
  /// ln of (amplitude in coordinates / amplitude of the equation) is ln c + p·ln width; here (c, p) of the tail.
  var tailScale: (factor: Double, power: Int) {
    switch self {
    case .F4: (2.0.squareRoot(), 1)
    case .Fdiff: (1, 0)
    default: (1, 1)
    }
  }

  /// The same for the line, whose width is s2 where there are two.
  var lineScale: (factor: Double, power: Int) {
    switch self {
    case .F4: ((Double.pi / 2).squareRoot(), 1)
    case .Fdiff: (1, 0)
    default: (1 / (2 * Double.pi).squareRoot(), -1)
    }
  }

  static func power(_ x: Double, _ p: Int) -> Double { p == 0 ? 1 : p > 0 ? x : 1 / x }

  /// The coordinates of a set of parameters.
  func coordinates(_ parameters: [Double]) -> EdgeCoordinates {
    let fraction = hasFraction
    let tail = fraction ? parameters[0] * parameters[1] / 2 : parameters[1]
    let line = fraction ? (1 - parameters[0]) * parameters[1] / 2 : parameters[0]
    let s = parameters[2]
    let s2 = hasTwoWidths ? parameters[3] : s
    return EdgeCoordinates(
      tail: tail * tailScale.factor * Self.power(s, tailScale.power),
      line: line * lineScale.factor * Self.power(s2, lineScale.power), s: s,
      position: parameters[parameterCount - 1], s2: s2)
  }

}
