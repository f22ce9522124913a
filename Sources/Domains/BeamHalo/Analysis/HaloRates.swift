import Conditions
import Errors

/// Hits of one region and side by time.
public struct HaloRateSeries: Sendable {
  /// The region, or the name of a custom one.
  public var region: String
  /// The end of CMS.
  public var side: HaloSide
  /// The channel; nil for all of the side.
  public var channel: HaloChannel?
  /// The bins, in order.
  public var bins: [HaloBin]
  /// Hits in each bin.
  public var counts: [Int]
  /// Bins before the first and after the last lumisection, where hits lie there.
  public var outsideBins: [HaloBin] = []
  /// Hits in each of those.
  public var outsideCounts: [Int] = []

  /// A series; hits outside the bins may be left out.
  public init(
    region: String, side: HaloSide, bins: [HaloBin], counts: [Int], outsideBins: [HaloBin] = [],
    outsideCounts: [Int] = []
  ) {
    self.region = region
    self.side = side
    self.bins = bins
    self.counts = counts
    self.outsideBins = outsideBins
    self.outsideCounts = outsideCounts
  }

  /// Hits outside the lumisections.
  public var outside: Int { outsideCounts.reduce(0, +) }

  /// All hits.
  public var total: Int { counts.reduce(0, +) + outside }

  /// Hits a second over a range of time, with its uncertainty √N, over the bins that lie in it.
  public func average(_ range: ClosedRange<Double>? = nil) -> (hits: Int, seconds: Double, bins: Int) {
    var hits = 0
    var milliseconds = 0.0
    var number = 0
    for (bin, count) in zip(bins + outsideBins, counts + outsideCounts) {
      if let range, bin.start < range.lowerBound || bin.end > range.upperBound { continue }
      hits += count
      milliseconds += bin.width
      number += 1
    }
    return (hits, milliseconds / 1000, number)
  }
}

/// How hits are binned in time.
public enum HaloBinning: Sendable, Equatable {
  /// By lumisection where there are any, otherwise 23.5 s.
  case lumisections
  /// This many seconds.
  case seconds(Double)
}

/// The rates of regions on both sides.
public struct HaloRates: Sendable {
  /// One series for each region and side, regions in the order asked for.
  public private(set) var series: [HaloRateSeries] = []
  /// One series for each region, side and channel, in the bins of the side's; empty unless asked for.
  public private(set) var channelSeries: [HaloRateSeries] = []
  /// Whether bins are lumisections.
  public private(set) var isByLumisection = false

  /// The times of the hits of a region, in the order of the files.
  ///
  /// - Parameters:
  ///   - regions: which regions.
  ///   - data: the sides with their clean hits.
  ///   - map: the regions of channels.
  ///   - timeline: from orbits to times.
  ///   - sections: lumisections in order; empty for bins of fixed width.
  ///   - binning: width of bins.
  ///   - runs: which runs.
  ///   - channels: the channels whose rates are wanted one by one; nil for none.
  public init(
    _ regions: [HaloRegion], _ data: [(hits: HaloHits, clean: HaloClean, side: HaloSide)], map: HaloRegionMap,
    timeline: HaloTimeline, sections: [Lumisection], binning: HaloBinning = .lumisections, runs: HaloRunChoice = .all,
    channels: [HaloChannel]? = nil
  ) {
    let bins = binning == .lumisections ? HaloBin.lumisections(sections) : []
    isByLumisection = !bins.isEmpty
    var width = HaloTime.fillerMilliseconds
    if case .seconds(let seconds) = binning { width = seconds * 1000 }
    for region in regions {
      // The times of one region and side at a time: they are as large as two columns of hits.
      for entry in data {
        let times = RegionTimes(region, entry.hits, entry.clean, map, timeline, runs, byChannel: channels != nil)
        series.append(Self.series(region.rawValue, entry.side, times.all, bins: bins, width: width))
        guard let channels, let span = Self.ends(times.all) else { continue }
        for channel in channels where channel.side == entry.side {
          var own = Self.series(
            region.rawValue, entry.side, times.of(channel.index), bins: bins, width: width, span: span)
          own.channel = channel
          channelSeries.append(own)
        }
      }
    }
  }

  /// A series of the times of any hits.
  ///
  /// - Parameter span: earliest and latest time of bins of fixed width, and of those before and after the lumisections; nil
  ///   takes them from the times.
  public static func series(
    _ name: String, _ side: HaloSide, _ times: [Double], bins: [HaloBin], width: Double,
    span: (first: Double, last: Double)? = nil
  ) -> HaloRateSeries {
    guard let (first, last) = span ?? ends(times) else {
      return HaloRateSeries(region: name, side: side, bins: bins, counts: [Int](repeating: 0, count: bins.count))
    }
    guard let start = bins.first?.start, let end = bins.last?.end else {
      let fixed = HaloBin.fixed(from: first, through: last, width: width)
      var counts = [Int](repeating: 0, count: fixed.count)
      for time in times { counts[min(fixed.count - 1, Int((time - first) / width))] += 1 }
      return HaloRateSeries(region: name, side: side, bins: fixed, counts: counts)
    }
    var series = HaloRateSeries(region: name, side: side, bins: bins, counts: [Int](repeating: 0, count: bins.count))
    var early: [Double] = []
    var late: [Double] = []
    var cursor = 0
    for time in times {
      if time < start {
        early.append(time)
      } else if time >= end {
        late.append(time)
      } else {
        // Hits come nearly in order, so the bin is the one before or close by.
        if time < bins[cursor].start || time >= bins[cursor].end { cursor = Self.find(time, bins, near: cursor) }
        series.counts[cursor] += 1
      }
    }
    if !early.isEmpty {
      // From the first hit on; the last of these bins ends at the first lumisection.
      var before = HaloBin.fixed(from: first, through: start, width: HaloTime.fillerMilliseconds, kind: .outside)
        .filter { $0.start < start }
      if !before.isEmpty { before[before.count - 1].end = start }
      series.outsideBins += before
      series.outsideCounts += Self.count(early, before)
    }
    if !late.isEmpty {
      let after = HaloBin.fixed(from: end, through: last, width: HaloTime.fillerMilliseconds, kind: .outside)
      series.outsideBins += after
      series.outsideCounts += Self.count(late, after)
    }
    return series
  }

  /// The earliest and the latest time; nil for none.
  private static func ends(_ times: [Double]) -> (first: Double, last: Double)? {
    guard var first = times.first else { return nil }
    var last = first
    for time in times {
      if time < first { first = time }
      if time > last { last = time }
    }
    return (first, last)
  }

  private static func count(_ times: [Double], _ bins: [HaloBin]) -> [Int] {
    var counts = [Int](repeating: 0, count: bins.count)
    guard let start = bins.first?.start else { return counts }
    for time in times {
      counts[max(0, min(bins.count - 1, Int((time - start) / HaloTime.fillerMilliseconds)))] += 1
    }
    return counts
  }

  /// The bin of a time that lies in one of them.
  static func find(_ time: Double, _ bins: [HaloBin], near: Int) -> Int {
    if near + 1 < bins.count, time >= bins[near + 1].start, time < bins[near + 1].end { return near + 1 }
    var low = 0
    var high = bins.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if bins[middle].start <= time { low = middle } else { high = middle - 1 }
    }
    return low
  }
}

/// The times of the hits of a region on one side.
private struct RegionTimes {
  /// In the order of the files.
  private(set) var all: [Double] = []
  /// The channel of each; empty unless asked for.
  private var places: [UInt8] = []

  init(
    _ region: HaloRegion, _ hits: HaloHits, _ clean: HaloClean, _ map: HaloRegionMap, _ timeline: HaloTimeline,
    _ runs: HaloRunChoice, byChannel: Bool
  ) {
    var run: UInt32?
    var isChosen = true
    for hit in 0..<hits.count {
      let place = clean.place[hit]
      guard place < 40 else { continue }
      if hits.run[hit] != run {
        run = hits.run[hit]
        isChosen = runs.contains(hits.run[hit])
      }
      let bits = map.bits(Int(place), tdc: hits.tdc[hit], code: hits.peak[hit])
      guard isChosen, HaloRegionMap.contains(region, bits) else { continue }
      all.append(timeline.milliseconds(hits.orbit[hit]))
      if byChannel { places.append(place) }
    }
  }

  /// The times of one channel.
  func of(_ channel: Int) -> [Double] { zip(all, places).filter { Int($0.1) == channel }.map(\.0) }
}
