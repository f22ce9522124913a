/// Clipped samples: the converter's full scale, or a flat top.
public enum Saturation {
  /// Full scales of the converters in use.
  static let fullScales: Set<Double> = [1023, 2047, 4095, 8191, 16383, 32767, 65535]

  /// Samples that look clipped.
  public struct Clipping: Sendable, Equatable {
    /// Which samples, one per sample of the profile.
    public var samples: [Bool]
    /// The level at which they stand.
    public var level: Double
    /// Whether the level is a full scale above which the whole scan has no sample.
    public var isFullScale: Bool
  }

  /// Which samples of a profile look clipped; `nil` when none does.
  ///
  /// Clipped are the highest samples when three or more of them are equal and at least two of these are neighbours, or when they sit
  /// on a full scale above which the whole scan has no sample. Equal samples may also be an accident of coarse digits;
  /// `isConfirmed` tells, once the other samples have been fitted.
  ///
  /// - Parameters:
  ///   - profile: the samples.
  ///   - scanMaximum: the highest sample of all rows of the scan.
  public static func clipping(_ profile: ProfileSamples, scanMaximum: Double) -> Clipping? {
    let y = profile.signals
    guard let highest = y.max(), let lowest = y.min(), highest > lowest else { return nil }
    let top = y.indices.filter { y[$0] == highest }
    let hasNeighbours = zip(top, top.dropFirst()).contains { $1 == $0 + 1 }
    let isFullScale = fullScales.contains(highest) && highest == scanMaximum
    guard top.count >= 3 && hasNeighbours || isFullScale else { return nil }
    return Clipping(samples: y.map { $0 == highest }, level: highest, isFullScale: isFullScale)
  }

  /// Whether the curve through the other samples rises above the level: samples that are equal by accident are the highest
  /// of the noise and lie above the curve.
  ///
  /// - Parameters:
  ///   - clipping: the samples that look clipped.
  ///   - x: positions as the fits take them.
  ///   - gaussian: fit of the other samples.
  ///   - qGaussian: fit of the other samples.
  ///   - resolution: the smallest step of the signal.
  static func isConfirmed(
    _ clipping: Clipping, x: [Double], gaussian: GaussianFit, qGaussian: QGaussianFit?, resolution: Double
  ) -> Bool {
    if clipping.isFullScale { return true }
    let places = x.indices.filter { clipping.samples[$0] }
    func mean(_ curve: (Double) -> Double) -> Double {
      places.reduce(0) { $0 + curve(x[$1]) } / Double(places.count)
    }
    var heights: [Double] = []
    if gaussian.state.isUsable { heights.append(mean { gaussian($0) }) }
    if let qGaussian, qGaussian.state.isUsable { heights.append(mean { qGaussian($0) }) }
    guard let highest = heights.max() else { return true }
    let error = gaussian.state.isUsable ? gaussian.standardError(0) : 0
    return highest - clipping.level > 0.5 * resolution + 2 * (error.isFinite ? error : 0)
  }
}
