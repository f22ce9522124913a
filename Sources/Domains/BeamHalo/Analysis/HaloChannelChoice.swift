import Errors

/// Which channels are looked at.
public struct HaloChannelChoice: Sendable, Equatable {
  /// For each channel in the order of the detector whether it is chosen.
  private let isChosen: [Bool]

  /// From names (`PN03`), groups (`PN`, `PF`, `MN`, `MF`), sides (`+Z`, `-Z`) or `all`, parted by commas.
  ///
  /// - Throws: `halo.unknownChannel` with the nearest names.
  public init(_ names: [String], detector: HaloDetector) throws(CavernError) {
    var isChosen = [Bool](repeating: false, count: detector.channels.count)
    for name in names {
      let own = detector.channels.filter { name == "all" || [$0.name, $0.group, $0.side.label].contains(name) }
      guard !own.isEmpty else {
        let known = ["all", "+Z", "-Z", "PN", "PF", "MN", "MF"] + detector.channels.map(\.name)
        throw CavernError(
          "halo.unknownChannel", "there is no channel or group '\(name)'", exit: .usage,
          expected: "all, +Z, -Z, PN, PF, MN, MF, or names of channels, parted by commas",
          nearest: nearestNames(to: name, in: known))
      }
      for channel in own { isChosen[channel.index] = true }
    }
    self.isChosen = isChosen
  }

  /// Whether a channel is chosen, by its position in the detector; addresses that are no channels never are.
  public func contains(_ index: UInt8) -> Bool { isChosen.indices.contains(Int(index)) && isChosen[Int(index)] }
}
