import Arguments
import BeamHalo
import Conditions
import Errors
import Figures
import JSON
import Tables

extension Command {
  /// `cavern halo plot`: one figure.
  static var haloPlot: Command {
    Command(
      "plot", "Draw peak codes, times, stability, occupancy, channels, rates or maps.",
      discussion: """
        adc and tdc are sheets of ten panels for each group of channels; stability has points, violins their shapes; \
        occupancy is hits by bunch slot; lego is the plane of time and peak code; channels is the ring of bars; rates and \
        lumi need run information to show UTC and luminosity; runs are trends. Several figures are written beside each \
        other as FILE-NAME. --charge draws adc and lego by charge in fC in place of codes. --csv and --json print the numbers \
        that are drawn.
        """,
      examples: [
        Example("cavern halo plot adc CAPTURE --figure adc.png", "four sheets of panels"),
        Example("cavern halo plot occupancy CAPTURE --csv", "the numbers of the figure"),
      ],
      arguments: [
        Argument(
          "kind",
          .choice([
            "adc", "tdc", "stability", "violins", "occupancy", "lego", "channels", "rates", "lumi", "runs",
          ]), "What to draw."), HaloArguments.folder,
      ],
      options: [
        HaloArguments.figure,
        .option(
          "region", "LIST", .list(.choice(["SR", "CP", "AR", "BR"])),
          "Regions: the panels of rates and lumi; of other kinds only hits of these, all when not given.",
          default: "SR,CP"),
        .option("where", "EXPR", .text, "Only hits for which this expression holds."), HaloArguments.channels,
        .flag("charge", "Draw adc and lego by peak charge in fC in place of the code."),
        .option("from", "TIME", .text, "Only hits from this time on, ISO 8601 in UTC."),
        .option("to", "TIME", .text, "Only hits up to this time, ISO 8601 in UTC."), CommonOptions.csv,
      ] + HaloArguments.reading + HaloArguments.analysis + HaloArguments.conditions
    ) { arguments in
      var capture = try HaloArguments.capture(arguments)
      let conditions = try HaloConditions(arguments, capture: capture)
      let whole = try HaloArguments.analysis(capture, arguments)
      let clock = try HaloClock.timeline(arguments, whole, conditions)
      var analysis = whole
      if let range = try range(arguments) {
        capture.keep {
          clock.timeline.milliseconds($0) >= range.lowerBound && clock.timeline.milliseconds($0) <= range.upperBound
        }
        analysis = try HaloArguments.analysis(capture, arguments)
      }
      let kind = try arguments.string("kind")
      let byCharge = arguments.flag("charge")
      guard !byCharge || ["adc", "lego"].contains(kind) else {
        throw arguments.fault(
          "usage.conflict", "'\(kind)' has no axis of peak codes", about: "charge", expected: "adc or lego")
      }
      let regions = try arguments.strings("region").compactMap { HaloRegion(rawValue: $0) }
      let channels = try HaloArguments.channelChoice(arguments, analysis.detector)
      let isByTime = ["rates", "lumi"].contains(kind)
      let expression = try HaloArguments.condition(arguments, analysis)
      let chosen = !isByTime && arguments.isGiven("region") ? regions : nil
      if channels != nil || expression != nil || chosen != nil {
        analysis = analysis.keeping(
          channels: channels, regions: chosen, expression: expression, timeline: clock.timeline,
          bins: HaloBin.lumisections(clock.sections))
      }
      let picture = try HaloPicture(kind, analysis, clock, conditions, regions: regions, byCharge: byCharge)
      var warnings = HaloArguments.warnings(analysis) + conditions.warnings + clock.warnings
      if let path = try arguments.optionalString("figure") {
        warnings += try FigureFiles.write(picture.figures, to: path)
      }
      let table = picture.table
      let text = try picture.text(width: arguments.surroundings.width)
      return Report(
        status: try HaloArguments.status(capture, arguments), warnings: warnings,
        result: ["rows": HaloTables.rows(table)], text: text, csv: { HaloTables.csv(table) })
    }
  }

  private static func range(_ arguments: ParsedArguments) throws(CavernError) -> ClosedRange<Double>? {
    var ends: [Double?] = []
    for name in ["from", "to"] {
      guard let text = try arguments.optionalString(name) else {
        ends.append(nil)
        continue
      }
      guard let value = UTCTime.milliseconds(iso: text) else {
        throw arguments.fault("halo.badTime", "'\(text)' is no time", about: name, expected: "2024-05-01T10:00:00Z")
      }
      ends.append(value)
    }
    guard ends[0] != nil || ends[1] != nil else { return nil }
    let (low, high) = (ends[0] ?? -1e15, ends[1] ?? 1e15)
    guard low <= high else { throw arguments.fault("halo.badTime", "the time ends before it begins", about: "to") }
    return low...high
  }
}

/// The figures of a kind with the numbers that they show.
struct HaloPicture {
  var figures: [Figure]
  var table: Table

  init(
    _ kind: String, _ analysis: HaloAnalysis, _ clock: HaloClock.Result, _ conditions: HaloConditions,
    regions: [HaloRegion], byCharge: Bool = false
  ) throws(CavernError) {
    let timeline = clock.timeline
    let groups = ["PN", "PF", "MN", "MF"].filter { group in
      analysis.capture[group.hasPrefix("P") ? .plus : .minus] != nil
    }
    let sides = analysis.capture.sides.map(\.side)
    func rates() -> [HaloRateSeries] {
      HaloRates(
        regions, analysis.sides, map: analysis.map, timeline: timeline, sections: clock.sections,
        runs: analysis.options.runs
      ).series
    }
    switch kind {
    case "adc":
      figures = groups.map { group in
        byCharge
          ? HaloFigures.chargePanels(analysis, group: group) : HaloFigures.adcPanels(analysis, group: group)
      }
      table = try analysis.channelHistogramTable()
      if byCharge { table = try Self.withCharge(table, "value", analysis.detector, only: "adc") }
    case "tdc":
      figures = groups.map { HaloFigures.tdcPanels(analysis, group: $0) }
      table = try analysis.channelHistogramTable()
    case "stability":
      figures = [HaloFigures.stability(analysis)]
      table = try analysis.stabilityTable()
    case "violins":
      figures = [HaloFigures.violins(analysis)]
      table = try analysis.stabilityTable()
    case "occupancy":
      figures = sides.map { HaloFigures.occupancy(analysis, side: $0) }
      table = try analysis.occupancyTable()
    case "lego":
      figures = sides.map { side in
        byCharge ? HaloFigures.chargeLego(analysis, side: side) : HaloFigures.lego(analysis, side: side)
      }
      table = try analysis.legoTable()
      if byCharge { table = try Self.withCharge(table, "adc", analysis.detector) }
    case "channels":
      figures = sides.map { HaloFigures.channels(analysis, side: $0) }
      table = try analysis.regionTable()
    case "runs":
      let trend = HaloTrend(analysis, timeline: timeline, runs: conditions.runs, sections: conditions.sections)
      figures = HaloFigures.trends(trend)
      table = try analysis.runTable()
    case "lumi":
      let series = rates()
      figures = series.compactMap { HaloFigures.luminosityMap($0) }
      table = try Self.luminosityTable(series)
      guard !figures.isEmpty else {
        throw CavernError(
          "halo.noLuminosity", "without luminosity there is no map against it", exit: .noInput,
          hint: "give saved listings with --brilcalc, or answers kept by 'cavern halo runinfo' with --cache")
      }
    default:
      let series = rates()
      figures = [HaloFigures.rates(series, timeline: timeline, bins: HaloBin.lumisections(clock.sections))]
      table = try Self.rateTable(series)
    }
  }

  /// The table with the charge of a column of codes; of the rows of one kind only, if one is named.
  private static func withCharge(
    _ table: Table, _ name: String, _ detector: HaloDetector, only kind: String? = nil
  ) throws(CavernError) -> Table {
    let charges = (0..<table.rowCount).map { row -> Double? in
      if let kind, table["kind"]?.value(at: row) != .string(kind) { return nil }
      guard case .integer(let code)? = table[name]?.value(at: row), detector.charge.indices.contains(Int(code)) else {
        return nil
      }
      return detector.charge[Int(code)]
    }
    return try Table(columns: table.columns + [Column("charge_fC", charges, unit: "fC")])
  }

  static func rateTable(_ series: [HaloRateSeries]) throws(CavernError) -> Table {
    let rows = series.flatMap { entry in zip(entry.bins, entry.counts).map { (entry, $0, $1) } }
    return try Table(columns: [
      Column("region", rows.map(\.0.region)), Column("uhtr", rows.map(\.0.side.board)),
      Column("bin_start_ms", rows.map(\.1.start)), Column("bin_end_ms", rows.map(\.1.end)),
      Column("count", rows.map(\.2)), Column("delivered_per_ub", rows.map(\.1.delivered)),
    ])
  }

  private static func luminosityTable(_ series: [HaloRateSeries]) throws(CavernError) -> Table {
    let rows = series.flatMap { entry in (HaloLuminosityMap(entry)?.cells ?? []).map { (entry, $0) } }
    return try Table(columns: [
      Column("region", rows.map(\.0.region)), Column("uhtr", rows.map(\.0.side.board)),
      Column("lumi_lo_scaled", rows.map(\.1.luminosity.lowerBound)),
      Column("lumi_hi_scaled", rows.map(\.1.luminosity.upperBound)), Column("rate_lo", rows.map(\.1.rate.lowerBound)),
      Column("rate_hi", rows.map(\.1.rate.upperBound)), Column("count", rows.map(\.1.count)),
    ])
  }

  /// The figures as text; sheets of many panels only name themselves.
  func text(width: Int) throws(CavernError) -> String {
    var text = ""
    for figure in figures {
      if figure.panels.count > 4 {
        text += "\(figure.name): \(figure.panels.count) panels, use --figure to draw them\n"
      } else {
        text += try TerminalRenderer(width: width).text(figure)
      }
    }
    return text
  }
}
