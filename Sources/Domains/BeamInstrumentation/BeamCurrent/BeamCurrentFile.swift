import Errors
import Tables

/// The beam current transformers of one acquisition file.
///
/// What a file lacks or has damaged does not stop the rest: it stands in `faults` (something asked for is lost) or `warnings`
/// (worth knowing), and the other records are there.
public struct BeamCurrentFile: Sendable {
  /// The file's path as given.
  public var path: String
  /// Acquisitions in the file.
  public var acquisitionCount: Int
  /// Bunch intensities that were published, acquisition by acquisition in the order of the file.
  public var records: [BunchIntensityRecord]
  /// Total intensities that were published.
  public var totals: [TotalIntensityRecord]
  /// What was asked for and could not be read.
  public var faults: [CavernError]
  /// What the user should know.
  public var warnings: [CavernWarning]

  /// Whether a file holds bunch intensities, from its schema alone.
  public static func holdsBunchIntensities(_ schema: [Field], table: DeviceTable) -> Bool {
    schema.contains { table.record(for: $0)?.kind == .bunchIntensity }
  }

  /// Reads the transformers of a file; only the fields that are needed are taken off the disk.
  ///
  /// - Parameters:
  ///   - path: a Parquet file.
  ///   - device: only fast transformers whose name contains this.
  ///   - table: says which column is what.
  /// - Throws: what opening the Parquet file throws; `fbct.noAcquisitions` for no rows; `fbct.noRecord` when no column has bunch
  ///   intensities, or `fbct.missingField` when one has a field nearly called so; `fbct.unknownDevice` when `device` matches none; `fbct.nothingPublished` or the first fault when none
  ///   could be read.
  public init(path: String, device: String? = nil, table: DeviceTable) throws(CavernError) {
    let file = try ParquetFile(path: path)
    self.path = path
    acquisitionCount = file.rowCount
    let columns = file.schema.filter { table.record(for: $0)?.kind == .bunchIntensity }
    guard !columns.isEmpty else { throw Self.noRecord(file, table: table) }
    guard file.rowCount > 0 else {
      throw CavernError("fbct.noAcquisitions", "no acquisitions: the file has no rows", exit: .badData, file: path)
    }
    let names = columns.map { DeviceAddress($0.name).device }
    let wanted = columns.filter { column in device.map { column.name.contains($0) } ?? true }
    guard !wanted.isEmpty else {
      throw CavernError(
        "fbct.unknownDevice", "no transformer's name contains '\(device ?? "")'", exit: .usage, file: path,
        expected: names.firstFew(6), nearest: nearestNames(to: device ?? "", in: names))
    }
    records = []
    totals = []
    faults = []
    warnings = []
    var reader = BeamCurrentReader(file: file, table: table)
    for column in wanted { records += reader.bunchIntensities(of: column) }
    faults = reader.faults
    if records.isEmpty {
      if let fault = faults.first { throw fault }
      throw CavernError(
        "fbct.nothingPublished", "no transformer published in this file", exit: .badData, file: path,
        hint: reader.warnings.isEmpty ? nil : reader.warnings.map(\.message).joined(separator: "; "))
    }
    for column in file.schema where table.record(for: column)?.kind == .totalIntensity {
      totals += reader.totalIntensities(of: column)
    }
    warnings = reader.warnings
    records.sort { $0.acquisition < $1.acquisition }
  }

  /// The total intensity that belongs to a record: same acquisition.
  public func total(of record: BunchIntensityRecord) -> TotalIntensityRecord? {
    totals.first { $0.acquisition == record.acquisition }
  }

  /// What a file has in place of bunch intensities: a field that is nearly called so, or other devices.
  private static func noRecord(_ file: ParquetFile, table: DeviceTable) -> CavernError {
    let marker = table.records.first { $0.kind == .bunchIntensity }?.marker ?? "bunchIntensity"
    for column in file.schema where table.record(for: column) == nil {
      let members = column.children.first { $0.name == "value" }?.children.map(\.name) ?? []
      let nearest = nearestNames(to: marker, in: members)
      guard nearest.isEmpty else {
        return CavernError(
          "fbct.missingField", "\(DeviceAddress(column.name).device): field '\(marker)' is missing; device skipped",
          exit: .badData, file: file.path, nearest: nearest)
      }
    }
    return CavernError(
      "fbct.noRecord", "the file holds no bunch intensities", exit: .badData, file: file.path,
      expected: "a column whose value has '\(marker)', such as SPS.BCTW.31931/Acquisition",
      hint: "the file holds: \(file.schema.map(\.name).firstFew(6))")
  }
}
