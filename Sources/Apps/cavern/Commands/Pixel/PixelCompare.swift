import Arguments
import Errors
import Figures
import Foundation
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel compare`: measured beside predicted leakage current.
  static var pixelCompare: Command {
    Command(
      "compare", "Put measured beside predicted leakage currents of groups or layers.",
      discussion: """
        For each profile the prediction is run and compared with its measured currents, per volume at the reference \
        temperature, averaged over each fill. With --by layer groups of a layer are averaged, weighted by their chips. The \
        group stands in the name of each profile.
        """,
      examples: [
        Example("cavern pixel compare profile_BPix_BmI_SEC1_LYR1.txt --csv", "one group, a line a fill"),
        Example("cavern pixel compare profiles/*.txt --by layer --figure layers.png", "layers, with ratio panel"),
      ],
      arguments: [Argument("profiles", .file(["txt", "tsv"]), "Radiation profiles.", count: .repeating(atLeast: 1))],
      options: DamageArguments.options + [
        .option("by", "WHAT", .choice([.init("group"), .init("layer")]), "What is put together.", default: "group"),
        .option("group", "NAME", .text, "The readout group of a single profile.", note: "from the name of the profile"),
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw currents and ratio to FILE."),
        CommonOptions.csv, CommonOptions.output,
      ]
    ) { arguments in
      let paths = try arguments.strings("profiles")
      let reference = try DamageArguments.reference(arguments)
      let parameters = try DamageParameters.standard()
      let facts = try PixelFacts.builtIn()
      let isByLayer = try arguments.string("by") == "layer"
      var warnings: [CavernWarning] = []
      var table = FillMeans()
      for path in paths {
        let (profile, remarks) = try DamageArguments.mended(path)
        warnings += remarks
        let given = paths.count == 1 ? try arguments.optionalString("group") : nil
        guard let group = try DamageArguments.group(given, path: path) else {
          throw CavernError(
            "pixel.unknownGroup", "the name of the file holds no readout group", exit: .badData, file: path,
            expected: "a name like profile_BPix_BmI_SEC1_LYR1.txt", hint: "name it with --group")
        }
        let comparison = LeakageComparison(
          profile, try DamageArguments.predict(profile, parameters, arguments), parameters: parameters,
          volume: Double(group.chipCount) * facts.constants.chipVolume, reference: reference,
          resolution: try DamageArguments.resolution(arguments))
        guard !comparison.points.isEmpty else {
          warnings.append(
            CavernWarning("damage.nothingMeasured", "no step has a measured current under bias", file: path))
          continue
        }
        let prefix = group.name.subsystem == .barrel ? "LYR" : "RNG"
        let name = isByLayer ? "\(group.name.subsystem.prefix)_\(prefix)\(group.name.layerOrRing)" : group.name.text
        table.add(comparison, profile, name: name, weight: Double(group.chipCount))
      }
      let rows = table.rows
      guard !rows.isEmpty else {
        throw CavernError("damage.nothingMeasured", "no profile has a measured current under bias", exit: .badData)
      }
      if let path = try arguments.optionalString("figure") {
        warnings += try FigureFiles.write([FillMeans.figure(rows, reference: reference)], to: path)
      }
      return Report(
        status: table.names.count < (isByLayer ? 1 : paths.count) ? .partial : .done, warnings: warnings,
        result: [
          "referenceTemperature_C": .number(reference - 273.15), "rows": .array(rows.map(\.json)),
        ],
        text: TextTable(
          columns: FillMeans.header.enumerated().map { $0.offset == 0 ? .left($0.element) : .right($0.element) },
          rows: rows.map(\.shortCells)
        ).text(width: .max),
        csv: { CSVText.table(FillMeans.header, rows.map(\.cells)) }, writesToOutputOption: true)
    }
  }
}

/// Means over fills of measured and predicted currents.
struct FillMeans: Sendable {
  /// The columns.
  static let header = [
    "name", "fill", "timestamp_s", "fluence_n_eq_cm2", "measured_uA_cm3", "uncertainty_uA_cm3", "predicted_uA_cm3",
    "ratio",
  ]

  /// One name in one fill.
  struct Row: Sendable {
    var name: String
    var fill: Int
    var weight = 0.0
    var time = 0.0
    var fluence = 0.0
    var measured = 0.0
    var variance = 0.0
    var predicted = 0.0

    var ratio: Double { predicted > 0 ? measured / predicted : .nan }
    var numbers: [Double] { [time, fluence, measured, variance.squareRoot(), predicted, ratio] }
    var cells: [String] { [name, fill.description] + numbers.map { CSVText.number($0) } }
    /// For people: whole seconds, six digits of the rest.
    var shortCells: [String] {
      [name, fill.description, NumberText.significant(time.rounded(), 12)]
        + numbers.dropFirst().map { NumberText.significant($0, 6) }
    }
    var json: JSONValue {
      .object(
        JSONObject(
          [("name", .string(name)), ("fill", .integer(fill))]
            + zip(FillMeans.header.dropFirst(2), numbers).map { ($0, JSONValue.number($1)) }))
    }
  }

  private var sums: [String: Row] = [:]
  private var order: [String] = []
  /// The names that have been added.
  private(set) var names: Set<String> = []

  /// Adds the points of a comparison.
  mutating func add(_ comparison: LeakageComparison, _ profile: RadiationProfile, name: String, weight: Double) {
    names.insert(name)
    for point in comparison.points {
      let fill = profile.rows[point.row].fill
      let key = "\(name) \(fill)"
      if sums[key] == nil { order.append(key) }
      // Each step counts with its length.
      let share = weight * max(profile.rows[point.row].duration, 1)
      var row = sums[key] ?? Row(name: name, fill: fill)
      row.weight += share
      row.time += share * point.timestamp
      row.fluence += share * point.fluence
      row.measured += share * point.measured
      row.variance += share * share * point.uncertainty * point.uncertainty
      row.predicted += share * point.predicted
      sums[key] = row
    }
  }

  /// The means, by name and fill.
  var rows: [Row] {
    order.compactMap { key in
      guard var row = sums[key], row.weight > 0 else { return nil }
      row.time /= row.weight
      row.fluence /= row.weight
      row.measured /= row.weight
      row.variance /= row.weight * row.weight
      row.predicted /= row.weight
      return row
    }.sorted { ($0.name, $0.fill) < ($1.name, $1.fill) }
  }

  /// Measured points and predicted lines over fluence-bearing time, with their ratio below.
  static func figure(_ rows: [Row], reference: Double) -> Figure {
    let names = rows.map(\.name).reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
    var (currents, ratios): ([Series], [Series]) = ([], [])
    for (index, name) in names.enumerated() {
      let own = rows.filter { $0.name == name }.sorted { $0.time < $1.time }
      let times = own.map(\.time)
      currents.append(.line(x: times, y: own.map(\.predicted), colour: .cycle(index)))
      currents.append(
        .points(
          x: times, y: own.map(\.measured), yError: ErrorBars(own.map { $0.variance.squareRoot() }), name: name,
          colour: .cycle(index)))
      ratios.append(.points(x: times, y: own.map(\.ratio), colour: .cycle(index)))
    }
    let celsius = NumberLabel.general(reference - 273.15, digits: 4)
    let time = Axis("Time", unit: "UTC", scale: .time)
    return Figure(
      name: "leakage-comparison", title: "Leakage current", qualifier: "lines: prediction, points: data",
      size: .inches(6.3, 5.6), arrangement: .stacked(heights: [2.4, 1], sharedX: true),
      panels: [
        Panel(
          x: time, y: Axis("Leakage current at \(celsius) °C (sensor)", unit: "µA/cm³", includesZero: true),
          series: currents),
        Panel(
          x: time, y: Axis("Data / prediction", range: 0.4...2.15), series: ratios,
          annotations: [.horizontalLine(y: 1, name: nil, colour: .grey, dash: .dashed)], legend: .none),
      ])
  }
}
