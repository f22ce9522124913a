import Arguments
import Errors
import Figures
import Foundation
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel leakage trend`: layer averages over fills.
  static var pixelLeakageTrend: Command {
    Command(
      "trend", "Average leakage currents by layer and follow them over fills.",
      discussion: """
        Writes average_per_layer.csv with all sides, normalisations and temperatures, analogue_digital.csv with the mean \
        supply currents, changes.csv with fills from which on a layer has another level than its own trend before, and \
        the figures i_leak_<period>_vs_<axis>.png and .pdf for --x-axes, divided by --normroc or --normvol and corrected \
        to --tref. With --bin day figures have one point a UTC day, and average_per_day.csv holds these means, also per \
        module, with the temperature of the sensors. Groups with bias off are left out unless --all. With --compat the table has the earlier program's \
        columns and groups are not left out.
        """,
      examples: [
        Example(
          "cavern pixel leakage trend --currents processed --temperatures temperatures --lumi lumi.csv --normroc --tref 0 "
            + "--out leakage", "figure and tables at 0 °C"),
        Example("cavern pixel leakage trend --currents processed --era 2022 --out leakage", "as measured, one year"),
      ],
      options: PixelArguments.selection + PixelLeakageInputs.options + [
        .option(
          "tref", "C,...", .list(.number(-200...100)), "Reference temperatures in °C; the first is that of figures."),
        .option(
          "x-axes", "LIST", .list(.choice(["lumi", "fill", "fluence", "time"])), "What figures are drawn against.",
          note: "lumi with --lumi, else fill"),
        .option("ymin", "Y", .number(), "Lower end of the vertical axis."),
        .option("ymax", "Y", .number(), "Upper end of the vertical axis."),
        .option(
          "bin", "WHAT", .choice([.init("fill"), .init("day")]), "What one point of a figure stands for.",
          default: "fill"),
        .option(
          "field", "DIR", .path, "Fluence field, for --x-axes fluence: folder, .parquet, .root, or the FLUKA text."),
        FluenceArguments.crossSection,
        .option(
          "fluence-per-fb", "L=X,...", .assignments, "Fluence of 1 fb⁻¹ by layer, for --x-axes fluence: L1=3.9e12,…."),
        .flag("figures", "Draw figures.", isInvertible: true, isOn: true), CommonOptions.csv,
      ] + PixelArguments.output
    ) { arguments in
      let facts = try PixelFacts.builtIn()
      var output = try PixelOutput(arguments)
      var trend = try PixelTrend(arguments, facts)
      return try trend.run(&output)
    }
  }
}

/// One trend: inputs, averages, changes, figures.
@MainActor
struct PixelTrend {
  private let arguments: ParsedArguments
  private let facts: PixelFacts
  private let subsystem: Subsystem
  private let layers: [Int]
  private let normalisation: LeakageNormalisation
  private let references: [Double]
  private let figureReference: Double?
  /// Currents and temperatures.
  private(set) var inputs: PixelLeakageInputs
  /// The figures that were drawn.
  private(set) var figures: [Figure] = []
  private let luminosities: [Int: LuminosityTable.Row]
  private let starts: [Int: Double]
  private let currents: String
  private let isByDay: Bool
  private let fluences: [Int: Double]

  init(
    _ arguments: ParsedArguments, _ facts: PixelFacts, currents: String? = nil, temperatures: String? = nil,
    luminosities: [Int: LuminosityTable.Row]? = nil, fills: [Fill]? = nil, subsystem given: Subsystem? = nil
  ) throws(CavernError) {
    self.arguments = arguments
    self.facts = facts
    if let given { subsystem = given } else { subsystem = try Subsystem(named: try arguments.string("subsystem")) }
    layers = try PixelLeakageInputs.layers(arguments, subsystem, includesWholeGroups: true)
    normalisation = try PixelLeakageInputs.normalisation(arguments)
    let wished = try arguments.doubles("tref")
    references = wished.isEmpty ? LeakageTable.usualReferences : wished
    figureReference = wished.first
    if let currents {
      self.currents = currents
    } else {
      self.currents = try PixelLeakageInputs.folder(arguments, "currents")
    }
    var place = temperatures
    if place == nil, fills == nil { place = try arguments.optionalString("temperatures") }
    if place == nil, figureReference != nil {
      throw CavernError(
        "usage.missingOption", "--tref needs --temperatures", exit: .usage,
        hint: "without temperatures of the sensors there is no current at another temperature")
    }
    let numbers: [Int]
    if let fills {
      numbers = fills.map(\.number)
    } else {
      numbers = try PixelLeakageInputs.fillNumbers(arguments, facts, currents: self.currents, subsystem: subsystem)
    }
    inputs = try PixelLeakageInputs(
      numbers, currents: self.currents, temperatures: place, subsystem: subsystem, facts: facts)
    if let luminosities {
      self.luminosities = luminosities
    } else {
      self.luminosities = try PixelLeakageInputs.luminosities(arguments)
    }
    var listed = fills ?? []
    if fills == nil, arguments.isGiven("fills") { listed = try PixelArguments.fills(arguments, facts).fills }
    starts = Dictionary(listed.map { ($0.number, $0.start.seconds) }) { first, _ in first }
    // 'pixel run' draws trends as well, but by fill alone.
    isByDay = arguments.isGiven("bin") ? try arguments.string("bin") == "day" : false
    if isByDay, starts.isEmpty {
      throw CavernError(
        "usage.missingOption", "--bin day needs --fills, which says when fills were", exit: .usage)
    }
    if isByDay, try arguments.strings("x-axes").contains(where: { $0 != "time" }) {
      throw CavernError(
        "usage.conflict", "means of days are drawn against time alone", exit: .usage, expected: "--x-axes time")
    }
    if arguments.isGiven("field"), inputs.fills.contains(where: { facts.detector(ofFill: $0.fill) == .phase0 }) {
      throw CavernError(
        "usage.conflict", "--field knows the places of modules since 2017 only", exit: .usage,
        expected: "--fluence-per-fb for fills before")
    }
    fluences = try Self.fluences(arguments, layers, subsystem, facts)
  }

  /// Fluence of 1 fb⁻¹ by layer or ring: as given, or the mean over the modules in the field.
  private static func fluences(
    _ arguments: ParsedArguments, _ layers: [Int], _ subsystem: Subsystem, _ facts: PixelFacts
  ) throws(CavernError) -> [Int: Double] {
    var found: [Int: Double] = [:]
    for (name, value) in try arguments.assignments("fluence-per-fb") {
      guard let layer = Int(name.dropFirst()), name.hasPrefix("L") || name.hasPrefix("R") else { continue }
      found[layer] = value
    }
    guard arguments.isGiven("field") else { return found }
    let (field, _) = try FluenceArguments.readField(arguments)
    let averages = try ModuleFluence(field, conversion: try FluenceArguments.conversion(arguments))
    for layer in layers where found[layer] == nil {
      let modules = facts.modules.filter { $0.group.subsystem == subsystem && $0.group.layerOrRing == layer }
      guard !modules.isEmpty else { continue }
      found[layer] = try averages.entry(named: "layer \(layer)", over: modules).mean.value
    }
    return found
  }

  mutating func run(_ output: inout PixelOutput) throws(CavernError) -> Report {
    try output.check(["average_per_layer.csv"])
    let keepsAll = arguments.flag("all") || output.isCompatible
    var rows: [LayerAverage] = []
    for fill in inputs.fills {
      rows += LeakageTable.averages(fill, layers: layers, references: references, keepsAll: keepsAll, facts: facts)
    }
    guard !rows.isEmpty else {
      throw CavernError("pixel.emptyTrend", "no group of the layers has a current", exit: .badData, file: currents)
    }
    let compatible = output.isCompatible
    var changes: [(layer: Int, fill: Int, step: ChangePoints.Step)] = []
    func isShown(_ row: LayerAverage) -> Bool {
      row.side == .both && row.normalisation == normalisation && row.reference == figureReference
    }
    let shown = rows.filter(isShown)
    if !compatible {
      changes = trend(.fill, shown)?.changes() ?? []
      try output.write(
        "analogue_digital.csv", text: try SupplyAverages(currents, inputs.fills.map(\.fill), subsystem, facts).csv)
      try output.write("changes.csv", text: Self.changesCSV(changes))
    }
    let days = isByDay ? DailyLeakage.rows(rows, starts: starts, fills: inputs.fills) : []
    if isByDay {
      try output.write(
        "average_per_day.csv", text: DailyLeakage.csv(days, chipsPerModule: facts.constants.chipsPerModule))
    }
    if arguments.flag("figures") {
      try draw(isByDay ? days.map(\.average).filter(isShown) : shown, &output)
    }
    try output.write(
      "average_per_layer.csv", text: compatible ? LeakageTable.compatibleCSV(rows) : LeakageTable.csv(rows))
    try output.writeProvenance("leakage_trend", arguments)
    var warnings = inputs.warnings
    if normalisation == .none, Set(layers).count > 1 {
      warnings.append(
        CavernWarning(
          "pixel.notNormalised", "groups have different numbers of chips; --normroc makes layers comparable"))
    }
    let (files, folder, steps, table) = (output.files, output.folder, changes, rows)
    let missing = inputs.missing
    return Report(
      status: missing.isEmpty || arguments.flag("allow-skips") ? .done : .partial, warnings: warnings,
      result: [
        "folder": .string(folder), "files": .array(files.map { .string($0) }),
        "missingFills": .array(missing.map { .integer($0) }),
        "changes": .array(
          steps.map {
            [
              "layer": .integer($0.layer), "fill": .integer($0.fill), "relativeChange": .number($0.step.relativeChange),
              "significance": .number($0.step.significance),
            ]
          }),
        "averages": .array(shown.map(Self.json)),
      ], text: Self.text(shown, steps) + "files are in \(folder)\n",
      csv: { compatible ? LeakageTable.compatibleCSV(table) : LeakageTable.csv(table) })
  }

  /// The trend over an axis; `nil` when nothing stands on it.
  private func trend(_ abscissa: LeakageTrend.Abscissa, _ rows: [LayerAverage]) -> LeakageTrend? {
    var entries: [(layer: Int, points: [LeakageTrend.Point])] = []
    for layer in layers {
      let points = rows.filter { $0.layer == layer }.compactMap { row -> LeakageTrend.Point? in
        let x: Double? =
          switch abscissa {
          case .fill: Double(row.fill)
          case .time: starts[row.fill].map { isByDay ? DailyLeakage.noon($0) : $0 }
          case .luminosity: luminosities[row.fill]?.integratedDelivered
          case .fluence:
            luminosities[row.fill].flatMap { lumi in fluences[layer].map { $0 * lumi.integratedDelivered } }
          }
        return x.map { LeakageTrend.Point(x: $0, average: row) }
      }
      if !points.isEmpty { entries.append((layer, points)) }
    }
    guard !entries.isEmpty else { return nil }
    let low = (try? arguments.optionalDouble("ymin")) ?? nil
    let high = (try? arguments.optionalDouble("ymax")) ?? nil
    let range = high.map { min(low ?? 0, $0)...max(low ?? 0, $0) }
    return LeakageTrend(subsystem: subsystem, abscissa: abscissa, layers: entries, range: range)
  }

  private mutating func draw(_ rows: [LayerAverage], _ output: inout PixelOutput) throws(CavernError) {
    let wished = try arguments.strings("x-axes").compactMap(LeakageTrend.Abscissa.init(rawValue:))
    let usual = isByDay ? LeakageTrend.Abscissa.time : luminosities.isEmpty ? .fill : .luminosity
    let axes = wished.isEmpty ? [usual] : wished
    let fills = inputs.fills.map(\.fill)
    let heading = PixelHeading.make(fills, luminosities, arguments, facts)
    let period = try arguments.optionalString("era") ?? "\(fills.min() ?? 0)_\(fills.max() ?? 0)"
    for axis in axes {
      guard let trend = trend(axis, rows) else {
        inputs.warnings.append(
          CavernWarning(
            "pixel.emptyFigure",
            "no fill has a place on the axis '\(axis.rawValue)', which is not drawn"
              + (axis == .fluence ? " (--lumi and --field or --fluence-per-fb give it)" : "")))
        continue
      }
      let stem = "i_leak_\(period)_vs_\(axis.fileWord)"
      let figure = trend.figure(name: stem, heading: heading)
      figures.append(figure)
      let pictures = try GnuplotRenderer().render([figure], as: [.png(), .pdf])
      for (index, ending) in ["png", "pdf"].enumerated() {
        try output.write("\(stem).\(ending)", bytes: pictures[0][index])
      }
    }
  }

  nonisolated private static func json(_ row: LayerAverage) -> JSONValue {
    [
      "fill": .integer(row.fill), "layer": .integer(row.layer), "average": .number(row.average),
      "weightedAverage": .number(row.weighted), "standardError": .number(row.standardError),
      "spread": .number(row.spread), "systematic": .number(row.systematic), "n_groups": .integer(row.groups),
      "excluded": .array(row.excluded.map { .string($0) }),
    ]
  }

  private static func changesCSV(_ changes: [(layer: Int, fill: Int, step: ChangePoints.Step)]) -> String {
    CSVText.table(
      ["layer", "fill", "relative_change", "significance"],
      changes.map { ["\($0.layer)", "\($0.fill)", "\($0.step.relativeChange)", "\($0.step.significance)"] })
  }

  nonisolated private static func text(
    _ rows: [LayerAverage], _ changes: [(layer: Int, fill: Int, step: ChangePoints.Step)]
  ) -> String {
    let unit = rows.first?.normalisation.unit ?? "µA"
    var text = TextTable(
      columns: [
        .right("fill"), .right("layer"), .right("mean/\(unit)"), .right("± stat"), .right("± syst"), .right("groups"),
      ],
      rows: rows.suffix(12).map {
        [
          "\($0.fill)", "\($0.layer)", NumberText.significant($0.average, 5),
          NumberText.significant($0.standardError, 2), NumberText.significant($0.systematic, 2), "\($0.groups)",
        ]
      }
    ).text(width: .max)
    if rows.count > 12 { text = "the last 12 of \(rows.count) averages\n" + text }
    for change in changes {
      text +=
        "layer \(change.layer): from fill \(change.fill) on the level is \(NumberText.significant(100 * change.step.relativeChange, 2)) % "
        + "off its trend (\(NumberText.significant(change.step.significance, 2)) standard errors)\n"
    }
    return text
  }
}

/// Mean analogue and digital currents of supplies, by fill and kind of supply.
struct SupplyAverages {
  private var rows: [[String]] = []

  init(_ folder: String, _ fills: [Int], _ subsystem: Subsystem, _ facts: PixelFacts) throws(CavernError) {
    for fill in fills {
      let chips = facts.chipsBySupply(facts.detector(ofFill: fill))
      for (kind, word) in [("analogue", "Ana"), ("digital", "Dig")] {
        let path = "\(folder)/\(fill)_\(subsystem.rawValue)_\(word).txt"
        guard let data = FileManager.default.contents(atPath: path) else { continue }
        var sums: [String: (current: Double, perChip: Double, count: Int)] = [:]
        for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline) {
          let words = line.split(separator: " ")
          guard words.count == 2, let current = Double(words[1]), let count = chips[String(words[0])] else { continue }
          let place = words[0].split(separator: "_")
          let part = String(subsystem == .barrel ? place.last ?? "" : place.dropFirst(2).first ?? "")
          var sum = sums[part] ?? (0, 0, 0)
          sum.current += current
          sum.perChip += current / Double(count)
          sum.count += 1
          sums[part] = sum
        }
        for (part, sum) in sums.sorted(by: { $0.key < $1.key }) {
          rows.append(
            [
              "\(fill)", kind, part, "\(sum.current / Double(sum.count))", "\(sum.perChip / Double(sum.count))",
              "\(sum.count)",
            ])
        }
      }
    }
  }

  /// `fill,kind,part,mean_a,mean_per_roc_a,n_supplies`.
  var csv: String { CSVText.table(["fill", "kind", "part", "mean_a", "mean_per_roc_a", "n_supplies"], rows) }
}
