/// Hits of one side, column by column, in the order of the files; 44 bytes a hit, 24 without their samples.
public struct HaloHits: Sendable, Equatable {
  /// Number of the readout event.
  public var event: [UInt32] = []
  /// Bunch slot, 0…3563; 3564 is kept as overflow.
  public var bunchSlot: [UInt16] = []
  /// Orbit; as read, or with the turns of the counter added once `OrbitClock` has gone over them.
  public var orbit: [UInt64] = []
  /// CMS run.
  public var run: [UInt32] = []
  /// Fibre of the board.
  public var fibre: [UInt8] = []
  /// Channel on the fibre.
  public var channel: [UInt8] = []
  /// Leading-edge time in counts of 0.5 ns; 50…63 are codes and no times.
  public var tdc: [UInt8] = []
  /// A second leading edge; −1 for none.
  public var secondTdc: [Int8] = []
  /// Largest of the 20 samples.
  public var peak: [UInt8] = []
  /// Position of the first largest sample.
  public var peakSample: [UInt8] = []
  /// 20 codes a hit, one every 25 ns; empty where the samples were not asked for, since only their peak is.
  public var samples: [UInt8] = []

  /// Samples of one hit.
  public static let samplesPerHit = 20

  /// No hits.
  public init() {}

  /// Number of hits.
  public var count: Int { event.count }

  /// Makes room for so many hits.
  ///
  /// - Parameter withSamples: whether the samples are kept as well.
  public mutating func reserve(_ count: Int, withSamples: Bool = true) {
    event.reserveCapacity(count)
    bunchSlot.reserveCapacity(count)
    orbit.reserveCapacity(count)
    run.reserveCapacity(count)
    fibre.reserveCapacity(count)
    channel.reserveCapacity(count)
    tdc.reserveCapacity(count)
    secondTdc.reserveCapacity(count)
    peak.reserveCapacity(count)
    peakSample.reserveCapacity(count)
    if withSamples { samples.reserveCapacity(count * Self.samplesPerHit) }
  }

  /// Adds the hits of another list after the last.
  public mutating func append(_ other: HaloHits) {
    event.append(contentsOf: other.event)
    bunchSlot.append(contentsOf: other.bunchSlot)
    orbit.append(contentsOf: other.orbit)
    run.append(contentsOf: other.run)
    fibre.append(contentsOf: other.fibre)
    channel.append(contentsOf: other.channel)
    tdc.append(contentsOf: other.tdc)
    secondTdc.append(contentsOf: other.secondTdc)
    peak.append(contentsOf: other.peak)
    peakSample.append(contentsOf: other.peakSample)
    samples.append(contentsOf: other.samples)
  }

  /// The same hits without any, keeping the room.
  public mutating func removeAll() {
    event.removeAll(keepingCapacity: true)
    bunchSlot.removeAll(keepingCapacity: true)
    orbit.removeAll(keepingCapacity: true)
    run.removeAll(keepingCapacity: true)
    fibre.removeAll(keepingCapacity: true)
    channel.removeAll(keepingCapacity: true)
    tdc.removeAll(keepingCapacity: true)
    secondTdc.removeAll(keepingCapacity: true)
    peak.removeAll(keepingCapacity: true)
    peakSample.removeAll(keepingCapacity: true)
    samples.removeAll(keepingCapacity: true)
  }

  /// The same hits without the first few.
  mutating func removeFirst(_ number: Int) {
    let number = min(number, count)
    if !samples.isEmpty { samples.removeFirst(number * Self.samplesPerHit) }
    event.removeFirst(number)
    bunchSlot.removeFirst(number)
    orbit.removeFirst(number)
    run.removeFirst(number)
    fibre.removeFirst(number)
    channel.removeFirst(number)
    tdc.removeFirst(number)
    secondTdc.removeFirst(number)
    peak.removeFirst(number)
    peakSample.removeFirst(number)
  }

  /// The hits at some positions.
  func selecting(_ chosen: [Int]) -> HaloHits {
    var kept = HaloHits()
    kept.reserve(chosen.count, withSamples: !samples.isEmpty)
    for hit in chosen {
      kept.event.append(event[hit])
      kept.bunchSlot.append(bunchSlot[hit])
      kept.orbit.append(orbit[hit])
      kept.run.append(run[hit])
      kept.fibre.append(fibre[hit])
      kept.channel.append(channel[hit])
      kept.tdc.append(tdc[hit])
      kept.secondTdc.append(secondTdc[hit])
      kept.peak.append(peak[hit])
      kept.peakSample.append(peakSample[hit])
      if !samples.isEmpty { kept.samples.append(contentsOf: samples(of: hit)) }
    }
    return kept
  }

  /// The 20 samples of a hit, which must have been kept.
  public func samples(of hit: Int) -> ArraySlice<UInt8> {
    samples[hit * Self.samplesPerHit..<(hit + 1) * Self.samplesPerHit]
  }
}
