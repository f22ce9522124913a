/// Hits of an event whose header may have lost the last digit of its run number.
///
/// An older header ends with its run number, and a rule follows. With an empty line between the two, either a blank line got in,
/// or a line end took the place of the number's last digit. Only the other events of the file can tell.
struct HaloDoubt: Sendable, Equatable {
  /// The hits.
  var hits: Range<Int>
  /// Their run as read.
  var run: UInt32
  /// Line of the header.
  var headerLine: Int
  /// Line of the first of the hits.
  var line: Int
  /// That line.
  var text: String
}

extension HaloTextPart {
  /// Counts a damaged place, and lists it while there is room.
  mutating func note(_ entry: HaloDiagnostic) {
    tally.lost += entry.hitsLost
    tally.damagedPlaces += 1
    tally.byKind[HaloDiagnostic.Kind.allCases.firstIndex(of: entry.kind) ?? 0] += 1
    if diagnostics.count < Self.diagnosticLimit { diagnostics.append(entry) }
  }

  /// Keeps doubtful hits whose run other events of the file have, and counts the others as hits without a header.
  mutating func settleDoubts() {
    guard !doubts.isEmpty else { return }
    var runs: Set<UInt32> = []
    var hit = 0
    for doubt in doubts + [HaloDoubt(hits: hits.count..<hits.count, run: 0, headerLine: 0, line: 0, text: "")] {
      runs.formUnion(hits.run[hit..<doubt.hits.lowerBound])
      hit = doubt.hits.upperBound
    }
    let lost = doubts.filter { !runs.contains($0.run) }
    doubts = []
    guard !lost.isEmpty else { return }
    var chosen: [Int] = []
    chosen.reserveCapacity(hits.count)
    hit = 0
    for doubt in lost {
      chosen += hit..<doubt.hits.lowerBound
      hit = doubt.hits.upperBound
      tally.kept -= doubt.hits.count
      note(HaloDiagnostic(.recordWithoutHeader, line: doubt.line, hitsLost: doubt.hits.count, text: doubt.text))
    }
    chosen += hit..<hits.count
    diagnostics.sort { $0.line < $1.line }
    stepsBack = stepsBack.compactMap { step in
      guard !lost.contains(where: { $0.hits.contains(step.hit) }) else { return nil }
      var moved = step
      moved.hit -= lost.reduce(0) { $0 + ($1.hits.upperBound <= step.hit ? $1.hits.count : 0) }
      return moved
    }
    hits = hits.selecting(chosen)
  }
}
