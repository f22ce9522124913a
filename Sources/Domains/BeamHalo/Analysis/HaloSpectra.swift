/// Clean hits of the chosen runs counted by channel, leading-edge time and peak code; every cut and panel is made from it.
public struct HaloSpectra: Sendable {
  /// Times counted, 0…49.
  public static let times = 50
  /// Peak codes counted, 0…255.
  public static let codes = 256

  /// Counts at `(50 × channel + time) × 256 + code` for the 40 channels.
  private var counts: [UInt32]
  /// The same of hits of addresses that are no channels, for +Z and −Z.
  private var unmapped: [UInt32]
  /// Hits of each channel.
  public private(set) var total: [Int]

  /// No hits.
  public init() {
    counts = [UInt32](repeating: 0, count: 40 * Self.times * Self.codes)
    unmapped = [UInt32](repeating: 0, count: 2 * Self.times * Self.codes)
    total = [Int](repeating: 0, count: 40)
  }

  /// Counts the hits of a side.
  public mutating func add(_ hits: HaloHits, _ clean: HaloClean, side: HaloSide, runs: HaloRunChoice = .all) {
    var run: UInt32?
    var isChosen = true
    for hit in 0..<hits.count {
      let place = clean.place[hit]
      if place == HaloClean.cut { continue }
      if hits.run[hit] != run {
        run = hits.run[hit]
        isChosen = runs.contains(hits.run[hit])
      }
      guard isChosen else { continue }
      let bin = Int(hits.tdc[hit]) * Self.codes + Int(hits.peak[hit])
      if place == HaloDetector.unmapped {
        unmapped[side.index * Self.times * Self.codes + bin] += 1
      } else {
        counts[Int(place) * Self.times * Self.codes + bin] += 1
        total[Int(place)] += 1
      }
    }
  }

  /// Hits of a channel at a time and code.
  @inline(__always)
  public func count(_ channel: Int, tdc: Int, code: Int) -> Int {
    Int(counts[(channel * Self.times + tdc) * Self.codes + code])
  }

  /// Hits of a side at a time and code, with or without addresses that are no channels.
  public func count(_ side: HaloSide, tdc: Int, code: Int, withUnmapped: Bool = true) -> Int {
    let first = side.index * 20
    let mapped = (first..<first + 20).reduce(0) { $0 + count($1, tdc: tdc, code: code) }
    guard withUnmapped else { return mapped }
    return mapped + Int(unmapped[(side.index * Self.times + tdc) * Self.codes + code])
  }

  /// Hits of a channel by time, for the codes of a range.
  public func times(_ channel: Int, codes: ClosedRange<Int>) -> [Int] {
    (0..<Self.times).map { tdc in codes.reduce(0) { $0 + count(channel, tdc: tdc, code: $1) } }
  }

  /// Hits of a channel by code, for the times of a range.
  public func codes(_ channel: Int, times: ClosedRange<Int>) -> [Int] {
    (0..<Self.codes).map { code in times.reduce(0) { $0 + count(channel, tdc: $1, code: code) } }
  }
}
