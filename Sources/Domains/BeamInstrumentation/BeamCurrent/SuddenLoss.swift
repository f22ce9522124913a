/// A drop of a bunch's intensity between two measurements.
public struct SuddenLoss: Sendable, Equatable {
  /// Last measurement before the drop.
  public var measurement: Int
  /// Middle between the two measurements in s of cycle time.
  public var time: Double
  /// Half the distance between them in s.
  public var timeTolerance: Double
  /// Intensity before, from up to two samples, in charges.
  public var before: Double
  /// Intensity after, from up to two samples, in charges.
  public var after: Double
  /// Drop over its noise.
  public var significance: Double

  /// Lost charges.
  public var loss: Double { before - after }
  /// Lost share of the intensity before.
  public var fraction: Double { (before - after) / before }

  /// Finds the sudden losses of a bunch.
  ///
  /// Means of up to two samples on each side are compared, so that one odd sample is not a loss: every sample after the drop must
  /// stay below every one before it by half the drop. Of neighbouring candidates the steepest counts.
  ///
  /// - Parameters:
  ///   - intensities: charges above the baseline.
  ///   - range: measurements from the injection to the last one with beam.
  ///   - noise: standard deviation of a sample in charges.
  static func find(
    _ intensities: [Double], times: [Double], in range: ClosedRange<Int>, noise: Double, options: BeamCurrentOptions
  ) -> [SuddenLoss] {
    var candidates: [SuddenLoss] = []
    for measurement in range.dropLast() {
      let left = (max(range.lowerBound, measurement - 1)...measurement).filter { intensities[$0].isFinite }
      let right = (measurement + 1...min(range.upperBound, measurement + 2)).filter { intensities[$0].isFinite }
      guard !left.isEmpty, !right.isEmpty else { continue }
      let before = left.reduce(0) { $0 + intensities[$1] } / Double(left.count)
      let after = right.reduce(0) { $0 + intensities[$1] } / Double(right.count)
      let drop = before - after
      let error = noise * (1 / Double(left.count) + 1 / Double(right.count)).squareRoot()
      guard before > 0, drop > options.lossSigmas * error, drop > options.lossFraction * before else { continue }
      let lowest = left.map { intensities[$0] }.min() ?? before
      let highest = right.map { intensities[$0] }.max() ?? after
      guard lowest - highest > drop / 2 else { continue }
      let (from, to) = (times[measurement], times[measurement + 1])
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
}
