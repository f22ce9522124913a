import Errors
import Tables

/// The kinds of broken and odd files that a session can hold, for tests of everything that reads folders.
public enum BrokenFile: String, Sendable, CaseIterable {
  /// Text under the name of a Parquet file.
  case notParquet
  /// No bytes.
  case empty
  /// The second half is missing.
  case truncated
  /// Some bytes in the middle are others.
  case damagedPage
  /// A whole file without acquisitions.
  case noRows
  /// Two acquisitions: odd, but whole.
  case severalRows
  /// No scanner published.
  case nothingPublished
  /// No Lorentz factor.
  case noGamma
  /// A field of one scanner is missing.
  case missingField
  /// Fewer rows of positions than of signals.
  case rowCountMismatch
  /// Positions out of order.
  case unorderedPositions
  /// Rows with fewer than eight finite samples.
  case fewSamples
  /// Rows of zeros.
  case constantRows
  /// No row with a bunch.
  case noBunches
  /// A scanner that no optics know.
  case unknownScanner
  /// A time stamp that cannot be read.
  case badTimeStamp
  /// Bunch intensities without beam.
  case intensityWithoutBeam
  /// Rows of bunch intensities of unequal length, and more measurements announced than there are.
  case unequalIntensityRows
  /// A tomoscope file that ends within a frame.
  case tomoscopeCut

  /// Whether a folder's analysis still gives all that the file has, as for an odd but whole file.
  public var isWhole: Bool { [.severalRows, .intensityWithoutBeam, .badTimeStamp, .constantRows].contains(self) }

  /// The bytes of such a file.
  ///
  /// - Parameters:
  ///   - scan: the whole wire scan to break.
  ///   - current: the whole intensity record to break.
  ///   - tomoscope: the whole tomoscope file to break.
  func bytes(
    _ scan: WireScanSimulation, _ current: BeamCurrentSimulation, _ tomoscope: TomoscopeSimulation,
    naming: ParquetListNaming
  ) throws(CavernError) -> [UInt8] {
    func packed(_ table: Table) throws(CavernError) -> [UInt8] {
      try table.parquetBytes(compression: .snappy, listNaming: naming)
    }
    func spoiled(_ defect: WireScanSimulation.Defect) throws(CavernError) -> [UInt8] {
      var scan = scan
      scan.defect = defect
      return try packed(scan.table())
    }
    var scan = scan
    switch self {
    case .notParquet: return Array("This was to be an acquisition.\n".utf8)
    case .empty: return []
    case .truncated:
      let whole = try packed(scan.table())
      return Array(whole[..<(whole.count / 2)])
    case .damagedPage:
      var bytes = try packed(scan.table())
      let start = bytes.count / 3
      for index in start..<min(start + 64, bytes.count) { bytes[index] ^= 0x5a }
      return bytes
    case .noRows:
      return try packed(try Table(columns: try scan.table().columns.map { $0.rows(0..<0) }))
    case .severalRows:
      var second = scan
      second.stamp += 40_000_000_000
      second.seed &+= 1
      return try packed(WireScanSimulation.table([scan, second]))
    case .nothingPublished:
      for index in scan.scanners.indices { scan.scanners[index].isPublished = false }
    case .noGamma: scan.hasGamma = false
    case .missingField: return try spoiled(.missingField)
    case .rowCountMismatch: return try spoiled(.rowCountMismatch)
    case .unorderedPositions: return try spoiled(.unorderedPositions)
    case .fewSamples: return try spoiled(.fewSamples)
    case .constantRows: return try spoiled(.constantRows)
    case .badTimeStamp: return try spoiled(.badTimeStamp)
    case .noBunches: scan.filledRows = []
    case .unknownScanner:
      for index in scan.scanners.indices where scan.scanners[index].plane == .horizontal {
        scan.scanners[index].device = "SPS.BWS.9999\(index).H"
      }
    case .intensityWithoutBeam:
      var none = current
      none.intensity = 0
      none.injections = []
      return try packed(none.table())
    case .unequalIntensityRows: return try packed(try Self.unequal(current))
    case .tomoscopeCut:
      let text = tomoscope.text
      return Array(text.utf8.prefix(text.utf8.count * 3 / 4))
    }
    return try packed(scan.table())
  }

  private static func unequal(_ current: BeamCurrentSimulation) throws(CavernError) -> Table {
    let record = current.record()
    let rows = (0..<record.measurementCount).map { index in
      Array(record.counts[index * record.slotCount..<(index + 1) * record.slotCount - (index % 3 == 1 ? 5 : 0)])
    }
    let value = try Column(
      "value",
      members: [
        Column("acqTime", [record.acquisitionTimeText]), Column("bunchIntensity", matrices: [rows]),
        Column("bunchIntensity_unitExponent", [Int32(current.unitExponent)]),
        Column("measStamp", lists: [record.times.map { $0 * 1e3 }]),
        Column("nbOfMeas", [Int32(record.measurementCount + 7)]),
      ])
    return try Table(columns: [
      try Column(
        "\(current.device)/Acquisition",
        members: [
          value, try AcquisitionSimulation.header([(current.stamp, current.selector)]),
          Column("exception", [String?.none]),
        ])
    ])
  }
}
