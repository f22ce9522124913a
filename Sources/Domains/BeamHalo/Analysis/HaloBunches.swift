/// Halo hits of a side by kind of bunch slot: by the filling scheme, or as far as the data tell it without one.
public struct HaloBunches: Sendable, Equatable {
  /// Slots of the gap in which the beam is dumped: the last 119 of the orbit, 3445…3563.
  public static let abortGap = 3445...3563

  /// Halo hits in the abort gap.
  public var inAbortGap = 0
  /// Halo hits in slots in which both beams have a bunch; without a scheme, with collision hits.
  public var colliding = 0
  /// Halo hits in the other slots with a bunch of the incoming beam; without a scheme, in slots without collision hits:
  /// bunches without partner, or satellites.
  public var nonColliding = 0
  /// Halo hits in slots without a bunch, by the scheme.
  public var empty = 0
  /// Colliding slots.
  public var collidingSlots = 0
  /// Slots with a bunch without partner; without a scheme, with at least three halo hits but no collision hits.
  public var nonCollidingSlots = 0

  /// Sorts the halo hits of a side.
  public init(
    _ hits: HaloHits, _ clean: HaloClean, map: HaloRegionMap, runs: HaloRunChoice = .all, side: HaloSide,
    filling: HaloFillingScheme? = nil
  ) {
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
      } else if let filling {
        if filling.isColliding(slot) {
          colliding += signal[slot]
          collidingSlots += 1
        } else if filling.isFilled(slot, side) {
          nonColliding += signal[slot]
          nonCollidingSlots += 1
        } else {
          empty += signal[slot]
        }
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
