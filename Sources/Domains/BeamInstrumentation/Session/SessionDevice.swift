import Errors
import Figures
import JSON
import Results
import Tables

/// One kind of device whose files a session may hold: how to know its files, how to analyse one, what to say about many.
///
/// A further kind is one more value of this type in a file of its own, and its name in `all`.
public struct SessionDevice: Sendable {
  /// Name in results, `wireScan`.
  public var name: String
  /// Name for people, `Wire scanners`.
  public var title: String
  /// Whether a file holds such a device, by its content.
  public var recognises: @Sendable (FileProbe, SessionSettings) -> Bool
  /// Analyses the device's part of a file.
  public var analyse: @Sendable (_ path: String, SessionSettings) throws(CavernError) -> SessionAnalysis
  /// Reads back what `SessionContent.json` wrote; `nil` when it is something else.
  public var content: @Sendable (JSONValue) -> (any SessionContent)?
  /// What the report says about all files of the kind.
  public var sections: @Sendable (Session) -> [Report.Section]
  /// Tables over all files of the kind, by the stem of their file.
  public var tables: @Sendable (Session) throws(CavernError) -> [(name: String, table: Table)]

  /// A kind of device.
  public init(
    name: String, title: String, recognises: @escaping @Sendable (FileProbe, SessionSettings) -> Bool,
    analyse: @escaping @Sendable (_ path: String, SessionSettings) throws(CavernError) -> SessionAnalysis,
    content: @escaping @Sendable (JSONValue) -> (any SessionContent)?,
    sections: @escaping @Sendable (Session) -> [Report.Section],
    tables: @escaping @Sendable (Session) throws(CavernError) -> [(name: String, table: Table)]
  ) {
    self.name = name
    self.title = title
    self.recognises = recognises
    self.analyse = analyse
    self.content = content
    self.sections = sections
    self.tables = tables
  }

  /// The kinds that Cavern knows, in the order of the report.
  public static let all: [SessionDevice] = [.wireScanner, .beamCurrent, .quadrupoleCurrent, .tomoscope]

  /// The kind of that name.
  public static func named(_ name: String) -> SessionDevice? { all.first { $0.name == name } }
}

/// What a session keeps of one device in one file: small, so that sessions of thousands of files fit in memory.
public protocol SessionContent: Sendable {
  /// The record that the device's `content` reads back without loss.
  var json: JSONValue { get }
  /// Moment of the acquisition, UTC.
  var time: AcquisitionTime? { get }
  /// Devices that published.
  var devices: [String] { get }
  /// The result in a few words: `H 1.04 ± 0.01 µm`.
  var summary: String { get }
  /// How often each flag was raised.
  var flagCounts: [(name: String, count: Int)] { get }
}

/// The analysis of one device in one file.
public struct SessionAnalysis: Sendable {
  /// What the session keeps.
  public var content: any SessionContent
  /// What was asked for and is missing.
  public var faults: [CavernError]
  /// What else to know, in words.
  public var remarks: [String]
  /// Tables of the file: folder below the result, what is put after the file's name, table.
  public var tables: [(folder: String, suffix: String, table: Table)]
  /// Figures of the file; only made when they are drawn.
  public var figures: @Sendable () -> [Figure]

  /// An analysis.
  public init(
    _ content: any SessionContent, faults: [CavernError] = [], remarks: [String] = [],
    tables: [(folder: String, suffix: String, table: Table)] = [],
    figures: @escaping @Sendable () -> [Figure] = { [] }
  ) {
    self.content = content
    self.faults = faults
    self.remarks = remarks
    self.tables = tables
    self.figures = figures
  }
}
