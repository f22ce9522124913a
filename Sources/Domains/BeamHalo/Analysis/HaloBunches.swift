/// Halo hits of a side by kind of bunch slot, as far as the data tell it without a filling scheme.
public struct HaloBunches: Sendable, Equatable {
  /// Slots of the gap in which the beam is dumped: the last 119 of the orbit, 3445…3563.
  public static let abortGap = 3445...3563

  /// Halo hits in the abort gap.
  public var inAbortGap = 0
  /// Halo hits in slots with collision hits.
  public var colliding = 0
  /// Halo hits in slots with halo hits but no collision hits: bunches without partner, or satellites.
  public var nonColliding = 0
  /// Slots with collision hits.
  public var collidingSlots = 0
  /// Slots with at least three halo hits but no collision hits.
  public var nonCollidingSlots = 0

  /// Sorts the halo hits of a side.
  public init(_ hits: HaloHits, _ clean: HaloClean, map: HaloRegionMap, runs: HaloRunChoice = .all) {
    var signal = [Int](repeating: 0, count: 3565)
    var collisions = signal
    for hit in 0..<hits.count {
      let place = clean.place[hit]
      guard place < 40, runs.contains(hits.run[hit]) else { continue }
      let bits = map.bits(Int(place), tdc: hits.tdc[hit], code: hits.peak[hit])
      let slot = min(Int(hits.bunchSlot[hit]), 3564)
      if bits & 1 != 0 { signal[slot] += 1 }
      if bits & 2 != 0 { collisions[slot] += 1 }
    }
    for slot in 0..<3564 {
      if Self.abortGap.contains(slot) {
        inAbortGap += signal[slot]
      } else if collisions[slot] > 0 {
        colliding += signal[slot]
        collidingSlots += 1
      } else {
        nonColliding += signal[slot]
        if signal[slot] >= 3 { nonCollidingSlots += 1 }
      }
    }
  }
}
