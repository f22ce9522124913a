import Conditions

/// What is to be said about a reading.
public enum ReadingFlag: String, Sendable, Hashable, CaseIterable {
  /// The channel, or one of the two of a group, has no reading in the window.
  case missing
  /// Different readings of the same moment, or two channels under one name.
  case duplicate
  /// The newest reading is older than 15 minutes at the measurement time.
  case stale
  /// Bias is off.
  case hvOff = "hv-off"
  /// The state of the bias is not known.
  case hvUnknown = "hv-unknown"
  /// A current below −1 µA.
  case negative
  /// A bias current above 10 mA.
  case high
  /// The same current in all of many fills.
  case constant
  /// The name moved to another channel inside the window.
  case moved
}

/// The reading of one supply channel in a fill.
public struct ChannelReading: Sendable, Equatable {
  /// The cable.
  public var channel: SupplyChannel
  /// The current: µA for bias channels, A for the others.
  public var current: Double
  /// The voltage in V; NaN when there is none.
  public var voltage: Double
  /// When it was read.
  public var time: ConditionsTime
  /// What is to be said about it.
  public var flags: [ReadingFlag]
  /// Mean over the window around the measurement time, when asked for.
  public var window: WindowMean?

  /// The step `cable   current   voltage   time` of the text files.
  public var line: String {
    "\(channel.cable)   \(current)   \(voltage.isNaN ? "None" : voltage.description)   \(time.text)"
  }
}

/// Readings of a window in one number.
public struct WindowMean: Sendable, Equatable {
  /// Mean after readings further than 4 robust widths from the median were left out.
  public var mean: Double
  /// Standard deviation of the readings that were kept.
  public var spread: Double
  /// How many were kept.
  public var count: Int
  /// Time of the first reading.
  public var first: ConditionsTime
  /// Time of the last reading.
  public var last: ConditionsTime

  /// The mean of readings; `nil` for none.
  public init?(_ readings: [(time: ConditionsTime, value: Double)]) {
    guard let first = readings.map(\.time).min(), let last = readings.map(\.time).max() else { return nil }
    let values = readings.map(\.value).sorted()
    let median = Statistics.median(sorted: values)
    // 1.4826 turns the median of the deviations into a standard deviation for normal readings.
    let width = 1.4826 * Statistics.median(sorted: values.map { abs($0 - median) }.sorted())
    let kept = width > 0 ? values.filter { abs($0 - median) <= 4 * width } : values
    let mean = Statistics.mean(kept)
    (self.mean, spread, count) = (mean, Statistics.standardDeviation(kept), kept.count)
    (self.first, self.last) = (first, last)
  }
}

/// The supply currents of one subsystem in one fill.
public struct FillCurrents: Sendable, Equatable {
  /// The fill.
  public var fill: Fill
  /// Barrel or end-cap.
  public var subsystem: Subsystem
  /// When detectors had come to equilibrium.
  public var measurementTime: ConditionsTime
  /// One reading a channel, in the order of their times.
  public var readings: [ChannelReading]
  /// Cables that have a channel but no reading.
  public var missing: [String]
  /// Rows under names of another detector, which were dropped.
  public var droppedRows: Int

  /// The content of `<fill>_<subsystem>.txt`.
  public var text: String { readings.map { $0.line + "\n" }.joined() }

  /// `<fill>_<subsystem>.txt`.
  public var fileName: String { "\(fill.number)_\(subsystem.rawValue).txt" }
}

/// Sums over short lists of numbers.
enum Statistics {
  static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
  }

  /// With n − 1; 0 for fewer than two.
  static func standardDeviation(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let mean = mean(values)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }

  static func median(sorted values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let middle = values.count / 2
    return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
  }

  static func median(_ values: [Double]) -> Double { median(sorted: values.sorted()) }
}
