/// Variance of a sample as a function of the signal under it: s₀² + g·signal.
///
/// s₀ is the noise of the baseline; g comes from the residuals of a first fit. Both from medians, so that an outlier or a
/// poor fit in one place does not inflate them.
public struct NoiseModel: Sendable, Equatable {
  /// RMS noise of the baseline.
  public var baselineNoise: Double
  /// Growth of the variance per unit of signal above the baseline, not negative.
  public var gain: Double

  /// The model that explains the residuals of a fit.
  ///
  /// Where the curve misses the shape of the profile (a second bunch, a shoulder), residuals are large without being noise.
  /// Second differences of the samples do not feel a smooth misfit; when they speak for less than half of the gain, they
  /// are believed.
  ///
  /// - Parameters:
  ///   - baselineNoise: noise away from the peak.
  ///   - signals: fitted signal above the baseline, per sample.
  ///   - residuals: data minus fit, per sample in ascending position.
  public init(baselineNoise: Double, signals: [Double], residuals: [Double]) {
    self.baselineNoise = baselineNoise
    let highest = signals.max() ?? 0
    let fromFit = Self.gain(signals, residuals, baselineNoise, above: 0.1 * highest)
    gain = fromFit
    guard residuals.count > 8 else { return }
    let inner = residuals.indices.dropFirst().dropLast()
    let differences = inner.map { index in
      (residuals[index - 1] - 2 * residuals[index] + residuals[index + 1]) / 6.0.squareRoot()
    }
    let local = Self.gain(inner.map { signals[$0] }, differences, baselineNoise, above: 0.1 * highest)
    if fromFit * highest > 2 * local * highest + baselineNoise * baselineNoise { gain = local }
  }

  private static func gain(_ signals: [Double], _ residuals: [Double], _ noise: Double, above threshold: Double)
    -> Double
  {
    // The median of a χ² variable with one degree of freedom is 0.4549.
    var gains = zip(signals, residuals).compactMap { signal, residual -> Double? in
      signal > threshold && signal > 0 ? (residual * residual / 0.4549 - noise * noise) / signal : nil
    }
    return gains.isEmpty ? 0 : max(0, median(of: &gains))
  }

  /// The variance of a sample with that much signal above the baseline.
  public func variance(signal: Double) -> Double { baselineNoise * baselineNoise + gain * max(signal, 0) }
}
