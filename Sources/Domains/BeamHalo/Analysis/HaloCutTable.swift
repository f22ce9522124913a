import Errors
import JSON

/// Cuts by channel name, as a calibration file holds them: `{"PN01": {"TDC Peak": 6, "ADC Cut": 140}, …}`, alone or as the
/// member `cuts` of what `cavern halo calibrate -o` writes.
public struct HaloCutTable: Sendable, Equatable {
  /// Time and code by name of the channel.
  public private(set) var cuts: [String: HaloCut] = [:]
  /// Times of the window by name, where the file gives them.
  public private(set) var windows: [String: ClosedRange<Int>] = [:]
  /// Channels that the file does not hold.
  public private(set) var missing: [String] = []

  /// The cuts of a file.
  ///
  /// - Throws: `calibration.notJSON`, `calibration.badKey` with the name, `calibration.badValue`; nothing is taken from a file
  ///   with a fault.
  public init(parsing bytes: [UInt8], detector: HaloDetector) throws(CavernError) {
    let document: JSONValue
    do {
      document = try JSONValue(parsing: bytes)
    } catch {
      throw CavernError(
        "calibration.notJSON", "the calibration is not JSON: \(error.message)", exit: .badData, line: error.line,
        column: error.column)
    }
    guard let members = (document["cuts"] ?? document).objectValue?.members else {
      throw CavernError(
        "calibration.notJSON", "the calibration is no object", exit: .badData,
        expected: "{\"PN01\": {\"TDC Peak\": 6, \"ADC Cut\": 140}, …}")
    }
    let names = detector.channels.map(\.name)
    for (name, value) in members {
      guard names.contains(name) else {
        throw CavernError(
          "calibration.badKey", "there is no channel '\(name)'", exit: .badData, expected: "PN01 … PF10, MN01 … MF10",
          nearest: nearestNames(to: name, in: names))
      }
      let peak = try Self.number(value, "TDC Peak", of: name, in: 0...49)
      let cut = try Self.number(value, "ADC Cut", of: name, in: 0...255)
      cuts[name] = HaloCut(tdcPeak: peak, adcCut: cut)
      if let window = value["Window"] {
        guard let low = window[0]?.intValue, let high = window[1]?.intValue, low <= high, low >= -5, high <= 54 else {
          throw CavernError(
            "calibration.badValue", "'Window' of \(name) is no pair of times", exit: .badData,
            expected: "[lowest, highest]")
        }
        windows[name] = low...high
      }
    }
    missing = names.filter { cuts[$0] == nil }
  }

  /// The window of a channel; nil when the file does not hold it.
  public func window(_ name: String) -> HaloWindow? {
    guard let cut = cuts[name] else { return nil }
    var window = HaloWindow(cut)
    if let times = windows[name] { window.times = times }
    return window
  }

  private static func number(
    _ value: JSONValue, _ key: String, of name: String, in range: ClosedRange<Int>
  ) throws(CavernError) -> Int {
    guard let found = value[key] else {
      let keys = value.objectValue?.names ?? []
      throw CavernError(
        "calibration.badKey", "'\(key)' of \(name) is missing", exit: .badData, expected: "'TDC Peak' and 'ADC Cut'",
        nearest: nearestNames(to: key, in: keys))
    }
    guard let number = found.intValue, range.contains(number) else {
      throw CavernError(
        "calibration.badValue", "'\(key)' of \(name) is \(found.text())", exit: .badData,
        expected: "a whole number in \(range.lowerBound)…\(range.upperBound)")
    }
    return number
  }
}
