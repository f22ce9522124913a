import Foundation

/// An exponential decay I(t) = I₀·exp(−t/τ), found from a straight line through ln I.
public struct LifetimeFit: Sendable, Equatable {
  /// Decay rate 1/τ in 1/s; negative when the intensity grows.
  public var rate: Double
  /// Standard error of the rate in 1/s; `nil` with too few samples.
  public var rateError: Double?
  /// Intensity at the time of injection in charges, after the first stretch.
  public var initialIntensity: Double
  /// Samples used.
  public var points: Int
  /// χ² per degree of freedom with the noise of the empty slots; `nil` for the unweighted fit.
  public var chiSquarePerDegree: Double?

  /// Lifetime τ in s; `nil` when the intensity does not decay.
  public var lifetime: Double? { rate > 0 ? 1 / rate : nil }

  /// Standard error of the lifetime in s: dτ = τ²·d(1/τ).
  public var lifetimeError: Double? {
    guard let lifetime, let rateError else { return nil }
    return lifetime * lifetime * rateError
  }

  /// One sample of the fit.
  struct Sample {
    /// Time since injection in s.
    var time: Double
    /// Intensity in charges, above 0.
    var intensity: Double
    /// Stretch between sudden losses, from 0: each has a level of its own, all have one rate.
    var stretch: Int
  }

  /// Fits the samples; `nil` with fewer than three, or no extent in time.
  ///
  /// - Parameters:
  ///   - noise: standard deviation of an intensity in charges; `nil` for equal weights of ln I. The variance of ln I is
  ///     (noise/I)², so the weights are I²/noise².
  init?(_ samples: [Sample], noise: Double?) {
    let stretches = Set(samples.map(\.stretch)).sorted()
    guard samples.count >= stretches.count + 2 else { return nil }
    func weight(_ sample: Sample) -> Double {
      guard let noise, noise > 0 else { return 1 }
      let ratio = sample.intensity / noise
      return ratio * ratio
    }
    // Sums about the centre of each stretch: the level drops out of the slope.
    var sxx = 0.0
    var sxy = 0.0
    var centres: [Int: (time: Double, level: Double)] = [:]
    for stretch in stretches {
      let members = samples.filter { $0.stretch == stretch }
      let sum = members.reduce(0) { $0 + weight($1) }
      let time = members.reduce(0) { $0 + weight($1) * $1.time } / sum
      let level = members.reduce(0) { $0 + weight($1) * log($1.intensity) } / sum
      centres[stretch] = (time, level)
      for member in members {
        sxx += weight(member) * (member.time - time) * (member.time - time)
        sxy += weight(member) * (member.time - time) * (log(member.intensity) - level)
      }
    }
    guard sxx > 0, let first = stretches.first.flatMap({ centres[$0] }) else { return nil }
    let slope = sxy / sxx
    rate = -slope
    initialIntensity = exp(first.level - slope * first.time)
    points = samples.count
    let residual = samples.reduce(0) { sum, sample in
      let centre = centres[sample.stretch] ?? first
      let difference = log(sample.intensity) - centre.level - slope * (sample.time - centre.time)
      return sum + weight(sample) * difference * difference
    }
    let freedom = samples.count - stretches.count - 1
    if let noise, noise > 0 {
      rateError = (1 / sxx).squareRoot()
      chiSquarePerDegree = freedom > 0 ? residual / Double(freedom) : nil
    } else {
      rateError = freedom > 0 ? (residual / Double(freedom) / sxx).squareRoot() : nil
    }
  }
}
