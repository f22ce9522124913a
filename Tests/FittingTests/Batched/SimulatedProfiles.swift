import Fitting

/// Simulated profiles with known truth.
enum SimulatedProfiles {
  /// One q-Gaussian of r.m.s.-like `width` (1/√β) on a straight line with constant normal noise.
  static func profile(
    _ random: inout RandomSource, x: [Double], peak: Double, mean: Double, width: Double, q: Double, offset: Double,
    slope: Double = 0, noise: Double
  ) -> [Double] {
    x.map { x in
      peak * shape((x - mean) / width, q) + offset + slope * x + (noise > 0 ? noise * random.normal() : 0)
    }
  }

  /// e_q(−z²), straight from its definition.
  static func shape(_ z: Double, _ q: Double) -> Double {
    if q == 1 { return exponential(-z * z) }
    let bracket = 1 - (1 - q) * z * z
    return bracket <= 0 ? 0 : exponential(logarithm(bracket) / (1 - q))
  }

  /// `count` positions, 3 % unevenly spaced, over ± `range`.
  static func positions(_ count: Int, range: Double) -> [Double] {
    (0..<count).map { i in
      let t = 2 * Double(i) / Double(count - 1) - 1
      return range * (t + 0.01 * (1 - t * t))
    }
  }
}
