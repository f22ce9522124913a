import Errors

/// A lumisection with its luminosity and beam mode.
public struct Lumisection: Sendable, Equatable {
  /// CMS run.
  public var run: Int
  /// LHC fill.
  public var fill: Int
  /// Number in the run.
  public var number: Int
  /// Start in milliseconds since 1970 UTC.
  public var startMilliseconds: Double
  /// Beam mode, for example `STABLE BEAMS`.
  public var beamStatus: String
  /// Beam energy in GeV.
  public var energy: Double
  /// Delivered luminosity in µb⁻¹; 0 where it is not trusted.
  public var delivered: Double
  /// Recorded luminosity in µb⁻¹; 0 where it is not trusted.
  public var recorded: Double
  /// Average pile-up.
  public var pileUp: Double
  /// Whether it comes from a listing with norm tag.
  public var isTrusted: Bool

  /// A lumisection.
  public init(
    run: Int, fill: Int, number: Int, startMilliseconds: Double, beamStatus: String, energy: Double, delivered: Double,
    recorded: Double, pileUp: Double, isTrusted: Bool
  ) {
    self.run = run
    self.fill = fill
    self.number = number
    self.startMilliseconds = startMilliseconds
    self.beamStatus = beamStatus
    self.energy = energy
    self.delivered = delivered
    self.recorded = recorded
    self.pileUp = pileUp
    self.isTrusted = isTrusted
  }

  /// Joins the listing with norm tag and the one without.
  ///
  /// Rows of the first are trusted. Rows that only the second has give the beam mode, with luminosities of 0.
  ///
  /// - Returns: all lumisections by time.
  public static func merging(trusted: [BrilcalcListing.Row], online: [BrilcalcListing.Row]) -> [Lumisection] {
    struct Key: Hashable {
      var run: Int
      var number: Int
    }
    var known: Set<Key> = []
    var sections: [Lumisection] = []
    for (rows, isTrusted) in [(trusted, true), (online, false)] {
      for row in rows {
        guard let number = row.lumisection, known.insert(Key(run: row.run, number: number)).inserted else { continue }
        sections.append(
          Lumisection(
            run: row.run, fill: row.fill, number: number, startMilliseconds: row.startMilliseconds,
            beamStatus: row.beamStatus ?? "OTHER", energy: row.energy ?? 0, delivered: isTrusted ? row.delivered : 0,
            recorded: isTrusted ? row.recorded : 0, pileUp: isTrusted ? row.pileUp ?? 0 : 0, isTrusted: isTrusted))
      }
    }
    return sections.sorted { ($0.startMilliseconds, $0.run, $0.number) < ($1.startMilliseconds, $1.run, $1.number) }
  }
}
