import Conditions
import Errors

/// The text file of one fill's readings: five words a line, `cable current voltage date time`.
public enum CurrentFile {
  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: named in warnings.
  ///   - biasThreshold: bias above this voltage is on.
  /// - Returns: the readings, and warnings that give line and reason for each line that is none.
  /// - Throws: `pixel.noReadings` when no line is a reading, and the faults of the file.
  public static func read(
    _ path: String, biasThreshold: Double
  ) throws(CavernError) -> (readings: [ChannelReading], warnings: [CavernWarning]) {
    try parse(try TextLines.read(path), path: path, biasThreshold: biasThreshold)
  }

  static func parse(
    _ text: String, path: String, biasThreshold: Double
  ) throws(CavernError) -> (readings: [ChannelReading], warnings: [CavernWarning]) {
    var readings: [ChannelReading] = []
    var warnings: [CavernWarning] = []
    for (number, line) in TextLines.split(text) {
      let words = TextLines.words(line)
      if words.isEmpty { continue }
      func leave(_ reason: String) {
        warnings.append(
          CavernWarning("pixel.badLine", "this is no reading and is left out: \(reason)", file: path, line: number))
      }
      guard words.count == 5 else {
        leave("\(words.count) words instead of cable, current, voltage, date and time")
        continue
      }
      guard let channel = SupplyChannel(cable: String(words[0])) else {
        leave("'\(words[0])' is no cable of a pixel supply")
        continue
      }
      guard let current = Double(words[1]), current.isFinite else {
        leave("'\(words[1])' is no current")
        continue
      }
      let voltage = words[2] == "None" ? Double.nan : Double(words[2])
      guard let voltage else {
        leave("'\(words[2])' is no voltage")
        continue
      }
      guard let time = ConditionsTime("\(words[3]) \(words[4])") else {
        leave("'\(words[3]) \(words[4])' is no time")
        continue
      }
      var flags: [ReadingFlag] = []
      if channel.kind == .leakage {
        if voltage.isNaN { flags.append(.hvUnknown) } else if voltage <= biasThreshold { flags.append(.hvOff) }
        if current < -1 { flags.append(.negative) }
        if current > 10_000 { flags.append(.high) }
      }
      readings.append(
        ChannelReading(channel: channel, current: current, voltage: voltage, time: time, flags: flags))
    }
    guard !readings.isEmpty else {
      throw CavernError(
        "pixel.noReadings", text.isEmpty ? "the file is empty (0 bytes)" : "no line of the file is a reading",
        exit: .badData, file: path, line: warnings.first?.line,
        expected: "lines like 'PixelBarrel_BmI_S1_LAY14/channel002   184.2   299.9   2022-07-19 20:25:00.123456'")
    }
    return (readings, warnings)
  }
}
