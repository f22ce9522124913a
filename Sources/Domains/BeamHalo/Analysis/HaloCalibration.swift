/// How the cuts of the channels are found.
public enum HaloMethod: String, Sendable, CaseIterable {
  /// As the earlier program: largest bin of time and code, 68 % interval of the codes, times peak ± 1.
  case classic
  /// Centroid over background, a window that holds 95 % of the yield, cut from the subtracted spectrum.
  case robust
}

/// What is known about a channel's calibration.
public enum HaloChannelStatus: String, Sendable, CaseIterable {
  /// Enough halo hits.
  case ok
  /// Too few halo hits over the background; the window comes from elsewhere.
  case lowStatistics = "low-statistics"
  /// No hit above the lowest code looked at.
  case noData = "no-data"
}

/// The window in which a hit of a channel is a halo hit.
public struct HaloWindow: Sendable, Equatable {
  /// Time of halo particles, 0…49.
  public var tdcPeak: Int
  /// Lowest and highest time of the window.
  public var times: ClosedRange<Int>
  /// Lowest peak code.
  public var adcCut: Int

  /// A window.
  public init(tdcPeak: Int, times: ClosedRange<Int>, adcCut: Int) {
    self.tdcPeak = tdcPeak
    self.times = times
    self.adcCut = adcCut
  }

  /// Times peak ± 1.
  public init(_ cut: HaloCut) {
    self.init(tdcPeak: cut.tdcPeak, times: (cut.tdcPeak - 1)...(cut.tdcPeak + 1), adcCut: cut.adcCut)
  }
}

/// What the classic method finds for a channel.
public struct HaloClassicCut: Sendable, Equatable {
  /// Time and code.
  public var cut: HaloCut
  /// Whether the channel has no clean hit, so that both are the defaults.
  public var isEmpty: Bool

  /// The largest bin of time 0…14 and code 128…178 gives the time; one below the lowest code of the 68 % interval around it
  /// is the cut.
  public init(_ spectra: HaloSpectra, channel: HaloChannel) {
    cut = channel.defaults
    isEmpty = spectra.total[channel.index] == 0
    guard !isEmpty else { return }
    // Code 179 joins the last of the 51 bins.
    func bin(_ tdc: Int, _ code: Int) -> Int {
      let count = spectra.count(channel.index, tdc: tdc, code: 128 + code)
      return code == 50 ? count + spectra.count(channel.index, tdc: tdc, code: 179) : count
    }
    var best = (count: -1, tdc: 0, code: 0)
    for tdc in 0...14 {
      for code in 0...50 where bin(tdc, code) > best.count { best = (bin(tdc, code), tdc, code) }
    }
    cut.tdcPeak = best.tdc
    let row = (0...50).map { bin(best.tdc, $0) }
    let low = max(0, best.code - 15)
    let high = min(50, best.code + 16)
    let total = low < high ? row[low..<high].reduce(0, +) : 0
    guard total > 0 else { return }
    var left = best.code
    var right = best.code
    func share() -> Double {
      let from = left + 1
      let to = min(right, 51)
      return from < to ? Double(row[from..<to].reduce(0, +)) / Double(total) : 0
    }
    while share() < 0.68 {
      let before = (left, right)
      if left >= low { left -= 1 }
      if right < high { right += 1 }
      if before == (left, right) { break }
    }
    while left + 1 <= 50, row[left + 1] == 0 { left += 1 }
    cut.adcCut = 128 + left
  }
}

/// Options of the robust method.
public struct HaloRobustOptions: Sendable, Equatable {
  /// Lowest peak code counted.
  public var adcFloor = 128
  /// Times among which the peak is looked for.
  public var search = 1...20

  /// The usual ones.
  public init() {}
}

/// What the robust method finds for a channel.
public struct HaloRobustCut: Sendable, Equatable {
  /// Whether there are enough halo hits.
  public var status = HaloChannelStatus.noData
  /// Time of halo particles.
  public var peak = 0
  /// Mean time over background.
  public var centroid = Double.nan
  /// Width over background, in counts.
  public var sigma = Double.nan
  /// Lowest and highest time of the window.
  public var window = 0...0
  /// Hits in the window.
  public var inWindow = 0
  /// Background in each bin of time.
  public var background = 0.0
  /// Share of halo hits in the window.
  public var purity = Double.nan
  /// Lowest code that keeps at least 95 % of the subtracted spectrum; nil when there is none.
  public var adcCut: Int?

  /// Finds peak, window and cut.
  public init(_ spectra: HaloSpectra, channel: HaloChannel, options: HaloRobustOptions = HaloRobustOptions()) {
    self.init(times: spectra.times(channel.index, codes: options.adcFloor...255), options: options)
    if status != .noData { findCut(spectra, channel.index, floor: options.adcFloor) }
  }

  /// Finds peak and window, but no cut.
  ///
  /// - Parameter counts: hits at or above the lowest code by time, 50 numbers.
  init(times counts: [Int], options: HaloRobustOptions) {
    guard counts.contains(where: { $0 > 0 }) else { return }
    func at(_ tdc: Int) -> Int { counts.indices.contains(tdc) ? counts[tdc] : 0 }
    var seed = options.search.lowerBound
    var best = (sum: -1, centre: -1)
    for tdc in options.search {
      let sum = at(tdc - 1) + at(tdc) + at(tdc + 1)
      if (sum, at(tdc)) > best { (seed, best) = (tdc, (sum, at(tdc))) }
    }
    var side = counts.indices.filter { abs($0 - seed) > 5 && !(27...35).contains($0) }.map { counts[$0] }.sorted()
    let trim = side.count / 10
    side = Array(side.dropFirst(trim).dropLast(trim))
    background = side.isEmpty ? 0 : Double(side.reduce(0, +)) / Double(side.count)
    var weight = 0.0
    var first = 0.0
    var second = 0.0
    for tdc in seed - 3...seed + 3 {
      let excess = max(Double(at(tdc)) - background, 0)
      weight += excess
      first += excess * Double(tdc)
      second += excess * Double(tdc) * Double(tdc)
    }
    if weight > 0 {
      centroid = first / weight
      sigma = max(second / weight - centroid * centroid, 0).squareRoot()
      peak = Int((centroid + 0.5).rounded(.down))
    } else {
      (centroid, sigma, peak) = (Double(seed), 0, seed)
    }
    findWindow(at)
    let excess = Double(inWindow) - background * Double(window.count)
    purity = inWindow > 0 ? excess / Double(inWindow) : .nan
    let isClear = inWindow > 0 && excess >= 20 && excess / Double(inWindow).squareRoot() >= 4
    status = isClear ? .ok : .lowStatistics
  }

  /// From peak ± 1 outwards until 95 % of the yield of peak ± 4 is in.
  private mutating func findWindow(_ at: (Int) -> Int) {
    func excess(_ times: ClosedRange<Int>) -> Double { times.reduce(0) { $0 + Double(at($1)) - background } }
    // There is no bin below 0 or above 49, nor background in it.
    window = (peak - 1...peak + 1).clamped(to: 0...49)
    let widest = (peak - 4...peak + 4).clamped(to: 0...49)
    let yield = excess(widest)
    while excess(window) < 0.95 * yield, window.count < 9 {
      let below = window.lowerBound - 1
      let above = window.upperBound + 1
      let canGoDown = below >= widest.lowerBound
      let canGoUp = above <= widest.upperBound
      guard canGoDown || canGoUp else { break }
      if canGoUp, !canGoDown || at(above) >= at(below) {
        window = window.lowerBound...above
      } else {
        window = below...window.upperBound
      }
    }
    inWindow = window.reduce(0) { $0 + at($1) }
  }

  /// The lowest code that keeps at least 95 % of the window's spectrum less the side bands 10…22 and 37…48.
  private mutating func findCut(_ spectra: HaloSpectra, _ channel: Int, floor: Int) {
    let sideTimes = (Array(10...22) + Array(37...48)).filter { !window.contains($0) }
    let inside = window.clamped(to: 0...49)
    let scale = Double(inside.count) / Double(max(sideTimes.count, 1))
    var spectrum = [Double](repeating: 0, count: 256)
    for code in floor...255 {
      let signal = inside.reduce(0) { $0 + spectra.count(channel, tdc: $1, code: code) }
      let band = sideTimes.reduce(0) { $0 + spectra.count(channel, tdc: $1, code: code) }
      spectrum[code] = Double(signal) - scale * Double(band)
    }
    let total = spectrum.reduce(0, +)
    guard total > 0 else { return }
    var kept = 0.0
    for code in stride(from: 255, through: floor, by: -1) {
      kept += spectrum[code]
      if kept >= 0.95 * total {
        adcCut = code
        return
      }
    }
  }
}
