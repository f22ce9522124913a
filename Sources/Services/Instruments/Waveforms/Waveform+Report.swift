import Errors
import JSON

extension Waveform {
  /// All remarks on the waveform, those that need a look at every sample (`clipped`) included.
  public func allWarnings() -> [CavernWarning] {
    let (clipped, offGrid) = extremes()
    guard clipped > 0 else { return warnings }
    return warnings + [
      CavernWarning(
        "clipped", "\(clipped) samples are at the end of the converter's range, \(offGrid) lie outside the screen grid")
    ]
  }

  /// What `cavern scope decode --json` prints: segments, descriptor by field name, enumerations in words, trigger times.
  ///
  /// - Parameter name: the name of the file, without its folder.
  public func json(file name: String) -> JSONValue {
    let (clipped, offGrid) = extremes()
    return [
      "file": .string(name), "segments": .integer(segmentCount), "points_per_segment": .integer(pointsPerSegment),
      "clipped": .integer(clipped), "off_grid": .integer(offGrid), "user_text": .optional(userText),
      "descriptor": descriptor.json, "meanings": descriptor.meaningsJSON,
      "triggers": .array(
        triggers.enumerated().map { segment, trigger in
          [
            "segment": .integer(segment), "trigger_time_s": .number(trigger.time),
            "trigger_offset_s": .number(trigger.offset),
          ]
        }),
    ]
  }
}
