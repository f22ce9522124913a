import Figures
import Foundation

/// What stands above every figure of the pixel monitoring.
public struct FigureHeading: Sendable, Equatable {
  /// Label of the era or range of fills.
  public var period: String
  /// Integrated luminosity in fb⁻¹; `nil` when it is not known.
  public var luminosity: Double?
  /// Centre-of-mass energies in TeV.
  public var energiesTeV: [Double]

  /// A heading.
  public init(period: String, luminosity: Double? = nil, energiesTeV: [Double] = []) {
    (self.period, self.luminosity, self.energiesTeV) = (period, luminosity, energiesTeV)
  }

  /// The luminosity line at the upper right: `2.54 fb⁻¹ (13.6 TeV)`.
  public var luminosityLine: String {
    let energies = energiesTeV.map { NumberLabel.general($0, digits: 3) }.joined(separator: ", ")
    let energy = energies.isEmpty ? "" : "\(energies) TeV"
    guard let luminosity else { return energy }
    let text = "\(NumberLabel.general(luminosity, digits: 3)) fb⁻¹"
    return energy.isEmpty ? text : "\(text) (\(energy))"
  }
}

/// A trend of layer averages.
public struct LeakageTrend: Sendable {
  /// What stands on the horizontal axis.
  public enum Abscissa: String, Sendable, CaseIterable {
    /// Integrated delivered luminosity in fb⁻¹.
    case luminosity = "lumi"
    /// Number of the fill.
    case fill
    /// 1-MeV neutron equivalent fluence in cm⁻².
    case fluence
    /// Begin of stable beams.
    case time

    /// The part of file names: `integrated_lumi`, `fill_number`, `fluence`.
    public var fileWord: String {
      switch self {
      case .luminosity: "integrated_lumi"
      case .fill: "fill_number"
      case .fluence: "fluence"
      case .time: "time"
      }
    }
  }

  /// One point.
  public struct Point: Sendable, Equatable {
    /// Where it stands.
    public var x: Double
    /// The average it shows.
    public var average: LayerAverage

    /// A point.
    public init(x: Double, average: LayerAverage) { (self.x, self.average) = (x, average) }
  }

  /// Barrel or end-cap.
  public var subsystem: Subsystem
  /// What stands on the horizontal axis.
  public var abscissa: Abscissa
  /// Points by layer or ring, in the order of x.
  public var layers: [(layer: Int, points: [Point])]
  /// Range of the vertical axis; `nil` takes it from the data.
  public var range: ClosedRange<Double>?

  /// A trend.
  public init(
    subsystem: Subsystem, abscissa: Abscissa, layers: [(layer: Int, points: [Point])], range: ClosedRange<Double>? = nil
  ) {
    (self.subsystem, self.abscissa, self.range) = (subsystem, abscissa, range)
    self.layers = layers.map { ($0.layer, $0.points.sorted { $0.x < $1.x }) }
  }

  /// Steps of each layer: from which fill on the level differs.
  public func changes() -> [(layer: Int, fill: Int, step: ChangePoints.Step)] {
    layers.flatMap { entry in
      let points = entry.points.sorted { $0.average.fill < $1.average.fill }
      let steps = ChangePoints.find(
        x: points.map { Double($0.average.fill) }, values: points.map(\.average.average))
      return steps.map { (entry.layer, points[$0.index].average.fill, $0) }
    }
  }

  /// The figure: one marker series a layer with standard errors, a band for what all groups share, lines at changes.
  public func figure(name: String, heading: FigureHeading) -> Figure {
    let markers: [Marker] = [.circle, .square, .diamond, .triangleUp]
    let first = layers.first?.points.first?.average
    var series: [Series] = []
    for (index, entry) in layers.enumerated() {
      let points = entry.points
      let x = points.map(\.x)
      let y = points.map(\.average.average)
      let shared = points.map(\.average.systematic)
      if points.count > 1 {
        series.append(
          .band(
            x: x, lower: zip(y, shared).map { $0 - $1 }, upper: zip(y, shared).map { $0 + $1 }, colour: .cycle(index),
            opacity: 0.18))
      }
      series.append(
        .points(
          x: x, y: y, yError: ErrorBars(points.map(\.average.standardError)),
          name: "\(subsystem == .barrel ? "Layer" : "Ring") \(entry.layer)", colour: .cycle(index),
          marker: markers[index % markers.count], size: points.count > 150 ? 3 : 5,
          pointLabels: points.map { "fill \($0.average.fill)" }))
    }
    var annotations: [Annotation] = []
    let found = changes()
    for fill in Set(found.map(\.fill)).sorted() {
      guard let x = layers.flatMap(\.points).first(where: { $0.average.fill == fill })?.x else { continue }
      annotations.append(.verticalLine(x: x, name: "\(fill)", colour: .grey, dash: .dashed))
    }
    return Figure(
      name: name, title: "CMS", qualifier: "Pixel tracker", rightLabel: heading.luminosityLine,
      labels: [
        "\(subsystem.rawValue == "Barrel" ? "Barrel pixel" : "End-cap pixel"): leakage current", heading.period,
      ],
      panels: [
        Panel(x: axis, y: Self.currentAxis(first, range: range), series: series, annotations: annotations)
      ])
  }

  private var axis: Axis {
    switch abscissa {
    case .luminosity: Axis("Integrated luminosity", unit: "fb⁻¹")
    case .fill: Axis("Fill number")
    case .fluence: Axis("Fluence Φ", unit: "n_eq/cm²")
    case .time: Axis("Date", unit: "UTC", scale: .time)
    }
  }

  /// `Leakage current per ROC (sensor at 0 °C)` and the unit.
  static func currentAxis(_ average: LayerAverage?, range: ClosedRange<Double>?) -> Axis {
    let corrected =
      average?.reference.map { " at \(LeakageTable.short($0)) °C (sensor)" } ?? " at sensor temperature"
    return Axis(
      "Leakage current" + corrected, unit: average?.normalisation.unit ?? "µA", range: range, includesZero: true)
  }
}

extension AzimuthTable {
  /// The figure: one series a side, the fit as a line with its parameters.
  public func figure(heading: FigureHeading) -> Figure {
    let subsystem = rows.first?.group.name.subsystem ?? .barrel
    var series: [Series] = []
    if let fit {
      let x = (0...180).map { -Double.pi + Double($0) * Double.pi / 90 }
      series.append(
        .line(x: x, y: x.map { fit.value(at: $0) }, name: "A + B sin(φ − φ₀)", colour: .black, dash: .dashed))
    }
    for (index, side) in [Side.minus, .plus].enumerated() {
      let part = rows.filter { side.holds($0.group.name.half) }
      guard !part.isEmpty else { continue }
      series.append(
        .points(
          x: part.map(\.group.azimuth), y: part.map(\.value), yError: ErrorBars(part.map(\.sigma)),
          name: side == .minus ? "−z" : "+z", colour: .cycle(index * 2), marker: index == 0 ? .circle : .square,
          size: 5, pointLabels: part.map(\.group.name.text)))
    }
    var labels = [
      "\(subsystem == .barrel ? "Barrel pixel, layer" : "End-cap pixel, ring") \(layer)",
      fills.count > 1 ? "Fill \(fills[1]) − fill \(fills[0])" : "Fill \(fills[0])",
    ]
    if let fit {
      let errors = fit.standardErrors
      labels.append(
        "B/A = \(Self.percent(fit.amplitude, errors[1], over: fit.offset)) %, φ₀ = \(FixedText.decimals(fit.phase, 2)) ± "
          + "\(FixedText.decimals(errors[2], 2))")
    }
    let corrected = reference.map { " at \(LeakageTable.short($0)) °C" } ?? ""
    return Figure(
      name: figureStem, title: "CMS", qualifier: "Pixel tracker", rightLabel: heading.luminosityLine, labels: labels,
      panels: [
        Panel(
          x: Axis(
            "Azimuthal angle Φ", unit: "rad", range: -Double.pi...Double.pi,
            ticks: [
              .init(-Double.pi, "−π"), .init(-Double.pi / 2, "−π/2"), .init(0, "0"), .init(Double.pi / 2, "π/2"),
              .init(Double.pi, "π"),
            ]),
          y: Axis(
            (fills.count > 1 ? "Difference of leakage current" : "Leakage current") + corrected,
            unit: normalisation.unit),
          series: series)
      ])
  }

  private static func percent(_ value: Double, _ error: Double, over mean: Double) -> String {
    "\(FixedText.decimals(100 * value / mean, 1)) ± \(FixedText.decimals(100 * abs(error / mean), 1))"
  }
}
