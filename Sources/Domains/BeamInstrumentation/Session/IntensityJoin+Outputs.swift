import Errors
import Figures
import JSON
import Results
import Tables

extension IntensityJoin {
  /// The object of `--json`.
  public var json: JSONValue { json(scans: .array(pairs.map(\.json))) }

  /// The object of `--json` around the list of scans.
  func json(scans: JSONValue) -> JSONValue {
    [
      "scans": scans,
      "unmatched": .array(unmatched.map { ["file": .string($0.file), "cause": .string($0.cause)] }),
    ]
  }

  /// What to know besides: joins by time, shifted slots, files without intensities.
  public var warnings: [CavernWarning] {
    var warnings = unmatched.map { CavernWarning("join.noIntensity", $0.cause, file: $0.file) }
    let near = pairs.filter { $0.match != .cycleStamp }
    if let first = near.first {
      warnings.append(
        CavernWarning(
          "join.byTime",
          "\(near.count) scans were joined with the nearest record, up to "
            + "\(Text.short(near.map(\.match.seconds).max() ?? 0)) s away; first \(first.reference.file)",
          file: first.file))
    }
    let shifted = pairs.filter { $0.slotOffset != 0 }
    if let first = shifted.first {
      warnings.append(
        CavernWarning(
          "join.slotOffset",
          "the slots of \(shifted.count) scans were shifted to fit those of the transformer (here by \(first.slotOffset)); "
            + "'--slot-offset' sets it", file: first.file))
    }
    return warnings
  }

  /// One row per bunch; charges, µm, charges per µm.
  ///
  /// - Throws: nothing that whole joins give.
  public func table() throws(CavernError) -> Table {
    let rows = pairs.flatMap { pair in pair.bunches.map { (pair, $0) } }
    func numbers(_ name: String, _ unit: String, _ value: (Bunch) -> Double) -> Column {
      Column(name, rows.map { value($0.1) }.map { $0.isFinite ? $0 : nil }, unit: unit)
    }
    return try Table(columns: [
      Column("file", rows.map(\.0.file)), Column("device", rows.map(\.0.device)),
      Column("plane", rows.map(\.0.plane.rawValue)), Column("scan", rows.map(\.0.scan.rawValue)),
      Column("acquisition", rows.map(\.0.acquisition)), Column("acqTimeUTC", rows.map { $0.0.time?.text }),
      Column("cycleTime_s", rows.map(\.0.cycleTime), unit: "s"), Column("row", rows.map(\.1.row)),
      Column("slot", rows.map(\.1.slot)), Column("intensityFile", rows.map(\.0.reference.file)),
      Column("match", rows.map(\.0.match.name)), Column("matchDistance_s", rows.map(\.0.match.seconds), unit: "s"),
      numbers("intensity", "charges") { $0.intensity.value },
      numbers("intensity_error", "charges") { $0.intensity.error },
      numbers("emittance_um", "um") { $0.emittance.value },
      numbers("emittance_um_statistical", "um") { $0.emittance.error },
      numbers("brightness_per_um", "charges/um") { $0.brightness.value },
      numbers("brightness_per_um_error", "charges/um") { $0.brightness.error },
    ])
  }

  /// The unit of intensities in figures and tables.
  var scale: IntensityScale {
    IntensityScale(
      largest: pairs.flatMap(\.bunches).map(\.intensity.value).max() ?? 1, unitName: "charges",
      chargeState: pairs.first?.reference.chargeState)
  }

  /// Emittance of each bunch against its intensity, and brightness over the time of day.
  public var figures: [Figure] { [emittanceFigure, brightnessFigure].compactMap { $0 } }

  private var emittanceFigure: Figure? {
    let scale = scale
    let panels = Plane.allCases.compactMap { plane -> Panel? in
      let members = pairs.filter { $0.plane == plane && $0.scan == .inward }.map { pair in
        CurveBundle.Member(
          x: pair.bunches.map { $0.intensity.value / scale.charges }, y: pair.bunches.map(\.emittance.value),
          value: pair.cycleTime, label: pair.file)
      }
      guard !members.isEmpty else { return nil }
      return Panel(
        title: "\(plane.label) plane, IN", x: Axis("Intensity of the bunch", unit: scale.name),
        y: Axis("Emittance εₙ", unit: "µm"),
        series: [
          .bundle(
            CurveBundle(
              members, style: .points(.circle, size: 4),
              scale: ColourScale("Cycle time", unit: "s", map: .viridisForLines)))
        ], legend: .none)
    }
    guard !panels.isEmpty else { return nil }
    return Figure(
      name: "emittance-over-intensity", title: "Emittance against intensity",
      labels: [Text.count(Set(pairs.map(\.file)).count, "file")], size: .inches(6.6, 3.4 * Double(panels.count) + 0.6),
      panels: panels)
  }

  private var brightnessFigure: Figure? {
    let scale = scale
    let series = Plane.allCases.flatMap { plane in
      ScanDirection.allCases.compactMap { scan -> Series? in
        let points = pairs.filter { $0.plane == plane && $0.scan == scan && $0.time != nil && $0.brightness != nil }
        guard !points.isEmpty else { return nil }
        return .points(
          x: points.map { Double($0.time?.nanoseconds ?? 0) / 1e9 },
          y: points.map { ($0.brightness?.value ?? .nan) / scale.charges },
          yError: ErrorBars(points.map { ($0.brightness?.error ?? .nan) / scale.charges }),
          name: "\(plane.rawValue) \(scan.rawValue)", colour: .cycle(plane == .horizontal ? 0 : 2),
          marker: scan == .inward ? .circle : .openCircle, size: scan == .inward ? 4 : 6,
          pointLabels: points.map(\.file))
      }
    }
    guard !series.isEmpty else { return nil }
    return Figure(
      name: "brightness-over-time", title: "Brightness", labels: ["mean over the bunches of a scan"],
      size: .inches(6.6, 4.2),
      panels: [
        Panel(
          x: Axis("Time", unit: "UTC", scale: .time), y: Axis("Intensity per emittance", unit: "\(scale.name) / µm"),
          series: series, legend: .automatic)
      ])
  }

  /// One line per scan.
  func reportTable() -> ReportTable {
    let scale = scale
    func cell(_ value: BunchEvolution.Measured?, _ factor: Double) -> ReportTable.Cell {
      value.map { .measured(MeasuredValue($0.value * factor, statistical: $0.error * factor)) } ?? .missing
    }
    return ReportTable(
      title: "Means over the bunches of a scan",
      columns: [
        .init("Wire scan"), .init("Plane"), .init("Scan"), .init("Cycle time", unit: "s"), .init("Intensities"),
        .init("Joined by"), .init("Bunches"), .init("Intensity", unit: scale.name), .init("εₙ", unit: "µm"),
        .init("Brightness", unit: "\(scale.name)/µm"), .init("dε/dN", unit: "µm/10¹⁰ charges"),
      ],
      rows: pairs.map { pair in
        [
          .text(pair.file), .text(pair.plane.rawValue), .text(pair.scan.rawValue),
          .number(pair.cycleTime, decimals: 3), .text(pair.reference.file),
          .text(pair.match == .cycleStamp ? "stamp" : "time (\(Text.fixed(pair.match.seconds, 1)) s)"),
          .number(Double(pair.bunches.count), decimals: 0), cell(pair.intensity, 1 / scale.charges),
          cell(pair.emittance, 1), cell(pair.brightness, 1 / scale.charges),
          pair.slope.map { .measured(MeasuredValue($0.slope, statistical: $0.slopeError)) } ?? .missing,
        ]
      })
  }

  /// Brightness in the report of a session.
  var sections: [Report.Section] {
    guard !pairs.isEmpty || !unmatched.isEmpty else { return [] }
    var blocks: [Report.Block] = figures.map { .figure($0) }
    if !pairs.isEmpty { blocks.append(.table(reportTable())) }
    if !unmatched.isEmpty {
      blocks.append(
        .table(
          ReportTable(
            title: "Wire scans without intensities", columns: [.init("File"), .init("Cause")],
            rows: unmatched.map { [.text($0.file), .text($0.cause)] })))
    }
    return [Report.Section("Brightness", blocks)]
  }
}

extension IntensityJoin.Pair {
  /// The record in the outputs.
  public var json: JSONValue {
    func measured(_ value: BunchEvolution.Measured?) -> JSONValue {
      value.map { ["value": .number($0.value), "error": .number($0.error)] } ?? nil
    }
    return [
      "file": .string(file), "device": .string(device), "plane": .string(plane.rawValue),
      "scan": .string(scan.rawValue),
      "acquisition": .integer(acquisition), "acqTimeUTC": .optional(time?.text), "cycleTime_s": .number(cycleTime),
      "intensityFile": .string(reference.file), "intensityDevice": .string(reference.device),
      "match": .string(match.name), "matchDistance_s": .number(match.seconds), "slotOffset": .integer(slotOffset),
      "n": .integer(bunches.count), "meanIntensity": measured(intensity), "meanEmittance_um": measured(emittance),
      "meanBrightness_per_um": measured(brightness),
      "emittancePerIntensity_um_per_1e10": slope.map {
        ["value": .number($0.slope), "standardError": .number($0.slopeError)]
      } ?? nil,
      "unmatchedRows": .array(unmatchedRows.map { .integer($0) }),
      "bunches": .array(
        bunches.map { bunch in
          [
            "row": .integer(bunch.row), "slot": .integer(bunch.slot), "intensity": .number(bunch.intensity.value),
            "intensityError": .number(bunch.intensity.error), "emittance_um": .number(bunch.emittance.value),
            "emittanceError_um": .number(bunch.emittance.error), "brightness_per_um": .number(bunch.brightness.value),
            "brightnessError_per_um": .number(bunch.brightness.error),
          ]
        }),
    ]
  }
}
