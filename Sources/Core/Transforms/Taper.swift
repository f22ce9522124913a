import Foundation

/// A weight along a window of samples that lowers the leakage of lines between bins: a sum of cosines,
/// w(n) = Σ (−1)^m a(m) cos(2πmn/N).
public enum Taper: String, Sendable, CaseIterable {
  /// All samples count the same.
  case none
  /// Hann, (1 − cos)/2.
  case hann
  /// Flat top with five terms, right in amplitude anywhere between bins to 0.2 % (D'Antona and Ferrero, Digital Signal Processing for
  /// Measurement Systems, Springer 2006, p. 70).
  case flattop

  /// The coefficients a(m).
  public var coefficients: [Double] {
    switch self {
    case .none: [1]
    case .hann: [0.5, 0.5]
    case .flattop: [0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368]
    }
  }

  /// The factor by which the amplitude of a line at bin centre is lowered: the mean of the weights.
  public var coherentGain: Double { coefficients[0] }

  /// The mean of the squared weights, for spectral densities.
  public var powerGain: Double {
    coefficients[0] * coefficients[0] + coefficients.dropFirst().reduce(0) { $0 + $1 * $1 } / 2
  }

  /// The weights for N samples.
  public func weights(_ count: Int) -> [Double] {
    guard self != .none else { return [Double](repeating: 1, count: count) }
    let terms = coefficients
    return (0..<count).map { sample in
      var sum = 0.0
      for (m, term) in terms.enumerated() {
        // The whole turns are taken out first, so that the weights are symmetric to the last bit.
        let turn = Double((m * sample) % count) / Double(count)
        sum += (m.isMultiple(of: 2) ? term : -term) * cos(2 * .pi * turn)
      }
      return sum
    }
  }

  /// The height of a line's image `distance` bins away from it, over that at its centre, for long windows.
  ///
  /// The transform of a sum of cosines is sin(πx)/π · Σ (−1)^m a(m) x/(x² − m²) (with a(0)/x for m = 0).
  public func response(_ distance: Double) -> Double {
    let x = abs(distance)
    let nearest = x.rounded()
    let terms = coefficients
    if abs(x - nearest) < 1e-9 {
      let m = Int(nearest)
      guard m < terms.count else { return 0 }
      return m == 0 ? 1 : terms[m] / (2 * terms[0])
    }
    var sum = terms[0] / x
    for (m, term) in terms.enumerated().dropFirst() {
      sum += (m.isMultiple(of: 2) ? term : -term) * x / (x * x - Double(m * m))
    }
    return abs(sin(.pi * x) / .pi * sum) / terms[0]
  }

  /// How far a line lies from its highest bin, in bins towards the higher of the two neighbours, from 0 to 1/2.
  ///
  /// The ratio of the two heights falls on one curve for a line alone (Grandke, IEEE Trans. Instrum. Meas. 32 (1983) 350); it is
  /// inverted by bisection, which serves every taper.
  ///
  /// - Parameter ratio: the higher neighbour over the highest bin, 0 to 1.
  public func offset(ratio: Double) -> Double {
    guard ratio.isFinite, ratio > 0 else { return 0 }
    func curve(_ offset: Double) -> Double { response(1 - offset) / response(offset) }
    var low = 0.0
    var high = 0.5
    guard ratio > curve(0) else { return 0 }
    for _ in 0..<52 {
      let middle = (low + high) / 2
      if curve(middle) < ratio { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
