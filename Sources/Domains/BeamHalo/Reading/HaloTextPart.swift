/// What a block of text gave: hits, counts and damaged places, in the order of the lines.
public struct HaloTextPart: Sendable {
  /// The hits that were kept; orbits as read.
  public var hits = HaloHits()
  /// What became of the hits.
  public var tally = HaloTally()
  /// Damaged places, at most `diagnosticLimit`; lines count from the start of the block.
  public var diagnostics: [HaloDiagnostic] = []
  /// Where event numbers or orbits go back, at most `stepLimit`.
  public var stepsBack: [HaloStepBack] = []
  /// Hits whose run must be confirmed by another event of the file, in their order.
  var doubts: [HaloDoubt] = []
  /// Line of the header of the first hit, for the comparison with the block before.
  public var firstHitLine = 0

  /// Damaged places that are kept one by one; further ones are only counted.
  public static let diagnosticLimit = 100_000
  /// Steps back that are kept one by one.
  public static let stepLimit = 10_000

  /// An empty part.
  public init() {}

  /// Joins the part that follows in the same file.
  mutating func append(_ next: HaloTextPart) {
    if let lastOrbit = hits.orbit.last, let lastEvent = hits.event.last, next.hits.count > 0 {
      let isEvent = next.hits.event[0] < lastEvent
      let isOrbit = next.hits.orbit[0] < lastOrbit
      if (isEvent || isOrbit) && stepsBack.count < Self.stepLimit {
        stepsBack.append(
          HaloStepBack(hit: hits.count, line: tally.lines + next.firstHitLine, isEvent: isEvent, isOrbit: isOrbit))
      }
    }
    for step in next.stepsBack where stepsBack.count < Self.stepLimit {
      var moved = step
      moved.hit += hits.count
      moved.line += tally.lines
      stepsBack.append(moved)
    }
    for entry in next.diagnostics where diagnostics.count < Self.diagnosticLimit {
      var moved = entry
      moved.line += tally.lines
      diagnostics.append(moved)
    }
    for doubt in next.doubts {
      var moved = doubt
      moved.hits = doubt.hits.lowerBound + hits.count..<doubt.hits.upperBound + hits.count
      moved.headerLine += tally.lines
      moved.line += tally.lines
      doubts.append(moved)
    }
    if hits.count == 0 { firstHitLine = tally.lines + next.firstHitLine }
    hits.append(next.hits)
    tally.add(next.tally)
  }
}
