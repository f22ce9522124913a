import Errors
import JSON
import Tables

/// What an acquisition file holds, found without analysing it.
public struct AcquisitionInspection: Sendable {
  /// What a column is.
  public enum Kind: String, Sendable {
    /// A wire scanner.
    case wireScanner = "wire scanner"
    /// A bunch-by-bunch intensity monitor.
    case bunchIntensity = "bunch intensity"
    /// A total intensity monitor.
    case totalIntensity = "total intensity"
    /// The Lorentz factor along the cycle.
    case gamma
    /// A list of sampled signals.
    case signals
    /// Something else.
    case other
  }

  /// One field of a record.
  public struct Leaf: Sendable, Equatable {
    /// Path inside the record, parts joined by points.
    public var name: String
    /// Stored type.
    public var type: String
    /// Length, rows × length, or the value itself for short scalars.
    public var size: String
  }

  /// One column.
  public struct ColumnReport: Sendable, Equatable {
    /// Device and property.
    public var name: String
    /// What it is.
    public var kind: Kind
    /// Whether it published, with its time stamp; what is wrong with it otherwise.
    public var state: String
    /// The fields of its value in the first acquisition.
    public var fields: [Leaf]
  }

  /// The file's path as given.
  public var path: String
  /// Acquisitions.
  public var rowCount: Int
  /// Bytes.
  public var size: Int
  /// The program that wrote the file.
  public var createdBy: String
  /// Columns in the order of the file.
  public var columns: [ColumnReport]
  /// Columns that could not be read.
  public var faults: [CavernError]

  /// Looks at a file.
  ///
  /// - Throws: what opening a Parquet file throws.
  public init(path: String) throws(CavernError) {
    let file = try ParquetFile(path: path)
    self.path = path
    rowCount = file.rowCount
    size = file.size
    createdBy = file.createdBy.isEmpty ? "an unknown program" : file.createdBy
    columns = []
    faults = []
    let table = try DeviceTable.builtIn()
    for field in file.schema where field.name != "__index_level_0__" {
      let kind = Self.kind(field, table)
      do {
        columns.append(Self.report(try file.column([field.name]), field, kind))
      } catch {
        faults.append(error.inFile(path))
        columns.append(
          ColumnReport(name: field.name, kind: kind, state: "damaged: \(error.message)", fields: []))
      }
    }
  }

  private static func kind(_ field: Field, _ table: DeviceTable) -> Kind {
    let members = field.children.first { $0.name == "value" }?.children.map(\.name) ?? []
    if WireScanFile.isWireScanner(field) { return .wireScanner }
    if table.record(for: field)?.kind == .bunchIntensity { return .bunchIntensity }
    if field.name.hasSuffix("/GAMMA") { return .gamma }
    if members.contains("totalIntensity") { return .totalIntensity }
    return field.name == "signals" ? .signals : .other
  }

  private static func report(_ column: Column, _ field: Field, _ kind: Kind) -> ColumnReport {
    let value = column.member("value") ?? column
    var state = "no acquisitions"
    if column.count > 0 {
      let published = (0..<column.count).filter { !value.isNull(at: $0) }
      if let first = published.first {
        state = column.count == published.count ? "published" : "\(published.count) of \(column.count) published"
        if let stamp = value.member("acqTime")?.string(at: first) { state += ", \(stamp)" }
        if let selector = column.member(["header", "selector"])?.string(at: first) { state += ", \(selector)" }
      } else {
        let why = column.member("exception")?.string(at: 0)
        state = "not published" + (why.map { " (\($0))" } ?? "")
      }
    }
    var fields: [Leaf] = []
    leaves(of: value, path: "", into: &fields)
    return ColumnReport(name: field.name, kind: kind, state: state, fields: fields)
  }

  private static func leaves(of column: Column, path: String, into fields: inout [Leaf]) {
    let names = column.memberNames
    for name in names {
      if let member = column.member(name) {
        leaves(of: member, path: path.isEmpty ? name : path + "." + name, into: &fields)
      }
    }
    guard names.isEmpty, !path.isEmpty else { return }
    let first = (0..<column.count).first { !column.isNull(at: $0) }
    var size = "null"
    if let first {
      if let rows = column.listRows(at: first) {
        let lengths = Set((0..<rows.count).map { rows[$0].count })
        let length = lengths.count == 1 ? "\(lengths.first ?? 0)" : "\(lengths.min() ?? 0)…\(lengths.max() ?? 0)"
        size = "\(rows.count) × \(length)"
      } else if let list = column.elements(at: first) {
        size = "\(list.count)"
      } else {
        size =
          column.string(at: first) ?? column.int(at: first).map(String.init)
          ?? column.double(at: first).map { $0.description } ?? column.bool(at: first).map(String.init) ?? "?"
        if size.count > 40 { size = size.prefix(37) + "…" }
      }
    }
    fields.append(Leaf(name: path, type: "\(column.type)", size: size))
  }

  /// The object of `--json`.
  public var json: JSONValue {
    [
      "file": .string(path), "acquisitions": .integer(rowCount), "bytes": .integer(size),
      "createdBy": .string(createdBy),
      "columns": .array(
        columns.map { column in
          [
            "name": .string(column.name), "kind": .string(column.kind.rawValue), "state": .string(column.state),
            "fields": .array(
              column.fields.map { ["name": .string($0.name), "type": .string($0.type), "size": .string($0.size)] }),
          ]
        }),
    ]
  }
}
