import Errors

/// Which photomultiplier serves each row of a scan, and what the rows hold there.
struct ChannelChoice {
  /// The photomultiplier's place, when it is one for the whole scan.
  var channel: Int?
  /// The place per row.
  var channels: [Int]
  /// The profile per row.
  var profiles: [ProfileSamples]
  /// What each row holds.
  var contents: [BunchSelection.Content]
  /// Baseline, noise and area per row.
  var baselines: [ProfileBaseline?]
  /// The typical area.
  var typicalArea: Double?
  /// The highest sample of the scan in the photomultipliers used.
  var scanMaximum: Double
  /// Signal over noise of the second best photomultiplier over that of the best; 0 unless the choice was the data's.
  var runnerUp = 0.0

  init(_ scan: ScanProfiles, options: WireScanOptions) throws(CavernError) {
    func select(_ rows: [ProfileSamples]) -> BunchSelection {
      BunchSelection(rows, threshold: options.threshold, forced: options.rows)
    }
    let selection: BunchSelection
    switch options.photomultiplier {
    case .number(let number):
      guard let found = scan.channels.indices.first(where: { scan.photomultiplier($0) == number }) else {
        throw CavernError(
          "ws.noSuchPhotomultiplier",
          "\(scan.device), \(scan.scan.rawValue): photomultiplier \(number) was not recorded", exit: .badData,
          expected: "one of \(scan.channels.indices.map { String(scan.photomultiplier($0)) }.joined(separator: ", "))")
      }
      channel = found
      selection = select(scan.channels[found])
    case .bestPerRow where scan.channels.count > 1:
      channel = nil
      channels = (0..<scan.rowCount).map { row in
        let highest = scan.channels.map { $0[row].signals.max() ?? -.infinity }
        return highest.indices.max { highest[$0] < highest[$1] } ?? 0
      }
      profiles = channels.enumerated().map { scan.channels[$0.element][$0.offset] }
      selection = select(profiles)
      contents = selection.contents
      baselines = selection.baselines
      typicalArea = selection.typicalArea
      scanMaximum = profiles.compactMap { $0.signals.max() }.max() ?? 0
      return
    default:
      let selections = scan.channels.map(select)
      let best =
        scan.channels.count > 1
        ? BunchSelection.bestChannel(selections, saturated: Self.saturated(scan.channels, selections)) : (0, 0)
      channel = best.0
      runnerUp = best.1
      selection = selections.isEmpty ? select([]) : selections[best.0]
    }
    let place = channel ?? 0
    profiles = scan.channels.isEmpty ? [] : scan.channels[place]
    channels = Array(repeating: place, count: profiles.count)
    contents = selection.contents
    baselines = selection.baselines
    typicalArea = selection.typicalArea
    scanMaximum = profiles.compactMap { $0.signals.max() }.max() ?? 0
  }

  /// A photomultiplier saturates when a quarter of its filled rows is clipped.
  private static func saturated(_ channels: [[ProfileSamples]], _ selections: [BunchSelection]) -> [Bool] {
    zip(channels, selections).map { rows, selection in
      let filled = selection.filledRows
      let maximum = rows.compactMap { $0.signals.max() }.max() ?? 0
      let clipped = filled.count { Saturation.clipping(rows[$0], scanMaximum: maximum) != nil }
      return !filled.isEmpty && 4 * clipped >= filled.count
    }
  }
}
