import Instruments

/// Watches a ramp to its end: a pure function of readings and elapsed time.
public struct RampWatch: Sendable, Hashable {
  /// Where a ramp stands.
  public enum Verdict: Sendable, Hashable {
    /// On its way.
    case going
    /// There.
    case done
    /// A fault bit is set.
    case fault([String])
    /// The output went off on its way.
    case wentOff
    /// It takes longer than it can.
    case late
  }

  /// Where it is to end, a magnitude in volts.
  public var target: Double
  /// After how many seconds it is late.
  public var deadline: Double

  /// A ramp.
  ///
  /// - Parameters:
  ///   - from: where it begins, in volts.
  ///   - target: where it is to end.
  ///   - rate: in V/s.
  public init(from: Double, to target: Double, rate: Double) {
    self.target = target
    // Half as long again as the rate says, and ten seconds for the first step.
    deadline = abs(target - from) / max(rate, 0.1) * 1.5 + 10
  }

  /// What a reading says; volts are magnitudes, seconds since the beginning.
  public func judge(voltage: Double, status: CAENStatus, after seconds: Double) -> Verdict {
    // An output below its set point is no fault as long as there is time; every other fault bit is.
    let faults = status.rampFaults.filter { $0 != "UNV" && $0 != "OVV" }
    if !faults.isEmpty { return .fault(faults) }
    if target > 0, !status.isOn { return .wentOff }
    if !status.isRamping, abs(voltage - target) <= max(1, 0.005 * target) { return .done }
    return seconds > deadline ? .late : .going
  }
}
