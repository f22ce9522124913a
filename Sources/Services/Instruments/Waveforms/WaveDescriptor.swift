/// The descriptor of a LECROY_2_3 waveform: 346 bytes that say how the samples after it are stored and what they mean.
///
/// A view of the message it stands in: nothing is copied, every field is read when it is asked for. `float` fields are
/// widened to double without change.
public struct WaveDescriptor: Sendable {
  /// Bytes of the descriptor by the template.
  public static let length = 346

  /// The message the descriptor stands in.
  let message: [UInt8]
  /// Where it begins in the message; `start + length` is at most the size of the message.
  public let start: Int
  /// Whether the low byte of a number comes first (COMM_ORDER).
  public let isLittleEndian: Bool

  /// The descriptor at a place of a message; `nil` when fewer than 346 bytes are there.
  init?(message: [UInt8], start: Int, isLittleEndian: Bool) {
    guard start >= 0, message.count - start >= Self.length else { return nil }
    self.message = message
    self.start = start
    self.isLittleEndian = isLittleEndian
  }

  // MARK: Fields that the decoder and its users need

  /// COMM_TYPE: 0 for samples of 8 bits, 1 for 16.
  public var commType: Int { unsigned16(32) }
  /// Bytes of a sample: 1 or 2.
  public var sampleSize: Int { commType == 0 ? 1 : 2 }
  /// WAVE_DESCRIPTOR: bytes of this block, at least 346.
  public var descriptorLength: Int { long(36) }
  /// USER_TEXT: bytes of the user text.
  public var userTextLength: Int { long(40) }
  /// TRIGTIME_ARRAY: bytes of the trigger times.
  public var triggerTimesLength: Int { long(48) }
  /// RIS_TIME_ARRAY: bytes of the times of random interleaved sampling.
  public var risTimesLength: Int { long(52) }
  /// WAVE_ARRAY_1: bytes of the samples.
  public var firstArrayLength: Int { long(60) }
  /// WAVE_ARRAY_2: bytes of a second array of samples (extrema, complex records).
  public var secondArrayLength: Int { long(64) }
  /// The ten lengths in the order of the blocks: descriptor, user text, reserved, trigger times, RIS times, reserved, first
  /// and second array, two reserved.
  var lengths: [Int] { stride(from: 36, to: 76, by: 4).map(long) }
  /// WAVE_ARRAY_COUNT: samples of all segments together.
  public var sampleCount: Int { long(116) }
  /// LAST_VALID_PNT: the last sample that was filled, from 0.
  public var lastValidPoint: Int { long(128) }
  /// FIRST_POINT: the first sample sent, from 0.
  public var firstPoint: Int { long(132) }
  /// SPARSING_FACTOR: every how many samples one was sent; 0 and 1 for all.
  public var sparsingFactor: Int { long(136) }
  /// SUBARRAY_COUNT: segments acquired; 1 for a single sweep.
  public var segmentCount: Int { long(144) }
  /// NOM_SUBARRAY_COUNT: segments asked for.
  public var nominalSegmentCount: Int { word(174) }
  /// VERTICAL_GAIN in volts a count.
  public var verticalGain: Double { float(156) }
  /// VERTICAL_OFFSET in volts, taken off after the gain.
  public var verticalOffset: Double { float(160) }
  /// MAX_VALUE: the highest count on the screen grid.
  public var maximumValue: Double { float(164) }
  /// MIN_VALUE: the lowest count on the screen grid.
  public var minimumValue: Double { float(168) }
  /// HORIZ_INTERVAL: seconds from sample to sample.
  public var horizontalInterval: Double { float(176) }
  /// HORIZ_OFFSET: seconds from the trigger to the first sample.
  public var horizontalOffset: Double { double(180) }
  /// INSTRUMENT_NAME.
  public var instrumentName: String { text(76, 16) }
  /// INSTRUMENT_NUMBER: the serial number.
  public var instrumentNumber: Int { long(92) }
  /// VERTUNIT, for example `V`.
  public var verticalUnit: String { text(196, 48) }
  /// HORUNIT, for example `S`.
  public var horizontalUnit: String { text(244, 48) }
  /// WAVE_SOURCE: 0 to 3 for channels C1 to C4, 9 unknown.
  public var waveSource: Int { unsigned16(344) }
  /// TRIGGER_TIME: the oscilloscope's local clock at the (first) trigger.
  public var triggerTime: WaveTimeStamp { timeStamp(296) }

  // MARK: Reading

  /// The unsigned 16-bit number at an offset from the descriptor's start, 0 to 344.
  func unsigned16(_ offset: Int) -> Int {
    let (first, second) = (Int(message[start + offset]), Int(message[start + offset + 1]))
    return isLittleEndian ? first | second << 8 : first << 8 | second
  }

  /// The signed 16-bit number at an offset.
  func word(_ offset: Int) -> Int { Int(Int16(truncatingIfNeeded: unsigned16(offset))) }

  /// The signed 32-bit number at an offset.
  func long(_ offset: Int) -> Int { Int(Int32(bitPattern: unsigned32(offset))) }

  /// The 32-bit float at an offset, widened.
  func float(_ offset: Int) -> Double { Double(Float(bitPattern: unsigned32(offset))) }

  /// The 64-bit float at an offset.
  func double(_ offset: Int) -> Double { Double(bitPattern: unsigned64(offset)) }

  private func unsigned32(_ offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: bits(offset, 4)) }

  private func unsigned64(_ offset: Int) -> UInt64 { bits(offset, 8) }

  private func bits(_ offset: Int, _ count: Int) -> UInt64 {
    var value: UInt64 = 0
    for position in 0..<count {
      let place = isLittleEndian ? count - 1 - position : position
      value = value << 8 | UInt64(message[start + offset + place])
    }
    return value
  }

  /// Text up to its first zero byte: UTF-8, or Latin-1 when it is no UTF-8.
  func text(_ offset: Int, _ size: Int) -> String { Self.text(message[start + offset..<start + offset + size]) }

  /// Text up to its first zero byte: UTF-8, or Latin-1 when it is no UTF-8.
  static func text(_ bytes: ArraySlice<UInt8>) -> String {
    let used = bytes.prefix { $0 != 0 }
    return String(validating: used, as: UTF8.self)
      ?? String(String.UnicodeScalarView(used.map { Unicode.Scalar($0) }))
  }

  /// The time stamp at an offset.
  func timeStamp(_ offset: Int) -> WaveTimeStamp {
    let place = start + offset + 8
    return WaveTimeStamp(
      seconds: double(offset), minutes: Int(message[place]), hours: Int(message[place + 1]),
      days: Int(message[place + 2]), months: Int(message[place + 3]), year: word(offset + 12))
  }
}

/// A time stamp of the oscilloscope's clock, which has no zone.
public struct WaveTimeStamp: Sendable, Equatable {
  /// Seconds, 0 to 60, with a fraction.
  public var seconds: Double
  /// Minutes, 0 to 59.
  public var minutes: Int
  /// Hours, 0 to 23.
  public var hours: Int
  /// Day of the month, from 1.
  public var days: Int
  /// Month, from 1.
  public var months: Int
  /// Year.
  public var year: Int

  /// A time stamp.
  public init(seconds: Double, minutes: Int, hours: Int, days: Int, months: Int, year: Int) {
    (self.seconds, self.minutes, self.hours) = (seconds, minutes, hours)
    (self.days, self.months, self.year) = (days, months, year)
  }

  /// Equal when every bit is: seconds that are NaN equal themselves.
  public static func == (left: WaveTimeStamp, right: WaveTimeStamp) -> Bool {
    left.seconds.bitPattern == right.seconds.bitPattern && left.minutes == right.minutes && left.hours == right.hours
      && left.days == right.days && left.months == right.months && left.year == right.year
  }
}
