/// Clipped samples: the converter's full scale, or a flat top.
public enum Saturation {
  /// Full scales of the converters in use.
  static let fullScales: Set<Double> = [1023, 2047, 4095, 8191, 16383, 32767, 65535]

  /// Which samples of a profile are clipped; `nil` when none is.
  ///
  /// Clipped are the highest samples when three or more of them are equal and at least two of these are neighbours, or when they sit
  /// on a full scale above which the whole scan has no sample.
  ///
  /// - Parameters:
  ///   - profile: the samples.
  ///   - scanMaximum: the highest sample of all rows of the scan.
  public static func clippedSamples(_ profile: ProfileSamples, scanMaximum: Double) -> [Bool]? {
    let y = profile.signals
    guard let highest = y.max(), let lowest = y.min(), highest > lowest else { return nil }
    let top = y.indices.filter { y[$0] == highest }
    let hasNeighbours = zip(top, top.dropFirst()).contains { $1 == $0 + 1 }
    let isFullScale = fullScales.contains(highest) && highest == scanMaximum
    guard top.count >= 3 && hasNeighbours || isFullScale else { return nil }
    return y.map { $0 == highest }
  }
}
