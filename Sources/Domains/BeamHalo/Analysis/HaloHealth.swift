import Conditions

/// The shifter's answer: is the monitor healthy, is background high, since when, which channels.
public struct HaloHealth: Sendable {
  /// How good something is.
  public enum State: String, Sendable, Comparable {
    /// As it should be.
    case good
    /// Not known, for lack of data.
    case unknown
    /// Worth a look.
    case warning
    /// Needs somebody now.
    case alarm

    private var rank: Int {
      switch self {
      case .good: 0
      case .unknown: 1
      case .warning: 2
      case .alarm: 3
      }
    }

    /// Worse is greater.
    public static func < (left: State, right: State) -> Bool { left.rank < right.rank }
  }

  /// One question with its answer.
  public struct Check: Sendable {
    /// Short name for scripts.
    public var name: String
    /// The end of CMS; nil for both.
    public var side: HaloSide?
    /// The answer.
    public var state: State
    /// What was measured; NaN for nothing.
    public var value: Double
    /// The name of the threshold it was compared with.
    public var threshold: String
    /// The answer in words.
    public var text: String
    /// Since when, in milliseconds on the clock of the analysis; nil when it does not apply.
    public var since: Double?
  }

  /// One channel.
  public struct Channel: Sendable {
    /// The channel.
    public var channel: HaloChannel
    /// Hits by region.
    public var counts: HaloRegionCounts
    /// What is wrong: `dead`, `hot`, `noisy`, `moved`; empty when nothing is.
    public var faults: [String]
    /// Halo hits over the median of the side; NaN without.
    public var signalRatio: Double
    /// Background hits over the median of the side; NaN without.
    public var backgroundRatio: Double
  }

  /// A stretch of time with a high rate of halo hits.
  public struct Period: Sendable {
    /// The end of CMS.
    public var side: HaloSide
    /// Start and end in milliseconds.
    public var start: Double
    /// End in milliseconds.
    public var end: Double
    /// Halo hits.
    public var hits: Int
    /// Expected from the median rate.
    public var expected: Double
    /// Whether it lasts to the end of the data.
    public var lasts: Bool
  }

  /// A spike with the bunch slots that its hits fell into.
  public struct Spike: Sendable {
    /// The end of CMS.
    public var side: HaloSide
    /// Its bin.
    public var bin: HaloBin
    /// Hits and chance.
    public var spike: HaloSpike
    /// The slots with most hits in it, with their counts.
    public var slots: [(slot: Int, hits: Int)]
  }

  /// The answers.
  public private(set) var checks: [Check] = []
  /// The channels of the sides with data.
  public private(set) var channels: [Channel] = []
  /// Stretches with a high rate.
  public private(set) var periods: [Period] = []
  /// Spikes of halo hits.
  public private(set) var spikes: [Spike] = []
  /// The limits.
  public let thresholds: HaloThresholds

  /// The worst answer.
  public var state: State { checks.map(\.state).max() ?? .unknown }
  /// The worst answer about the monitor itself.
  public var monitor: State { worst(Self.monitorChecks) }
  /// The worst answer about the beams.
  public var background: State { worst(Self.backgroundChecks) }

  /// The checks that tell of the monitor.
  public static let monitorChecks = ["channels", "drift", "damage", "data", "order"]
  /// The checks that tell of the beams.
  public static let backgroundChecks = ["rate", "spikes", "beams"]

  private func worst(_ names: [String]) -> State {
    checks.filter { names.contains($0.name) }.map(\.state).max() ?? .unknown
  }

  /// Answers the questions for a capture.
  ///
  /// - Parameters:
  ///   - analysis: the capture.
  ///   - timeline: its clock.
  ///   - sections: lumisections; without them bins of 23.5 s are used.
  ///   - thresholds: the limits.
  public init(
    _ analysis: HaloAnalysis, timeline: HaloTimeline, sections: [Lumisection],
    thresholds: HaloThresholds = HaloThresholds()
  ) {
    self.thresholds = thresholds
    let rates = HaloRates(
      [.signal], analysis.sides, map: analysis.map, timeline: timeline, sections: sections,
      runs: analysis.options.runs)
    for side in HaloSide.allCases {
      guard let data = analysis.capture[side] else {
        checks.append(
          Check(name: "data", side: side, state: .warning, value: 0, threshold: "", text: "has no data"))
        continue
      }
      let own = Self.channels(analysis, side, thresholds)
      channels += own
      judgeChannels(own, side)
      judgeDrift(analysis, side)
      judgeDamage(data)
      if let series = rates.series.first(where: { $0.side == side }) {
        judgeRate(series)
        findSpikes(series, analysis, side, timeline)
      }
    }
    compareBeams(rates.series)
  }

  /// The median, the mean of the middle two for an even number; nil for none.
  static func median(_ values: [Int]) -> Double? {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? Double(sorted[middle]) : Double(sorted[middle - 1] + sorted[middle]) / 2
  }

  private static func channels(
    _ analysis: HaloAnalysis, _ side: HaloSide, _ thresholds: HaloThresholds
  ) -> [Channel] {
    let rows = analysis.regionCounts().filter { $0.channel.side == side }
    // Channels without any hit are left out of the medians they are compared with.
    let live = rows.filter { analysis.spectra.total[$0.channel.index] > 0 }
    let signal = median(live.map(\.counts.signal)) ?? 0
    let background = median(live.map(\.counts.background)) ?? 0
    return rows.map { row in
      var faults: [String] = []
      let signalRatio = signal > 0 ? Double(row.counts.signal) / signal : .nan
      let backgroundRatio = background > 0 ? Double(row.counts.background) / background : .nan
      if signal >= thresholds.hits {
        if signalRatio < thresholds.dead { faults.append("dead") }
        if signalRatio > thresholds.hot { faults.append("hot") }
      }
      if background >= thresholds.hits, backgroundRatio > thresholds.noisy { faults.append("noisy") }
      let entry = analysis.calibration.entries[row.channel.index]
      if let shift = entry.shift, let error = entry.shiftError, abs(shift) >= thresholds.drift, error < 0.3 {
        faults.append("moved")
      }
      return Channel(
        channel: row.channel, counts: row.counts, faults: faults, signalRatio: signalRatio,
        backgroundRatio: backgroundRatio)
    }
  }

  private mutating func judgeChannels(_ own: [Channel], _ side: HaloSide) {
    let bad = own.filter { $0.faults.contains { $0 != "moved" } }
    let median = Self.median(own.map(\.counts.signal)) ?? 0
    let names = bad.map { "\($0.channel.name) \($0.faults.filter { $0 != "moved" }.joined(separator: ", "))" }
    var state = State.good
    if median < thresholds.hits { state = .unknown }
    if !bad.isEmpty { state = Double(bad.count) > thresholds.badChannels ? .alarm : .warning }
    checks.append(
      Check(
        name: "channels", side: side, state: state, value: Double(bad.count), threshold: "bad_channels",
        text: bad.isEmpty
          ? (state == .unknown ? "too few halo hits to judge channels" : "all 20 channels count as they should")
          : names.joined(separator: "; ")))
  }

  private mutating func judgeDrift(_ analysis: HaloAnalysis, _ side: HaloSide) {
    let known = analysis.calibration.entries.filter { $0.channel.side == side && $0.shift != nil }
    let moved = channels.filter { $0.channel.side == side && $0.faults.contains("moved") }
    let mean = known.isEmpty ? .nan : known.reduce(0) { $0 + ($1.shift ?? 0) } / Double(known.count)
    var state = State.good
    if known.isEmpty { state = .unknown }
    if !moved.isEmpty { state = moved.count > 10 ? .alarm : .warning }
    checks.append(
      Check(
        name: "drift", side: side, state: state, value: mean, threshold: "drift",
        text: known.isEmpty
          ? "too few halo hits to measure times"
          : "times are \(HaloFigures.short(mean)) counts off on average"
            + (moved.isEmpty ? "" : "; moved: \(Self.list(moved, of: known.map(\.channel)))")))
  }

  /// Names of channels, or where more than half of all are meant, those that are not.
  private static func list(_ chosen: [Channel], of all: [HaloChannel]) -> String {
    guard 2 * chosen.count > all.count else { return chosen.map(\.channel.name).joined(separator: ", ") }
    let names = Set(chosen.map(\.channel.name))
    let others = all.map(\.name).filter { !names.contains($0) }
    return "\(chosen.count) of \(all.count) channels"
      + (others.isEmpty ? "" : ", not \(others.joined(separator: ", "))")
  }

  private mutating func judgeDamage(_ data: HaloSideData) {
    let lost = data.tallies.reduce(0) { $0 + $1.lost }
    let kept = data.tallies.reduce(0) { $0 + $1.kept }
    let share = lost == 0 ? 0 : Double(lost) / Double(lost + kept)
    checks.append(
      Check(
        name: "damage", side: data.side,
        state: share > thresholds.loss ? .alarm : share > thresholds.loss / 10 ? .warning : .good,
        value: share, threshold: "loss",
        text: lost == 0 ? "no hit was lost to damage" : "\(lost) \(lost == 1 ? "hit" : "hits") lost to damage"))
    if data.isOutOfOrder || !data.jumps.isEmpty {
      checks.append(
        Check(
          name: "order", side: data.side, state: .warning, value: Double(data.jumps.count), threshold: "",
          text: "event numbers or orbits go back; times after that may be wrong"))
    }
  }

  private mutating func judgeRate(_ series: HaloRateSeries) {
    let usable = zip(series.bins, series.counts).filter { $0.0.width > 0 && $0.0.kind != .filler }
    let rates = usable.map { Double($1) / $0.width }.sorted()
    guard rates.count >= 3 else {
      checks.append(
        Check(
          name: "rate", side: series.side, state: .unknown, value: .nan, threshold: "high",
          text: "too short to tell whether the rate is high"))
      return
    }
    let median = rates[(rates.count - 1) / 2]
    var own: [Period] = []
    var open: Period?
    for (index, (bin, count)) in zip(series.bins, series.counts).enumerated() {
      let expected = median * bin.width
      let isHighRate = thresholds.highRate > 0 && Double(count) > thresholds.highRate * bin.width / 1000
      let isFarAbove = Double(count) > thresholds.high * expected
      let isHigh = isHighRate || isFarAbove && PoissonInterval.upperTail(count, mean: max(expected, 0.5)) < 1e-3
      if isHigh {
        var period =
          open ?? Period(side: series.side, start: bin.start, end: bin.end, hits: 0, expected: 0, lasts: false)
        period.end = bin.end
        period.hits += count
        period.expected += expected
        period.lasts = index == series.bins.count - 1
        open = period
      } else if let period = open {
        own.append(period)
        open = nil
      }
    }
    if let period = open { own.append(period) }
    periods += own
    let last = own.last
    let perSecond = median * 1000
    checks.append(
      Check(
        name: "rate", side: series.side, state: last?.lasts == true ? .alarm : own.isEmpty ? .good : .warning,
        value: perSecond, threshold: thresholds.highRate > 0 ? "high_rate" : "high",
        text: own.isEmpty
          ? "beam \(series.side.beam): \(HaloFigures.short(perSecond)) halo hits a second, never high"
          : "beam \(series.side.beam): high in \(own.count) \(own.count == 1 ? "stretch" : "stretches")"
            + (last?.lasts == true ? ", up to the end" : ", over by the end"),
        since: last?.start))
  }

  private mutating func findSpikes(
    _ series: HaloRateSeries, _ analysis: HaloAnalysis, _ side: HaloSide, _ timeline: HaloTimeline
  ) {
    let found = HaloSpike.find(series, limit: thresholds.spike)
    for spike in found.prefix(50) {
      let bin = series.bins[spike.bin]
      spikes.append(
        Spike(side: side, bin: bin, spike: spike, slots: Self.slots(analysis, side, timeline, bin.start, bin.end)))
    }
    checks.append(
      Check(
        name: "spikes", side: side, state: found.isEmpty ? .good : .warning, value: Double(found.count),
        threshold: "spike",
        text: found.isEmpty
          ? "no spike of halo hits" : "\(found.count) \(found.count == 1 ? "spike" : "spikes") of halo hits",
        since: found.first.map { series.bins[$0.bin].start }))
  }

  /// The slots with most halo hits in a stretch of time, five at most.
  private static func slots(
    _ analysis: HaloAnalysis, _ side: HaloSide, _ timeline: HaloTimeline, _ start: Double, _ end: Double
  ) -> [(slot: Int, hits: Int)] {
    guard let place = analysis.capture.sides.firstIndex(where: { $0.side == side }) else { return [] }
    let data = analysis.capture.sides[place]
    var counts: [Int: Int] = [:]
    for hit in 0..<data.hits.count {
      let channel = Int(analysis.clean[place].place[hit])
      guard channel < 40 else { continue }
      let time = timeline.milliseconds(data.hits.orbit[hit])
      guard time >= start, time < end,
        analysis.map.bits(channel, tdc: data.hits.tdc[hit], code: data.hits.peak[hit]) & 1 != 0
      else { continue }
      counts[Int(data.hits.bunchSlot[hit]), default: 0] += 1
    }
    return counts.sorted { ($0.value, -$0.key) > ($1.value, -$1.key) }.prefix(5).map { (slot: $0.key, hits: $0.value) }
  }

  private mutating func compareBeams(_ series: [HaloRateSeries]) {
    guard let plus = series.first(where: { $0.side == .plus }), let minus = series.first(where: { $0.side == .minus }),
      plus.total > 0, minus.total > 0
    else { return }
    let ratio = Double(plus.total) / Double(minus.total)
    let isFar = max(ratio, 1 / ratio) > thresholds.beams
    checks.append(
      Check(
        name: "beams", side: nil, state: isFar ? .warning : .good, value: ratio, threshold: "beams",
        text: "beam 1 has \(HaloFigures.short(ratio)) times the halo hits of beam 2"))
  }
}
