import Errors
import JSON

/// One quartz bar with its place and its default cuts.
public struct HaloChannel: Sendable, Equatable {
  /// The end of CMS.
  public var side: HaloSide
  /// The name, for example `PN01`: side (P, M), near or far (N, F), number.
  public var name: String
  /// Fibre of the board.
  public var fibre: Int
  /// Channel on the fibre.
  public var fibreChannel: Int
  /// Angle of the bar seen from the beam, in degrees.
  public var angleDegrees: Double
  /// Position among all 40, +Z first, near side first.
  public var index: Int
  /// Leading-edge time of halo and lowest peak code since the time alignment of autumn 2022.
  public var defaults: HaloCut
  /// The same before it.
  public var oldDefaults: HaloCut

  /// 10 × fibre + channel.
  public var code: Int { 10 * fibre + fibreChannel }

  /// The group of ten: `PN`, `PF`, `MN` or `MF`.
  public var group: String { String(name.prefix(2)) }
}

/// The two numbers that make a hit of a channel a halo hit.
public struct HaloCut: Sendable, Equatable {
  /// Leading-edge time of halo particles in counts of 0.5 ns, 0…49.
  public var tdcPeak: Int
  /// Lowest peak code of a halo hit, 0…255.
  public var adcCut: Int

  /// Time and code.
  public init(tdcPeak: Int, adcCut: Int) {
    self.tdcPeak = tdcPeak
    self.adcCut = adcCut
  }
}

/// What is fixed about the detector: its channels, its charge scale and its phase settings.
public struct HaloDetector: Sendable {
  /// The 40 channels: +Z then −Z, each near 01…10, far 01…10.
  public let channels: [HaloChannel]
  /// Charge in fC at the centre of each of the 256 codes of the QIE10; not monotonic where the range changes.
  public let charge: [Double]
  /// What an address means: index of a channel, or `unconnected` or `unmapped`; by `256 × fibre + channel`.
  let addresses: [UInt8]

  /// Mark of an address that exists and has nothing connected.
  public static let unconnected: UInt8 = 254
  /// Mark of an address that is no channel of the monitor.
  public static let unmapped: UInt8 = 255

  /// The detector as the built-in tables have it.
  ///
  /// - Throws: `facts.damaged` when a table does not hold what it must.
  public init() throws(CavernError) {
    let table = try HaloFacts.json(PackageResources.channels_json, name: "channels.json")
    var channels: [HaloChannel] = []
    for row in table["channels"]?.arrayValue ?? [] {
      guard let side = row["board"]?.intValue.flatMap(HaloSide.init(rawValue:)), let name = row["name"]?.stringValue,
        let fibre = row["fibre"]?.intValue, let channel = row["channel"]?.intValue,
        let angle = row["angle_deg"]?.doubleValue, let peak = row["tdcPeak"]?.intValue,
        let cut = row["adcCut"]?.intValue, let oldPeak = row["oldTdcPeak"]?.intValue,
        let oldCut = row["oldAdcCut"]?.intValue
      else { throw HaloFacts.damaged("channels.json", "row \(channels.count + 1) is not whole") }
      channels.append(
        HaloChannel(
          side: side, name: name, fibre: fibre, fibreChannel: channel, angleDegrees: angle, index: channels.count,
          defaults: HaloCut(tdcPeak: peak, adcCut: cut), oldDefaults: HaloCut(tdcPeak: oldPeak, adcCut: oldCut)))
    }
    guard channels.count == 40 else {
      throw HaloFacts.damaged("channels.json", "it holds \(channels.count) channels, not 40")
    }
    self.channels = channels
    charge = try Self.charges()
    var addresses = [UInt8](repeating: Self.unmapped, count: 65536)
    for channel in channels where channel.side == .plus {
      addresses[256 * channel.fibre + channel.fibreChannel] = UInt8(channel.index)
    }
    for pair in table["unconnected"]?.arrayValue ?? [] {
      guard let fibre = pair[0]?.intValue, let channel = pair[1]?.intValue, (0..<256).contains(fibre),
        (0..<256).contains(channel)
      else { throw HaloFacts.damaged("channels.json", "an unconnected address is not a pair") }
      addresses[256 * fibre + channel] = Self.unconnected
    }
    self.addresses = addresses
  }

  private static func charges() throws(CavernError) -> [Double] {
    let table = try HaloFacts.json(PackageResources.charge_json, name: "charge.json")
    let charge = (table["charge"]?.arrayValue ?? []).compactMap(\.doubleValue)
    guard charge.count == 256 else {
      throw HaloFacts.damaged("charge.json", "it holds \(charge.count) charges, not 256")
    }
    return charge
  }

  /// The index (0…39) of the channel at an address of a side, or `unconnected` or `unmapped`.
  @inline(__always)
  public func index(fibre: UInt8, channel: UInt8, side: HaloSide) -> UInt8 {
    let place = addresses[256 * Int(fibre) + Int(channel)]
    return place < 20 && side == .minus ? place + 20 : place
  }

  /// The channels of a side, in order.
  public func channels(of side: HaloSide) -> ArraySlice<HaloChannel> {
    side == .plus ? channels[0..<20] : channels[20..<40]
  }

  /// The channel of that name.
  ///
  /// - Throws: `halo.unknownChannel` with the nearest names.
  public func channel(named name: String) throws(CavernError) -> HaloChannel {
    if let found = channels.first(where: { $0.name == name }) { return found }
    throw CavernError(
      "halo.unknownChannel", "there is no channel '\(name)'", exit: .usage, expected: "PN01 … PF10, MN01 … MF10",
      nearest: nearestNames(to: name, in: channels.map(\.name)))
  }
}
