import Conditions

/// Layer averages put together by UTC day.
public enum DailyLeakage {
  /// The mean of one layer over the fills that began on a day.
  public struct Row: Sendable, Equatable {
    /// The mean, under the number of the day's first fill.
    public var average: LayerAverage
    /// Number of the day since 1970.
    public var day: Int
    /// Fills that went in.
    public var fills: Int
    /// Mean temperature of the sensors of the layer in these fills, in K; NaN when none is known.
    public var kelvin: Double
  }

  /// Number of the UTC day since 1970 in which a time lies.
  static func day(_ seconds: Double) -> Int {
    ConditionsTime(microseconds: Int64((seconds * 1e6).rounded(.down))).dayNumber
  }

  /// Noon of the day in which a time lies, both in s since 1970.
  public static func noon(_ seconds: Double) -> Double { Double(day(seconds)) * 86_400 + 43_200 }

  /// Means over days, in the order of day, layer, side, normalisation and temperature of `averages`.
  ///
  /// Fills of a day count alike; their statistical errors are independent, what all groups share is common to them.
  ///
  /// - Parameters:
  ///   - averages: of fills, in the order of the fills.
  ///   - starts: begin of stable beams by fill, in s since 1970; fills without one are left out.
  ///   - fills: the groups of the fills, for temperatures.
  public static func rows(_ averages: [LayerAverage], starts: [Int: Double], fills: [FillLeakage]) -> [Row] {
    let groups = Dictionary(fills.map { ($0.fill, $0.groups) }) { first, _ in first }
    struct Key: Hashable {
      var day: Int
      var layer: Int
      var side: Side
      var normalisation: LeakageNormalisation
      var reference: Double?
    }
    var order: [Key] = []
    var members: [Key: [LayerAverage]] = [:]
    for average in averages {
      guard let start = starts[average.fill] else { continue }
      let key = Key(
        day: day(start), layer: average.layer, side: average.side, normalisation: average.normalisation,
        reference: average.reference)
      if members[key] == nil { order.append(key) }
      members[key, default: []].append(average)
    }
    return order.compactMap { key in
      guard let parts = members[key], let first = parts.first else { return nil }
      let count = Double(parts.count)
      var mean = first
      mean.average = Statistics.mean(parts.map(\.average))
      mean.weighted = Statistics.mean(parts.map(\.weighted))
      mean.spread = Statistics.mean(parts.map(\.spread))
      mean.standardError = parts.reduce(0) { $0 + $1.standardError * $1.standardError }.squareRoot() / count
      mean.systematic = Statistics.mean(parts.map(\.systematic))
      mean.groups = parts.map(\.groups).max() ?? 0
      mean.excluded = Set(parts.flatMap(\.excluded)).sorted()
      let kelvin = parts.flatMap { part in
        (groups[part.fill] ?? []).filter {
          $0.group.name.layerOrRing == key.layer && key.side.holds($0.group.name.half) && !$0.kelvin.isNaN
        }.map(\.kelvin)
      }
      return Row(
        average: mean, day: key.day, fills: parts.count, kelvin: kelvin.isEmpty ? .nan : Statistics.mean(kelvin))
    }
  }

  /// `day_utc,layer,z_side,normalisation,target_temperature_c,average,…`; per-chip means come once more for a whole
  /// module, as the plots of currents by module have them.
  public static func csv(_ rows: [Row], chipsPerModule: Int) -> String {
    var text =
      "day_utc,layer,z_side,normalisation,target_temperature_c,average,standard_error,systematic,n_fills,n_groups,"
      + "sensor_temperature_k\n"
    for row in rows {
      let average = row.average
      func add(_ normalisation: String, _ factor: Double) {
        let cells: [String] = [
          ConditionsTime(dayNumber: row.day).day, "\(average.layer)", average.side.rawValue, normalisation,
          average.reference.map(LeakageTable.short) ?? "", "\(average.average * factor)",
          "\(average.standardError * factor)", "\(average.systematic * factor)", "\(row.fills)", "\(average.groups)",
          row.kelvin.isNaN ? "" : FixedText.decimals(row.kelvin, 4),
        ]
        text += cells.joined(separator: ",") + "\n"
      }
      add(average.normalisation.rawValue, 1)
      if average.normalisation == .roc { add("module", Double(chipsPerModule)) }
    }
    return text
  }
}
