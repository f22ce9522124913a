/// Adds the turns of the orbit counter, and finds where it was started anew.
public enum OrbitClock {
  /// Adds 2^32 orbits for each turn of the counter, in place.
  ///
  /// Each time a value drops from at least 0.9 × 2^32 to at most 0.1 × 2^32, 2^32 is added to it and to everything after. Any
  /// other drop is a restart or a wrong order of files: nothing is added there.
  ///
  /// - Returns: positions of the hits before which the counter jumped back.
  public static func unwrap(_ orbits: inout [UInt64]) -> [Int] {
    var reading = Reading()
    var jumps: [Int] = []
    for hit in orbits.indices {
      let (orbit, isJump) = reading.unwrapped(orbits[hit])
      if isJump { jumps.append(hit) }
      orbits[hit] = orbit
    }
    return jumps
  }

  /// Where the counter stands after some hits.
  struct Reading: Sendable {
    /// The last value as read; nil before the first.
    var last: UInt64?
    /// Orbits added for its turns so far.
    var offset: UInt64 = 0

    /// The value with the turns added, and whether the counter jumped back without a turn.
    mutating func unwrapped(_ raw: UInt64) -> (orbit: UInt64, isJump: Bool) {
      var isJump = false
      if let last, raw < last {
        if isTurn(from: last, to: raw) { offset &+= HaloTime.counterPeriod } else { isJump = true }
      }
      last = raw
      // Only values close to 2^64, which no counter reaches, could run over; they stay as they are.
      let (sum, isOver) = raw.addingReportingOverflow(offset)
      return (isOver ? raw : sum, isJump)
    }
  }

  /// Whether a drop is the counter starting over after 2^32 orbits.
  static func isTurn(from previous: UInt64, to next: UInt64) -> Bool {
    previous < HaloTime.counterPeriod && Double(previous) >= 0.9 * Double(HaloTime.counterPeriod)
      && Double(next) <= 0.1 * Double(HaloTime.counterPeriod)
  }

  /// How many turns one side lacks against the other, from the first orbits of the runs that both have.
  ///
  /// - Returns: turns to add to the first side (negative: to the second); nil when the sides agree or do not fit.
  public static func turnsBetween(_ first: [UInt32: UInt64], _ second: [UInt32: UInt64]) -> Int? {
    let period = Double(HaloTime.counterPeriod)
    var turns: Set<Int> = []
    for (run, orbit) in first {
      guard let other = second[run] else { continue }
      let difference = Double(other) - Double(orbit)
      let nearest = (difference / period).rounded()
      guard abs(nearest) < 1e6, abs(difference - nearest * period) < 0.1 * period else { return nil }
      turns.insert(Int(nearest))
    }
    guard turns.count == 1, let only = turns.first, only != 0 else { return nil }
    return only
  }
}
