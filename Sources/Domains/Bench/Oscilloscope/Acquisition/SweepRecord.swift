import Errors
import Instruments
import JSON

/// A line of a run's index: one channel of one sweep.
public struct SweepRecord: Sendable, Equatable {
  /// Number of the sweep in the run, from 0.
  public var sweep: Int
  /// The channel, for example `C2`.
  public var channel: String
  /// The file, relative to the run's folder.
  public var file: String
  /// Bytes of the file and its SHA-256 in hexadecimal.
  public var bytes: Int, sha256: String
  /// Segments, and samples of each.
  public var segments: Int, points: Int
  /// The oscilloscope's clock at the first trigger.
  public var trigger: WaveTimeStamp
  /// The host's clock when the transfer began, in nanoseconds since 1970 UTC; `nil` when it is not known.
  public var hostNanoseconds: Int?
  /// Values of the bench with their age in seconds, by name.
  public var readings: [(name: String, value: Double, age: Double)]
  /// `forced`, `hv_trip`, `recovered`.
  public var flags: [String]

  /// Equal when all parts are.
  public static func == (left: SweepRecord, right: SweepRecord) -> Bool { left.json == right.json }

  /// A record.
  public init(
    sweep: Int, channel: String, file: String, bytes: Int, sha256: String, waveform: Waveform, hostNanoseconds: Int?,
    readings: [(name: String, value: Double, age: Double)], flags: [String]
  ) {
    (self.sweep, self.channel, self.file, self.bytes, self.sha256) = (sweep, channel, file, bytes, sha256)
    (segments, points, trigger) = (waveform.segmentCount, waveform.pointsPerSegment, waveform.descriptor.triggerTime)
    (self.hostNanoseconds, self.readings, self.flags) = (hostNanoseconds, readings, flags)
  }

  /// The line as JSON.
  public var json: JSONValue {
    [
      "sweep": .integer(sweep), "channel": .string(channel), "file": .string(file), "bytes": .integer(bytes),
      "sha256": .string(sha256), "segments": .integer(segments), "points": .integer(points),
      "trigger_time": trigger.json, "host_time_ns": .optional(hostNanoseconds),
      "readings": .object(
        JSONObject(readings.map { ($0.name, ["value": .number($0.value), "age_s": .number($0.age)]) })),
      "flags": .array(flags.map { .string($0) }),
    ]
  }

  /// Reads a line; `nil` when it is none.
  public init?(_ json: JSONValue) {
    guard let sweep = json["sweep"]?.intValue, let channel = json["channel"]?.stringValue,
      let file = json["file"]?.stringValue, let bytes = json["bytes"]?.intValue,
      let sha256 = json["sha256"]?.stringValue, let segments = json["segments"]?.intValue,
      let points = json["points"]?.intValue, let clock = json["trigger_time"],
      let seconds = clock["seconds"]?.doubleValue, let minutes = clock["minutes"]?.intValue,
      let hours = clock["hours"]?.intValue, let days = clock["days"]?.intValue, let months = clock["months"]?.intValue,
      let year = clock["year"]?.intValue
    else { return nil }
    (self.sweep, self.channel, self.file, self.bytes, self.sha256) = (sweep, channel, file, bytes, sha256)
    (self.segments, self.points) = (segments, points)
    trigger = WaveTimeStamp(seconds: seconds, minutes: minutes, hours: hours, days: days, months: months, year: year)
    hostNanoseconds = json["host_time_ns"]?.intValue
    readings = (json["readings"]?.objectValue?.members ?? []).compactMap { member in
      guard let value = member.value["value"]?.doubleValue, let age = member.value["age_s"]?.doubleValue else {
        return nil
      }
      return (member.name, value, age)
    }
    flags = (json["flags"]?.arrayValue ?? []).compactMap(\.stringValue)
  }
}
