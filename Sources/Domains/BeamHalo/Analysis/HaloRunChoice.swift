import Errors

/// Which runs of a capture are looked at.
public enum HaloRunChoice: Sendable, Equatable {
  /// All.
  case all
  /// Runs and inclusive ranges.
  case ranges([ClosedRange<UInt32>])

  /// From `all`, `380115`, `380115,380116` or `380100-380120`.
  ///
  /// - Throws: `halo.badRuns`.
  public init(_ text: String) throws(CavernError) {
    if text == "all" {
      self = .all
      return
    }
    var ranges: [ClosedRange<UInt32>] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt32($0) }
      guard ends.count == 1 || ends.count == 2, let first = ends[0], let last = ends[ends.count - 1], first <= last
      else {
        throw CavernError(
          "halo.badRuns", "'\(part)' is no run and no range of runs", exit: .usage,
          expected: "all, 380115, 380115,380116 or 380100-380120")
      }
      ranges.append(first...last)
    }
    self = .ranges(ranges)
  }

  /// Whether a run is chosen.
  @inline(__always)
  public func contains(_ run: UInt32) -> Bool {
    switch self {
    case .all: true
    case .ranges(let ranges): ranges.contains { $0.contains(run) }
    }
  }
}
