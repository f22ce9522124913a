/// One field of the LECROY_2_3 wave descriptor: its name in the template, its place and how it is stored.
///
/// The table follows the template that the oscilloscopes print on `TEMPLATE?` (LeCroy, "Remote Control Manual", appendix
/// "Waveform Template").
public struct WaveDescriptorField: Sendable, Equatable {
  /// How a field is stored.
  public enum Storage: Sendable, Equatable {
    /// 16 bytes of text, filled up with zeros.
    case string
    /// A number without sign of 16 bits that stands for a word.
    case enumeration
    /// A signed number of 16 bits.
    case word
    /// A signed number of 32 bits.
    case long
    /// An IEEE 754 number of 32 bits.
    case float
    /// An IEEE 754 number of 64 bits.
    case double
    /// 48 bytes of text, filled up with zeros.
    case unit
    /// Seconds (64-bit float), minutes, hours, day, month (a byte each), year and an unused word.
    case timeStamp

    /// Bytes it takes.
    public var size: Int {
      switch self {
      case .enumeration, .word: 2
      case .long, .float: 4
      case .double: 8
      case .string, .timeStamp: 16
      case .unit: 48
      }
    }
  }

  /// Name in the template, for example `HORIZ_INTERVAL`.
  public let name: String
  /// First byte, from the start of the descriptor.
  public let offset: Int
  /// How it is stored.
  public let storage: Storage

  private init(_ offset: Int, _ name: String, _ storage: Storage) {
    self.name = name
    self.offset = offset
    self.storage = storage
  }

  /// All fields in the order of the template; they fill the 346 bytes of the descriptor without gaps.
  public static let all: [WaveDescriptorField] = {
    let order: [(String, Storage)] = [
      ("DESCRIPTOR_NAME", .string), ("TEMPLATE_NAME", .string), ("COMM_TYPE", .enumeration),
      ("COMM_ORDER", .enumeration), ("WAVE_DESCRIPTOR", .long), ("USER_TEXT", .long), ("RES_DESC1", .long),
      ("TRIGTIME_ARRAY", .long), ("RIS_TIME_ARRAY", .long), ("RES_ARRAY1", .long), ("WAVE_ARRAY_1", .long),
      ("WAVE_ARRAY_2", .long), ("RES_ARRAY2", .long), ("RES_ARRAY3", .long), ("INSTRUMENT_NAME", .string),
      ("INSTRUMENT_NUMBER", .long), ("TRACE_LABEL", .string), ("RESERVED1", .word), ("RESERVED2", .word),
      ("WAVE_ARRAY_COUNT", .long), ("PNTS_PER_SCREEN", .long), ("FIRST_VALID_PNT", .long), ("LAST_VALID_PNT", .long),
      ("FIRST_POINT", .long), ("SPARSING_FACTOR", .long), ("SEGMENT_INDEX", .long), ("SUBARRAY_COUNT", .long),
      ("SWEEPS_PER_ACQ", .long), ("POINTS_PER_PAIR", .word), ("PAIR_OFFSET", .word), ("VERTICAL_GAIN", .float),
      ("VERTICAL_OFFSET", .float), ("MAX_VALUE", .float), ("MIN_VALUE", .float), ("NOMINAL_BITS", .word),
      ("NOM_SUBARRAY_COUNT", .word), ("HORIZ_INTERVAL", .float), ("HORIZ_OFFSET", .double), ("PIXEL_OFFSET", .double),
      ("VERTUNIT", .unit), ("HORUNIT", .unit), ("HORIZ_UNCERTAINTY", .float), ("TRIGGER_TIME", .timeStamp),
      ("ACQ_DURATION", .float), ("RECORD_TYPE", .enumeration), ("PROCESSING_DONE", .enumeration), ("RESERVED5", .word),
      ("RIS_SWEEPS", .word), ("TIMEBASE", .enumeration), ("VERT_COUPLING", .enumeration), ("PROBE_ATT", .float),
      ("FIXED_VERT_GAIN", .enumeration), ("BANDWIDTH_LIMIT", .enumeration), ("VERTICAL_VERNIER", .float),
      ("ACQ_VERT_OFFSET", .float), ("WAVE_SOURCE", .enumeration),
    ]
    var offset = 0
    return order.map { name, storage in
      defer { offset += storage.size }
      return WaveDescriptorField(offset, name, storage)
    }
  }()
}
