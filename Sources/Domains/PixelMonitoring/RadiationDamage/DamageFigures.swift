import Figures
import Foundation

/// Pictures of a prediction.
public enum DamageFigures {
  /// A measured depletion voltage.
  public struct DepletionPoint: Sendable, Equatable {
    /// When, in s since 1970.
    public var time: Double
    /// In V.
    public var voltage: Double
    /// Standard uncertainty, in V.
    public var error: Double

    /// A measurement.
    public init(time: Double, voltage: Double, error: Double) {
      (self.time, self.voltage, self.error) = (time, voltage, error)
    }
  }

  /// Depletion voltage over time and over fluence.
  public static func depletion(
    _ profile: RadiationProfile, _ prediction: DamagePrediction, toys: DamageToys?, measured: [DepletionPoint],
    title: String
  ) -> [Figure] {
    let times = profile.rows.map(\.timestamp)
    var onTime = curve(times, prediction.depletionVoltage, toys?.depletionVoltage, name: "Hamburg model")
    if !measured.isEmpty {
      onTime.append(
        .points(
          x: measured.map(\.time), y: measured.map(\.voltage), yError: ErrorBars(measured.map(\.error)),
          name: "measured", colour: .black))
    }
    let scaled = prediction.fluence.map { $0 / 1e14 }
    var marks: [Annotation] = []
    var marksOnTime: [Annotation] = []
    if let row = prediction.typeInversion, row > 0 {
      marks.append(.verticalLine(x: scaled[row], name: "type inversion", colour: .grey, dash: .dashed))
      marksOnTime.append(.verticalLine(x: times[row], name: "type inversion", colour: .grey, dash: .dashed))
    }
    let voltage = Axis("Full depletion voltage", unit: "V", includesZero: true)
    return [
      Figure(
        name: "depletion-vs-time", title: title, qualifier: "Prediction",
        panels: [
          Panel(
            x: Axis("Time", unit: "UTC", scale: .time), y: voltage, series: onTime, annotations: marksOnTime)
        ]),
      Figure(
        name: "depletion-vs-fluence", title: title, qualifier: "Prediction",
        panels: [
          Panel(
            x: Axis("Fluence", unit: "10¹⁴ n_eq cm⁻²", includesZero: true), y: voltage,
            series: curve(scaled, prediction.depletionVoltage, toys?.depletionVoltage, name: "Hamburg model"),
            annotations: marks)
        ]),
    ]
  }

  /// Leakage current over time as a line with measured points, and their ratio below.
  public static func leakage(
    _ profile: RadiationProfile, _ prediction: DamagePrediction, parameters: DamageParameters, toys: DamageToys?,
    comparison: LeakageComparison?, reference: Double, title: String
  ) -> Figure {
    let factor = 1e6 * parameters.leakageFactor(to: reference)
    let times = profile.rows.map(\.timestamp)
    let current = prediction.leakageAt20C.map { $0 * factor }
    let errors = toys?.leakage.map { $0 * factor }
    var series = curve(times, current, errors, name: "prediction")
    let celsius = NumberLabel.general(reference - 273.15, digits: 4)
    let time = Axis("Time", unit: "UTC", scale: .time)
    let y = Axis("Leakage current at \(celsius) °C (sensor)", unit: "µA/cm³", includesZero: true)
    guard let comparison, !comparison.points.isEmpty else {
      return Figure(
        name: "leakage-vs-time", title: title, qualifier: "Prediction", panels: [Panel(x: time, y: y, series: series)])
    }
    let points = comparison.points
    series.append(
      .points(
        x: points.map(\.timestamp), y: points.map(\.measured), yError: ErrorBars(points.map(\.uncertainty)),
        name: "measured, bias on", colour: .black, size: points.count > 500 ? 2 : 3.5))
    let usable = points.filter { $0.predicted > 0 }
    var ratio: [Series] = []
    if let errors {
      let band = usable.map { errors[$0.row] / $0.predicted }
      ratio.append(
        .band(
          x: usable.map(\.timestamp), lower: band.map { 1 - $0 }, upper: band.map { 1 + $0 }, colour: .cycle(0)))
    }
    ratio.append(
      .points(
        x: usable.map(\.timestamp), y: usable.map { $0.measured / $0.predicted },
        yError: ErrorBars(usable.map { $0.uncertainty / $0.predicted }), colour: .black,
        size: points.count > 500 ? 2 : 3.5))
    return Figure(
      name: "leakage-vs-time", title: title, qualifier: "Prediction and data", size: .inches(6.3, 5.6),
      arrangement: .stacked(heights: [2.4, 1], sharedX: true),
      panels: [
        Panel(x: time, y: y, series: series),
        Panel(
          x: time, y: Axis("Data / prediction", range: 0.4...2.15), series: ratio,
          annotations: [.horizontalLine(y: 1, name: nil, colour: .grey, dash: .dashed)], legend: .none),
      ])
  }

  /// A line with its band of one standard deviation, thinned to what can be seen.
  private static func curve(_ x: [Double], _ y: [Double], _ errors: [Double]?, name: String) -> [Series] {
    let stride = max(1, x.count / 4000)
    let kept = x.indices.filter { $0.isMultiple(of: stride) || $0 == x.count - 1 }
    let (xs, ys) = (kept.map { x[$0] }, kept.map { y[$0] })
    guard let errors else { return [.line(x: xs, y: ys, name: name, colour: .cycle(0))] }
    return [
      .band(
        x: xs, lower: kept.map { max(0, y[$0] - errors[$0]) }, upper: kept.map { y[$0] + errors[$0] },
        name: "±1σ of parameters, fluence, temperature", colour: .cycle(0)),
      .line(x: xs, y: ys, name: name, colour: .cycle(0)),
    ]
  }
}
