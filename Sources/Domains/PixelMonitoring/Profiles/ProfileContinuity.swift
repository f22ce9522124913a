import Errors
import JSON

/// Whether the steps of a profile follow each other without gaps and overlaps, and what they add up to.
public struct ProfileContinuity: Sendable, Equatable {
  /// A place where a step does not begin where the one before ends.
  public struct Seam: Sendable, Equatable {
    /// What is wrong there.
    public enum Kind: String, Sendable {
      /// Time without a step.
      case gap
      /// Time with two steps.
      case overlap
    }

    /// End of the step before, in s since 1970.
    public var after: Double
    /// End of the step behind, in s since 1970.
    public var next: Double
    /// Gap or overlap.
    public var kind: Kind
    /// Its length, in s, above zero.
    public var seconds: Double
  }

  /// The seams in order of time.
  public var seams: [Seam]
  /// Number of steps.
  public var rows: Int
  /// Sum of their lengths, in s.
  public var duration: Double
  /// Sum of their fluences, in n_eq/cm².
  public var fluence: Double
  /// End of the first step, in s since 1970.
  public var first: Double
  /// End of the last step, in s since 1970.
  public var last: Double
  /// Steps of no length.
  public var emptySteps: Int

  /// Looks at a profile.
  public init(_ profile: RadiationProfile) {
    seams = zip(profile.rows, profile.rows.dropFirst()).compactMap { before, row in
      let distance = row.start - before.timestamp
      // Below a microsecond lies the resolution of the written times.
      guard abs(distance) > 1.5e-6 else { return nil }
      return Seam(
        after: before.timestamp, next: row.timestamp, kind: distance > 0 ? .gap : .overlap, seconds: abs(distance))
    }
    rows = profile.rows.count
    duration = profile.totalDuration
    fluence = profile.totalFluence
    first = profile.rows.first?.timestamp ?? .nan
    last = profile.rows.last?.timestamp ?? .nan
    emptySteps = profile.rows.count { $0.duration == 0 }
  }

  /// Sum of the gaps, in s.
  public var gapSeconds: Double { seams.reduce(0) { $0 + ($1.kind == .gap ? $1.seconds : 0) } }
  /// Sum of the overlaps, in s.
  public var overlapSeconds: Double { seams.reduce(0) { $0 + ($1.kind == .overlap ? $1.seconds : 0) } }

  /// The seams for scripts.
  public var seamsJSON: JSONValue {
    .array(
      seams.map {
        [
          "after_timestamp": Self.number($0.after), "next_row_timestamp": Self.number($0.next),
          "kind": .string($0.kind.rawValue), "seconds": Self.number($0.seconds),
        ]
      })
  }

  /// The sums for scripts.
  public var totalsJSON: JSONValue {
    [
      "rows": .integer(rows), "duration_s": Self.number(duration), "fluence_n_eq_cm2": .number(fluence),
      "first_timestamp": Self.number(first), "last_timestamp": Self.number(last),
    ]
  }

  /// Whole where the number is.
  static func number(_ value: Double) -> JSONValue { Int(exactly: value).map { .integer($0) } ?? .number(value) }
}

extension RadiationProfile {
  /// The profile with a step of no fluence in every gap.
  ///
  /// - Parameter temperature: of these steps, in K.
  public func fillingGaps(temperature: Double) -> RadiationProfile {
    var filled: [Row] = []
    for row in rows {
      if let last = filled.last, row.start - last.timestamp > 1.5e-6 {
        filled.append(
          Row(
            fill: Int(Self.missing), timestamp: row.start, duration: row.start - last.timestamp,
            temperature: temperature, fluenceRate: 0, current: Self.missing))
      }
      filled.append(row)
    }
    return RadiationProfile(rows: filled, heading: heading, form: form)
  }

  /// The profile in which a step that begins before the end of the one before is shortened; nothing else of it changes.
  public func trimmingOverlaps() -> RadiationProfile {
    var trimmed = rows
    for index in trimmed.indices.dropFirst() where trimmed[index].start < trimmed[index - 1].timestamp {
      trimmed[index].duration = trimmed[index].timestamp - trimmed[index - 1].timestamp
    }
    return RadiationProfile(rows: trimmed, heading: heading, form: form)
  }
}
