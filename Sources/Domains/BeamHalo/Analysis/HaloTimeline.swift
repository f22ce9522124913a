import Conditions
import Errors

/// Turns orbits into UTC.
public struct HaloTimeline: Sendable, Equatable {
  /// The run whose start fixes the time.
  public private(set) var referenceRun: UInt32
  /// Its first orbit on either side, before any cut.
  public private(set) var referenceOrbit: UInt64
  /// Its start in milliseconds since 1970 UTC; 0 when nothing is known.
  public var startMilliseconds: Double
  /// Whether the start is known; otherwise times are relative to the reference orbit.
  public private(set) var isAbsolute: Bool
  /// Whether the rule found a run that begins inside the data; otherwise the first run stands in.
  public private(set) var isReliable: Bool
  /// Starts by the other runs whose start is known, in milliseconds relative to the one in force; a first hit can only be
  /// late, so the lowest is the best guess.
  public private(set) var alternatives: [(run: UInt32, shiftMilliseconds: Double)] = []

  /// The time of an orbit in milliseconds since 1970 UTC, or since the reference orbit.
  @inline(__always)
  public func milliseconds(_ orbit: UInt64) -> Double {
    let distance = orbit >= referenceOrbit ? Double(orbit - referenceOrbit) : -Double(referenceOrbit - orbit)
    return startMilliseconds + distance * HaloTime.orbitMilliseconds
  }

  /// The orbit at a time; nil before orbit 0 and beyond 2^63.
  public func orbit(_ milliseconds: Double) -> UInt64? {
    let value = ((milliseconds - startMilliseconds) / HaloTime.orbitMilliseconds + Double(referenceOrbit)).rounded(
      .down)
    return value >= 0 && value < 9e18 ? UInt64(value) : nil
  }

  /// The reference of a capture.
  ///
  /// Of the run numbers in order, from the second on, the first that both sides have, or that follows its predecessor at once
  /// on the same side: recording went on when it began. Without such a run the first run stands in, with a warning, because
  /// recording may have begun long after it.
  ///
  /// - Parameters:
  ///   - capture: the hits before any cut.
  ///   - runs: what is known about runs.
  /// - Returns: nil for a capture without hits; remarks on what is not known.
  public static func reference(
    _ capture: HaloCapture, runs: [RunRecord]
  ) -> (timeline: HaloTimeline, warnings: [CavernWarning])? {
    let firsts = capture.sides.map { $0.firstOrbits() }
    let numbers = Set(firsts.flatMap(\.keys)).sorted()
    guard let lowest = numbers.first else { return nil }
    func orbit(_ run: UInt32) -> UInt64 { firsts.compactMap { $0[run] }.min() ?? 0 }
    var warnings: [CavernWarning] = []
    var chosen: UInt32?
    for (before, run) in zip(numbers, numbers.dropFirst()) where chosen == nil {
      let isOnBoth = firsts.count == 2 && firsts.allSatisfy { $0[run] != nil }
      let followsAtOnce = run == before + 1 && firsts.contains { $0[before] != nil && $0[run] != nil }
      if isOnBoth || followsAtOnce { chosen = run }
    }
    if chosen == nil {
      warnings.append(
        CavernWarning(
          "halo.noReferenceRun",
          numbers.count == 1
            ? "only run \(lowest) is there; recording may have begun after its start, so times can be late by up to its length"
            : "no run begins inside the data; times can be off by seconds to hours"))
    }
    let run = chosen ?? lowest
    var starts: [UInt32: Double] = [:]
    for record in runs {
      if let number = UInt32(exactly: record.run), let start = record.startMilliseconds { starts[number] = start }
    }
    var timeline = HaloTimeline(
      referenceRun: run, referenceOrbit: orbit(run), startMilliseconds: starts[run] ?? 0,
      isAbsolute: starts[run] != nil, isReliable: chosen != nil)
    if !timeline.isAbsolute, let other = numbers.first(where: { starts[$0] != nil }), let start = starts[other] {
      // The rule's run is unknown, another one is known: its start fixes the same clock.
      timeline.isAbsolute = true
      timeline.startMilliseconds = 0
      timeline.startMilliseconds = start - timeline.milliseconds(orbit(other))
      warnings.append(
        CavernWarning("halo.startUnknown", "the start of run \(run) is unknown; run \(other) fixes the time instead"))
    } else if !timeline.isAbsolute, !runs.isEmpty {
      warnings.append(CavernWarning("halo.startUnknown", "the start of run \(run) is unknown; times are relative"))
    }
    if timeline.isAbsolute {
      for number in numbers where number != run {
        guard let start = starts[number] else { continue }
        timeline.alternatives.append((number, start - timeline.milliseconds(orbit(number))))
      }
    }
    return (timeline, warnings)
  }

  /// The same clock by the lowest start that any run gives.
  public func alignedToRuns() -> HaloTimeline {
    var copy = self
    let lowest = min(0, alternatives.map(\.shiftMilliseconds).min() ?? 0)
    copy.startMilliseconds += lowest
    copy.alternatives = alternatives.map { ($0.run, $0.shiftMilliseconds - lowest) }
    return copy
  }

  /// Equal when every member is.
  public static func == (left: HaloTimeline, right: HaloTimeline) -> Bool {
    left.referenceRun == right.referenceRun && left.referenceOrbit == right.referenceOrbit
      && left.startMilliseconds == right.startMilliseconds && left.isAbsolute == right.isAbsolute
      && left.isReliable == right.isReliable
      && left.alternatives.elementsEqual(right.alternatives) {
        $0.run == $1.run && $0.shiftMilliseconds == $1.shiftMilliseconds
      }
  }
}
