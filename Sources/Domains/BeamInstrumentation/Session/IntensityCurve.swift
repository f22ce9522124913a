import Errors
import Tables

/// Charges of the bunches of one cycle against time: what a join with wire scans needs of an intensity record.
public struct IntensityCurve: Sendable, Equatable {
  /// Device.
  public var device: String
  /// Row of the acquisition in the file.
  public var acquisition: Int
  /// Slots of the bunches, ascending, counted from 0.
  public var slots: [Int]
  /// Times of the measurements in s of cycle time, ascending.
  public var times: [Double]
  /// Charges above the baseline, slot by slot; NaN where missing.
  public var charges: [[Double]]
  /// Standard deviation of a sample in charges.
  public var noise: Double
  /// When the bunches came in, in s of cycle time; NaN where not found.
  public var injections: [Double]

  /// The curve of an analysis.
  public init(_ analysis: BeamCurrentAnalysis) {
    device = analysis.record.device
    acquisition = analysis.record.acquisition
    slots = analysis.bunches.map(\.slot)
    times = analysis.record.times
    charges = slots.map { analysis.corrected(slot: $0) }
    noise = analysis.baseline.noise
    injections = analysis.bunches.map { $0.injection?.time ?? .nan }
  }

  /// Charges in a slot at a time, on the line between the two measurements around it, and their error.
  ///
  /// - Returns: `nil` for slots without a bunch and times before the first or after the last measurement.
  public func charges(slot: Int, at time: Double) -> (value: Double, error: Double)? {
    guard let index = slots.firstIndex(of: slot), let first = times.first, let last = times.last, time >= first,
      time <= last
    else { return nil }
    let upper = times.firstIndex { $0 >= time } ?? times.count - 1
    let lower = times[upper] == time ? upper : upper - 1
    let share = upper == lower ? 0 : (time - times[lower]) / (times[upper] - times[lower])
    let value = (1 - share) * charges[index][lower] + share * charges[index][upper]
    guard value.isFinite else { return nil }
    return (value, noise * (share * share + (1 - share) * (1 - share)).squareRoot())
  }

  /// Injection times of the batches in order of time: bunches that came in at the same time to half a second.
  public var injectionTimes: [Double] {
    var times: [Double] = []
    var sum = (value: 0.0, count: 0.0)
    for time in injections.filter(\.isFinite).sorted() {
      if sum.count > 0, time - sum.value / sum.count > 0.5 {
        times.append(sum.value / sum.count)
        sum = (0, 0)
      }
      sum = (sum.value + time, sum.count + 1)
    }
    return sum.count > 0 ? times + [sum.value / sum.count] : times
  }

  /// The curve as a table: `cycleTime_s` and a column `slot<n>` each; noise and injections in the remarks.
  ///
  /// - Throws: nothing that whole curves give.
  public func table() throws(CavernError) -> Table {
    var columns = [Column("cycleTime_s", times, unit: "s")]
    for (index, slot) in slots.enumerated() {
      columns.append(
        Column(
          "slot\(slot)", charges[index].map { $0.isFinite ? $0 : nil }, unit: "charges",
          metadata: ["injection_s": injections[index].description]))
    }
    return try Table(
      columns: columns, metadata: ["device": device, "acquisition": "\(acquisition)", "noise": noise.description])
  }

  /// Reads the table back.
  ///
  /// - Throws: `join.badCurve` when it is something else, and what reading throws.
  public init(path: String) throws(CavernError) {
    let file = try ParquetFile(path: path)
    let table = try file.read()
    guard let device = file.metadata["device"], let acquisition = file.metadata["acquisition"].flatMap(Int.init),
      let noise = file.metadata["noise"].flatMap(Double.init), let column = table["cycleTime_s"]
    else {
      throw CavernError(
        "join.badCurve", "this is not the table of intensities of a session", exit: .badData, file: path,
        hint: "run again with --force")
    }
    self.device = device
    self.acquisition = acquisition
    self.noise = noise
    times = try column.doubles()
    let columns = table.columns.filter { $0.name.hasPrefix("slot") }
    slots = columns.compactMap { Int($0.name.dropFirst(4)) }
    charges = []
    for column in columns { charges.append(try column.doubles()) }
    injections = columns.map { $0.metadata["injection_s"].flatMap(Double.init) ?? .nan }
    guard slots.count == columns.count, charges.allSatisfy({ [count = times.count] in $0.count == count }) else {
      throw CavernError("join.badCurve", "the columns do not belong together", exit: .badData, file: path)
    }
  }
}
