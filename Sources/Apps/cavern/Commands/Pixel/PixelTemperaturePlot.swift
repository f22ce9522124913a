import Arguments
import Conditions
import Errors
import Figures
import Foundation
import JSON
import PixelMonitoring

/// Mean temperatures by fill as table and figure.
@MainActor
enum PixelTemperaturePlot {
  private struct Row {
    var fill: Fill
    var x: Double
    var mean: Double
    var spread: Double
    var count: Int
  }

  static func run(_ arguments: ParsedArguments) throws(CavernError) -> Report {
    let facts = try PixelFacts.builtIn()
    let selected = try PixelArguments.fills(arguments, facts)
    guard let folder = try arguments.optionalString("in") else {
      throw CavernError("usage.missingOption", "--in is missing", exit: .usage, expected: "a folder of readings")
    }
    let match = try arguments.optionalString("match") ?? ""
    let against = try arguments.string("x")
    var luminosities: [Int: LuminosityTable.Row] = [:]
    if let path = try arguments.optionalString("lumi") {
      for row in try LuminosityTable(csv: try PixelFiles.text(path), path: path).rows { luminosities[row.fill] = row }
    } else if against == "lumi" {
      throw CavernError(
        "usage.missingOption", "--lumi is missing", exit: .usage, expected: "a table that 'cavern pixel lumi' wrote")
    }
    var warnings = selected.warnings
    var rows: [Row] = []
    for fill in selected.fills {
      var values: [Double] = []
      for name in ["\(fill.number).txt", "\(fill.number)_Barrel.txt", "\(fill.number)_EndCap.txt"] {
        let path = "\(folder)/\(name)"
        guard FileManager.default.fileExists(atPath: path) else { continue }
        for line in try PixelFiles.text(path).split(whereSeparator: \.isNewline) {
          let words = line.split(separator: " ")
          guard words.count >= 2, words[0].contains(match), let value = Double(words[1]), value <= facts.highestReading,
            value >= -60
          else { continue }
          values.append(value)
        }
      }
      guard !values.isEmpty else {
        warnings.append(CavernWarning("pixel.noReadings", "fill \(fill.number) has no reading and is left out"))
        continue
      }
      let x: Double
      switch against {
      case "lumi":
        guard let row = luminosities[fill.number] else {
          warnings.append(CavernWarning("pixel.noLuminosity", "fill \(fill.number) has no luminosity and is left out"))
          continue
        }
        x = row.integratedDelivered
      case "time": x = fill.start.seconds
      default: x = Double(fill.number)
      }
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let spread = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
      rows.append(Row(fill: fill, x: x, mean: mean, spread: spread, count: values.count))
    }
    guard !rows.isEmpty else {
      throw CavernError(
        "pixel.noReadings", "no fill has a reading of a sensor with '\(match)'", exit: .badData, file: folder)
    }
    if let path = try arguments.optionalString("figure") {
      warnings += try FigureFiles.write([figure(rows, against, match, luminosities, arguments, facts)], to: path)
    }
    let table = rows
    return Report(
      warnings: warnings,
      result: [
        "fills": .array(
          table.map {
            [
              "fill": .integer($0.fill.number), "x": .number($0.x), "mean_c": .number($0.mean),
              "spread_c": .number($0.spread), "n_readings": .integer($0.count),
            ]
          })
      ],
      text: TextTable(
        columns: [.right("fill"), .right("mean/°C"), .right("spread/°C"), .right("readings")],
        rows: table.map {
          [
            "\($0.fill.number)", NumberLabel.fixed($0.mean, decimals: 3), NumberLabel.fixed($0.spread, decimals: 3),
            "\($0.count)",
          ]
        }
      ).text(width: .max),
      csv: {
        CSVText.table(
          ["fill", "x", "mean_c", "spread_c", "n_readings"],
          table.map { ["\($0.fill.number)", "\($0.x)", "\($0.mean)", "\($0.spread)", "\($0.count)"] })
      })
  }

  private static func figure(
    _ rows: [Row], _ against: String, _ match: String, _ luminosities: [Int: LuminosityTable.Row],
    _ arguments: ParsedArguments, _ facts: PixelFacts
  ) -> Figure {
    let axis: Axis =
      switch against {
      case "lumi": Axis("Integrated luminosity", unit: "fb⁻¹")
      case "time": Axis("Date", unit: "UTC", scale: .time)
      default: Axis("Fill number")
      }
    let heading = PixelHeading.make(rows.map(\.fill.number), luminosities, arguments, facts)
    return Figure(
      name: "temperature", title: "CMS", qualifier: "Pixel tracker", rightLabel: heading.luminosityLine,
      labels: [match.isEmpty ? "All sensors" : "Sensors: \(match)", heading.period],
      panels: [
        Panel(
          x: axis, y: Axis("Temperature of the sensors", unit: "°C"),
          series: [
            .points(
              x: rows.map(\.x), y: rows.map(\.mean), yError: ErrorBars(rows.map(\.spread)),
              name: "mean and spread of the readings", colour: .cycle(0),
              pointLabels: rows.map { "fill \($0.fill.number)" })
          ])
      ])
  }
}

/// Heading of figures over fills.
enum PixelHeading {
  /// Period, luminosity and energies of some fills.
  static func make(
    _ fills: [Int], _ luminosities: [Int: LuminosityTable.Row], _ arguments: ParsedArguments, _ facts: PixelFacts
  ) -> FigureHeading {
    let era = ((try? arguments.optionalString("era")) ?? nil).flatMap { try? facts.era(named: $0) }
    let range = fills.count == 1 ? "Fill \(fills[0])" : "Fills \(fills.min() ?? 0) – \(fills.max() ?? 0)"
    var energies: [Double] = []
    for fill in fills {
      for energy in (try? facts.era(of: fill))?.energiesTeV ?? [] where !energies.contains(energy) {
        energies.append(energy)
      }
    }
    // Only a sum over all fills shown is their luminosity.
    let delivered = fills.compactMap { luminosities[$0]?.delivered }
    let luminosity = delivered.isEmpty || delivered.count < fills.count ? nil : delivered.reduce(0, +)
    return FigureHeading(
      period: era.map { "\($0.label), \(range.lowercased())" } ?? range, luminosity: luminosity,
      energiesTeV: energies.sorted())
  }
}
