import Errors
import JSON

/// A word of status bits: STAT of a channel or BDALARM of a board.
public struct CAENStatus: Sendable, Hashable {
  /// The raw word, 0 to 65535.
  public var word: Int

  /// A word.
  public init(_ word: Int) { self.word = word }

  /// One bit and its meaning.
  public struct Bit: Sendable, Hashable {
    /// Position, from 0.
    public var bit: Int
    /// The short name, for example `UNV`.
    public var name: String
    /// What it says.
    public var meaning: String
    /// Whether it reports a fault; the others are states.
    public var isFault: Bool
  }

  /// The bits of STAT.
  public static let channelBits: [Bit] = (try? read("STAT")) ?? []
  /// The bits of BDALARM, documented for boards of 4 channels.
  public static let boardBits: [Bit] = (try? read("BDALARM")) ?? []

  /// The table of facts.
  static func read(_ name: String) throws(CavernError) -> [Bit] {
    let rows = try CAENFacts.json(PackageResources.caen_status_bits_json, "caen_status_bits.json")[name]
    return try (rows?.arrayValue ?? []).map { (row) throws(CavernError) in
      guard let bit = row["bit"]?.intValue, let name = row["name"]?.stringValue else {
        throw CAENFacts.fault("a status bit without number or name")
      }
      return Bit(
        bit: bit, name: name, meaning: row["meaning"]?.stringValue ?? "", isFault: row["kind"]?.stringValue == "fault")
    }
  }

  /// The names of the bits that are set, lowest first; a bit without a name is shown as `BITn`.
  public func names(_ bits: [Bit] = channelBits) -> [String] {
    (0..<16).filter { word >> $0 & 1 == 1 }.map { bit in bits.first { $0.bit == bit }?.name ?? "BIT\(bit)" }
  }

  private func has(_ bit: Int) -> Bool { word >> bit & 1 == 1 }

  /// Whether the output is energised: bit 0 alone, whatever VMON says.
  public var isOn: Bool { has(0) }
  /// Whether the output is going up.
  public var isRampingUp: Bool { has(1) }
  /// Whether the output is going down.
  public var isRampingDown: Bool { has(2) }
  /// Whether the output is on its way.
  public var isRamping: Bool { word & 6 != 0 }
  /// Whether IMON has reached ISET.
  public var isOverCurrent: Bool { has(3) }
  /// Whether VMON is above VSET + 2.5 V.
  public var isOverVoltage: Bool { has(4) }
  /// Whether VMON is below VSET - 2.5 V.
  public var isUnderVoltage: Bool { has(5) }
  /// Whether the channel was switched off by a trip.
  public var isTripped: Bool { has(7) }
  /// Whether the output power is above the maximum.
  public var isOverPower: Bool { has(8) }
  /// Whether the channel is too hot.
  public var isOverTemperature: Bool { has(9) }
  /// Whether the front switch forbids the output.
  public var isDisabled: Bool { has(10) }
  /// Whether the channel is in KILL.
  public var isKilled: Bool { has(11) }
  /// Whether the channel is in INTERLOCK.
  public var isInterlocked: Bool { has(12) }

  /// Faults that end a ramp: everything but states, and but under- and over-voltage, which are normal while it ramps.
  public var rampFaults: [String] {
    CAENStatus(word & ~(isRamping ? 0b11_0000 : 0)).names().filter { name in
      Self.channelBits.contains { $0.name == name && $0.isFault }
    }
  }
}
