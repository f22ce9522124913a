/// The fast transformer's sum against the DC transformer of the same cycle.
public struct IntensityCalibration: Sendable, Equatable {
  /// DC transformer.
  public var device: String
  /// DC over fast: multiply bunch intensities by this to agree with the DC transformer.
  public var factor: Double
  /// Standard error of the factor from the scatter about it; `nil` below two samples.
  public var factorError: Double?
  /// Difference (r.m.s.) after calibration over the mean intensity.
  public var relativeDeviation: Double
  /// Measurements compared.
  public var points: Int

  /// Compares two records by least squares through zero, DC readings interpolated to the times of the fast transformer.
  ///
  /// Only measurements with more than a tenth of the largest sum count, within the time that both cover.
  ///
  /// - Parameters:
  ///   - total: the DC transformer.
  ///   - sums: charges in all bunches above the baseline, one per measurement.
  init?(_ total: TotalIntensityRecord, times: [Double], sums: [Double]) {
    let known = total.times.indices.filter { total.charges[$0].isFinite }
    let base = TimeBase(times: known.map { total.times[$0] })
    let charges = known.map { total.charges[$0] }
    let largest = sums.filter(\.isFinite).max() ?? 0
    guard largest > 0 else { return nil }
    var pairs: [(fast: Double, slow: Double)] = []
    for (time, sum) in zip(times, sums) where sum.isFinite && sum > 0.1 * largest {
      if let slow = base.interpolate(charges, at: time) { pairs.append((sum, slow)) }
    }
    let weight = pairs.reduce(0) { $0 + $1.fast * $1.fast }
    guard !pairs.isEmpty, weight > 0 else { return nil }
    device = total.device
    let factor = pairs.reduce(0) { $0 + $1.fast * $1.slow } / weight
    self.factor = factor
    points = pairs.count
    let residual = pairs.reduce(0) { $0 + ($1.slow - factor * $1.fast) * ($1.slow - factor * $1.fast) }
    if pairs.count > 1 { factorError = (residual / Double(pairs.count - 1) / weight).squareRoot() }
    let mean = pairs.reduce(0) { $0 + abs($1.slow) } / Double(pairs.count)
    relativeDeviation = mean > 0 ? (residual / Double(pairs.count)).squareRoot() / mean : .nan
  }
}

/// Times of measurements, and values between them.
struct TimeBase: Sendable, Equatable {
  /// Times in s, ascending.
  let times: [Double]

  /// The value at a time on straight lines between samples; `nil` outside the times and beside a missing value.
  func interpolate(_ values: [Double], at time: Double) -> Double? {
    guard values.count == times.count, let first = times.first, let last = times.last, time >= first, time <= last
    else {
      return nil
    }
    var low = 0
    var high = times.count
    // The first time above `time`.
    while low < high {
      let middle = (low + high) / 2
      if times[middle] > time { high = middle } else { low = middle + 1 }
    }
    let after = low
    let before = after - 1
    if times[before] == time || after == times.count { return values[before].isFinite ? values[before] : nil }
    let share = (time - times[before]) / (times[after] - times[before])
    let value = values[before] + share * (values[after] - values[before])
    return value.isFinite ? value : nil
  }
}
