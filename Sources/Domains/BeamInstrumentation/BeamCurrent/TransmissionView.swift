import Errors
import JSON

/// Bunches on a common footing: intensity over its maximum against the time since injection.
///
/// It follows the practice at the SPS: measurements before a time limit, start where the normalised intensity first exceeds a level,
/// later samples below that level left out.
public struct TransmissionView: Sendable, Equatable {
  /// Settings of the view.
  public struct Options: Sendable, Equatable {
    /// Measurements before this time in the cycle in s.
    public var end = 47.4
    /// Share of the maximum at which a bunch begins and below which samples are left out.
    public var level = 0.4
    /// Whether the baseline is subtracted.
    public var subtractsBaseline = false

    /// The defaults.
    public init() {}
  }

  /// One bunch.
  public struct Curve: Sendable, Equatable {
    /// Number in the list of selected slots.
    public var bunch: Int
    /// Slot.
    public var slot: Int
    /// Time in the cycle of the first sample above the level in s.
    public var injectionTime: Double
    /// Time since injection in s.
    public var times: [Double]
    /// Intensity over the bunch's maximum.
    public var normalised: [Double]
    /// Standard error of a normalised intensity, from the noise of the empty slots.
    public var error: Double
  }

  /// What was asked for.
  public var options: Options
  /// One curve per bunch with a sample above the level.
  public var curves: [Curve]

  /// The view of the bunches of an analysis.
  public init(_ analysis: BeamCurrentAnalysis, options: Options = Options()) {
    self.options = options
    let times = analysis.record.times
    let range = times.indices.filter { times[$0] < options.end }
    curves = analysis.chosen.compactMap { number in
      let slot = analysis.bunches[number].slot
      let values = options.subtractsBaseline ? analysis.corrected(slot: slot) : analysis.record.intensities(slot: slot)
      let largest = range.map { values[$0] }.filter(\.isFinite).max() ?? 0
      guard largest > 0, let first = range.first(where: { values[$0] / largest > options.level }) else { return nil }
      let kept = range.filter { $0 >= first && values[$0] / largest > options.level }
      return Curve(
        bunch: number, slot: slot, injectionTime: times[first], times: kept.map { times[$0] - times[first] },
        normalised: kept.map { values[$0] / largest }, error: analysis.baseline.noise / largest)
    }
  }

  /// The object of `cavern beam fbct transmission --json`.
  public func json(_ analysis: BeamCurrentAnalysis) -> JSONValue {
    var object = JSONObject(analysis.header)
    object["end_s"] = .number(options.end)
    object["level"] = .number(options.level)
    object["bunches"] = .array(
      curves.map { curve in
        let bunch = analysis.bunches[curve.bunch]
        return [
          "bunch": .integer(curve.bunch), "slot": .integer(curve.slot), "injection_s": .number(curve.injectionTime),
          "injectionTime_s": .optional(bunch.injection?.time), "points": .integer(curve.times.count),
          "lastNormalised": .optional(curve.normalised.last), "error": .number(curve.error),
          "transmission": bunch.transmission?.json ?? nil, "timeSinceInjection_s": .numbers(curve.times),
          "normalised": .numbers(curve.normalised),
        ]
      })
    return .object(object)
  }
}
