import Errors
import JSON

/// The results of many wire-scan files, each reduced to what trends, reports and exports need.
///
/// An entry holds a few kilobytes, so that a session of thousands of files fits in memory.
public struct WireScanSession: Sendable, Equatable {
  /// One scan of one file.
  public struct Scan: Sendable, Equatable {
    /// Device.
    public var device: String
    /// Plane.
    public var plane: Plane
    /// Direction.
    public var scan: ScanDirection
    /// Row of the acquisition in the file.
    public var acquisition: Int
    /// Moment of the acquisition, UTC.
    public var time: AcquisitionTime?
    /// Time stamp as recorded.
    public var acquisitionTimeText: String?
    /// Stamp of the machine cycle in ns since 1970.
    public var cycleStamp: Int?
    /// Timing user.
    public var selector: String?
    /// Time in the cycle in s.
    public var cycleTime: Double?
    /// Lorentz factor.
    public var gamma: Double?
    /// Optics set.
    public var opticsSet: String?
    /// Rows in the averages.
    public var count: Int
    /// Mean normalised emittance in µm.
    public var meanEmittance: Double?
    /// Spread of the emittance over the rows (divided by n) in µm.
    public var standardDeviation: Double?
    /// Standard error of the mean in µm.
    public var standardError: Double?
    /// Mean systematic uncertainty in µm.
    public var systematic: Double?
    /// Mean tail parameter.
    public var meanQ: Double?
    /// Spread of the tail parameter.
    public var standardDeviationOfQ: Double?
    /// Fitted rows.
    public var rows: [Int]
    /// Slot of each fitted row as recorded, counted from 1; `nil` where the record does not say.
    public var slots: [Int?] = []
    /// Normalised emittance in µm per fitted row; NaN where missing.
    public var emittances: [Double]
    /// Statistical uncertainty of the emittance in µm per fitted row; NaN where missing.
    public var emittanceErrors: [Double] = []
    /// Tail parameter per fitted row; NaN where missing.
    public var tails: [Double]
    /// Whether each fitted row counts in the averages.
    public var counted: [Bool]
    /// How often each flag was raised, in the order of their declaration.
    public var flagCounts: [(name: String, count: Int)]

    /// Equal when all parts are, missing numbers taken as equal.
    public static func == (left: Scan, right: Scan) -> Bool { left.json == right.json }
  }

  /// One file.
  public struct Entry: Sendable, Equatable {
    /// Path relative to the folder that was analysed.
    public var file: String
    /// SHA-256 of the file.
    public var sha256: String?
    /// How its analysis ended: `done`, `partial`, `skipped` or `failed`.
    public var state: String
    /// What is missing and why.
    public var causes: [String]
    /// Its scans; empty for files that were skipped.
    public var scans: [Scan]

    /// A file.
    public init(file: String, sha256: String?, state: String, causes: [String], scans: [Scan]) {
      self.file = file
      self.sha256 = sha256
      self.state = state
      self.causes = causes
      self.scans = scans
    }

    /// The moment of the first scan, else that of the file name.
    public var time: AcquisitionTime? { scans.lazy.compactMap(\.time).first ?? AcquisitionTime(fileName: file) }
  }

  /// The files, by time and then by name.
  public var entries: [Entry]

  /// A session; entries are brought into order.
  public init(entries: [Entry]) {
    self.entries = entries.sorted { left, right in
      (left.time?.nanoseconds ?? .max, left.file) < (right.time?.nanoseconds ?? .max, right.file)
    }
  }

  /// All scans with the file they come from.
  public var scans: [(entry: Entry, scan: Scan)] { entries.flatMap { entry in entry.scans.map { (entry, $0) } } }
}

extension WireScanAnalysis {
  /// The scans as a session keeps them.
  public var sessionScans: [WireScanSession.Scan] {
    scans.map { scan in
      let fitted = profiles(of: scan).filter { $0.gaussian != nil }
      let flags = profiles(of: scan).flatMap(\.flags)
      let summary = summary(of: scan)
      return WireScanSession.Scan(
        device: scan.device, plane: scan.plane, scan: scan.scan, acquisition: scan.acquisition, time: scan.time,
        acquisitionTimeText: scan.acquisitionTimeText, cycleStamp: scan.cycleStamp, selector: scan.selector,
        cycleTime: scan.cycleTime, gamma: scan.gamma?.gamma, opticsSet: scan.optics?.set, count: summary?.count ?? 0,
        meanEmittance: summary?.meanEmittance, standardDeviation: summary?.standardDeviation,
        standardError: summary?.standardError, systematic: summary?.systematic, meanQ: summary?.meanQ,
        standardDeviationOfQ: summary?.standardDeviationOfQ, rows: fitted.map(\.row), slots: fitted.map(\.slot),
        emittances: fitted.map { $0.emittance?.value ?? .nan },
        emittanceErrors: fitted.map { $0.emittance?.statistical ?? .nan },
        tails: fitted.map { fit in fit.qGaussian.flatMap { $0.state.isUsable ? $0.q : nil } ?? .nan },
        counted: fitted.map(\.countsInAverages),
        flagCounts: ProfileFlag.Kind.allCases.compactMap { kind in
          let count = flags.count { $0.kind == kind }
          return count > 0 ? (kind.rawValue, count) : nil
        })
    }
  }
}
