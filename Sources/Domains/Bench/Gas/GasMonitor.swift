import Instruments

/// Judges the course of exchanges with the gas board: counts outcomes, raises and clears alarms, asks for a new start of the line.
///
/// A value without clocks and lines, so that every rule can be tested by itself.
public struct GasMonitor: Sendable {
  /// Something that changed.
  public enum Change: Sendable, Equatable {
    /// An alarm is raised, with what is wrong.
    case raised(String, String)
    /// An alarm is over.
    case cleared(String)
    /// The line is to be closed and opened again.
    case reopen
  }

  /// Exchanges by outcome.
  public private(set) var counts: [GasOutcome: Int] = [:]
  /// Alarms that stand, in order.
  public private(set) var alarms: [String] = []
  /// The last reading that was stored, and when.
  public private(set) var last: (reading: GasReading, time: Int64)?
  /// Losses of the line.
  public private(set) var disconnections = 0

  private let noDataAfter: Duration?
  private let limits: [GasLimit]
  private var failures = 0
  private var timeouts = 0
  private var lastGood: Duration
  private var beyondSince: [String: Duration] = [:]

  /// A monitor.
  ///
  /// - Parameters:
  ///   - settings: what counts as an alarm.
  ///   - now: the present.
  public init(_ settings: GasSettings, now: Duration) {
    noDataAfter = settings.noDataAfter
    limits = settings.limits
    lastGood = now
  }

  /// Takes an exchange.
  public mutating func take(_ result: GasBoard.Result, now: Duration) -> [Change] {
    let exchange = result.exchange
    counts[exchange.outcome, default: 0] += 1
    guard let reading = exchange.reading else {
      timeouts = exchange.outcome == .timeout ? timeouts + 1 : 0
      var changes = failed(exchange.reason ?? exchange.outcome.rawValue, now: now)
      if timeouts >= 5 {
        timeouts = 0
        changes.append(.reopen)
      }
      return changes
    }
    (failures, timeouts, lastGood, last) = (0, 0, now, (reading, result.time))
    var changes = clear("gas.no_data")
    for limit in limits { changes += judge(limit, reading, now: now) }
    return changes
  }

  /// Takes note that the line is gone.
  public mutating func disconnected(_ reason: String, now: Duration) -> [Change] {
    disconnections += 1
    return missed(reason, now: now)
  }

  /// Takes note that a reading did not come about, for lack of a line.
  public mutating func missed(_ reason: String, now: Duration) -> [Change] { failed(reason, now: now) }

  /// Three failures in a row, or none good for a time, are an alarm.
  private mutating func failed(_ reason: String, now: Duration) -> [Change] {
    failures += 1
    let isOld = noDataAfter.map { now - lastGood >= $0 } ?? false
    guard failures >= 3 || isOld else { return [] }
    return raise("gas.no_data", reason)
  }

  private mutating func judge(_ limit: GasLimit, _ reading: GasReading, now: Duration) -> [Change] {
    guard let value = limit.quantity.value(reading) else { return [] }
    var changes: [Change] = []
    let sides: [(name: String, isBeyond: Bool)] = [
      ("low", limit.low.map { value < $0 } ?? false), ("high", limit.high.map { value > $0 } ?? false),
    ]
    for side in sides {
      let name = "gas.\(limit.quantity.rawValue).\(side.name)"
      guard side.isBeyond else {
        beyondSince[name] = nil
        changes += clear(name)
        continue
      }
      let since = beyondSince[name] ?? now
      beyondSince[name] = since
      if now - since >= limit.delay { changes += raise(name, "\(value) \(limit.quantity.unit)") }
    }
    return changes
  }

  private mutating func raise(_ alarm: String, _ reason: String) -> [Change] {
    guard !alarms.contains(alarm) else { return [] }
    alarms.append(alarm)
    return [.raised(alarm, reason)]
  }

  private mutating func clear(_ alarm: String) -> [Change] {
    guard let place = alarms.firstIndex(of: alarm) else { return [] }
    alarms.remove(at: place)
    return [.cleared(alarm)]
  }
}
