import JSON

/// How pulses are measured.
public struct PulseOptions: Sendable, Equatable {
  /// Which way pulses go.
  public enum Polarity: String, Sendable, CaseIterable {
    /// The way the pulses of the first segments of a file go.
    case automatic = "auto"
    /// Below the baseline.
    case negative
    /// Above it.
    case positive
  }

  /// A way to tell when a pulse arrived.
  public enum Method: String, Sendable, CaseIterable {
    /// When a fixed voltage is crossed.
    case leadingEdge = "le"
    /// When a fixed fraction of the pulse's own amplitude is crossed.
    case constantFraction = "cfd"
    /// When a logistic function fitted to the leading edge reaches the fraction of its own amplitude.
    case sigmoid
  }

  /// The way the pulses go.
  public var polarity = Polarity.automatic
  /// The part of a segment, from its beginning, whose mean is the baseline: 0.01 to 0.9.
  public var baselineFraction = 0.2
  /// The voltage of the leading-edge method above the baseline, in volts.
  public var threshold = 0.02
  /// The fraction of the amplitude for `constantFraction` and `sigmoid`.
  public var fraction = 0.2
  /// A pulse whose amplitude is less than this many times the noise is none.
  public var significance = 5.0
  /// The resistance that charges are computed with, in ohm.
  public var load = 50.0
  /// Whether the leading edge is fitted.
  public var hasSigmoid = true

  /// The defaults.
  public init() {}

  /// By name.
  public var json: JSONValue {
    [
      "polarity": .string(polarity.rawValue), "baseline_fraction": .number(baselineFraction),
      "threshold_V": .number(threshold), "fraction": .number(fraction), "significance": .number(significance),
      "load_ohm": .number(load), "sigmoid": .bool(hasSigmoid),
    ]
  }
}

/// What is noteworthy about a pulse, as bits.
public struct PulseFlags: OptionSet, Sendable, Hashable {
  /// The bits.
  public let rawValue: UInt16

  /// Flags by their bits.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// No pulse above the noise.
  public static let noPulse = PulseFlags(rawValue: 1)
  /// A sample is at the end of the converter's range.
  public static let clipped = PulseFlags(rawValue: 2)
  /// The pulse touches the baseline's window or the end of the segment.
  public static let edge = PulseFlags(rawValue: 4)
  /// The baseline is far noisier than that of the other segments of the file.
  public static let noisyBaseline = PulseFlags(rawValue: 8)
  /// The fit of the leading edge failed.
  public static let fitFailed = PulseFlags(rawValue: 16)
  /// The amplitude does not reach the leading-edge threshold.
  public static let belowThreshold = PulseFlags(rawValue: 32)

  /// The names of the bits that are set.
  public var names: [String] { Self.all.filter { contains($0.flag) }.map(\.name) }

  /// All flags with their names.
  public static let all: [(flag: PulseFlags, name: String)] = [
    (.noPulse, "no_pulse"), (.clipped, "clipped"), (.edge, "edge"), (.noisyBaseline, "noisy_baseline"),
    (.fitFailed, "fit_failed"), (.belowThreshold, "below_threshold"),
  ]

  /// Whether the pulse is whole: times of others are not used.
  public var isGood: Bool { isDisjoint(with: [.noPulse, .clipped, .edge, .noisyBaseline]) }
}
