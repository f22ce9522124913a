import Errors
import Figures
import JSON
import Tables

/// Results of many ASICs: one row for each ASIC and scan, and the map of 52 modules with 12 ASICs.
public struct DetectorTable: Sendable {
  /// Modules of the detector.
  public static let modules = 52
  /// ASICs of a module: sensors 0 … 3 with chips 0 … 2.
  public static let asicsPerModule = 12

  /// One ASIC and scan.
  public struct Row: Sendable {
    /// Module, for example `Module0`.
    public var module: String
    /// ASIC, for example `VP3-1`.
    public var asic: String
    /// The content of `calibration.json` below `result`.
    public var json: JSONValue

    /// A row.
    public init(module: String, asic: String, json: JSONValue) {
      self.module = module
      self.asic = asic
      self.json = json
    }

    /// Number of the module; `nil` when its name holds none within the detector.
    var moduleNumber: Int? {
      let digits = module.reversed().prefix { $0.isASCII && $0.isNumber }
      return Int(String(digits.reversed())).flatMap { (0..<DetectorTable.modules).contains($0) ? $0 : nil }
    }

    /// Place of the ASIC in its module: 3·sensor + chip; `nil` for another form of name.
    var place: Int? {
      guard asic.hasPrefix("VP") else { return nil }
      let parts = asic.dropFirst(2).split(separator: "-")
      guard parts.count == 2, let sensor = Int(parts[0]), let chip = Int(parts[1]), (0..<4).contains(sensor),
        (0..<3).contains(chip)
      else { return nil }
      return 3 * sensor + chip
    }
  }

  /// The rows, ordered by module, ASIC and label.
  public let rows: [Row]

  /// A table of rows in any order.
  public init(_ rows: [Row]) {
    func key(_ row: Row) -> (Int, Int, String) {
      (row.moduleNumber ?? .max, row.place ?? .max, "\(row.module) \(row.asic) \(row.json["label"]?.stringValue ?? "")")
    }
    self.rows = rows.sorted { key($0) < key($1) }
  }

  /// Labels that occur, in order.
  public var labels: [String] { Array(Set(rows.compactMap { $0.json["label"]?.stringValue })).sorted() }

  private static func number(_ row: Row, _ path: [String]) -> Double? {
    guard let value = member(row.json, path[...])?.doubleValue, value.isFinite else { return nil }
    return value
  }

  private static func member(_ json: JSONValue, _ path: ArraySlice<String>) -> JSONValue? {
    guard let name = path.first else { return json }
    guard let inner = json[name] else { return nil }
    return member(inner, path.dropFirst())
  }

  private static let numbers: [(name: String, unit: String?, path: [String])] = [
    ("good", nil, ["categories", "good"]), ("bad", nil, ["categories", "bad"]),
    ("not_converged", nil, ["categories", "not-converged"]), ("too_few_hits", nil, ["categories", "too-few-hits"]),
    ("masked", nil, ["categories", "masked"]), ("noisy", nil, ["categories", "noisy"]),
    ("target_mean", "DAC", ["good", "target_DAC", "mean"]),
    ("target_sd", "DAC", ["good", "target_DAC", "standardDeviation"]),
    ("target_error", "DAC", ["good", "target_DAC", "errorOfMean"]),
    ("K_mean", "e-/DAC", ["good", "K_e_per_DAC", "mean"]),
    ("K_sd", "e-/DAC", ["good", "K_e_per_DAC", "standardDeviation"]),
    ("K_error", "e-/DAC", ["good", "K_e_per_DAC", "errorOfMean"]),
    ("K_ASIC", "e-/DAC", ["ASIC", "K_e_per_DAC", "value"]),
    ("K_ASICgood", "e-/DAC", ["ASICgood", "K_e_per_DAC", "value"]),
  ]

  /// `module,asic,label` and the numbers of each.
  public func table() throws(CavernError) -> Table {
    var columns = [
      Column("module", rows.map(\.module)), Column("asic", rows.map(\.asic)),
      Column("label", rows.map { $0.json["label"]?.stringValue }),
    ]
    for entry in Self.numbers {
      columns.append(Column(entry.name, rows.map { Self.number($0, entry.path) }, unit: entry.unit))
    }
    return try Table(columns: columns)
  }

  /// The numbers as JSON.
  public var json: JSONValue {
    .array(
      rows.map { row in
        var object = JSONObject([
          ("module", .string(row.module)), ("asic", .string(row.asic)), ("label", row.json["label"] ?? .null),
        ])
        for entry in Self.numbers { object[entry.name] = .optional(Self.number(row, entry.path)) }
        return .object(object)
      })
  }

  /// A map for each label: modules across, ASICs upwards, coloured by mean K; ASICs without result are grey.
  public func figures() -> [Figure] {
    labels.map { label in
      var values = [Double](repeating: .nan, count: Self.modules * Self.asicsPerModule)
      for row in rows where row.json["label"]?.stringValue == label {
        guard let module = row.moduleNumber, let place = row.place,
          let gain = Self.number(row, ["good", "K_e_per_DAC", "mean"])
        else { continue }
        values[place * Self.modules + module] = gain
      }
      let ticks = (0..<Self.asicsPerModule).map { Axis.Tick(Double($0), "VP\($0 / 3)-\($0 % 3)") }
      let known = values.count { $0.isFinite }
      return Figure(
        name: "detector_\(label)", title: "Mean gain, \(label)",
        rightLabel: "\(known) of \(Self.modules * Self.asicsPerModule) ASICs", size: .inches(11, 4.6),
        panels: [
          Panel(
            x: Axis("Module", range: -0.5...51.5), y: Axis("ASIC", range: -0.5...11.5, ticks: ticks),
            series: [
              .image(
                HeatMap(
                  xEdges: (0...Self.modules).map { Double($0) - 0.5 },
                  yEdges: (0...Self.asicsPerModule).map { Double($0) - 0.5 }, values: values,
                  scale: ColourScale("K", unit: "e-/DAC")))
            ], annotations: [.horizontalBand(from: -0.5, to: 11.5, name: nil, colour: .rgb(0xF0F0F0))], legend: .none)
        ])
    }
  }
}
