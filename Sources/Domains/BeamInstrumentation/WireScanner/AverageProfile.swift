import Errors
import Fitting
import JSON

/// The mean of the profiles of one scan, aligned and normalised, with the standard error of every point.
///
/// Each row is centred on its fitted mean, freed of its baseline, scaled to the mean area and interpolated linearly on a
/// common grid. The mean of rows that are not aligned would be wider than any of them.
public struct AverageProfile: Sendable, Equatable {
  /// The scan it belongs to.
  public var scan: WireScanAnalysis.Scan
  /// Rows averaged, ascending.
  public var rows: [Int]
  /// Positions in mm relative to the centre of the bunches, ascending and equidistant.
  public var positions: [Double]
  /// Mean signal above the baseline.
  public var signals: [Double]
  /// Standard error of each mean; NaN for a single row.
  public var standardErrors: [Double]
  /// Gaussian through the mean.
  public var gaussian: GaussianFit
  /// q-Gaussian through the mean.
  public var qGaussian: QGaussianFit?
  /// Normalised emittance from the Gaussian sigma.
  public var emittance: Emittance?

  /// The average over rows of a scan.
  ///
  /// - Parameters:
  ///   - scan: one of `analysis.scans`.
  ///   - analysis: the file's analysis.
  ///   - rows: rows to average, of those that count; `nil` takes all that count.
  ///   - options: those of the analysis.
  /// - Returns: `nil` when no row is left or their windows do not overlap.
  public init?(
    _ scan: WireScanAnalysis.Scan, in analysis: WireScanAnalysis, rows chosen: Set<Int>?, options: WireScanOptions
  ) throws(CavernError) {
    let profiles = analysis.profiles(of: scan).filter {
      $0.countsInAverages && chosen?.contains($0.row) != false
    }
    guard let first = profiles.first else { return nil }
    let aligned = profiles.compactMap(Self.aligned)
    guard let low = aligned.compactMap(\.x.first).max(), let high = aligned.compactMap(\.x.last).min(), high > low
    else {
      return nil
    }
    var spacings = profiles.map(\.samples.spacing)
    let step = median(of: &spacings)
    let count = Int((high - low) / step)
    guard count >= 8 else { return nil }
    let grid = (0...count).map { low + step * Double($0) }
    let area = aligned.reduce(0) { $0 + $1.area } / Double(aligned.count)
    let curves = aligned.map { row in Self.interpolate(row.x, row.y.map { $0 * area / row.area }, at: grid) }
    let number = Double(curves.count)
    let means = grid.indices.map { index in curves.reduce(0) { $0 + $1[index] } / number }
    standardErrors = grid.indices.map { index in
      let squares = curves.reduce(0) { $0 + ($1[index] - means[index]) * ($1[index] - means[index]) }
      return number > 1 ? (squares / (number * (number - 1))).squareRoot() : .nan
    }
    self.scan = scan
    self.rows = profiles.map(\.row)
    positions = grid
    signals = means

    var mean = first
    mean.samples = ProfileSamples(positions: grid[...], signals: means[...])
    mean.baseline = ProfileBaseline(mean.samples)
    let fits = try ProfileFits([mean], leftOut: [nil], options: options)
    gaussian = fits.gaussians[0].shifted(by: mean.samples.peakPosition)
    qGaussian = fits.qGaussians?.first?.shifted(by: mean.samples.peakPosition)
    if let optics = scan.optics, let gamma = scan.gamma, gaussian.state.isUsable {
      emittance = Emittance(
        sigma: gaussian.sigma, sigmaError: gaussian.standardError(2), optics: optics, gamma: gamma,
        positionScaleUncertainty: options.positionScaleUncertainty)
    }
  }

  private static func aligned(_ profile: ProfileResult) -> (x: [Double], y: [Double], area: Double)? {
    guard let fit = profile.gaussian, let centre = profile.meanOnAxis else { return nil }
    let x = profile.samples.positions.map { $0 - centre }
    let slope = fit.slope ?? 0
    let y = profile.samples.signals.indices.map { index in
      profile.samples.signals[index] - fit.offset - slope * (x[index] + fit.mean)
    }
    let area = x.indices.dropFirst().reduce(0) { $0 + (y[$1] + y[$1 - 1]) / 2 * (x[$1] - x[$1 - 1]) }
    return area > 0 ? (x, y, area) : nil
  }

  /// Linear interpolation on an ascending grid inside the range of `x`.
  private static func interpolate(_ x: [Double], _ y: [Double], at grid: [Double]) -> [Double] {
    var index = 0
    return grid.map { position in
      while index + 2 < x.count, x[index + 1] < position { index += 1 }
      let fraction = (position - x[index]) / (x[index + 1] - x[index])
      return y[index] + fraction * (y[index + 1] - y[index])
    }
  }

  /// The record in the outputs.
  public var json: JSONValue {
    [
      "scan": scan.json, "rows": .array(rows.map { .integer($0) }),
      "gaussian": [
        "state": .string(gaussian.state.rawValue), "amplitude": .number(gaussian.amplitude),
        "mean_mm": .number(gaussian.mean), "sigma_mm": .number(gaussian.sigma), "offset": .number(gaussian.offset),
        "standardErrors": [
          "amplitude": .number(gaussian.standardError(0)), "mean_mm": .number(gaussian.standardError(1)),
          "sigma_mm": .number(gaussian.standardError(2)), "offset": .number(gaussian.standardError(3)),
        ],
      ],
      "qGaussian": [
        "q": .optional(qGaussian?.q), "rmsSigma_mm": .optional(qGaussian?.rmsSigma),
        "standardErrors": ["q": .optional(qGaussian?.qError), "rmsSigma_mm": .optional(qGaussian?.rmsSigmaError)],
      ],
      "emittance_um": emittance.json,
      "profile": [
        "position_mm": .numbers(positions), "signal": .numbers(signals), "standardError": .numbers(standardErrors),
      ],
    ]
  }
}

extension GaussianFit {
  fileprivate func shifted(by distance: Double) -> GaussianFit {
    var copy = self
    copy.mean += distance
    if let slope { copy.offset -= slope * distance }
    return copy
  }
}

extension QGaussianFit {
  fileprivate func shifted(by distance: Double) -> QGaussianFit {
    var copy = self
    copy.mean += distance
    return copy
  }
}
