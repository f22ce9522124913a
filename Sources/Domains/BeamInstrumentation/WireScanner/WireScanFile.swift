import Errors
import Tables

/// The wire scanners of one acquisition file.
///
/// What a file lacks or has damaged does not stop the rest: it stands in `faults` (something asked for is lost) or
/// `warnings` (worth knowing), and the other scanners are there.
public struct WireScanFile: Sendable {
  /// One scanner in one acquisition.
  public struct Scanner: Sendable, Equatable {
    /// Device, `SPS.BWS.51637.H`.
    public var device: String
    /// Plane.
    public var plane: Plane
    /// Row of the acquisition in the file, from 0.
    public var acquisition: Int
    /// The time stamp as recorded.
    public var acquisitionTimeText: String?
    /// Moment of the acquisition, UTC; from the record, else its cycle stamp, else the file's name.
    public var time: AcquisitionTime?
    /// Stamp of the machine cycle in nanoseconds since 1970, by which devices are joined.
    public var cycleStamp: Int?
    /// Timing user, `SPS.USER.LHCION2`.
    public var selector: String?
    /// Name of the photomultiplier setting.
    public var photomultiplierName: String?
    /// The scans asked for.
    public var scans: [ScanProfiles]
  }

  /// The file's path as given.
  public var path: String
  /// Acquisitions in the file.
  public var acquisitionCount: Int
  /// Scanners that published, in the order of the file, acquisition by acquisition.
  public var scanners: [Scanner]
  /// Gamma along the cycle per acquisition; `nil` where the file has none.
  public var gammas: [GammaFunction?]
  /// What was asked for and could not be read.
  public var faults: [CavernError]
  /// What the user should know.
  public var warnings: [CavernWarning]

  /// Which scanners and scans to read; nothing else is taken off the disk.
  public struct Request: Sendable, Equatable {
    /// Planes.
    public var planes: Set<Plane> = Set(Plane.allCases)
    /// Scans.
    public var scans: Set<ScanDirection> = Set(ScanDirection.allCases)
    /// Only devices whose name contains this.
    public var device: String?

    /// Everything.
    public init() {}

    /// What an analysis with these options needs.
    public init(_ options: WireScanOptions) {
      planes = options.planes
      scans = options.scans
      device = options.device
    }
  }

  /// Whether a column holds a wire-scanner record: by its name, or because its value has projections.
  static func isWireScanner(_ field: Field) -> Bool {
    if DeviceAddress(field.name).wireScanner != nil { return true }
    let members = field.children.first { $0.name == "value" }?.children ?? []
    return members.contains { $0.name.hasPrefix("projPositionSet") || $0.name.hasPrefix("projDataSet") }
  }

  /// Reads the scanners of a file.
  ///
  /// - Throws: what opening the Parquet file throws; `ws.noAcquisitions` for no rows; `ws.noScanners` when no column is a
  ///   scanner; `ws.unknownDevice` when `request.device` matches none.
  public init(path: String, request: Request = Request()) throws(CavernError) {
    let file = try ParquetFile(path: path)
    self.path = path
    acquisitionCount = file.rowCount
    guard file.rowCount > 0 else {
      throw CavernError("ws.noAcquisitions", "no acquisitions: the file has no rows", exit: .badData, file: path)
    }
    let columns = file.schema.filter(Self.isWireScanner)
    guard !columns.isEmpty else {
      throw CavernError(
        "ws.noScanners", "the file holds no wire scanner", exit: .badData, file: path,
        expected: "a column such as SPS.BWS.51637.H/Acquisition",
        hint: "'cavern beam inspect' shows what the file holds: \(file.schema.map(\.name).firstFew(6))")
    }
    let wanted = columns.filter { column in request.device.map { column.name.contains($0) } ?? true }
    guard !wanted.isEmpty else {
      throw CavernError(
        "ws.unknownDevice", "no scanner's name contains '\(request.device ?? "")'", exit: .usage, file: path,
        expected: columns.map { DeviceAddress($0.name).device }.firstFew(6),
        nearest: nearestNames(to: request.device ?? "", in: columns.map { DeviceAddress($0.name).device }))
    }
    scanners = []
    faults = []
    warnings = []
    gammas = []
    let reader = WireScanReader(file: file, request: request)
    gammas = reader.gammas(warnings: &warnings)
    for column in wanted {
      let read = reader.scanners(of: column)
      scanners += read.scanners
      faults += read.faults
      warnings += read.warnings
    }
    scanners.sort { $0.acquisition < $1.acquisition }
  }
}
