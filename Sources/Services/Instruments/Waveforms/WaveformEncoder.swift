/// Writes LECROY_2_3 waveforms as an oscilloscope sends them: for the simulator, for tests and for examples.
public struct WaveformEncoder: Sendable {
  /// Whether samples have 16 bits (else 8: the high byte of each count, with a gain 256 times larger).
  public var isWord = true
  /// Whether the low byte comes first.
  public var isLittleEndian = true
  /// Volts a count of 16 bits.
  public var gain: Float = 1.25e-4
  /// Volts taken off after the gain.
  public var offset: Float = 0
  /// Seconds from sample to sample.
  public var interval: Float = 1e-10
  /// Seconds from the trigger to the first sample of a single sweep.
  public var horizontalOffset = -2.5e-8
  /// Segments asked for.
  public var nominalSegments = 1
  /// Trigger times, one a segment; empty for a single sweep.
  public var triggers: [WaveTrigger] = []
  /// The user's text; stored in 160 bytes when it is not empty.
  public var userText = ""
  /// Name of the instrument, at most 16 bytes.
  public var instrument = "LECROYWR610Zi"
  /// Its serial number.
  public var serial: Int32 = 60001
  /// Channel, from 0.
  public var source = 0
  /// The oscilloscope's clock at the first trigger.
  public var time = WaveTimeStamp(seconds: 0, minutes: 0, hours: 0, days: 1, months: 1, year: 2025)
  /// TIMEBASE, FIXED_VERT_GAIN and VERT_COUPLING as the template numbers them.
  public var timebase = 11, fixedGain = 17, coupling = 0
  /// Seconds that the acquisition took.
  public var duration: Float = 0
  /// Attenuation of the probe.
  public var probe: Float = 1

  /// An encoder with the defaults of a small single sweep.
  public init() {}

  /// The block without its `#` header: descriptor, user text, trigger times, samples.
  ///
  /// - Parameter counts: counts of 16 bits, segment after segment; their number is a multiple of the segments.
  public func block(_ counts: [Int16]) -> [UInt8] { block(counts, after: []) }

  /// The block behind `#9` and nine digits, and a reply's header before that.
  public func message(_ counts: [Int16], header: String = "") -> [UInt8] {
    let length =
      WaveDescriptor.length + (userText.isEmpty ? 0 : 160) + 16 * triggers.count + counts.count * (isWord ? 2 : 1)
    return block(counts, after: Self.frame(length, header))
  }

  private func block(_ counts: [Int16], after head: [UInt8]) -> [UInt8] {
    let sampleSize = isWord ? 2 : 1
    let textLength = userText.isEmpty ? 0 : 160
    let segments = max(1, triggers.count)
    var writer = ByteWriter(isLittleEndian: isLittleEndian)
    writer.bytes.reserveCapacity(
      head.count + WaveDescriptor.length + textLength + 16 * triggers.count + counts.count * sampleSize)
    writer.bytes += head
    writer.text("WAVEDESC", 16)
    writer.text("LECROY_2_3", 16)
    writer.word(isWord ? 1 : 0)
    writer.word(isLittleEndian ? 1 : 0)
    for length in [
      WaveDescriptor.length, textLength, 0, 16 * triggers.count, 0, 0, counts.count * sampleSize, 0, 0, 0,
    ] { writer.long(length) }
    writer.text(instrument, 16)
    writer.long(Int(serial))
    writer.text("", 16)
    writer.long(0)
    let onScreen = counts.count - min(counts.count, 2 * segments)
    for value in [counts.count, onScreen, 0, counts.count - 1, 0, 1, 0, segments, 1] { writer.long(value) }
    writer.long(0)
    writer.float(isWord ? gain : gain * 256)
    writer.float(offset)
    writer.float(isWord ? 31745 : 124)
    writer.float(isWord ? -32001 : -126)
    writer.word(8)
    writer.word(nominalSegments)
    writer.float(interval)
    writer.double(triggers.first?.offset ?? horizontalOffset)
    writer.double(triggers.first?.offset ?? horizontalOffset)
    writer.text("V", 48)
    writer.text("S", 48)
    writer.float(1e-12)
    writer.double(time.seconds)
    writer.bytes += [time.minutes, time.hours, time.days, time.months].map { UInt8(truncatingIfNeeded: $0) }
    writer.word(time.year)
    writer.word(0)
    writer.float(duration)
    for value in [0, 0, 0, 1, timebase, coupling] { writer.word(value) }
    writer.float(probe)
    writer.word(fixedGain)
    writer.word(0)
    writer.float(1)
    writer.float(offset)
    writer.word(source)
    if textLength > 0 { writer.text(userText, textLength) }
    for trigger in triggers {
      writer.double(trigger.time)
      writer.double(trigger.offset)
    }
    if isWord {
      writer.words(counts)
    } else {
      for count in counts { writer.bytes.append(UInt8(bitPattern: Int8(truncatingIfNeeded: count >> 8))) }
    }
    return writer.bytes
  }

  /// A block behind `#9` and nine digits, as in a `.trc` file.
  public static func framed(_ block: [UInt8], header: String = "") -> [UInt8] { frame(block.count, header) + block }

  /// `#9` and nine digits, with a reply's header before them.
  private static func frame(_ length: Int, _ header: String) -> [UInt8] {
    let digits = length.description
    return Array("\(header)#9\(String(repeating: "0", count: max(0, 9 - digits.count)))\(digits)".utf8)
  }
}

/// Numbers and texts as bytes of either order.
struct ByteWriter {
  /// What was written.
  var bytes: [UInt8] = []
  /// Whether the low byte comes first.
  let isLittleEndian: Bool

  init(isLittleEndian: Bool) { self.isLittleEndian = isLittleEndian }

  mutating func text(_ text: String, _ size: Int) {
    let used = text.utf8.prefix(size)
    bytes.append(contentsOf: used)
    bytes.append(contentsOf: repeatElement(0, count: size - used.count))
  }

  mutating func word(_ value: Int) { bits(UInt64(UInt16(truncatingIfNeeded: value)), 2) }

  mutating func long(_ value: Int) { bits(UInt64(UInt32(truncatingIfNeeded: value)), 4) }

  mutating func float(_ value: Float) { bits(UInt64(value.bitPattern), 4) }

  mutating func double(_ value: Double) { bits(value.bitPattern, 8) }

  mutating func words(_ values: [Int16]) {
    bytes.reserveCapacity(bytes.count + 2 * values.count)
    for value in values {
      let bits = UInt16(bitPattern: value)
      let (low, high) = (UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8))
      bytes.append(isLittleEndian ? low : high)
      bytes.append(isLittleEndian ? high : low)
    }
  }

  private mutating func bits(_ value: UInt64, _ count: Int) {
    for place in 0..<count {
      let shift = 8 * (isLittleEndian ? place : count - 1 - place)
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }
}
