import Conditions
import Errors

/// How supply currents of fills are taken from the database.
public struct CurrentOptions: Sendable, Equatable {
  /// Barrel or end-cap.
  public var subsystem: Subsystem
  /// Time from the begin of stable beams until detectors are in equilibrium, in seconds.
  public var delay = 1200.0
  /// Length of the window around the measurement time for a mean, in seconds; `nil` for none.
  public var averageSeconds: Double?
  /// Bias above this voltage is on, in V.
  public var biasThreshold = 10.0

  /// The usual options for a subsystem.
  public init(_ subsystem: Subsystem) { self.subsystem = subsystem }
}

/// Takes the supply currents of many fills from the database: every stretch of time is read once, the rest is done in memory.
public struct CurrentReader: Sendable {
  private let conditions: PixelConditions
  private let facts: PixelFacts
  private let options: CurrentOptions

  /// A reader.
  public init(_ conditions: PixelConditions, facts: PixelFacts, options: CurrentOptions) {
    (self.conditions, self.facts, self.options) = (conditions, facts, options)
  }

  /// The newest reading that a channel number had in a fill so far.
  fileprivate struct Newest {
    var time: ConditionsTime
    var current: Double
    var voltage: Double
    var isContradicted = false
    var window: [(time: ConditionsTime, value: Double)] = []
  }

  /// One fill and what was found in it.
  fileprivate struct Window {
    var fill: Fill
    var begin: ConditionsTime
    var end: ConditionsTime
    var readEnd: ConditionsTime
    var newest: [Int64: Newest] = [:]
    var rows = 0
  }

  /// Reads the currents of fills and hands them over in order, fill by fill.
  ///
  /// - Parameters:
  ///   - fills: in any order; taken by begin of stable beams.
  ///   - body: takes the currents of a fill; what it throws stops the reading.
  /// - Returns: warnings about gaps in the data.
  /// - Throws: as `ConditionsDatabase.rows`; `pixel.noPhase` for a fill between the detectors.
  public func read(
    _ fills: [Fill], _ body: (FillCurrents) throws(CavernError) -> Void
  ) throws(CavernError) -> [CavernWarning] {
    let ordered = fills.sorted { ($0.start, $0.number) < ($1.start, $1.number) }
    guard let last = ordered.map(\.end).max() else { return [] }
    let map = try ChannelMap(conditions, .supplies, until: last)
    let channels = map.names.compactMap { SupplyChannel(cable: $0) }.filter { $0.subsystem == options.subsystem }
    let all = map.ids(of: channels.map(\.cable))
    guard !all.isEmpty else {
      throw CavernError(
        "pixel.noChannels", "the database names no \(options.subsystem.rawValue) supply until \(last.text)",
        exit: .badData, file: conditions.database.source.name,
        hint: "'cavern pixel db check' shows what it holds")
    }
    var warnings: [CavernWarning] = []
    let windows = ordered.map { window($0) }
    for stretch in conditions.stretches(windows.map { $0.begin...$0.readEnd }) {
      var open = Array(windows[stretch.windows])
      var before: ConditionsTime?
      for list in conditions.lists(all) {
        let rows = try conditions.database.rows(
          conditions.tables.supplyReadings(list, from: stretch.period.lowerBound, to: stretch.period.upperBound))
        Self.sort(rows, into: &open, half: options.averageSeconds.map { $0 / 2 })
      }
      for window in open {
        let currents = try currents(of: window, channels, map)
        if window.rows == 0 {
          warnings.append(
            CavernWarning(
              "pixel.gap",
              "fwcaenchannel has no row of any \(options.subsystem.rawValue) channel from "
                + "\((before ?? window.begin).text) to \(window.end.text): fill \(window.fill.number) has no currents",
              file: conditions.database.source.name))
        }
        before = window.newest.values.map(\.time).max() ?? before
        try body(currents)
      }
    }
    return warnings
  }

  private func window(_ fill: Fill) -> Window {
    let end = fill.measurementTime(delay: options.delay)
    let half = (options.averageSeconds ?? 0) / 2
    return Window(fill: fill, begin: fill.start, end: end, readEnd: min(end.adding(seconds: half), max(fill.end, end)))
  }

  /// Deals rows out to the fills whose window they fall into.
  private static func sort(_ rows: SQLRows, into windows: inout [Window], half: Double?) {
    let (ids, times) = (rows.integers(0), rows.times(1))
    let (currents, voltages) = (rows.numbers(2), rows.numbers(3))
    var first = 0
    for row in 0..<rows.count {
      guard let id = ids[row], let time = times[row], !currents[row].isNaN else { continue }
      // Rows come in order of time; windows that have ended are passed over for good.
      while first < windows.count, windows[first].readEnd < time { first += 1 }
      var place = first
      while place < windows.count, windows[place].begin <= time {
        defer { place += 1 }
        guard time <= windows[place].readEnd else { continue }
        windows[place].take(id, time, currents[row], voltages[row], half: half)
      }
    }
  }

  private func currents(
    of window: Window, _ channels: [SupplyChannel], _ map: ChannelMap
  ) throws(CavernError) -> FillCurrents {
    let phase = try facts.phase(ofFill: window.fill.number)
    var result = FillCurrents(
      fill: window.fill, subsystem: options.subsystem, measurementTime: window.end, readings: [], missing: [],
      droppedRows: 0)
    var order: [(ConditionsTime, Int64, ChannelReading)] = []
    for channel in channels {
      let ids = map.ids(of: channel.cable, at: window.end)
      let found = ids.compactMap { id in window.newest[id].map { (id: id, newest: $0) } }.filter {
        !$0.newest.current.isNaN
      }
      guard channel.belongs(to: phase) else {
        result.droppedRows += found.count
        continue
      }
      guard let best = found.max(by: { ($0.newest.time, $0.id) < ($1.newest.time, $1.id) }) else {
        if !ids.isEmpty { result.missing.append(channel.cable) }
        continue
      }
      let isDifferent = found.contains {
        $0.newest.current != best.newest.current || $0.newest.time != best.newest.time
      }
      var flags: [ReadingFlag] = []
      if best.newest.isContradicted || isDifferent { flags.append(.duplicate) }
      if best.newest.time.seconds(to: window.end) > 900 { flags.append(.stale) }
      if map.changes(channel.cable, after: window.begin, until: window.end) { flags.append(.moved) }
      if channel.kind == .leakage {
        if best.newest.voltage.isNaN {
          flags.append(.hvUnknown)
        } else if best.newest.voltage <= options.biasThreshold {
          flags.append(.hvOff)
        }
        if best.newest.current < -1 { flags.append(.negative) }
        if best.newest.current > 10_000 { flags.append(.high) }
      }
      order.append(
        (
          best.newest.time, best.id,
          ChannelReading(
            channel: channel, current: best.newest.current, voltage: best.newest.voltage, time: best.newest.time,
            flags: flags, window: WindowMean(best.newest.window))
        ))
    }
    result.readings = order.sorted { ($0.0, $0.1, $0.2.channel.cable) < ($1.0, $1.1, $1.2.channel.cable) }.map(\.2)
    return result
  }
}

extension CurrentReader.Window {
  /// Takes a row: the newest until the measurement time counts; of several at the same moment the last one does.
  mutating func take(
    _ id: Int64, _ time: ConditionsTime, _ current: Double, _ voltage: Double, half: Double?
  ) {
    rows += 1
    var entry = newest[id]
    if let half, abs(time.seconds(to: end)) <= half {
      if entry == nil { entry = .init(time: .init(microseconds: .min), current: .nan, voltage: .nan) }
      entry?.window.append((time, current))
    }
    if time <= end {
      if let old = entry, old.time == time {
        let isSame = old.current == current && (old.voltage == voltage || old.voltage.isNaN || voltage.isNaN)
        entry?.isContradicted = old.isContradicted || !isSame
        entry?.current = current
        if !voltage.isNaN { entry?.voltage = voltage }
      } else if let old = entry, old.time > time {
        // Rows out of order change nothing.
      } else {
        entry = .init(time: time, current: current, voltage: voltage, window: entry?.window ?? [])
      }
    }
    newest[id] = entry
  }
}
