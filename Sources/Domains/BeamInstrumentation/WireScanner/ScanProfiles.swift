/// The profiles of one scanner in one direction of one acquisition, ready for analysis.
public struct ScanProfiles: Sendable, Equatable {
  /// Device, `SPS.BWS.51637.H`.
  public var device: String
  /// Equipment number or name by which the optics table knows the device, `51637`.
  public var equipment: String
  /// Plane.
  public var plane: Plane
  /// Direction of the scan.
  public var scan: ScanDirection
  /// Row of the acquisition in the file, from 0.
  public var acquisition: Int
  /// Time in the cycle in s at which the scan took place.
  public var cycleTime: Double?
  /// Time in the cycle in ms at which gamma is to be taken: the programmed delay, else the time of acquisition.
  public var gammaTime: Double?
  /// 25 ns slot per row; `nil` when the record does not say.
  public var slots: [Int]?
  /// Photomultiplier code of the record: 1 to 4, or 5 for all.
  public var photomultiplierCode: Int?
  /// Profiles per photomultiplier and row.
  public var channels: [[ProfileSamples]]
  /// Whether positions were recorded in micrometres.
  public var isInMicrometres: Bool
  /// Rows whose data length is no multiple of the number of positions.
  public var mismatchedRows: Set<Int>

  /// Number of rows.
  public var rowCount: Int { channels.first?.count ?? 0 }

  /// The number of a photomultiplier for people: the code of a single one, else its place, from 1.
  public func photomultiplier(_ channel: Int) -> Int {
    if channels.count == 1, let code = photomultiplierCode, (1...4).contains(code) { return code }
    return channel + 1
  }
}
