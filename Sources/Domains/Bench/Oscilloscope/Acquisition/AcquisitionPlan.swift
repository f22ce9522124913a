import Errors
import JSON

/// What an acquisition takes, and when it ends.
public struct AcquisitionPlan: Sendable, Equatable {
  /// What happens when no trigger comes within the limit.
  public enum OnTimeout: String, Sendable, CaseIterable {
    /// Arm again.
    case skip
    /// Trigger by command.
    case force
    /// End the run.
    case stop
  }

  /// What happens when a high-voltage channel trips.
  public enum OnTrip: String, Sendable, CaseIterable {
    /// End the run.
    case stop
    /// Go on, and mark the sweeps.
    case mark
  }

  /// The channels to read, for example `C1`, `C2`.
  public var channels: [String]
  /// How many sweeps; `nil` for no such end.
  public var sweeps: Int?
  /// How long; `nil` for no such end.
  public var duration: Duration?
  /// How many bytes of waveforms; `nil` for no such end.
  public var bytes: Int?
  /// The run ends when the disk has less room than this, in bytes.
  public var minimumFree = 1 << 30
  /// How long to wait for a sweep.
  public var sweepTimeout: Duration = .seconds(20)
  /// What happens then.
  public var onTimeout = OnTimeout.skip
  /// What happens when a high-voltage channel trips.
  public var onTrip = OnTrip.stop
  /// How long to wait between looks at the state of the acquisition.
  public var pollInterval: Duration = .milliseconds(20)
  /// How long to try to come back after a fault of the line.
  public var recoveryTimeout: Duration = .seconds(60)
  /// Whether every file is waited for until it is on the disk.
  public var isSynchronised = true

  /// A plan for some channels, with the defaults.
  public init(channels: [String]) { self.channels = channels }

  /// The plan as the manifest keeps it.
  public var json: JSONValue {
    [
      "channels": .array(channels.map { .string($0) }), "sweeps": .optional(sweeps),
      "duration_s": .optional(duration.map(Self.seconds)), "bytes": .optional(bytes),
      "min_free_bytes": .integer(minimumFree), "sweep_timeout_s": .number(Self.seconds(sweepTimeout)),
      "on_timeout": .string(onTimeout.rawValue), "on_hv_trip": .string(onTrip.rawValue),
    ]
  }

  static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}

/// What happened during an acquisition.
public struct AcquisitionCounts: Sendable, Equatable {
  /// Sweeps stored, their segments (of one channel) and bytes.
  public var sweeps = 0, segments = 0, bytes = 0
  /// Sweeps given up because the line broke or a waveform was damaged.
  public var lost = 0
  /// Sweeps whose channels disagreed or that repeated the trigger time of the one before.
  public var stale = 0
  /// Sweeps that did not come in time, and those among them that were forced.
  public var timeouts = 0, forced = 0
  /// How often the line was made anew.
  public var reconnects = 0
  /// Sweeps marked because of a high-voltage trip.
  public var marked = 0

  /// No event yet.
  public init() {}

  /// By name.
  public var json: JSONValue {
    [
      "sweeps": .integer(sweeps), "segments": .integer(segments), "bytes": .integer(bytes), "lost": .integer(lost),
      "stale": .integer(stale), "timeouts": .integer(timeouts), "forced": .integer(forced),
      "reconnects": .integer(reconnects), "marked": .integer(marked),
    ]
  }
}

/// Why an acquisition ended.
public enum AcquisitionEnd: String, Sendable, CaseIterable {
  /// The sweeps, time or bytes of the plan were reached.
  case count, time, size
  /// The disk is nearly full.
  case diskFull = "disk_full"
  /// The user asked.
  case interrupted
  /// A high-voltage channel tripped.
  case trip = "hv_trip"
  /// No trigger came, and the plan stops then.
  case timeout
  /// The oscilloscope could not be reached again.
  case unreachable
  /// The files could not be written.
  case writeFailed = "write_failed"
}
