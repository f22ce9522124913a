/// The cuts that every analysis begins with, and how many hits are left after each.
public struct HaloCutFlow: Sendable, Equatable {
  /// Hits decoded.
  public var decoded = 0
  /// Left after hits of addresses with nothing connected.
  public var connected = 0
  /// Left after a second time of 62, or a first of 50 and above.
  public var goodTdc = 0
  /// Left after the glitch at time 25 and code 188.
  public var withoutGlitchA = 0
  /// Left after the glitch at time 0 and code 124.
  public var withoutGlitchB = 0
  /// Left after addresses that are no channels; counted in any case, applied when asked for.
  public var mapped = 0
  /// Hits of addresses that are no channels, by 1000 × fibre + channel.
  public var unmapped: [Int: Int] = [:]

  /// No hits.
  public init() {}
}

/// The hits of a side after the cuts.
public struct HaloClean: Sendable {
  /// Mark of a hit that was cut.
  public static let cut: UInt8 = 253

  /// For each hit the index of its channel, `HaloDetector.unmapped`, or `cut`.
  public private(set) var place: [UInt8]
  /// Hits after each step.
  public private(set) var flow = HaloCutFlow()

  /// Cuts the hits of which `isWanted` says no; the counts of the cuts stay.
  mutating func keep(where isWanted: (_ hit: Int) -> Bool) {
    for hit in place.indices where place[hit] != Self.cut && !isWanted(hit) { place[hit] = Self.cut }
  }

  /// Applies the cuts to the hits of a side.
  ///
  /// - Parameter keepsUnmapped: whether hits of addresses that are no channels stay; they belong to no region.
  public init(_ hits: HaloHits, side: HaloSide, detector: HaloDetector, keepsUnmapped: Bool = true) {
    let count = hits.count
    place = [UInt8](repeating: Self.cut, count: count)
    flow.decoded = count
    for hit in 0..<count {
      let index = detector.index(fibre: hits.fibre[hit], channel: hits.channel[hit], side: side)
      if index == HaloDetector.unconnected { continue }
      flow.connected += 1
      let tdc = hits.tdc[hit]
      if hits.secondTdc[hit] == 62 || tdc >= 50 { continue }
      flow.goodTdc += 1
      let peak = hits.peak[hit]
      if tdc == 25 && peak == 188 { continue }
      flow.withoutGlitchA += 1
      if tdc == 0 && peak == 124 { continue }
      flow.withoutGlitchB += 1
      if index == HaloDetector.unmapped {
        flow.unmapped[1000 * Int(hits.fibre[hit]) + Int(hits.channel[hit]), default: 0] += 1
        if keepsUnmapped { place[hit] = index }
        continue
      }
      flow.mapped += 1
      place[hit] = index
    }
  }
}
