import Conditions
import JSON

/// One channel in one run.
public struct HaloRunChannel: Sendable, Equatable {
  /// The channel.
  public var channel: HaloChannel
  /// Halo hits.
  public var signal = 0
  /// What the robust method says of this run alone.
  public var status = HaloChannelStatus.noData
  /// Mean time over background in counts; nil unless the status is `ok`.
  public var centroid: Double?
  /// Its uncertainty σ/√S.
  public var centroidError: Double?
  /// Counts by which it lies above the reference time of the calibration.
  public var shift: Double?

  /// A channel without hits.
  init(channel: HaloChannel) { self.channel = channel }
}

/// One run on one side with what is known about it.
public struct HaloRunPoint: Sendable {
  /// Hits and orbits.
  public var row: HaloRunRow
  /// Start and end of its hits in milliseconds since 1970 UTC; nil without a known clock.
  public var startMilliseconds: Double?
  /// End of its hits.
  public var endMilliseconds: Double?
  /// LHC fill.
  public var fill: Int?
  /// Beam energy in GeV.
  public var energy: Double?
  /// Lumisections in which it has hits.
  public var liveSections: Int?
  /// Lumisections with stable beams.
  public var stableSections: Int?
  /// Halo hits in those.
  public var stableSignal: Int?
  /// Delivered luminosity in µb⁻¹.
  public var delivered: Double?
  /// Recorded luminosity in µb⁻¹.
  public var recorded: Double?
  /// Mean time of halo hits over channels, and its uncertainty.
  public var meanTdc: (value: Double, error: Double)?
  /// The 20 channels of the side in this run alone.
  public var channels: [HaloRunChannel]
  /// Channels whose robust status in this run is not `ok`.
  public var poorChannels: Int { channels.count { $0.status != .ok } }
  /// Damaged places in the files of the side.
  public var diagnostics: Int

  /// Hits a second between the first and the last hit, with √N.
  public func rate(_ region: HaloRegion) -> (value: Double, error: Double) {
    let hits = Double(row.regions[region])
    let span = row.spanSeconds
    return span > 0 ? (hits / span, hits.squareRoot() / span) : (.nan, .nan)
  }

  /// Whether too little was recorded to say much: under 30 s or under 50 hits.
  public var isThin: Bool { row.spanSeconds < 30 || row.cleanHits < 50 }

  /// The channels for scripts.
  public var channelsJSON: JSONValue {
    .array(
      channels.map { entry in
        [
          "channel": .string(entry.channel.name), "SR": .integer(entry.signal),
          "SR_share": .number(
            row.regions.signal > 0 ? Double(entry.signal) / Double(row.regions.signal) : .nan),
          "status": .string(entry.status.rawValue), "tdc_centroid": .optional(entry.centroid),
          "tdc_centroid_error": .optional(entry.centroidError), "tdc_shift": .optional(entry.shift),
        ]
      })
  }

  /// What conditions add to the run table.
  public var json: JSONValue {
    let signal = rate(.signal)
    let collisions = rate(.collisions)
    let ratio = row.regions.collisions > 0 ? Double(row.regions.signal) / Double(row.regions.collisions) : .nan
    func perUnit(_ hits: Int) -> Double { delivered.map { $0 > 0 ? Double(hits) / $0 : .nan } ?? .nan }
    return [
      "start_ms": .optional(startMilliseconds), "end_ms": .optional(endMilliseconds), "fill": .optional(fill),
      "energy_GeV": .optional(energy), "live_ls": .optional(liveSections), "stable_ls": .optional(stableSections),
      "delivered_per_ub": .optional(delivered), "recorded_per_ub": .optional(recorded),
      "SR_per_s": .number(signal.value), "SR_per_s_error": .number(signal.error),
      "CP_per_s": .number(collisions.value), "CP_per_s_error": .number(collisions.error),
      "SR_per_ls": .number(signal.value * HaloTime.lumisectionMilliseconds / 1000),
      "CP_per_ls": .number(collisions.value * HaloTime.lumisectionMilliseconds / 1000),
      "SR_per_stable_ls": .number(
        stableSections.flatMap { count in count > 0 ? stableSignal.map { Double($0) / Double(count) } : nil } ?? .nan),
      "SR_over_CP": .number(ratio), "CP_per_ub": .number(perUnit(row.regions.collisions)),
      "tdc_mean": .optional(meanTdc?.value), "tdc_mean_error": .optional(meanTdc?.error),
      "channels_not_ok": .integer(poorChannels), "diagnostics": .integer(diagnostics), "thin": .bool(isThin),
    ]
  }
}

/// Runs in order, with tests of whether rates stay the same.
public struct HaloTrend: Sendable {
  /// The runs, in the order of the run table.
  public private(set) var points: [HaloRunPoint]

  /// A test of one rate on one side.
  public struct Test: Sendable {
    /// The end of CMS.
    public var side: HaloSide
    /// The region.
    public var region: HaloRegion
    /// Mean rate, hits a second.
    public var mean: Double
    /// χ² of the runs against it.
    public var chiSquare: Double
    /// Runs less one.
    public var degreesOfFreedom: Int
    /// Runs more than four standard deviations off.
    public var outliers: [UInt32]
  }

  /// The trend of a capture.
  public init(_ analysis: HaloAnalysis, timeline: HaloTimeline, runs: [RunRecord], sections: [Lumisection]) {
    let records = Dictionary(runs.map { ($0.run, $0) }, uniquingKeysWith: { first, _ in first })
    let byRun = Dictionary(grouping: sections, by: \.run)
    points = []
    for (place, entry) in analysis.sides.enumerated() {
      let rows = HaloRunRow.rows(
        entry.hits, entry.clean, side: entry.side, map: analysis.map, runs: analysis.options.runs)
      let diagnostics = analysis.capture.sides[place].tallies.reduce(0) { $0 + $1.damagedPlaces }
      let facts = RunFacts(analysis, place)
      for row in rows {
        var point = HaloRunPoint(
          row: row, channels: facts.channels(row.run, entry.side, analysis), diagnostics: diagnostics)
        if timeline.isAbsolute {
          point.startMilliseconds = timeline.milliseconds(row.firstOrbit)
          point.endMilliseconds = timeline.milliseconds(row.lastOrbit)
        }
        point.meanTdc = facts.meanTdc(row.run)
        if let record = records[Int(row.run)] {
          point.fill = record.fill
          point.energy = record.energy
        }
        if let own = byRun[Int(row.run)], !own.isEmpty {
          point.fill = point.fill ?? own.first?.fill
          point.energy = point.energy ?? own.first?.energy
          point.delivered = own.reduce(0) { $0 + $1.delivered }
          point.recorded = own.reduce(0) { $0 + $1.recorded }
          point.stableSections = own.count { $0.beamStatus == "STABLE BEAMS" }
          if timeline.isAbsolute { facts.count(own, row.run, timeline, analysis, place, &point) }
        }
        points.append(point)
      }
    }
  }

  private init(points: [HaloRunPoint]) { self.points = points }

  /// Trends one after another.
  public static func joining(_ trends: [HaloTrend]) -> HaloTrend { HaloTrend(points: trends.flatMap(\.points)) }

  /// The points of a side by run.
  public func points(_ side: HaloSide) -> [HaloRunPoint] {
    points.filter { $0.row.side == side }.sorted { $0.row.run < $1.row.run }
  }

  /// Tests of halo and collision rates; thin runs are left out.
  public func tests() -> [Test] {
    var tests: [Test] = []
    for side in HaloSide.allCases {
      for region in [HaloRegion.signal, .collisions] {
        let usable = points(side).filter { !$0.isThin && $0.row.regions[region] > 0 }
        guard usable.count >= 2 else { continue }
        let hits = usable.reduce(0.0) { $0 + Double($1.row.regions[region]) }
        let seconds = usable.reduce(0.0) { $0 + $1.row.spanSeconds }
        let mean = hits / seconds
        var chiSquare = 0.0
        var outliers: [UInt32] = []
        for point in usable {
          // The spread expected of the mean rate, so that a run far below is not excused by its own small error.
          let deviation = (point.rate(region).value - mean) / (mean / point.row.spanSeconds).squareRoot()
          chiSquare += deviation * deviation
          if abs(deviation) > 4 { outliers.append(point.row.run) }
        }
        tests.append(
          Test(
            side: side, region: region, mean: mean, chiSquare: chiSquare, degreesOfFreedom: usable.count - 1,
            outliers: outliers))
      }
    }
    return tests
  }

  /// The tests for scripts.
  public var testsJSON: JSONValue {
    .array(
      tests().map { test in
        [
          "uhtr": .integer(test.side.board), "region": .string(test.region.rawValue), "mean_per_s": .number(test.mean),
          "chi_square": .number(test.chiSquare), "degrees_of_freedom": .integer(test.degreesOfFreedom),
          "outliers": .array(test.outliers.map { .integer(Int($0)) }),
        ]
      })
  }

  /// Sums by fill for scripts; runs of unknown fill are left out.
  public var fillsJSON: JSONValue {
    let fills = Set(points.compactMap(\.fill)).sorted()
    return .array(
      fills.flatMap { fill in
        HaloSide.allCases.compactMap { side -> JSONValue? in
          let own = points(side).filter { $0.fill == fill }
          guard !own.isEmpty else { return nil }
          let seconds = own.reduce(0.0) { $0 + $1.row.spanSeconds }
          let signal = own.reduce(0) { $0 + $1.row.regions.signal }
          let collisions = own.reduce(0) { $0 + $1.row.regions.collisions }
          return [
            "fill": .integer(fill), "uhtr": .integer(side.board), "runs": .integer(own.count),
            "clean_events": .integer(own.reduce(0) { $0 + $1.row.cleanHits }), "SR": .integer(signal),
            "CP": .integer(collisions), "seconds": .number(seconds),
            "SR_per_s": .number(seconds > 0 ? Double(signal) / seconds : .nan),
            "CP_per_s": .number(seconds > 0 ? Double(collisions) / seconds : .nan),
            "delivered_per_ub": .optional(
              own.compactMap(\.delivered).isEmpty ? nil : own.compactMap(\.delivered).reduce(0, +)),
          ]
        }
      })
  }
}

/// What is counted run by run for a side.
private struct RunFacts {
  /// Halo hits by channel of the side.
  private var signal: [UInt32: [Int]] = [:]
  private var spectra: [UInt32: [Int]] = [:]

  init(_ analysis: HaloAnalysis, _ place: Int) {
    let data = analysis.capture.sides[place]
    let clean = analysis.clean[place]
    var hit = 0
    while hit < data.hits.count {
      let run = data.hits.run[hit]
      var counts = signal[run] ?? [Int](repeating: 0, count: 20)
      var times = spectra[run] ?? [Int](repeating: 0, count: 20 * HaloSpectra.times)
      while hit < data.hits.count, data.hits.run[hit] == run {
        defer { hit += 1 }
        let channel = Int(clean.place[hit])
        guard channel < 40 else { continue }
        let tdc = data.hits.tdc[hit]
        if data.hits.peak[hit] >= UInt8(clamping: analysis.options.robust.adcFloor) {
          times[(channel % 20) * HaloSpectra.times + Int(tdc)] += 1
        }
        if analysis.map.bits(channel, tdc: tdc, code: data.hits.peak[hit]) & 1 != 0 { counts[channel % 20] += 1 }
      }
      signal[run] = counts
      spectra[run] = times
    }
  }

  /// Mean over channels of the mean time within five counts of the usual one, and its uncertainty.
  func meanTdc(_ run: UInt32) -> (value: Double, error: Double)? {
    guard let spectrum = spectra[run] else { return nil }
    var means: [Double] = []
    for channel in 0..<20 {
      let times = Array(spectrum[channel * HaloSpectra.times..<(channel + 1) * HaloSpectra.times])
      let window = 1...12
      let number = window.reduce(0) { $0 + times[$1] }
      guard number > 0 else { continue }
      means.append(Double(window.reduce(0) { $0 + $1 * times[$1] }) / Double(number))
    }
    guard means.count > 1 else { return nil }
    let mean = means.reduce(0, +) / Double(means.count)
    let variance = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(means.count - 1)
    return (mean, (variance / Double(means.count)).squareRoot())
  }

  /// The channels of a side in a run: halo hits, and the robust method on this run alone.
  func channels(_ run: UInt32, _ side: HaloSide, _ analysis: HaloAnalysis) -> [HaloRunChannel] {
    let hits = signal[run] ?? []
    let times = spectra[run] ?? []
    return analysis.calibration.entries.filter { $0.channel.side == side }.enumerated().map { index, entry in
      var result = HaloRunChannel(channel: entry.channel)
      guard hits.indices.contains(index), times.count >= (index + 1) * HaloSpectra.times else { return result }
      result.signal = hits[index]
      let own = Array(times[index * HaloSpectra.times..<(index + 1) * HaloSpectra.times])
      let cut = HaloRobustCut(times: own, options: analysis.options.robust)
      result.status = cut.status
      guard cut.status == .ok else { return result }
      result.centroid = cut.centroid
      result.centroidError = cut.sigma / Double(cut.inWindow).squareRoot()
      result.shift = cut.centroid - Double(entry.standardTime)
      return result
    }
  }

  /// Lumisections with hits, and halo hits with stable beams.
  func count(
    _ sections: [Lumisection], _ run: UInt32, _ timeline: HaloTimeline, _ analysis: HaloAnalysis, _ place: Int,
    _ point: inout HaloRunPoint
  ) {
    let data = analysis.capture.sides[place]
    let bins = HaloBin.lumisections(sections).filter { $0.kind == .lumisection }
    var live = [Bool](repeating: false, count: bins.count)
    var stable = 0
    for hit in 0..<data.hits.count where data.hits.run[hit] == run {
      let channel = Int(analysis.clean[place].place[hit])
      guard channel < 40 else { continue }
      let time = timeline.milliseconds(data.hits.orbit[hit])
      var low = 0
      var high = bins.count
      while low < high {
        let middle = (low + high) / 2
        if bins[middle].start <= time { low = middle + 1 } else { high = middle }
      }
      guard low > 0, time < bins[low - 1].end else { continue }
      live[low - 1] = true
      let isSignal = analysis.map.bits(channel, tdc: data.hits.tdc[hit], code: data.hits.peak[hit]) & 1 != 0
      if isSignal, bins[low - 1].status == "STABLE BEAMS" { stable += 1 }
    }
    point.liveSections = live.count { $0 }
    point.stableSignal = stable
  }
}
