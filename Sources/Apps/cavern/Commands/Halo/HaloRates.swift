import Arguments
import BeamHalo
import Conditions
import Errors
import Files
import JSON
import Tables

extension Command {
  /// `cavern halo rates`: hits by time.
  static var haloRates: Command {
    Command(
      "rates", "Count the hits of each region by lumisection or in bins of fixed width.",
      discussion: """
        With lumisections (--brilcalc, --cache, or saved answers beside the data) the bins are those, the last one 262144 \
        orbits long; holes are filled with bins of 23.5 s, and hits before the first and after the last lumisection are in \
        the row 'outside' and, with their true widths, in extra_bins. Without, bins of 23.5 s begin at the first hit of \
        each region. All hits are in some bin. --channels looks at some channels only; --per-channel gives the rates of each \
        one beside those of its side, in channel_bins (with --csv in place of the others). Times are milliseconds since 1970 UTC when the start of the reference run \
        is known (--oms), otherwise since its first orbit. --intensity gives rates for 10^11 protons of the incoming beam. With \
        --json each bin has live_ms, the part between the first and the last hit of its board, and dead_time, which is true \
        where the board recorded nothing or far fewer events than before and after.
        """,
      examples: [
        Example("cavern halo rates CAPTURE --oms runs.json --brilcalc normtag.csv,online.csv --csv", "by lumisection"),
        Example("cavern halo rates CAPTURE --bins 60 --region SR", "halo hits each minute"),
      ],
      arguments: [HaloArguments.folder],
      options: [
        .option("bins", "WIDTH", .text, "Bins: ls, or a width in seconds.", default: "ls"),
        .option(
          "region", "LIST", .list(.choice(["SR", "CP", "AR", "BR"])), "Regions.", default: "SR,CP,AR,BR"),
        .option("where", "EXPR", .text, "Also the hits for which this expression holds, as region 'where'."),
        .option("from", "TIME", .text, "Statistics from this time on, ISO 8601 in UTC."),
        .option("to", "TIME", .text, "Statistics up to this time, ISO 8601 in UTC."),
        HaloArguments.channels, .flag("per-channel", "Also give the rates of each channel."),
        .option(
          "intensity", "FILE", .file(["csv"]),
          "Beam intensities: run,ls or time, then intensity1,intensity2 in charges."),
        .option("spike-chance", "P", .number(0...1), "Chance below which a bin is a spike.", default: "0.00001"),
        HaloArguments.figure, CommonOptions.csv,
      ] + HaloArguments.reading + HaloArguments.analysis + HaloArguments.conditions
    ) { arguments in
      let capture = try HaloArguments.capture(arguments)
      let analysis = try HaloArguments.chosenChannels(HaloArguments.analysis(capture, arguments), arguments)
      let result = try HaloRateResult(arguments, analysis)
      var warnings = HaloArguments.warnings(analysis) + result.warnings
      if let path = try arguments.optionalString("figure") {
        var figures = [HaloFigures.rates(result.series, timeline: result.timeline, bins: result.bins)]
        figures += HaloFigures.channelRates(result.channelSeries, timeline: result.timeline)
        warnings += try FigureFiles.write(figures, to: path)
      }
      return Report(
        status: try HaloArguments.status(capture, arguments), warnings: warnings, result: result.json,
        text: result.text, csv: { result.csv })
    }
  }
}

/// Rates with their clock.
struct HaloRateResult: Sendable {
  let series: [HaloRateSeries]
  /// The same by channel; empty unless asked for.
  let channelSeries: [HaloRateSeries]
  let timeline: HaloTimeline
  let bins: [HaloBin]
  let alignment: HaloAlignment?
  let warnings: [CavernWarning]
  private let range: ClosedRange<Double>?
  private let spikeChance: Double
  private let filling: HaloFillingScheme?
  private let intensities: HaloIntensities?
  private let boards: [HaloSide: HaloLiveTime]

  @MainActor
  init(_ arguments: ParsedArguments, _ analysis: HaloAnalysis) throws(CavernError) {
    let conditions = try HaloConditions(arguments, capture: analysis.capture)
    let clock = try HaloClock.timeline(arguments, analysis, conditions)
    let regions = try arguments.strings("region").compactMap { HaloRegion(rawValue: $0) }
    let binning = try Self.binning(arguments, capture: analysis.capture)
    let channels =
      arguments.flag("per-channel") ? try HaloArguments.listedChannels(arguments, analysis.detector) : nil
    let rates = HaloRates(
      regions, analysis.sides, map: analysis.map, timeline: clock.timeline, sections: clock.sections,
      binning: binning, runs: analysis.options.runs, channels: channels)
    var series = rates.series
    let bins = binning == .lumisections ? HaloBin.lumisections(clock.sections) : []
    filling = analysis.options.filling
    if let expression = try HaloArguments.condition(arguments, analysis) {
      var width = HaloTime.fillerMilliseconds
      if case .seconds(let seconds) = binning { width = seconds * 1000 }
      let sections = HaloBin.lumisections(clock.sections)
      for side in analysis.capture.sides.map(\.side) {
        let times = analysis.times(expression, side: side, timeline: clock.timeline, bins: sections)
        series.append(HaloRates.series("where", side, times, bins: bins, width: width))
      }
    }
    self.series = series
    channelSeries = rates.channelSeries
    self.bins = bins
    timeline = clock.timeline
    alignment = clock.alignment
    var remarks = conditions.warnings + clock.warnings
    let listing = try HaloArguments.intensities(arguments)
    let isAbsolute = clock.timeline.isAbsolute
    if let listing, series.allSatisfy({ $0.perIntensity(listing, isAbsolute: isAbsolute) == nil }) {
      remarks.append(
        CavernWarning(
          "halo.intensityUnplaced",
          isAbsolute
            ? "no bin has an intensity above 0: the listing is of other times or runs"
            : "no start of a run is known, so intensities cannot be laid over the hits"))
    }
    intensities = listing
    boards = Dictionary(
      uniqueKeysWithValues: analysis.capture.sides.map { ($0.side, HaloLiveTime($0.hits, timeline: clock.timeline)) })
    warnings = remarks
    range = try Self.range(arguments)
    spikeChance = try arguments.double("spike-chance")
  }

  private static func binning(
    _ arguments: ParsedArguments, capture: HaloCapture
  ) throws(CavernError) -> HaloBinning {
    let text = try arguments.string("bins")
    if text == "ls" { return .lumisections }
    guard let seconds = Double(text), seconds >= 0.001, seconds <= 1e7 else {
      throw arguments.fault(
        "halo.badBins", "'\(text)' is no width of bins", about: "bins", expected: "ls, or seconds from 0.001 to 1e7")
    }
    let ends = capture.sides.flatMap { [$0.hits.orbit.min(), $0.hits.orbit.max()] }.compactMap(\.self)
    let span = Double((ends.max() ?? 0) - (ends.min() ?? 0)) * HaloTime.orbitMilliseconds / 1000
    guard span / seconds < Double(HaloBin.most) else {
      throw arguments.fault(
        "halo.badBins", "bins of \(text) s are more than \(HaloBin.most) over \(Int(span)) s", about: "bins",
        expected: "wider bins")
    }
    return .seconds(seconds)
  }

  private static func range(_ arguments: ParsedArguments) throws(CavernError) -> ClosedRange<Double>? {
    func time(_ name: String) throws(CavernError) -> Double? {
      guard let text = try arguments.optionalString(name) else { return nil }
      guard let value = UTCTime.milliseconds(iso: text) else {
        throw arguments.fault("halo.badTime", "'\(text)' is no time", about: name, expected: "2024-05-01T10:00:00Z")
      }
      return value
    }
    let (from, to) = (try time("from"), try time("to"))
    guard from != nil || to != nil else { return nil }
    let (low, high) = (from ?? -1e15, to ?? 1e15)
    guard low <= high else { throw arguments.fault("halo.badTime", "the time ends before it begins", about: "to") }
    return low...high
  }

  /// The columns of the table.
  private static let names = ["region", "uhtr", "bin_start_ms", "bin_end_ms", "count", "delivered_per_ub"]

  var json: JSONValue {
    let live = liveBins()
    return [
      "reference": reference, "by_lumisection": .bool(!bins.isEmpty), "bins": .array(binRows(live)),
      "extra_bins": .array(extraRows(live)),
      "statistics": .array(zip(series, live).map { statistics($0, live: $1) }),
      "channel_bins": .array(
        channelSeries.flatMap { entry in
          zip(entry.bins + entry.outsideBins, entry.counts + entry.outsideCounts).map { row(entry, $0, $1) }
        }),
      "channel_statistics": .array(channelSeries.map { statistics($0) }),
      "spikes": .array(series.flatMap(spikes)), "asymmetry": .array(asymmetry),
      "rate_vs_luminosity": .array(series.compactMap(luminosity)),
    ]
  }

  private var reference: JSONValue {
    [
      "run": .integer(Int(timeline.referenceRun)), "orbit": .integer(Int(clamping: timeline.referenceOrbit)),
      "start_ms": .number(timeline.startMilliseconds), "start_known": .bool(timeline.isAbsolute),
      "run_begins_in_data": .bool(timeline.isReliable),
      "other_runs": .array(
        timeline.alternatives.map {
          ["run": .integer(Int($0.run)), "shift_ms": .number($0.shiftMilliseconds)]
        }),
      "luminosity_alignment": alignment.map {
        [
          "shift_ms": .number($0.shiftMilliseconds), "correlation": .number($0.correlation),
          "correlation_unshifted": .number($0.unshifted),
        ]
      } ?? .null,
    ]
  }

  private func row(
    _ series: HaloRateSeries, _ bin: HaloBin, _ count: Int, live: HaloLiveTime.Bin? = nil
  ) -> JSONValue {
    let interval = PoissonInterval.central(count)
    var object = JSONObject([("region", .string(series.region)), ("uhtr", .integer(series.side.board))])
    if let channel = series.channel { object["channel"] = .string(channel.name) }
    for (name, value) in [
      ("bin_start_ms", .number(bin.start)), ("bin_end_ms", .number(bin.end)), ("count", .integer(count)),
      ("delivered_per_ub", .optional(bin.delivered)), ("count_low", .number(interval.lower)),
      ("count_high", .number(interval.upper)), ("kind", .string(bin.kind.rawValue)),
      ("beam_status", .optional(bin.status)), ("run", .optional(bin.run)), ("ls", .optional(bin.lumisection)),
    ] as [(String, JSONValue)] { object[name] = value }
    if let live {
      object["live_ms"] = .number(live.liveMilliseconds)
      object["dead_time"] = .bool(live.isDead)
    }
    if let intensities {
      let protons = intensities.protons(bin, side: series.side, isAbsolute: timeline.isAbsolute)
      object["protons"] = .optional(protons)
      object["per_second_per_1e11"] = .optional(
        protons.flatMap { bin.width > 0 ? Double(count) / (bin.width / 1000 * $0 / 1e11) : nil })
    }
    return .object(object)
  }

  /// How much of the bins of a series, and of those outside, was live.
  private struct LiveBins {
    var bins: [HaloLiveTime.Bin]
    var outside: [HaloLiveTime.Bin]
  }

  /// Live time by series; regions of a side mostly share their bins, and then it is worked out once.
  private func liveBins() -> [LiveBins] {
    var known: [(side: HaloSide, bins: [HaloBin], live: [HaloLiveTime.Bin])] = []
    func live(_ side: HaloSide, _ bins: [HaloBin]) -> [HaloLiveTime.Bin] {
      if let found = known.first(where: { $0.side == side && $0.bins == bins }) { return found.live }
      // Every series is of a side of the capture.
      let live = boards[side]?.bins(bins) ?? []
      known.append((side, bins, live))
      return live
    }
    return series.map { LiveBins(bins: live($0.side, $0.bins), outside: live($0.side, $0.outsideBins)) }
  }

  private func binRows(_ live: [LiveBins]) -> [JSONValue] {
    zip(series, live).flatMap { series, live -> [JSONValue] in
      var rows = zip(zip(series.bins, series.counts), live.bins).map { row(series, $0.0, $0.1, live: $1) }
      if !bins.isEmpty {
        rows.append([
          "region": .string(series.region), "uhtr": .integer(series.side.board), "bin_start_ms": "outside",
          "bin_end_ms": .null, "count": .integer(series.outside), "delivered_per_ub": .null,
        ])
      }
      return rows
    }
  }

  private func extraRows(_ live: [LiveBins]) -> [JSONValue] {
    zip(series, live).flatMap { series, live in
      zip(zip(series.outsideBins, series.outsideCounts), live.outside).map { row(series, $0.0, $0.1, live: $1) }
    }
  }

  private func statistics(_ series: HaloRateSeries, live: LiveBins? = nil) -> JSONValue {
    let average = series.average(range)
    let rate = average.seconds > 0 ? Double(average.hits) / average.seconds : .nan
    let error = average.seconds > 0 ? Double(average.hits).squareRoot() / average.seconds : .nan
    var object = JSONObject([("region", .string(series.region)), ("uhtr", .integer(series.side.board))])
    if let channel = series.channel { object["channel"] = .string(channel.name) }
    for (name, value) in [
      ("hits", .integer(average.hits)),
      ("seconds", .number(average.seconds)), ("bins", .integer(average.bins)), ("per_second", .number(rate)),
      ("per_second_error", .number(error)), ("per_minute", .number(rate * 60)), ("per_hour", .number(rate * 3600)),
      ("per_bin", .number(average.bins > 0 ? Double(average.hits) / Double(average.bins) : .nan)),
    ] as [(String, JSONValue)] { object[name] = value }
    if let bunches = filling?.bunchCount(series.side) {
      object["bunches"] = .integer(bunches)
      object["per_second_per_bunch"] = .number(bunches > 0 ? rate / Double(bunches) : .nan)
    }
    if let live {
      let alive = liveTotal(series, live)
      object["live_seconds"] = .number(alive.seconds)
      object["dead_bins"] = .integer(alive.deadBins)
      object["per_live_second"] = .number(alive.seconds > 0 ? Double(alive.hits) / alive.seconds : .nan)
    }
    if let intensities {
      let value = series.perIntensity(intensities, isAbsolute: timeline.isAbsolute, range: range)
      object["mean_protons"] = .optional(value?.protons)
      object["per_second_per_1e11"] = .optional(value?.rate)
      object["per_second_per_1e11_error"] = .optional(value?.error)
    }
    return .object(object)
  }

  /// Hits and time of the bins that are not flagged.
  private func liveTotal(
    _ series: HaloRateSeries, _ live: LiveBins
  ) -> (hits: Int, seconds: Double, deadBins: Int) {
    var total = (hits: 0, seconds: 0.0, deadBins: 0)
    let counted = zip(series.bins + series.outsideBins, series.counts + series.outsideCounts)
    for ((bin, count), live) in zip(counted, live.bins + live.outside) {
      if let range, bin.start < range.lowerBound || bin.end > range.upperBound { continue }
      guard !live.isDead else {
        total.deadBins += 1
        continue
      }
      total.hits += count
      total.seconds += live.liveMilliseconds / 1000
    }
    return total
  }

  private func spikes(_ series: HaloRateSeries) -> [JSONValue] {
    HaloSpike.find(series, limit: spikeChance).map { spike in
      let bin = series.bins[spike.bin]
      return [
        "region": .string(series.region), "uhtr": .integer(series.side.board), "bin_start_ms": .number(bin.start),
        "bin_end_ms": .number(bin.end), "count": .integer(spike.count), "expected": .number(spike.expected),
        "chance": .number(spike.chance), "run": .optional(bin.run), "ls": .optional(bin.lumisection),
        "fill": .optional(bin.fill),
      ]
    }
  }

  /// (N₊ − N₋)/(N₊ + N₋) of each region that both sides have.
  private var asymmetry: [JSONValue] {
    series.filter { $0.side == .plus }.compactMap { plus in
      guard let minus = series.first(where: { $0.side == .minus && $0.region == plus.region }) else { return nil }
      let (first, second) = (Double(plus.total), Double(minus.total))
      let sum = first + second
      guard sum > 0 else { return nil }
      let value = (first - second) / sum
      return [
        "region": .string(plus.region), "value": .number(value),
        "error": .number(((1 - value * value) / sum).squareRoot()),
      ]
    }
  }

  private func luminosity(_ series: HaloRateSeries) -> JSONValue? {
    guard let map = HaloLuminosityMap(series) else { return nil }
    let cells = map.cells.map { cell -> JSONValue in
      [
        "lumi_lo_scaled": .number(cell.luminosity.lowerBound), "lumi_hi_scaled": .number(cell.luminosity.upperBound),
        "rate_lo": .number(cell.rate.lowerBound), "rate_hi": .number(cell.rate.upperBound),
        "count": .integer(cell.count),
      ]
    }
    let line = map.line.map { line -> JSONValue in
      [
        "slope_per_inverse_ub": .number(line.slope), "slope_error": .number(line.slopeError),
        "intercept": .number(line.intercept), "intercept_error": .number(line.interceptError),
        "chi_square": .number(line.chiSquare), "degrees_of_freedom": .integer(line.degreesOfFreedom),
      ]
    }
    return [
      "region": .string(series.region), "uhtr": .integer(series.side.board), "factor": .number(map.factor),
      "unit": .string(map.unit), "cells": .array(cells), "line": line ?? .null,
    ]
  }

  var csv: String {
    var rows: [[String]] = []
    if !channelSeries.isEmpty {
      for series in channelSeries {
        for (bin, count) in zip(series.bins + series.outsideBins, series.counts + series.outsideCounts) {
          rows.append([
            series.region, "\(series.side.board)", series.channel?.name ?? "", CSVText.number(bin.start),
            CSVText.number(bin.end), "\(count)", CSVText.number(bin.delivered),
          ])
        }
      }
      return CSVText.table(Array(Self.names[..<2]) + ["channel"] + Self.names[2...], rows)
    }
    for series in series {
      for (bin, count) in zip(series.bins, series.counts) {
        let start = bins.isEmpty ? bin.start.description : Int(exactly: bin.start)?.description ?? bin.start.description
        rows.append([
          series.region, "\(series.side.board)", start, bin.end.description, "\(count)", CSVText.number(bin.delivered),
        ])
      }
      if !bins.isEmpty {
        rows.append([series.region, "\(series.side.board)", "outside", "", "\(series.outside)", ""])
      }
    }
    return CSVText.table(Self.names, rows)
  }

  var text: String {
    let rows = (series + channelSeries).map { series -> [String] in
      let average = series.average(range)
      let rate = average.seconds > 0 ? Double(average.hits) / average.seconds : .nan
      let error = average.seconds > 0 ? Double(average.hits).squareRoot() / average.seconds : .nan
      return [
        series.region, series.channel?.name ?? series.side.label, "\(average.hits)", "\(average.bins)",
        NumberText.significant(average.seconds, 6),
        NumberText.significant(rate, 4), NumberText.significant(error, 2),
        "\(HaloSpike.find(series, limit: spikeChance).count)",
      ]
        + (intensities.map { known in
          let value = series.perIntensity(known, isAbsolute: timeline.isAbsolute, range: range)
          return [value.map { NumberText.significant($0.rate, 4) } ?? "-"]
        } ?? [])
    }
    let start = timeline.isAbsolute ? UTCTime.text(timeline.startMilliseconds) + " UTC" : "unknown, times are relative"
    return "reference run \(timeline.referenceRun), start \(start)\n"
      + TextTable(
        columns: [
          .left("region"), .left("side"), .right("hits"), .right("bins"), .right("seconds"), .right("hits/s"),
          .right("error"), .right("spikes"),
        ] + (intensities == nil ? [] : [.right("hits/s/1e11p")]), rows: rows
      ).text()
  }
}
