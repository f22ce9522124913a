/// What became of the hits of one file.
public struct HaloTally: Sendable, Equatable {
  /// Name of the file without its folder.
  public var file = ""
  /// Bytes read.
  public var bytes = 0
  /// Lines read; 0 for binary files.
  public var lines = 0
  /// Hits kept.
  public var kept = 0
  /// Hits left out because the threshold was never crossed.
  public var withoutTdc = 0
  /// Hits left out because they have three or more times.
  public var withManyTdcs = 0
  /// Hits lost to damage.
  public var lost = 0
  /// Damaged places.
  public var damagedPlaces = 0
  /// Damaged places by kind, in the order of `HaloDiagnostic.Kind.allCases`.
  public var byKind = [Int](repeating: 0, count: HaloDiagnostic.Kind.allCases.count)

  /// Nothing read.
  public init() {}

  /// Adds what another part of the file gave.
  mutating func add(_ other: HaloTally) {
    bytes += other.bytes
    lines += other.lines
    kept += other.kept
    withoutTdc += other.withoutTdc
    withManyTdcs += other.withManyTdcs
    lost += other.lost
    damagedPlaces += other.damagedPlaces
    for kind in byKind.indices { byKind[kind] += other.byKind[kind] }
  }
}
