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
  /// - Parameters:
  ///   - baselineNoise: noise away from the peak.
  ///   - signals: fitted signal above the baseline, per sample.
  ///   - residuals: data minus fit, per sample.
  public init(baselineNoise: Double, signals: [Double], residuals: [Double]) {
    self.baselineNoise = baselineNoise
    let threshold = 0.1 * (signals.max() ?? 0)
    // The median of a χ² variable with one degree of freedom is 0.4549.
    var gains = zip(signals, residuals).compactMap { signal, residual -> Double? in
      signal > threshold && signal > 0 ? (residual * residual / 0.4549 - baselineNoise * baselineNoise) / signal : nil
    }
    gain = gains.isEmpty ? 0 : max(0, median(of: &gains))
  }

  /// The variance of a sample with that much signal above the baseline.
  public func variance(signal: Double) -> Double { baselineNoise * baselineNoise + gain * max(signal, 0) }
}
