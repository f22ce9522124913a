/// When a bunch came into the machine, found from its intensity.
public struct BunchInjection: Sendable, Equatable {
  /// First measurement with the bunch.
  public var measurement: Int
  /// Time in the cycle in s, where the intensity crosses half its new level on the line between two samples.
  public var time: Double
  /// Standard deviation of that time in s, the distance of the two samples over √12; `nil` when the bunch was there from the first
  /// measurement on.
  public var timeError: Double?

  /// Finds the first sample above half of the maximum of the second that follows.
  ///
  /// That maximum must be above eight noise sigmas and a fifth of the bunch's largest sample; a single odd sample is no injection.
  ///
  /// - Parameters:
  ///   - intensities: charges above the baseline; NaN where missing.
  ///   - noise: standard deviation of a sample in charges.
  init?(_ intensities: [Double], times: [Double], noise: Double) {
    let largest = intensities.reduce(-Double.infinity) { $1.isFinite ? max($0, $1) : $0 }
    guard largest > 0 else { return nil }
    let floor = max(8 * noise, 0.2 * largest)
    for index in intensities.indices where intensities[index].isFinite {
      var level = intensities[index]
      var next: Double?
      for later in intensities.indices.dropFirst(index + 1) {
        guard intensities[later].isFinite else { continue }
        guard next == nil || times[later] <= times[index] + 1 else { break }
        next = next ?? intensities[later]
        level = max(level, intensities[later])
      }
      guard level >= floor, intensities[index] > level / 2 else { continue }
      if let next, next < intensities[index] / 4, intensities.indices.dropFirst(index + 1).count > 1 { continue }
      measurement = index
      time = times[index]
      if let before = intensities.indices.prefix(index).last(where: { intensities[$0].isFinite }) {
        let (low, high) = (intensities[before], intensities[index])
        let step = times[index] - times[before]
        let share = high > low ? min(max((level / 2 - low) / (high - low), 0), 1) : 1
        time = times[before] + share * step
        timeError = step / 12.0.squareRoot()
      }
      return
    }
    return nil
  }
}
