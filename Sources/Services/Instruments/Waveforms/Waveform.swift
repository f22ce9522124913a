import Errors

/// A LECROY_2_3 waveform as an oscilloscope sends it or saves it: descriptor, user text, trigger times and samples.
///
/// Decoding checks every length against the bytes that are there before anything is allocated; the samples stay in the
/// message they came in and are turned into counts or volts when asked for.
///
///     let waveform = try Waveform(decoding: bytes)
///     let volts = waveform.volts()
public struct Waveform: Sendable {
  /// The descriptor.
  public let descriptor: WaveDescriptor
  /// Number of segments, at least 1.
  public let segmentCount: Int
  /// Samples of one segment.
  public let pointsPerSegment: Int
  /// Trigger times, one a segment; empty for a single sweep without them.
  public let triggers: [WaveTrigger]
  /// Remarks that need no look at the samples: `sequence_incomplete`, `padded`, `trailing_bytes`.
  public let warnings: [CavernWarning]
  /// Where the samples lie in the message.
  let samples: Range<Int>
  /// Where the second array lies.
  let secondSamples: Range<Int>
  private let userTextRange: Range<Int>
  /// Where the block with its `#` header lies in the message: what a `.trc` file holds, without a reply's header and line
  /// end.
  public let fileRange: Range<Int>

  /// Decodes a message: a reply to `WF? ALL` with or without its header, or the content of a `.trc` file.
  ///
  /// - Parameter message: the bytes.
  /// - Throws: in this order `no_descriptor`, `bad_block_header`, `no_descriptor`, `truncated`, `unsupported_template`,
  ///   `bad_descriptor`, `length_mismatch`, `truncated`, all exit 65.
  public init(decoding message: [UInt8]) throws(CavernError) {
    let frame = try WaveMessage(message)
    let descriptor = try frame.descriptor(message)
    try Self.check(descriptor)
    let total = descriptor.lengths.reduce(0, +)
    if let given = frame.blockLength, given != total {
      throw CavernError(
        "length_mismatch",
        "the lengths in the descriptor add up to \(total) bytes, the header of the block says \(given)",
        exit: .badData, offset: frame.blockStart, expected: "equal lengths")
    }
    let available = message.count - frame.descriptorStart
    guard available >= total else {
      throw CavernError(
        "truncated", "the message ends \(total - available) bytes before the end of the waveform", exit: .badData,
        offset: message.count, expected: "\(total) bytes from the descriptor on")
    }
    self.descriptor = descriptor
    segmentCount = descriptor.segmentCount
    pointsPerSegment = descriptor.sampleCount / descriptor.segmentCount
    // The ten blocks follow one another in the order of their lengths.
    var ends: [Int] = []
    var end = frame.descriptorStart
    for length in descriptor.lengths {
      end += length
      ends.append(end)
    }
    userTextRange = ends[0]..<ends[1]
    fileRange = frame.mark..<end
    samples = ends[5]..<ends[6]
    secondSamples = ends[6]..<ends[7]
    triggers = Self.triggers(descriptor, at: ends[2])
    var warnings: [CavernWarning] = []
    if segmentCount < descriptor.nominalSegmentCount {
      warnings.append(
        CavernWarning(
          "sequence_incomplete", "\(segmentCount) of \(descriptor.nominalSegmentCount) segments were acquired"))
    }
    if descriptor.lastValidPoint < descriptor.sampleCount - 1 {
      warnings.append(
        CavernWarning(
          "padded", "samples after the last valid point \(descriptor.lastValidPoint) are filling"))
    }
    let rest = message[end...]
    if !rest.isEmpty, !rest.elementsEqual([10]), !rest.elementsEqual([13, 10]) {
      warnings.append(CavernWarning("trailing_bytes", "\(rest.count) bytes follow the waveform"))
    }
    self.warnings = warnings
  }

  /// The descriptor of a message, readable also when the samples after it are cut off or wrong.
  ///
  /// - Returns: the descriptor, and the fault that keeps the rest from being decoded, if there is one.
  /// - Throws: as `init(decoding:)` up to the check of COMM_TYPE and COMM_ORDER.
  public static func descriptor(
    of message: [UInt8]
  ) throws(CavernError) -> (descriptor: WaveDescriptor, fault: CavernError?) {
    let descriptor = try WaveMessage(message).descriptor(message)
    do throws(CavernError) {
      _ = try Waveform(decoding: message)
      return (descriptor, nil)
    } catch {
      return (descriptor, error)
    }
  }

  /// The text that the user stored with the waveform; `nil` when there is none.
  public var userText: String? {
    userTextRange.isEmpty ? nil : WaveDescriptor.text(descriptor.message[userTextRange])
  }

  /// Number of samples of all segments.
  public var count: Int { segmentCount * pointsPerSegment }

  // MARK: Checks

  private static func check(_ descriptor: WaveDescriptor) throws(CavernError) {
    func bad(_ message: String, _ offset: Int, _ expected: String) -> CavernError {
      WaveMessage.bad(message, descriptor.start + offset, expected: expected)
    }
    guard descriptor.descriptorLength >= WaveDescriptor.length else {
      throw bad("WAVE_DESCRIPTOR is \(descriptor.descriptorLength)", 36, "at least 346")
    }
    for (place, length) in descriptor.lengths.enumerated() where length < 0 {
      throw bad("\(WaveDescriptorField.all[4 + place].name) is \(length)", 36 + 4 * place, "a length of at least 0")
    }
    let (bytes, count) = (descriptor.firstArrayLength, descriptor.sampleCount)
    guard bytes == count * descriptor.sampleSize else {
      throw bad(
        "WAVE_ARRAY_1 is \(bytes) bytes for \(count) samples of \(descriptor.sampleSize)", 60,
        "WAVE_ARRAY_COUNT times the size of a sample")
    }
    let segments = descriptor.segmentCount
    guard segments >= 1, count.isMultiple(of: segments) else {
      throw bad("SUBARRAY_COUNT is \(segments) for \(count) samples", 144, "at least 1, a divisor of WAVE_ARRAY_COUNT")
    }
    guard segments == 1 || descriptor.triggerTimesLength == 16 * segments else {
      throw bad(
        "TRIGTIME_ARRAY is \(descriptor.triggerTimesLength) bytes for \(segments) segments", 48, "16 bytes a segment")
    }
    for (value, name, offset) in [
      (descriptor.verticalGain, "VERTICAL_GAIN", 156), (descriptor.verticalOffset, "VERTICAL_OFFSET", 160),
      (descriptor.horizontalInterval, "HORIZ_INTERVAL", 176), (descriptor.horizontalOffset, "HORIZ_OFFSET", 180),
    ] where !value.isFinite {
      throw bad("\(name) is not finite", offset, "a finite number")
    }
    guard descriptor.horizontalInterval > 0 else {
      throw bad("HORIZ_INTERVAL is \(descriptor.horizontalInterval)", 176, "a time above 0")
    }
  }

  /// The pairs of the trigger-time array at a place of the message, where 16 bytes a segment are known to be.
  private static func triggers(_ descriptor: WaveDescriptor, at place: Int) -> [WaveTrigger] {
    guard descriptor.triggerTimesLength == 16 * descriptor.segmentCount else { return [] }
    let base = place - descriptor.start
    return (0..<descriptor.segmentCount).map {
      WaveTrigger(time: descriptor.double(base + 16 * $0), offset: descriptor.double(base + 16 * $0 + 8))
    }
  }
}

/// When a segment was triggered.
public struct WaveTrigger: Sendable, Equatable {
  /// Seconds since the first trigger.
  public var time: Double
  /// Seconds from this trigger to the first sample of its segment; negative when the samples begin before it.
  public var offset: Double

  /// A trigger.
  public init(time: Double, offset: Double) {
    self.time = time
    self.offset = offset
  }
}
