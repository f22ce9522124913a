import Errors
import Foundation

/// Measured leakage currents of a profile beside the prediction, per volume at one temperature.
public struct LeakageComparison: Sendable {
  /// A measured step.
  public struct Point: Sendable, Equatable {
    /// Step of the profile, from 0.
    public var row: Int
    /// Its end, in s since 1970.
    public var timestamp: Double
    /// Accumulated fluence, in n_eq/cm².
    public var fluence: Double
    /// Measured, in µA/cm³ at the reference temperature.
    public var measured: Double
    /// Its standard uncertainty from resolution and temperature, in µA/cm³.
    public var uncertainty: Double
    /// Predicted, in µA/cm³ at the reference temperature.
    public var predicted: Double
  }

  /// Fluence scale that fits the measurements best.
  public struct Scale: Sendable, Equatable {
    /// Factor on the fluence.
    public var value: Double
    /// Its standard error from the scatter of the points.
    public var statistical: Double
    /// Its uncertainty from a common shift of all temperatures.
    public var temperature: Double
    /// χ² over the degrees of freedom, with the resolution alone.
    public var chiSquarePerDegree: Double
    /// Points.
    public var points: Int
  }

  /// Temperature of all currents, in K.
  public let referenceTemperature: Double
  /// The measured steps in order of time.
  public let points: [Point]

  /// How a current is measured.
  public struct Resolution: Sendable, Equatable {
    /// Relative standard uncertainty of a current.
    public var relative: Double
    /// Standard uncertainty of a current, in µA: about the step of the supply.
    public var absolute: Double
    /// Standard uncertainty of the temperature, in K, common to all steps.
    public var temperature: Double
    /// Smallest current of a sensor under bias, in µA.
    public var threshold: Double

    /// 1 %, 0.1 µA, 1 K, and bias off below 1 µA.
    public init(relative: Double = 0.01, absolute: Double = 0.1, temperature: Double = 1, threshold: Double = 1) {
      self.relative = relative
      self.absolute = absolute
      self.temperature = temperature
      self.threshold = threshold
    }
  }

  /// Compares.
  ///
  /// Steps in fills with a current above the threshold take part: bias was on.
  ///
  /// - Parameters:
  ///   - volume: of all sensors of the group, in cm³.
  ///   - reference: in K.
  public init(
    _ profile: RadiationProfile, _ prediction: DamagePrediction, parameters: DamageParameters, volume: Double,
    reference: Double, resolution: Resolution = Resolution()
  ) {
    referenceTemperature = reference
    let down = 1e6 * parameters.leakageFactor(to: reference)
    points = profile.rows.indices.compactMap { index in
      let row = profile.rows[index]
      guard row.fill > 0, row.hasCurrent, row.current > resolution.threshold, row.temperature > 0 else { return nil }
      let factor = parameters.scaling.factor(from: row.temperature, to: reference) / volume
      let counting = hypot(resolution.relative * row.current, resolution.absolute)
      return Point(
        row: index, timestamp: row.timestamp, fluence: prediction.fluence[index], measured: row.current * factor,
        uncertainty: counting * factor, predicted: prediction.leakageAt20C[index] * down)
    }
    temperatureUncertainty = resolution.temperature
    scaling = parameters.scaling
    temperatures = points.map { profile.rows[$0.row].temperature }
  }

  private let temperatureUncertainty: Double
  private let temperatures: [Double]
  private let scaling: LeakageScaling

  /// The scale by least squares: leakage is proportional to fluence, so that it has a closed form; `nil` without points.
  public func fittedScale() -> Scale? {
    var (sumDM, sumMM) = (0.0, 0.0)
    var shifted = 0.0
    for (index, point) in points.enumerated() {
      let weight = 1 / (point.uncertainty * point.uncertainty)
      sumDM += weight * point.measured * point.predicted
      sumMM += weight * point.predicted * point.predicted
      let slope = scaling.slope(at: temperatures[index]) * temperatureUncertainty
      shifted += weight * point.measured * slope * point.predicted
    }
    guard sumMM > 0 else { return nil }
    let scale = sumDM / sumMM
    let chiSquare = points.reduce(0) { sum, point in
      let residual = (point.measured - scale * point.predicted) / point.uncertainty
      return sum + residual * residual
    }
    let perDegree = points.count > 1 ? chiSquare / Double(points.count - 1) : .nan
    return Scale(
      value: scale, statistical: (max(1, perDegree.isNaN ? 1 : perDegree) / sumMM).squareRoot(),
      temperature: shifted / sumMM, chiSquarePerDegree: perDegree, points: points.count)
  }

  /// Mean and spread of measured over predicted; `nil` without points.
  public var ratio: (mean: Double, spread: Double)? {
    let ratios = points.filter { $0.predicted > 0 }.map { $0.measured / $0.predicted }
    guard !ratios.isEmpty else { return nil }
    let mean = ratios.reduce(0, +) / Double(ratios.count)
    let variance = ratios.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(ratios.count - 1, 1))
    return (mean, variance.squareRoot())
  }
}
