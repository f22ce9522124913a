import Foundation

/// What is recorded of one channel at one time: one line with one time for all of its values.
public struct HVLogSample: Sendable, Hashable {
  /// Nanoseconds since 1970, UTC.
  public var time: Int64
  /// The channel.
  public var channel: HVChannel
  /// Its name in the bench file.
  public var name: String?
  /// Serial number of its board.
  public var serial: String
  /// Measured current in microampere; `nil` when it was not read in this round.
  public var current: Double?
  /// Measured voltage, with its sign where the channel is signed.
  public var voltage: Double?
  /// Set point, signed likewise.
  public var voltageSet: Double?
  /// Current limit in microampere.
  public var currentSet: Double?
  /// Status word.
  public var status: Int
  /// Whether the fine current range is on.
  public var isLowRange: Bool
  /// 0 good, 1 saturated current.
  public var quality: Int

  /// The line in the layout that existing dashboards know: measurement `HV`, tags `Board` and `Channel`, fields `IMon`, `VMon`,
  /// `VSet`, `ISet` and what is new behind them.
  public var fields: [(name: String, value: Double)] {
    [
      ("IMon", current), ("VMon", voltage), ("VSet", voltageSet), ("ISet", currentSet), ("Stat", Double(status)),
      ("On", status & 1 == 1 ? 1 : 0), ("IRange", isLowRange ? 1 : 0), ("Quality", Double(quality)),
    ].compactMap { entry in entry.1.map { (entry.0, $0) } }
  }
}

/// When samples are recorded: each period, and more often while something ramps and around faults.
struct HVLogSchedule: Sendable {
  /// In ms.
  var period: Int
  /// In ms.
  var fastPeriod: Int
  /// How long a fault keeps the pace up, in ms.
  static let faultTime = 60000

  private var recordedAt: [Int: Int] = [:]
  private var fastUntil = 0

  init(period: Int, fastPeriod: Int) {
    self.period = period
    self.fastPeriod = fastPeriod
  }

  /// Whether a board is due.
  ///
  /// - Parameters:
  ///   - board: its address.
  ///   - isRamping: whether a channel of it ramps.
  ///   - hasFault: whether a channel of it shows a fault.
  ///   - now: broker time in ms.
  mutating func isDue(_ board: Int, isRamping: Bool, hasFault: Bool, at now: Int) -> Bool {
    if hasFault { fastUntil = now + Self.faultTime }
    let pace = isRamping || now < fastUntil ? min(fastPeriod, period) : period
    guard let last = recordedAt[board] else {
      recordedAt[board] = now
      return true
    }
    // A round comes a little early or late; a tenth of the pace is no reason to wait for the next.
    guard now - last >= pace - pace / 10 else { return false }
    recordedAt[board] = now
    return true
  }
}

extension HVBroker {
  /// Records a round of a board when it is due.
  func record(_ board: Int, _ state: inout State) {
    guard let recorder else { return }
    let channels = state.core.channels.filter { $0.key.board == board }
    let isRamping = channels.values.contains { $0.status?.isRamping == true }
    let hasFault = channels.values.contains { $0.status?.rampFaults.isEmpty == false }
    guard state.schedule.isDue(board, isRamping: isRamping, hasFault: hasFault, at: now) else { return }
    // One time for all values of the round.
    let time = Int64(Date().timeIntervalSince1970 * 1e9)
    let serial = state.core.boards[board]?.serial ?? ""
    recorder(
      channels.keys.sorted().compactMap { place in
        guard let channel = channels[place], let status = channel.status else { return nil }
        let rules = configuration.rules.channels[place]
        return HVLogSample(
          time: time, channel: place, name: rules?.name, serial: serial, current: channel.current,
          voltage: channel.signed(channel.voltage, rules),
          voltageSet: channel.signed(channel.voltageSet, rules), currentSet: channel.currentSet,
          status: status.word, isLowRange: channel.isLowRange == true, quality: Self.isSaturated(channel) ? 1 : 0)
      })
  }
}
