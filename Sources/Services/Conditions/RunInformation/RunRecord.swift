import Errors
import JSON
import Tables

/// What OMS knows about a run.
public struct RunRecord: Sendable, Equatable {
  /// CMS run.
  public var run: Int
  /// LHC fill; nil outside fills.
  public var fill: Int?
  /// Start in milliseconds since 1970 UTC; nil when not known.
  public var startMilliseconds: Double?
  /// End in milliseconds since 1970 UTC; nil while the run goes on.
  public var endMilliseconds: Double?
  /// Beam energy in GeV.
  public var energy: Double?
  /// Whether the beams were stable.
  public var isStable: Bool?
  /// Delivered luminosity in pb⁻¹, OMS's unit for runs.
  public var delivered: Double?
  /// Recorded luminosity in pb⁻¹.
  public var recorded: Double?
  /// Trigger mode, for example `collisions2024`.
  public var mode: String?

  /// A run; everything but its number may be unknown.
  public init(
    run: Int, fill: Int? = nil, startMilliseconds: Double? = nil, endMilliseconds: Double? = nil,
    energy: Double? = nil, isStable: Bool? = nil, delivered: Double? = nil, recorded: Double? = nil, mode: String? = nil
  ) {
    self.run = run
    self.fill = fill
    self.startMilliseconds = startMilliseconds
    self.endMilliseconds = endMilliseconds
    self.energy = energy
    self.isStable = isStable
    self.delivered = delivered
    self.recorded = recorded
    self.mode = mode
  }

  /// A run from a record of OMS; nil when it names no run.
  public init?(_ record: OMSRecord) {
    guard let run = record.integer("run_number") ?? Int(record.id) else { return nil }
    self.init(
      run: run, fill: record.integer("fill_number"), startMilliseconds: record.time("start_time"),
      endMilliseconds: record.time("end_time"), energy: record.number("energy"),
      isStable: record.attributes["stable_beam"]?.boolValue, delivered: record.number("delivered_lumi"),
      recorded: record.number("recorded_lumi"), mode: record.text("l1_hlt_mode"))
  }

  /// The runs of a saved answer: JSON:API, or CSV with a header.
  ///
  /// - Throws: `oms.notSignedIn` for a sign-in page, `oms.notJSON`, `csv.…`, `oms.noRuns` when it names no run.
  public static func parse(_ bytes: [UInt8]) throws(CavernError) -> [RunRecord] {
    switch bytes.first(where: { ![9, 10, 13, 32].contains($0) }) {
    case UInt8(ascii: "{"):
      let document: JSONValue
      do {
        document = try JSONValue(parsing: bytes)
      } catch {
        throw CavernError(
          "oms.notJSON", "the answer is not whole: \(error.message)", exit: .badData, line: error.line,
          column: error.column)
      }
      let runs = (document["data"]?.arrayValue ?? []).compactMap(OMSRecord.init(json:)).compactMap(RunRecord.init)
      guard !runs.isEmpty else { throw noRuns }
      return runs
    case UInt8(ascii: "<"):
      throw CavernError(
        "oms.notSignedIn", "the answer is a sign-in page and no data", exit: .badData, expected: "JSON or CSV",
        hint: "sign in again and ask once more")
    default:
      return try parse(table: try Table(csv: bytes, options: CSVOptions(delimiter: .character(UInt8(ascii: ",")))))
    }
  }

  private static func parse(table: Table) throws(CavernError) -> [RunRecord] {
    let numbers = try table.column("run_number")
    let starts = try table.column("start_time")
    func time(_ name: String, _ row: Int) -> Double? {
      table[name]?.string(at: row).flatMap(UTCTime.milliseconds(iso:))
    }
    func truth(_ row: Int) -> Bool? {
      guard let column = table["stable_beam"] else { return nil }
      return column.bool(at: row) ?? column.string(at: row).map { $0.lowercased() == "true" }
    }
    var runs: [RunRecord] = []
    for row in 0..<table.rowCount {
      guard let run = numbers.int(at: row) else { continue }
      runs.append(
        RunRecord(
          run: run, fill: table["fill_number"]?.int(at: row),
          startMilliseconds: starts.string(at: row).flatMap(UTCTime.milliseconds(iso:)),
          endMilliseconds: time("end_time", row), energy: table["energy"]?.double(at: row), isStable: truth(row),
          delivered: table["delivered_lumi"]?.double(at: row), recorded: table["recorded_lumi"]?.double(at: row),
          mode: table["l1_hlt_mode"]?.string(at: row)))
    }
    guard !runs.isEmpty else { throw noRuns }
    return runs
  }

  private static var noRuns: CavernError {
    CavernError("oms.noRuns", "the answer names no run", exit: .badData, expected: "records with run_number")
  }
}
