import Foundation

/// Finds the bunches of a frame: maxima that stand out of the noise and apart from each other.
struct BunchSearch: Sendable {
  /// Smallest height over the higher saddle, in noise sigmas.
  var prominence: Double
  /// Smallest distance in bins.
  var separation: Double
  /// Standard deviation in bins of the Gaussian that smooths the signal first.
  var smoothing: Double

  /// What a frame holds.
  struct Finding: Sendable {
    /// Bins of the bunches, ascending.
    var peaks: [Int]
    /// Root-mean-square noise of a bin.
    var noise: Double
    /// Pedestal: the mean of the bins that hold no bunch.
    var baseline: Double
    /// The smoothed signal.
    var smoothed: [Double]
  }

  func callAsFunction(_ frame: ArraySlice<Double>) -> Finding {
    let signal = Array(frame)
    let noise = Self.noise(signal)
    let smoothed = smooth(signal)
    let baseline = Self.baseline(signal, smoothed: smoothed, noise: noise)
    // Rounding leaves a flat frame tiny maxima after smoothing.
    let threshold = signal.min() == signal.max() ? .infinity : prominence * noise
    var candidates: [(bin: Int, height: Double)] = []
    for bin in smoothed.indices {
      // A maximum at the end of the frame belongs to a bunch outside it.
      guard bin > 0, bin < smoothed.count - 1, smoothed[bin] > smoothed[bin - 1], smoothed[bin] >= smoothed[bin + 1],
        prominenceOf(bin, smoothed) > threshold
      else { continue }
      candidates.append((bin, smoothed[bin]))
    }
    // The highest first; a lower one too near to a higher one is part of it, and both share the place in the middle. Two
    // whose saddle lies below half of the lower one's height are two bunches however near: halves of a splitting bunch come
    // to within less than a third of the bucket of those of the next.
    var groups: [(highest: Int, bins: ClosedRange<Int>)] = []
    for candidate in candidates.sorted(by: { ($1.height, $0.bin) < ($0.height, $1.bin) }) {
      let distances = groups.map { abs($0.highest - candidate.bin) }
      if let nearest = distances.indices.min(by: { (distances[$0], $0) < (distances[$1], $1) }),
        Double(distances[nearest]) < separation,
        !isResolved(candidate, from: groups[nearest].highest, smoothed, above: baseline)
      {
        let bins = groups[nearest].bins
        groups[nearest].bins = min(bins.lowerBound, candidate.bin)...max(bins.upperBound, candidate.bin)
      } else {
        groups.append((candidate.bin, candidate.bin...candidate.bin))
      }
    }
    let peaks = groups.map { ($0.bins.lowerBound + $0.bins.upperBound) / 2 }
    return Finding(peaks: peaks.sorted(), noise: noise, baseline: baseline, smoothed: smoothed)
  }

  /// Whether the signal between a maximum and a higher one falls below half of the lower one's height.
  private func isResolved(
    _ candidate: (bin: Int, height: Double), from highest: Int, _ y: [Double], above baseline: Double
  ) -> Bool {
    let saddle = y[min(candidate.bin, highest)...max(candidate.bin, highest)].min() ?? candidate.height
    return saddle - baseline < 0.5 * (candidate.height - baseline)
  }

  /// Height over the higher of the two saddles that part a maximum from higher ground, or from the ends.
  private func prominenceOf(_ bin: Int, _ y: [Double]) -> Double {
    var left = y[bin]
    for index in stride(from: bin - 1, through: 0, by: -1) {
      if y[index] > y[bin] { break }
      left = min(left, y[index])
    }
    var right = y[bin]
    for index in bin + 1..<y.count {
      if y[index] > y[bin] { break }
      right = min(right, y[index])
    }
    return y[bin] - max(left, right)
  }

  /// The mean of the bins that hold no bunch, whatever the shape of the bunches: those where the smoothed signal lies within three
  /// noise sigmas, or a thousandth of the height, of the level found before, from the lowest twentieth on.
  static func baseline(_ signal: [Double], smoothed: [Double], noise: Double) -> Double {
    var sorted = smoothed
    sorted.sort()
    guard let highest = sorted.last else { return 0 }
    var level = sorted[sorted.count / 20]
    let reach = max(3 * noise, 1e-3 * (highest - level))
    for _ in 0..<4 {
      var sum = (count: 0.0, value: 0.0)
      for index in signal.indices where abs(smoothed[index] - level) <= reach {
        sum.count += 1
        sum.value += signal[index]
      }
      guard sum.count > 0 else { break }
      level = sum.value / sum.count
    }
    return level
  }

  /// Root-mean-square noise of a bin from second differences, which a smooth signal hardly enters: their median size
  /// over 0.6745 √6.
  static func noise(_ y: [Double]) -> Double {
    guard y.count > 4 else { return 0 }
    var steps = (1..<y.count - 1).map { (bin: Int) -> Double in abs(y[bin - 1] - 2 * y[bin] + y[bin + 1]) }
    let level = median(of: &steps) / (0.674_489_75 * 6.0.squareRoot())
    // Digitised signals without noise have mostly equal steps; half a step stands for their resolution.
    if level > 0 { return level }
    return (steps.first { $0 > 0 } ?? 0) / 2
  }

  private func smooth(_ y: [Double]) -> [Double] {
    let reach = Int((3 * smoothing).rounded(.up))
    guard smoothing > 0.3, reach < y.count else { return y }
    let weights = (0...reach).map { (step: Int) -> Double in
      let z = Double(step) / smoothing
      return exp(-z * z / 2)
    }
    return y.indices.map { (centre: Int) -> Double in
      var sum = weights[0] * y[centre]
      var norm = weights[0]
      for offset in 1...max(1, reach) {
        // Both sides or none, so that a slope at the end of the frame does not move.
        guard centre - offset >= 0, centre + offset < y.count else { break }
        sum += weights[offset] * (y[centre - offset] + y[centre + offset])
        norm += 2 * weights[offset]
      }
      return sum / norm
    }
  }
}
