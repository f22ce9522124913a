import Conditions
import Errors
import Tables

/// Temperatures that were measured over some time, for a profile.
public struct MeasuredTemperatures: Sendable, Equatable {
  /// When, in s since 1970, growing.
  public var times: [Double]
  /// Sensor temperatures, in K.
  public var kelvin: [Double]

  /// Reads a table with the columns `time` (days or times in UTC) and `temperature_K`.
  ///
  /// - Throws: faults of the table; `profile.badTemperature` with the line for what is no time, out of order, or not
  ///   between 100 and 400 K.
  public init(path: String) throws(CavernError) {
    do throws(CavernError) {
      let table = try Table(csvFile: path, options: CSVOptions(kinds: ["time": .string]))
      let (names, values) = (try table.column("time"), try table.column("temperature_K"))
      (times, kelvin) = ([], [])
      for row in 0..<table.rowCount {
        let text = names.string(at: row) ?? ""
        guard let time = ConditionsTime(text)?.seconds, let value = values.double(at: row), value > 100, value < 400,
          time > times.last ?? -.infinity
        else {
          throw CavernError(
            "profile.badTemperature", "the line gives no temperature: '\(text)'", exit: .badData, line: row + 2,
            expected: "growing times in UTC and temperatures from 100 to 400 K")
        }
        times.append(time)
        kelvin.append(value)
      }
    } catch {
      throw error.inFile(path)
    }
  }

  /// The time-weighted mean over a step, each reading holding until the next; `nil` before the first.
  func mean(from begin: Double, to end: Double) -> Double? {
    guard let first = times.first, end > first else { return nil }
    var low = 0
    var high = times.count
    while low < high {
      let middle = (low + high) / 2
      if times[middle] <= begin { low = middle + 1 } else { high = middle }
    }
    var index = max(low - 1, 0)
    var (sum, length) = (0.0, 0.0)
    while index < times.count, times[index] < end {
      let from = max(times[index], begin)
      let to = index + 1 < times.count ? min(times[index + 1], end) : end
      sum += kelvin[index] * max(to - from, 0)
      length += max(to - from, 0)
      index += 1
    }
    return length > 0 ? sum / length : nil
  }
}

extension RadiationProfile {
  /// The profile with measured temperatures in the steps of a period.
  ///
  /// - Parameters:
  ///   - from: steps that begin from then on, in s since 1970.
  ///   - to: steps that end by then.
  /// - Returns: the profile and the number of steps that were changed.
  public func patched(
    _ measured: MeasuredTemperatures, from: Double, to: Double
  ) -> (profile: RadiationProfile, changed: Int) {
    var copy = self
    var changed = 0
    for index in copy.rows.indices {
      let row = copy.rows[index]
      guard row.start >= from, row.timestamp <= to, let mean = measured.mean(from: row.start, to: row.timestamp) else {
        continue
      }
      copy.rows[index].temperature = mean
      changed += 1
    }
    return (copy, changed)
  }

  /// The profile in which temperatures that are exactly a placeholder are those of the step before.
  public func carrying(placeholder: Double) -> (profile: RadiationProfile, changed: Int) {
    var copy = self
    var changed = 0
    for index in copy.rows.indices where copy.rows[index].temperature == placeholder {
      let before = copy.rows[..<index].last?.temperature
      guard let value = before ?? copy.rows.first(where: { $0.temperature != placeholder })?.temperature else { break }
      copy.rows[index].temperature = value
      changed += 1
    }
    return (copy, changed)
  }

  /// The profile without the currents of some fills.
  public func withoutCurrents(of fills: Set<Int>) -> (profile: RadiationProfile, changed: Int) {
    var copy = self
    var changed = 0
    for index in copy.rows.indices where fills.contains(copy.rows[index].fill) && copy.rows[index].hasCurrent {
      copy.rows[index].current = Self.missing
      changed += 1
    }
    return (copy, changed)
  }
}
