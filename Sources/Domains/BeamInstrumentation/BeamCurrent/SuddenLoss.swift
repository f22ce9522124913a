/// A drop of a bunch's intensity between two measurements.
public struct SuddenLoss: Sendable, Equatable {
  /// Last measurement before the drop.
  public var measurement: Int
  /// Middle between the two measurements in s of cycle time.
  public var time: Double
  /// Half the distance between them in s.
  public var timeTolerance: Double
  /// Intensity just before in charges, from up to two samples and the steady decay.
  public var before: Double
  /// Intensity just after in charges, from up to two samples and the steady decay.
  public var after: Double
  /// Drop over its noise.
  public var significance: Double

  /// Lost charges.
  public var loss: Double { before - after }
  /// Lost share of the intensity before.
  public var fraction: Double { (before - after) / before }

  /// Finds the sudden losses of a bunch.
  ///
  /// Means of up to two samples on each side are compared, both carried to the middle with the steady decay, so that neither decay nor
  /// one odd sample is a loss: every sample after the drop must stay below every one before it by half the drop. Of neighbouring
  /// candidates the steepest counts.
  ///
  /// - Parameters:
  ///   - intensities: charges above the baseline.
  ///   - range: measurements from the injection to the last one with beam.
  ///   - noise: standard deviation of a sample in charges.
  static func find(
    _ intensities: [Double], times: [Double], in range: ClosedRange<Int>, noise: Double, options: BeamCurrentOptions
  ) -> [SuddenLoss] {
    var candidates: [SuddenLoss] = []
    let rate = steadyRate(intensities, times: times, in: range)
    for measurement in range.dropLast() {
      let left = (max(range.lowerBound, measurement - 1)...measurement).filter { intensities[$0].isFinite }
      let right = (measurement + 1...min(range.upperBound, measurement + 2)).filter { intensities[$0].isFinite }
      guard !left.isEmpty, !right.isEmpty else { continue }
      let (from, to) = (times[measurement], times[measurement + 1])
      func level(_ side: [Int]) -> Double {
        let value = side.reduce(0) { $0 + intensities[$1] } / Double(side.count)
        let time = side.reduce(0) { $0 + times[$1] } / Double(side.count)
        return value * Scalar.exp(rate * (time - (from + to) / 2))
      }
      let (before, after) = (level(left), level(right))
      let drop = before - after
      let error = noise * (1 / Double(left.count) + 1 / Double(right.count)).squareRoot()
      guard before > 0, drop > options.lossSigmas * error, drop > options.lossFraction * before else { continue }
      let lowest = left.map { intensities[$0] }.min() ?? before
      let highest = right.map { intensities[$0] }.max() ?? after
      guard lowest - highest > drop / 2 else { continue }
      candidates.append(
        SuddenLoss(
          measurement: measurement, time: (from + to) / 2, timeTolerance: (to - from) / 2, before: before,
          after: after, significance: error > 0 ? drop / error : .infinity))
    }
    // A step seen from a neighbouring place is the same step.
    return candidates.filter { candidate in
      !candidates.contains { other in
        let distance = abs(other.measurement - candidate.measurement)
        guard distance == 1 else { return false }
        return other.loss > candidate.loss
          || (other.loss == candidate.loss && other.measurement < candidate.measurement)
      }
    }
  }

  /// Decay rate in 1/s that sudden losses do not change: the median of ln(I) differences over a quarter of the samples; 0 for a bunch
  /// that grows or is too short.
  private static func steadyRate(_ intensities: [Double], times: [Double], in range: ClosedRange<Int>) -> Double {
    let lag = max(1, range.count / 4)
    guard range.count >= 8 else { return 0 }
    var rates = range.dropLast(lag).compactMap { index -> Double? in
      let (first, second) = (intensities[index], intensities[index + lag])
      guard first > 0, second > 0, times[index + lag] > times[index] else { return nil }
      return Scalar.log(first / second) / (times[index + lag] - times[index])
    }
    let rate = median(of: &rates)
    return rate.isFinite ? max(rate, 0) : 0
  }
}
