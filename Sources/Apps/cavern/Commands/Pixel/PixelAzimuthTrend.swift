import Arguments
import Errors
import Figures
import JSON
import PixelMonitoring
import Results

/// The azimuthal modulation of each layer over fills: an offset of the beam that moves shows here.
@MainActor
struct PixelAzimuthTrend {
  private let tables: [AzimuthTable]
  private let subsystem: Subsystem
  private let layers: [Int]

  init(
    _ fills: [FillLeakage], _ subsystem: Subsystem, _ arguments: ParsedArguments, _ facts: PixelFacts
  ) throws(CavernError) {
    self.subsystem = subsystem
    layers = try PixelLeakageInputs.layers(arguments, subsystem)
    let reference = try arguments.doubles("tref").first
    var tables: [AzimuthTable] = []
    for fill in fills {
      for layer in layers {
        // A layer without a single value has no modulation; the averages tell about it.
        guard
          let table = try? AzimuthTable(
            fill, layer: layer, side: .both, normalisation: .roc, reference: reference, keepsAll: arguments.flag("all"),
            facts: facts)
        else { continue }
        tables.append(table)
      }
    }
    self.tables = tables
  }

  private func cells(_ table: AzimuthTable, _ fit: AzimuthFit) -> [Double] {
    let errors = fit.standardErrors
    return [fit.offset, errors[0], fit.amplitude, errors[1], fit.phase, errors[2], fit.chiSquare]
  }

  /// `fill,layer,A,sigma_A,B,sigma_B,phi0,sigma_phi0,chi2,ndf,n_groups`, currents in µA/ROC.
  var csv: String {
    CSVText.table(
      ["fill", "layer", "A", "sigma_A", "B", "sigma_B", "phi0", "sigma_phi0", "chi2", "ndf", "n_groups"],
      tables.compactMap { table in
        guard let fit = table.fit else { return nil }
        return ["\(table.fills[0])", "\(table.layer)"] + cells(table, fit).map { "\($0)" }
          + ["\(fit.degreesOfFreedom)", "\(table.rows.count)"]
      })
  }

  /// The last fit of each layer.
  var json: JSONValue {
    .array(layers.compactMap { layer in tables.last { $0.layer == layer && $0.fit != nil } }.map(PixelAzimuth.json))
  }

  /// A table of the last fits for the page.
  var block: Page.Block {
    let last = layers.compactMap { layer in tables.last { $0.layer == layer && $0.fit != nil } }
    return .facts(
      last.compactMap { table in
        guard let fit = table.fit else { return nil }
        let errors = fit.standardErrors
        let amplitude = MeasuredValue(100 * fit.amplitude / fit.offset, statistical: 100 * errors[1] / fit.offset)
        let phase = MeasuredValue(fit.phase, statistical: errors[2])
        return Page.Fact(
          "\(subsystem == .barrel ? "Layer" : "Ring") \(table.layer), fill \(table.fills[0])",
          "B/A = \(amplitude.text(unit: "%")), φ₀ = \(phase.text(unit: "rad"))")
      })
  }

  /// Relative amplitude against the fill; `nil` for fewer than two fills.
  func figure(
    _ luminosities: [Int: LuminosityTable.Row], _ arguments: ParsedArguments, _ facts: PixelFacts
  ) -> Figure? {
    let fills = Array(Set(tables.map { $0.fills[0] })).sorted()
    guard fills.count > 1 else { return nil }
    let markers: [Marker] = [.circle, .square, .diamond, .triangleUp]
    let heading = PixelHeading.make(fills, luminosities, arguments, facts)
    let series = layers.enumerated().compactMap { index, layer -> Series? in
      let fitted = tables.filter { $0.layer == layer && $0.fit != nil }
      guard !fitted.isEmpty else { return nil }
      return .points(
        x: fitted.map { Double($0.fills[0]) },
        y: fitted.map { 100 * ($0.fit?.amplitude ?? .nan) / ($0.fit?.offset ?? .nan) },
        yError: ErrorBars(fitted.map { 100 * ($0.fit?.standardErrors[1] ?? .nan) / abs($0.fit?.offset ?? .nan) }),
        name: "\(subsystem == .barrel ? "Layer" : "Ring") \(layer)", colour: .cycle(index),
        marker: markers[index % 4], size: fills.count > 150 ? 3 : 5)
    }
    return Figure(
      name: "azimuthal_amplitude", title: "CMS", qualifier: "Pixel tracker", rightLabel: heading.luminosityLine,
      labels: ["Azimuthal modulation of the leakage current", heading.period],
      panels: [
        Panel(x: Axis("Fill number"), y: Axis("Amplitude B/A", unit: "%", includesZero: true), series: series)
      ])
  }
}
