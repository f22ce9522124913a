import Conditions
import Errors

/// Currents of one fill with uncertainties and quality as CSV.
public enum CurrentTable {
  /// The columns of both forms.
  public static let columns = [
    "fill", "name", "kind", "current", "unit", "sigma", "per_roc", "sigma_per_roc", "n_rocs", "voltage_v", "time_utc",
    "quality", "window_mean", "window_spread", "window_n", "window_first", "window_last",
  ]

  /// Readings by cable, in the order of their times.
  public static func csv(_ currents: FillCurrents, facts: PixelFacts) -> String {
    let phase = facts.detector(ofFill: currents.fill.number)
    let rows = currents.readings.map { reading in
      // A channel that feeds a group together with another has no chips of its own.
      let group = reading.channel.kind == .leakage ? facts.group(biasCable: reading.channel.cable, phase) : nil
      let isShared = phase == .phase0 && group.map { facts.firstDetector.channelCount(of: $0.name) > 1 } ?? false
      return row(
        currents.fill.number, reading.channel.cable, reading, isShared ? nil : chips(of: reading, phase, facts), facts)
    }
    let missing = currents.missing.map { cable in
      [String(currents.fill.number), cable] + Array(repeating: "", count: 9) + ["missing"]
        + Array(repeating: "", count: 5)
    }
    return text(rows + missing)
  }

  /// Leakage by group, then analogue and digital current by supply.
  public static func csv(_ currents: ProcessedCurrents, facts: PixelFacts) -> String {
    var rows: [[String]] = []
    let phase = facts.detector(ofFill: currents.fill)
    for entry in currents.leakage {
      rows.append(
        row(
          currents.fill, entry.name.text, entry.reading, chips(of: entry.reading, phase, facts), facts,
          channels: entry.channels))
    }
    for entry in currents.analogue + currents.digital {
      rows.append(row(currents.fill, entry.name, entry.reading, chips(of: entry.reading, phase, facts), facts))
    }
    for entry in currents.halfDisks {
      let groups = facts.groups(ofHalfDisk: entry.name, phase)
      let chips = groups.reduce(0) { $0 + $1.chipCount }
      rows.append(
        [
          "\(currents.fill)", entry.name, "leakage", "\(entry.current)", "uA", "", "\(entry.current / Double(chips))",
          "",
          "\(chips)", "", "", entry.groups == groups.count ? "ok" : "partial \(entry.groups)/\(groups.count)", "", "",
          "",
          "", "",
        ])
    }
    return text(rows)
  }

  /// Chips behind a channel: of the group for bias, of all groups of the supply otherwise.
  private static func chips(of reading: ChannelReading, _ phase: DetectorPhase, _ facts: PixelFacts) -> Int? {
    if reading.channel.kind == .leakage { return facts.group(biasCable: reading.channel.cable, phase)?.chipCount }
    return facts.chipsBySupply(phase)[reading.channel.supply]
  }

  /// Standard uncertainty of a current: step of the monitor and, with a window, the error of its mean.
  ///
  /// - Parameter channels: channels that were added up; the steps of their monitors are independent.
  public static func sigma(_ reading: ChannelReading, _ facts: PixelFacts, channels: Int = 1) -> Double {
    let step =
      reading.channel.kind == .leakage
      ? facts.uncertainties.biasCurrentStepMicroampere : facts.uncertainties.supplyCurrentStepAmpere
    let spread = reading.window.map { $0.spread / Double(max($0.count, 1)).squareRoot() } ?? 0
    return (step * step / 12 * Double(channels) + spread * spread).squareRoot()
  }

  private static func row(
    _ fill: Int, _ name: String, _ reading: ChannelReading, _ chips: Int?, _ facts: PixelFacts,
    channels: Int = 1
  ) -> [String] {
    let sigma = sigma(reading, facts, channels: channels)
    let divided = chips.map { Double($0) }
    var cells = ["\(fill)", name, reading.channel.kind.rawValue, "\(reading.current)"]
    cells.append(reading.channel.kind == .leakage ? "uA" : "A")
    cells.append("\(sigma)")
    cells.append(divided.map { "\(reading.current / $0)" } ?? "")
    cells.append(divided.map { "\(sigma / $0)" } ?? "")
    cells.append(chips.map(String.init) ?? "")
    cells.append(reading.voltage.isNaN ? "" : "\(reading.voltage)")
    cells.append(reading.time.text)
    cells.append(reading.flags.isEmpty ? "ok" : reading.flags.map(\.rawValue).joined(separator: " "))
    if let window = reading.window {
      cells += ["\(window.mean)", "\(window.spread)", "\(window.count)", window.first.text, window.last.text]
    } else {
      cells += ["", "", "", "", ""]
    }
    return cells
  }

  private static func text(_ rows: [[String]]) -> String {
    ([columns] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
  }
}

/// Finds groups whose current is exactly the same in many fills: a monitor that hangs.
public struct ConstantCurrents: Sendable {
  private var runs: [ReadoutGroupName: (value: Double, first: Int, last: Int, count: Int)] = [:]
  private var found: [ReadoutGroupName: (value: Double, first: Int, last: Int, count: Int)] = [:]
  /// From how many fills in a row on a constant current is told.
  public static let fills = 5

  /// Nothing seen yet.
  public init() {}

  /// Takes the currents of the next fill.
  public mutating func take(_ currents: ProcessedCurrents) {
    for entry in currents.leakage {
      if var run = runs[entry.name], run.value == entry.current {
        run.last = currents.fill
        run.count += 1
        runs[entry.name] = run
        if run.count >= Self.fills { found[entry.name] = run }
      } else {
        runs[entry.name] = (entry.current, currents.fill, currents.fill, 1)
      }
    }
  }

  /// One warning for each group.
  public var warnings: [CavernWarning] {
    found.sorted { $0.key < $1.key }.map { name, run in
      CavernWarning(
        "pixel.constantCurrent",
        "\(name.text): exactly \(run.value) µA in \(run.count) fills from \(run.first) to \(run.last), kept")
    }
  }
}
