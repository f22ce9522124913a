import Instruments

/// What is noteworthy about a segment, as bits of the column `flags`.
public struct SegmentFlags: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt16

  /// Flags by their bits.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// A sample is at the end of the converter's range.
  public static let clipped = SegmentFlags(rawValue: 1)
  /// A sample lies outside the screen grid.
  public static let offGrid = SegmentFlags(rawValue: 2)
  /// The sequence has fewer segments than were asked for.
  public static let sequenceIncomplete = SegmentFlags(rawValue: 4)
  /// Samples after the last valid point are filling.
  public static let padded = SegmentFlags(rawValue: 8)
  /// The sweep was forced.
  public static let forced = SegmentFlags(rawValue: 16)
  /// A high-voltage channel had tripped.
  public static let trip = SegmentFlags(rawValue: 32)
  /// The record was made anew after a crash.
  public static let recovered = SegmentFlags(rawValue: 64)

  /// The flags of a segment.
  init(_ counts: [Int16], _ waveform: Waveform, _ record: SweepRecord) {
    var flags: SegmentFlags = []
    let (top, bottom) = (waveform.descriptor.maximumValue, waveform.descriptor.minimumValue)
    let limits = waveform.descriptor.sampleSize == 1 ? (127, -128) : (32767, -32767)
    let (highest, lowest) = (Int(counts.max() ?? 0), Int(counts.min() ?? 0))
    if highest >= limits.0 || lowest <= limits.1 { flags.insert(.clipped) }
    if Double(highest) > top || Double(lowest) < bottom { flags.insert(.offGrid) }
    for warning in waveform.warnings {
      if warning.code == "sequence_incomplete" { flags.insert(.sequenceIncomplete) }
      if warning.code == "padded" { flags.insert(.padded) }
    }
    if record.flags.contains("forced") { flags.insert(.forced) }
    if record.flags.contains("hv_trip") { flags.insert(.trip) }
    if record.flags.contains("recovered") { flags.insert(.recovered) }
    self = flags
  }
}
