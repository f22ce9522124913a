/// A part of the plane of time and peak code, channel by channel.
public enum HaloRegion: String, Sendable, CaseIterable {
  /// Beam halo: in the channel's window and at or above its cut.
  case signal = "SR"
  /// Everything else.
  case background = "BR"
  /// Collision products: times 29…33, codes 81…139.
  case collisions = "CP"
  /// Activation: background without collision products.
  case activation = "AR"

  /// What it is called.
  public var title: String {
    switch self {
    case .signal: "beam halo"
    case .background: "background"
    case .collisions: "collision products"
    case .activation: "activation"
    }
  }

  /// The order in which rates are listed.
  public static let rateOrder: [HaloRegion] = [.signal, .collisions, .activation, .background]

  /// Times of collision products.
  static let collisionTimes = 29...33
  /// Peak codes of collision products.
  static let collisionCodes = 81...139
}

/// The regions of all channels as a table that is looked up hit by hit.
public struct HaloRegionMap: Sendable {
  /// Bit 0 halo, bit 1 collision products; at `(50 × channel + time) × 256 + code`.
  private let bits: [UInt8]

  /// The regions that a calibration gives.
  public init(_ calibration: HaloCalibration) {
    var bits = [UInt8](repeating: 0, count: 40 * HaloSpectra.times * HaloSpectra.codes)
    for entry in calibration.entries {
      for tdc in 0..<HaloSpectra.times {
        for code in 0..<HaloSpectra.codes {
          var value: UInt8 = 0
          if entry.window.times.contains(tdc), code >= entry.window.adcCut { value |= 1 }
          if HaloRegion.collisionTimes.contains(tdc), HaloRegion.collisionCodes.contains(code) { value |= 2 }
          bits[(entry.channel.index * HaloSpectra.times + tdc) * HaloSpectra.codes + code] = value
        }
      }
    }
    self.bits = bits
  }

  /// The bits of a clean hit of a channel.
  @inline(__always)
  func bits(_ channel: Int, tdc: UInt8, code: UInt8) -> UInt8 {
    bits[(channel * HaloSpectra.times + Int(tdc)) * HaloSpectra.codes + Int(code)]
  }

  /// Whether bits belong to a region.
  @inline(__always)
  static func contains(_ region: HaloRegion, _ bits: UInt8) -> Bool {
    switch region {
    case .signal: bits & 1 != 0
    case .background: bits & 1 == 0
    case .collisions: bits & 2 != 0
    case .activation: bits == 0
    }
  }

  /// Hits of a channel in each region.
  public func counts(_ spectra: HaloSpectra, channel: Int) -> HaloRegionCounts {
    var counts = HaloRegionCounts()
    for tdc in 0..<HaloSpectra.times {
      for code in 0..<HaloSpectra.codes {
        let hits = spectra.count(channel, tdc: tdc, code: code)
        if hits > 0 { counts.add(bits(channel, tdc: UInt8(tdc), code: UInt8(code)), hits) }
      }
    }
    return counts
  }
}

/// Hits in each region.
public struct HaloRegionCounts: Sendable, Equatable {
  /// Beam halo.
  public var signal = 0
  /// Background.
  public var background = 0
  /// Activation.
  public var activation = 0
  /// Collision products.
  public var collisions = 0

  /// No hits.
  public init() {}

  /// Adds hits with these bits.
  @inline(__always)
  mutating func add(_ bits: UInt8, _ hits: Int = 1) {
    if bits & 1 != 0 { signal += hits } else { background += hits }
    if bits & 2 != 0 { collisions += hits }
    if bits == 0 { activation += hits }
  }

  /// Adds other counts.
  mutating func add(_ other: HaloRegionCounts) {
    signal += other.signal
    background += other.background
    activation += other.activation
    collisions += other.collisions
  }

  /// The hits of one region.
  public subscript(region: HaloRegion) -> Int {
    switch region {
    case .signal: signal
    case .background: background
    case .activation: activation
    case .collisions: collisions
    }
  }
}
