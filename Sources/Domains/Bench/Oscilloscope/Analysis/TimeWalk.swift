import Errors
import Fitting
import Foundation
import JSON

/// The shift of arrivals with the amplitude: c + b·A^(−n), fitted to means over bins of amplitude.
public struct TimeWalk: Sendable {
  /// Mean amplitude of each bin in volts.
  public var amplitude: [Double]
  /// Mean difference of each bin and its standard error, in seconds.
  public var mean: [Double], error: [Double]
  /// How the fit ended.
  public var state: FitState
  /// c, b (seconds at 1 V) and n.
  public var offset: TimeDistribution.Measured, scale: TimeDistribution.Measured, power: TimeDistribution.Measured
  /// Sum of squared residuals over their errors, over the degrees of freedom.
  public var reducedChiSquare: Double

  /// Fits the walk of differences over amplitudes.
  ///
  /// Bins hold equal numbers of pulses; in each, differences farther than 4 robust widths from the median are left out.
  ///
  /// - Returns: `nil` for fewer than 200 pulses.
  public init?(_ differences: [Double], _ amplitudes: [Double]) throws(CavernError) {
    let rows = differences.indices.filter { differences[$0].isFinite && amplitudes[$0] > 0 }
      .sorted { (amplitudes[$0], $0) < (amplitudes[$1], $1) }
    guard rows.count >= 200 else { return nil }
    let bins = min(20, rows.count / 50)
    (amplitude, mean, error) = ([], [], [])
    for bin in 0..<bins {
      let part = rows[bin * rows.count / bins..<(bin + 1) * rows.count / bins]
      let sorted = part.map { differences[$0] }.sorted()
      let median = sorted[sorted.count / 2]
      let deviations = sorted.map { abs($0 - median) }.sorted()
      let width = 1.4826 * deviations[deviations.count / 2]
      let kept = sorted.filter { abs($0 - median) <= 4 * width }
      let mean = kept.reduce(0, +) / Double(kept.count)
      let variance = kept.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, kept.count - 1))
      amplitude.append(part.reduce(0.0) { $0 + amplitudes[$1] } / Double(part.count))
      self.mean.append(mean)
      error.append(max((variance / Double(kept.count)).squareRoot(), 1e-16))
    }
    let middle = mean[mean.count / 2]
    let typical = amplitude[amplitude.count / 2]
    // In picoseconds from the middle and units of the middle amplitude: numbers of order one.
    let fits = FormulaFitter(
      try Formula("c+b*x^(-n)", predictors: ["x"], parameters: ["c", "b", "n"]),
      constraints: FitConstraints(lower: [-.infinity, -.infinity, 0.2], upper: [.infinity, .infinity, 4])
    ).fit([
      FormulaProblem(
        columns: [amplitude.map { $0 / typical }], y: mean.map { ($0 - middle) * 1e12 }, sigma: error.map { $0 * 1e12 },
        start: [0, (mean.first ?? 0) > (mean.last ?? 0) ? 5 : -5, 1])
    ])
    state = fits.states[0]
    let power = TimeDistribution.Measured(value: fits.parameter(0, 2), error: fits.standardError(0, 2))
    // From b at the typical amplitude to b at 1 V.
    let factor = exp(power.value * log(typical)) * 1e-12
    offset = TimeDistribution.Measured(
      value: middle + fits.parameter(0, 0) * 1e-12, error: fits.standardError(0, 0) * 1e-12)
    scale = TimeDistribution.Measured(value: fits.parameter(0, 1) * factor, error: fits.standardError(0, 1) * factor)
    self.power = power
    reducedChiSquare = fits.objective[0] / Double(max(1, fits.degreesOfFreedom[0]))
  }

  /// The shift at an amplitude in volts, in seconds, apart from the constant.
  public func shift(at amplitude: Double) -> Double {
    scale.value * exp(-power.value * log(amplitude))
  }

  /// Differences without their walk: those of pulses of any amplitude have the same mean.
  public func corrected(_ differences: [Double], _ amplitudes: [Double]) -> [Double] {
    guard state.isUsable || state == .maxIterations else { return differences }
    return zip(differences, amplitudes).map { $1 > 0 ? $0 - shift(at: $1) : .nan }
  }

  /// Parameters by name.
  public var json: JSONValue {
    [
      "state": .string(state.rawValue), "offset_s": offset.json, "scale_s": scale.json, "power": power.json,
      "reducedChiSquare": .number(reducedChiSquare),
    ]
  }
}
