import Foundation

/// Fills from which on a series has another level than its own trend before: supplies, cooling or bias that changed.
public enum ChangePoints {
  /// A step in a series.
  public struct Step: Sendable, Equatable {
    /// Position of the first point after the step.
    public var index: Int
    /// Level after over level before, minus 1, once the slow trend is taken off.
    public var relativeChange: Double
    /// Size of the step in standard errors.
    public var significance: Double
  }

  /// Finds steps by binary segmentation of the logarithms.
  ///
  /// The split of a stretch into two straight lines of one slope that stands out most is kept when it does so by `threshold`
  /// standard errors, and both halves are looked at again. Only the twelve points on either side of a split count.
  ///
  /// The method follows A. J. Scott and M. Knott, Biometrics 30 (1974) 507, with a common slope in place of flat levels. The
  /// noise is taken from differences of neighbours, which steps do not spoil.
  ///
  /// - Parameters:
  ///   - x: where the points stand, growing.
  ///   - values: positive numbers; others are passed over.
  ///   - threshold: in standard errors.
  ///   - leastPoints: on either side of a step.
  public static func find(x: [Double], values: [Double], threshold: Double = 6, leastPoints: Int = 3) -> [Step] {
    let kept = values.indices.filter { values[$0] > 0 && values[$0].isFinite && x[$0].isFinite }
    guard kept.count >= 2 * leastPoints + 1 else { return [] }
    let logarithms = kept.map { log(values[$0]) }
    let places = kept.map { x[$0] }
    let jumps = zip(logarithms.dropFirst(), logarithms).map { abs($0 - $1) }
    // The median of |difference| of two normal readings is 0.954 standard deviations.
    let noise = max(Statistics.median(jumps) / 0.954, 1e-4)
    var steps: [Step] = []
    func search(_ range: Range<Int>) {
      guard range.count >= 2 * leastPoints else { return }
      var best: (index: Int, size: Double, significance: Double)?
      for split in (range.lowerBound + leastPoints)...(range.upperBound - leastPoints) {
        guard let size = stepSize(places, logarithms, range, split) else { continue }
        let significance = abs(size.value) / (noise * size.error)
        if significance > best?.significance ?? 0 { best = (split, size.value, significance) }
      }
      guard let best, best.significance >= threshold, abs(best.size) > 0.02 else { return }
      steps.append(
        Step(index: kept[best.index], relativeChange: exp(best.size) - 1, significance: best.significance))
      search(range.lowerBound..<best.index)
      search(best.index..<range.upperBound)
    }
    search(0..<kept.count)
    return steps.sorted { $0.index < $1.index }
  }

  /// The step between two straight lines of one slope, and its error in units of the noise.
  private static func stepSize(_ x: [Double], _ y: [Double], _ range: Range<Int>, _ split: Int) -> (
    value: Double, error: Double
  )? {
    // Near the split a straight line follows any slow growth; over hundreds of fills its curvature would look like a step.
    let near = 12
    let parts = [max(range.lowerBound, split - near)..<split, split..<min(range.upperBound, split + near)]
    var (sxx, sxy) = (0.0, 0.0)
    var means: [(x: Double, y: Double)] = []
    for part in parts {
      let mx = part.reduce(0) { $0 + x[$1] } / Double(part.count)
      let my = part.reduce(0) { $0 + y[$1] } / Double(part.count)
      means.append((mx, my))
      for index in part {
        sxx += (x[index] - mx) * (x[index] - mx)
        sxy += (x[index] - mx) * (y[index] - my)
      }
    }
    guard sxx > 0 else { return nil }
    let distance = means[1].x - means[0].x
    let value = means[1].y - means[0].y - sxy / sxx * distance
    let variance = 1 / Double(parts[0].count) + 1 / Double(parts[1].count) + distance * distance / sxx
    return (value, variance.squareRoot())
  }
}
