import Errors
import Instruments
import Tables

/// A run as one table, a row for each segment and channel, in pieces.
public enum RunExport {
  /// What the table holds besides the usual columns.
  public struct Options: Sendable {
    /// Whether the counts are there (`raw`).
    public var hasRaw = true
    /// Whether the volts are there (`volts`).
    public var hasVolts = false

    /// Counts, no volts.
    public init() {}
  }

  /// Hands over the rows of a run in order of sweep, segment and channel, piece by piece, so that a run need not fit into memory.
  ///
  /// Columns: `sweep` u64, `segment` u32, `channel` u8 (1 for C1), `trigger_utc_ns` i64 (the host's clock at transfer), `trigger_time_s`
  /// (since the first trigger of the sweep), `t0_s` (from the trigger to the first sample), `dt_s`, `gain` and `offset` f32,
  /// `flags` u16, one column for each bench value and one for its age, `raw` list of i16, `volts` list of f32. The same run gives
  /// the same pieces.
  ///
  /// - Parameter samplesPerPiece: a piece ends with the first sweep that fills it up to this.
  /// - Returns: a warning for each file that cannot be read.
  /// - Throws: `scope.emptyRun` (exit 65) when nothing can be read; what `body` throws.
  public static func pieces(
    _ folder: RunFolder, options: Options = Options(), samplesPerPiece: Int = 1 << 23,
    _ body: (Table) throws(CavernError) -> Void
  ) throws(CavernError) -> [CavernWarning] {
    let names = Set(folder.records.flatMap { $0.readings.map(\.name) }).sorted()
    var rows = Rows(names, options)
    var warnings: [CavernWarning] = []
    var isEmpty = true
    let bySweep = Dictionary(grouping: folder.records, by: \.sweep)
    for sweep in bySweep.keys.sorted() {
      var opened: [(record: SweepRecord, waveform: Waveform)] = []
      for record in bySweep[sweep] ?? [] {
        do throws(CavernError) {
          opened.append((record, try Waveform(decoding: try FileBytes.read("\(folder.path)/\(record.file)"))))
        } catch {
          warnings.append(CavernWarning(error.inFile(record.file)))
        }
      }
      for segment in 0..<(opened.map(\.waveform.segmentCount).max() ?? 0) {
        for (record, waveform) in opened where segment < waveform.segmentCount {
          rows.append(record, waveform, segment)
        }
      }
      if rows.samples >= samplesPerPiece {
        try body(try rows.table())
        rows = Rows(names, options)
        isEmpty = false
      }
    }
    if rows.count > 0 {
      try body(try rows.table())
    } else if isEmpty {
      throw CavernError("scope.emptyRun", "the run has no waveform that can be read", exit: .badData, file: folder.path)
    }
    return warnings
  }

  /// The columns while they grow.
  private struct Rows {
    private let options: Options
    private let names: [String]
    private var sweep: [UInt64] = []
    private var segment: [UInt32] = []
    private var channel: [UInt8] = []
    private var host: [Int64?] = []
    private var triggerTime: [Double] = []
    private var start: [Double] = []
    private var interval: [Double] = []
    private var gain: [Float] = []
    private var offset: [Float] = []
    private var flags: [UInt16] = []
    private var values: [[Double?]]
    private var ages: [[Double?]]
    private var raw: [Int16] = []
    private var volts: [Float] = []
    private var lengths: [Int?] = []

    init(_ names: [String], _ options: Options) {
      self.options = options
      self.names = names
      values = Array(repeating: [], count: names.count)
      ages = values
    }

    var count: Int { sweep.count }
    private(set) var samples = 0

    mutating func append(_ record: SweepRecord, _ waveform: Waveform, _ number: Int) {
      let counts = waveform.counts(segment: number)
      sweep.append(UInt64(record.sweep))
      segment.append(UInt32(number))
      channel.append(UInt8(record.channel.dropFirst()) ?? 0)
      host.append(record.hostNanoseconds.map { Int64($0) })
      triggerTime.append(waveform.triggers.indices.contains(number) ? waveform.triggers[number].time : 0)
      start.append(waveform.time(segment: number, index: 0))
      interval.append(waveform.interval)
      gain.append(Float(waveform.descriptor.verticalGain))
      offset.append(Float(waveform.descriptor.verticalOffset))
      flags.append(SegmentFlags(counts, waveform, record).rawValue)
      for (place, name) in names.enumerated() {
        let reading = record.readings.first { $0.name == name }
        values[place].append(reading?.value)
        ages[place].append(reading?.age)
      }
      lengths.append(counts.count)
      samples += counts.count
      if options.hasRaw { raw += counts }
      if options.hasVolts { volts += waveform.volts(segment: number).map { Float($0) } }
    }

    func table() throws(CavernError) -> Table {
      var columns = [
        Column("sweep", sweep), Column("segment", segment), Column("channel", channel),
        Column("trigger_utc_ns", host, unit: "ns"), Column("trigger_time_s", triggerTime, unit: "s"),
        Column("t0_s", start, unit: "s"), Column("dt_s", interval, unit: "s"), Column("gain", gain, unit: "V"),
        Column("offset", offset, unit: "V"), Column("flags", flags),
      ]
      for (place, name) in names.enumerated() {
        columns.append(Column(name, values[place]))
        columns.append(Column("\(name).age_s", ages[place], unit: "s"))
      }
      if options.hasRaw { columns.append(try Column("raw", elements: Column("item", raw), lengths: lengths)) }
      if options.hasVolts {
        columns.append(try Column("volts", elements: Column("item", volts), lengths: lengths, unit: "V"))
      }
      return try Table(columns: columns)
    }
  }
}
