/// Halo and background hits of a side by bunch slot.
public struct HaloOccupancy: Sendable, Equatable {
  /// Halo hits in the slots 0…3564; the last holds the overflow.
  public var signal = [Int](repeating: 0, count: 3565)
  /// Background hits in the slots 0…3564.
  public var background = [Int](repeating: 0, count: 3565)

  /// The clean hits of the chosen runs.
  public init(_ hits: HaloHits, _ clean: HaloClean, map: HaloRegionMap, runs: HaloRunChoice = .all) {
    for hit in 0..<hits.count {
      let place = clean.place[hit]
      guard place < 40, runs.contains(hits.run[hit]) else { continue }
      let slot = min(Int(hits.bunchSlot[hit]), 3564)
      if map.bits(Int(place), tdc: hits.tdc[hit], code: hits.peak[hit]) & 1 != 0 {
        signal[slot] += 1
      } else {
        background[slot] += 1
      }
    }
  }
}

/// Times of the halo hits of a channel, or of a side.
public struct HaloStability: Sendable, Equatable {
  /// The name of the channel, or `ALL`.
  public var name: String
  /// The end of CMS.
  public var side: HaloSide
  /// Hits at each time, 0…49.
  public var times: [Int]

  /// Number of hits.
  public var count: Int { times.reduce(0, +) }
  /// Mean time; nil without hits.
  public var mean: Double? {
    let number = count
    guard number > 0 else { return nil }
    return Double(times.enumerated().reduce(0) { $0 + $1.offset * $1.element }) / Double(number)
  }
  /// Most frequent time, the lowest on a tie; nil without hits.
  public var mode: Int? { count > 0 ? HaloCalibration.mode(times) : nil }
  /// Standard deviation with n − 1; nil below two hits.
  public var deviation: Double? {
    guard let mean, count > 1 else { return nil }
    let sum = times.enumerated().reduce(0.0) {
      $0 + Double($1.element) * (Double($1.offset) - mean) * (Double($1.offset) - mean)
    }
    return (sum / Double(count - 1)).squareRoot()
  }

  /// Each channel of a side, then `ALL`: peak code at or above the cut, time in peak − 5 ..< peak + 5.
  public static func rows(_ spectra: HaloSpectra, _ calibration: HaloCalibration, side: HaloSide) -> [HaloStability] {
    var all = [Int](repeating: 0, count: HaloSpectra.times)
    var rows: [HaloStability] = []
    for entry in calibration.entries where entry.channel.side == side {
      let peak = entry.window.tdcPeak
      let spectrum = spectra.times(entry.channel.index, codes: min(entry.window.adcCut, 255)...255)
      let times = spectrum.enumerated().map { peak - 5 <= $0.offset && $0.offset < peak + 5 ? $0.element : 0 }
      for tdc in times.indices { all[tdc] += times[tdc] }
      rows.append(HaloStability(name: entry.channel.name, side: side, times: times))
    }
    return rows + [HaloStability(name: "ALL", side: side, times: all)]
  }
}
