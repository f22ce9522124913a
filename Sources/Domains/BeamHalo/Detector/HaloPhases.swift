import Errors
import JSON

/// The phase settings of a board: how the digitiser of each channel is shifted, in counts of time.
public struct HaloPhases: Sendable, Equatable {
  /// The board's side.
  public let side: HaloSide
  /// 24 values: near 01…10, two zeros, far 01…10, two zeros.
  public let values: [Int]

  /// Values that the hardware must not get.
  public static let forbidden = 50...63
  /// The highest value.
  public static let highest = 127

  /// Settings as given, or the current ones.
  ///
  /// - Throws: `halo.badPhase` when there are not 24, or one is forbidden or out of range.
  public init(side: HaloSide, values given: [Int]? = nil) throws(CavernError) {
    self.side = side
    if let given { values = given } else { values = try Self.current(side) }
    guard values.count == 24 else {
      throw CavernError(
        "halo.badPhase", "there are \(values.count) settings", exit: .usage,
        expected: "24 numbers: near 01 to 10, two zeros, far 01 to 10, two zeros")
    }
    for place in Self.places where !(0...Self.highest).contains(values[place]) || Self.forbidden.contains(values[place])
    {
      throw CavernError(
        "halo.badPhase", "setting \(place + 1) is \(values[place])", exit: .usage,
        expected: "0 to 49 or 64 to \(Self.highest)")
    }
  }

  /// Positions of the 20 channels among the 24 values.
  static let places = Array(0..<10) + Array(12..<22)

  private static func current(_ side: HaloSide) throws(CavernError) -> [Int] {
    let table = try HaloFacts.json(PackageResources.phases_json, name: "phases.json")
    for set in table["sets"]?.arrayValue ?? []
    where set["board"]?.intValue == side.board && set["isCurrent"]?.boolValue == true {
      return (set["values"]?.arrayValue ?? []).compactMap(\.intValue)
    }
    throw HaloFacts.damaged("phases.json", "it holds no current settings of board \(side.board)")
  }

  /// One channel's change.
  public struct Change: Sendable, Equatable {
    /// The channel.
    public var name: String
    /// Its present peak.
    public var peak: Int
    /// Old setting.
    public var old: Int
    /// New setting.
    public var new: Int
  }

  /// The settings that bring peaks to a time.
  ///
  /// - Parameters:
  ///   - peaks: 20 present peaks, near 01…10, far 01…10.
  ///   - target: where they are to be.
  /// - Throws: `halo.badPhase` when a setting would leave the range of the hardware.
  public func moving(
    peaks: [Int], to target: Int, detector: HaloDetector
  ) throws(CavernError) -> (setting: [Int], rows: [Change]) {
    var setting = values
    var rows: [Change] = []
    for ((place, peak), channel) in zip(zip(Self.places, peaks), detector.channels(of: side)) {
      let new = try Self.moved(values[place], by: peak - target)
      guard (0...Self.highest).contains(new) else {
        throw CavernError(
          "halo.badPhase", "\(channel.name) would need the setting \(new)", exit: .badData,
          expected: "0 to 49 or 64 to \(Self.highest)")
      }
      setting[place] = new
      rows.append(Change(name: channel.name, peak: peak, old: values[place], new: new))
    }
    return (setting, rows)
  }

  /// A setting moved by some counts, hopping over the forbidden band.
  ///
  /// - Throws: `halo.badPhase` for a setting inside the band.
  public static func moved(_ old: Int, by counts: Int) throws(CavernError) -> Int {
    guard !forbidden.contains(old) else {
      throw CavernError(
        "halo.badPhase", "the setting \(old) lies in the forbidden band", exit: .usage,
        expected: "0 to 49 or 64 and above")
    }
    let new = old + counts
    if counts > 0, old < forbidden.lowerBound, new >= forbidden.lowerBound { return new + forbidden.count }
    if counts < 0, old > forbidden.upperBound, new <= forbidden.upperBound { return new - forbidden.count }
    return new
  }
}
