import Errors
import JSON

/// A fault that a test asks a simulated oscilloscope for.
public struct OscilloscopeFault: Sendable, Equatable {
  /// What goes wrong.
  public enum Kind: String, Sendable, CaseIterable {
    /// The waveform's last `bytes` bytes are missing.
    case truncated
    /// The block's header names a length that is `bytes` too large.
    case wrongLength = "wrong-length"
    /// No answer.
    case mute
    /// The connection is reset after `bytes` bytes of the waveform.
    case cut
    /// Another holds the instrument for `seconds`.
    case locked
    /// The next acquisition repeats the trigger time of the last.
    case stale
    /// Answers come at `bytes` bytes a second for `count` answers.
    case slow
    /// The descriptor of one channel counts a segment less than the others.
    case mismatch
  }

  /// What goes wrong.
  public var kind: Kind
  /// Which channel's waveform, for example `C3`; `nil` for any.
  public var channel: String?
  /// Bytes, as the kind says.
  public var bytes = 1
  /// Seconds, as the kind says.
  public var seconds = 1.0
  /// How many matching answers pass first.
  public var skip = 0
  /// How many answers are hit.
  public var count = 1

  /// A fault.
  public init(_ kind: Kind, channel: String? = nil, bytes: Int = 1, seconds: Double = 1, skip: Int = 0, count: Int = 1)
  {
    (self.kind, self.channel, self.bytes, self.seconds, self.skip, self.count) = (
      kind, channel, bytes, seconds, skip, count
    )
  }

  /// A fault from a line of the control socket: `{"fault": "cut", "channel": "C3", "bytes": 1000, "skip": 2}`.
  ///
  /// - Throws: `sim.badFault` (exit 64).
  public init(_ json: JSONValue) throws(CavernError) {
    let name = json["fault"]?.stringValue ?? ""
    guard let kind = Kind(rawValue: name) else {
      throw CavernError(
        "sim.badFault", "'\(name)' is not a fault", exit: .usage,
        expected: Kind.allCases.map(\.rawValue).joined(separator: ", "),
        nearest: nearestNames(to: name, in: Kind.allCases.map(\.rawValue)))
    }
    self.init(
      kind, channel: json["channel"]?.stringValue?.uppercased(), bytes: max(0, json["bytes"]?.intValue ?? 1),
      seconds: json["seconds"]?.doubleValue ?? 1, skip: json["skip"]?.intValue ?? 0,
      count: json["count"]?.intValue ?? 1)
  }
}
