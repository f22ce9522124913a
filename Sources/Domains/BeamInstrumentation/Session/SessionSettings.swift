import Errors
import JSON

/// How the files of a session are analysed: the options of the single commands side by side.
public struct SessionSettings: Sendable {
  /// Wire scans.
  public var wireScan = WireScanOptions()
  /// Optics to choose from.
  public var optics: OpticsTable
  /// Bunch intensities.
  public var beamCurrent = BeamCurrentOptions()
  /// Which column of a file is what.
  public var devices: DeviceTable
  /// Quadrupole currents.
  public var ripple = RippleOptions()
  /// How tomoscope files are read.
  public var tomoscope = TomoscopeReadOptions()
  /// Bunch lengths.
  public var bunchLength = BunchLengthOptions()
  /// Wire scans and intensities further apart in s are not joined by time.
  public var joinTolerance = 60.0
  /// Added to the slots of wire scans before they are looked for among those of the transformers; `nil` finds it.
  public var slotOffset: Int?

  /// The defaults with the built-in tables.
  ///
  /// - Throws: `facts.damaged`.
  public init() throws(CavernError) {
    optics = try OpticsTable.builtIn()
    devices = try DeviceTable.builtIn()
  }

  /// What shapes results, for provenance and for telling whether a file has to be analysed again.
  public var json: JSONValue {
    let threshold: JSONValue =
      switch beamCurrent.threshold {
      case .automatic: "automatic"
      case .charges(let value): ["charges": .number(value)]
      case .counts(let value): ["counts": .number(value)]
      }
    return [
      "wireScan": wireScan.json,
      "beamCurrent": [
        "selectionEnd_s": .number(beamCurrent.selectionEnd), "threshold": threshold,
        "bunches": beamCurrent.bunches.map { .array($0.map { .integer($0) }) } ?? nil,
        "end_s": .optional(beamCurrent.end), "weights": .string(beamCurrent.weights.rawValue),
        "chargeState": .optional(beamCurrent.chargeState),
      ],
      "ripple": [
        "from_s": .optional(ripple.from), "to_s": .optional(ripple.to), "detrend": .string(ripple.detrend.rawValue),
        "taper": .string("\(ripple.taper)"), "families_Hz": .numbers(ripple.families), "optics": .string(ripple.optics),
        "maximumFrequency_Hz": .number(ripple.maximumFrequency), "significance": .number(ripple.significance),
      ],
      "tomoscope": [
        "injectionTime_s": .number(bunchLength.injectionTime), "span_s": .optional(bunchLength.span),
        "prominence": .number(bunchLength.prominence), "strict": .bool(tomoscope.isStrict),
      ],
      "join": ["tolerance_s": .number(joinTolerance), "slotOffset": .optional(slotOffset)],
    ]
  }
}
