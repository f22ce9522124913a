import Errors

/// Currents of a fill by readout group and supply.
public struct ProcessedCurrents: Sendable, Equatable {
  /// The number of the fill.
  public var fill: Int
  /// Barrel or end-cap.
  public var subsystem: Subsystem
  /// Leakage current of a group, in µA.
  public var leakage: [Entry<ReadoutGroupName>]
  /// Analogue current of a supply, in A.
  public var analogue: [Entry<String>]
  /// Digital current of a supply, in A.
  public var digital: [Entry<String>]

  /// One current.
  public struct Entry<Name: Sendable & Hashable>: Sendable, Equatable {
    /// Group or supply.
    public var name: Name
    /// The current.
    public var current: Double
    /// The reading it comes from.
    public var reading: ChannelReading
    /// Channels that were added up.
    public var channels = 1
  }

  /// Splits the readings of a fill by the cabling of its detector; groups and supplies come in the order of files.
  ///
  /// In the first detector two bias channels may feed one group: their currents are added, and a group of which one is
  /// missing is flagged.
  ///
  /// - Returns: the currents, and warnings about cables that are no group or supply of the detector and about channels that
  ///   come twice.
  public static func make(
    _ fill: Int, _ subsystem: Subsystem, _ readings: [ChannelReading], facts: PixelFacts, file: String? = nil
  ) -> (currents: ProcessedCurrents, warnings: [CavernWarning]) {
    var result = ProcessedCurrents(fill: fill, subsystem: subsystem, leakage: [], analogue: [], digital: [])
    var warnings: [CavernWarning] = []
    let phase = facts.detector(ofFill: fill)
    let supplies = facts.chipsBySupply(phase)
    for var reading in collapse(readings, fill, file, &warnings) {
      let supply = reading.channel.supply
      guard supplies[supply] != nil else {
        let nearest = nearestNames(to: supply, in: supplies.keys.sorted(), limit: 1)
        warnings.append(
          CavernWarning(
            "pixel.unknownCable",
            "fill \(fill): there is no supply '\(supply)'"
              + (nearest.first.map { "; the nearest is '\($0)'" } ?? ""), file: file))
        continue
      }
      switch reading.channel.kind {
      case .leakage:
        guard let group = facts.group(biasCable: reading.channel.cable, phase) else { continue }
        result.leakage.append(Entry(name: group.name, current: reading.current, reading: reading))
      case .analogue:
        reading.flags.removeAll { $0 == .hvOff || $0 == .hvUnknown }
        result.analogue.append(Entry(name: supply, current: reading.current, reading: reading))
      case .digital: result.digital.append(Entry(name: supply, current: reading.current, reading: reading))
      }
    }
    if phase == .phase0 { result.leakage = joined(result.leakage, facts.firstDetector) }
    result.leakage.sort { $0.name < $1.name }
    result.analogue.sort { byLastCharacter($0.name, $1.name) }
    result.digital.sort { byLastCharacter($0.name, $1.name) }
    return (result, warnings)
  }

  /// One entry a group of the first detector: the sum over its bias channels.
  private static func joined(
    _ entries: [Entry<ReadoutGroupName>], _ detector: FirstDetector
  ) -> [Entry<ReadoutGroupName>] {
    let groups = Dictionary(grouping: entries, by: \.name)
    return groups.compactMap { name, parts in
      let ordered = parts.sorted { $0.reading.channel.cable < $1.reading.channel.cable }
      guard var sum = ordered.first else { return nil }
      for part in ordered.dropFirst() {
        sum.current += part.current
        sum.reading.current += part.reading.current
        sum.reading.voltage = min(sum.reading.voltage, part.reading.voltage)
        sum.reading.time = max(sum.reading.time, part.reading.time)
        sum.reading.flags += part.reading.flags.filter { !sum.reading.flags.contains($0) }
        sum.reading.window = nil
      }
      sum.channels = parts.count
      if parts.count < detector.channelCount(of: name) { sum.reading.flags.append(.missing) }
      return sum
    }
  }

  /// One reading a channel: equal ones are one, of different ones the later one counts and the channel is flagged.
  private static func collapse(
    _ readings: [ChannelReading], _ fill: Int, _ file: String?, _ warnings: inout [CavernWarning]
  ) -> [ChannelReading] {
    var place: [String: Int] = [:]
    var kept: [ChannelReading] = []
    for reading in readings {
      guard let index = place[reading.channel.cable] else {
        place[reading.channel.cable] = kept.count
        kept.append(reading)
        continue
      }
      let other = kept[index]
      if other.current == reading.current, other.time == reading.time { continue }
      warnings.append(
        CavernWarning(
          "pixel.duplicateChannel",
          "fill \(fill): \(reading.channel.cable) comes with \(other.current) at \(other.time.text) and with "
            + "\(reading.current) at \(reading.time.text); the later one counts", file: file))
      var chosen = reading.time >= other.time ? reading : other
      if !chosen.flags.contains(.duplicate) { chosen.flags.append(.duplicate) }
      kept[index] = chosen
    }
    return kept
  }

  /// Sums of the half disks of the end-cap in µA, with the number of groups in each, in order of their names.
  public var halfDisks: [(name: String, current: Double, groups: Int)] {
    var sums: [String: (Double, Int)] = [:]
    for entry in leakage {
      guard case .endCap(let half, let disk, _, _) = entry.name else { continue }
      let name = "FPix_\(half.rawValue)_D\(disk)"
      let sum = sums[name] ?? (0, 0)
      sums[name] = (sum.0 + entry.current, sum.1 + 1)
    }
    return sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value.0, $0.value.1) }
  }

  /// The text files with their names: leakage by layer, analogue, digital, and the half disks of the end-cap.
  public var files: [(name: String, text: String)] {
    func lines(_ rows: some Sequence<(String, Double)>) -> String {
      rows.map { "\($0.0) \(FixedText.decimals($0.1, 4))\n" }.joined()
    }
    let stem = "\(fill)_\(subsystem.rawValue)"
    var files = [
      ("\(stem)_HV_ByLayer.txt", lines(leakage.map { ($0.name.text, $0.current) })),
      ("\(stem)_Ana.txt", lines(analogue.map { ($0.name, $0.current) })),
      ("\(stem)_Dig.txt", lines(digital.map { ($0.name, $0.current) })),
    ]
    if subsystem == .endCap {
      files.append(("\(stem)_HV_HalfDisks.txt", lines(halfDisks.map { ($0.name, $0.current) })))
    }
    return files
  }
}
