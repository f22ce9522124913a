import Errors

/// The limits behind the shifter's answer, each with a name under which it can be changed.
public struct HaloThresholds: Sendable, Equatable {
  /// A channel is dead below this share of its side's median of halo hits.
  public var dead = 0.2
  /// A channel is hot above this multiple of its side's median of halo hits.
  public var hot = 5.0
  /// A channel is noisy above this multiple of its side's median of background hits.
  public var noisy = 5.0
  /// Times have moved from this many counts on.
  public var drift = 1.0
  /// A bin's halo rate is high above this multiple of the median rate of its side.
  public var high = 3.0
  /// A bin's halo rate is high above this many hits a second, whatever the median; 0 for no such limit.
  public var highRate = 0.0
  /// A bin is a spike when chance makes so many hits less often than this.
  public var spike = 1e-5
  /// Damage is serious above this share of hits.
  public var loss = 0.01
  /// The two beams differ when one side has this many times the halo of the other.
  public var beams = 3.0
  /// Channels may be bad up to this number on a side before the monitor counts as unhealthy.
  public var badChannels = 3.0
  /// Hits of a channel below which nothing is said about it.
  public var hits = 20.0

  /// The usual ones.
  public init() {}

  /// The names.
  public static let names = [
    "dead", "hot", "noisy", "drift", "high", "high_rate", "spike", "loss", "beams", "bad_channels", "hits",
  ]

  /// Their values, in the order of `names`.
  public var values: [(name: String, value: Double)] {
    Array(
      zip(
        Self.names, [dead, hot, noisy, drift, high, highRate, spike, loss, beams, badChannels, hits]
      ).map { (name: $0, value: $1) })
  }

  /// Changes one.
  ///
  /// - Throws: `halo.unknownThreshold` with the nearest names, `halo.badThreshold` below 0.
  public mutating func set(_ name: String, _ value: Double) throws(CavernError) {
    guard value.isFinite, value >= 0 else {
      throw CavernError("halo.badThreshold", "the threshold '\(name)' is \(value)", exit: .usage, expected: "0 or more")
    }
    switch name {
    case "dead": dead = value
    case "hot": hot = value
    case "noisy": noisy = value
    case "drift": drift = value
    case "high": high = value
    case "high_rate": highRate = value
    case "spike": spike = value
    case "loss": loss = value
    case "beams": beams = value
    case "bad_channels": badChannels = value
    case "hits": hits = value
    default:
      throw CavernError(
        "halo.unknownThreshold", "there is no threshold '\(name)'", exit: .usage,
        expected: Self.names.joined(separator: ", "), nearest: nearestNames(to: name, in: Self.names))
    }
  }
}
