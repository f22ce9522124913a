import CArrow
import Errors

/// A Parquet file, opened and its footer checked; columns are read when asked for.
///
/// Sendable: the handle locks itself while reading, everything else is set once.
public final class ParquetFile: @unchecked Sendable {
  /// The path as it was given.
  public let path: String
  /// The columns with the fields below them.
  public let schema: [Field]
  /// Remarks on the table.
  public let metadata: [String: String]
  /// Number of rows.
  public let rowCount: Int
  /// Number of row groups.
  public let rowGroupCount: Int
  /// The program that wrote the file, as it calls itself.
  public let createdBy: String
  /// Bytes in the file.
  public let size: Int
  private let handle: OpaquePointer
  private let limit: Int

  /// Opens a file and reads its footer.
  ///
  /// - Parameter memoryLimit: bytes that decoding may ask for at the most, so that a false length in a damaged file
  ///   cannot exhaust the machine; by default 1 GiB or 256 times the file, whichever is more.
  /// - Throws: `file.missing`, `file.isDirectory`, `file.notReadable`, `parquet.empty`, `parquet.notParquet`,
  ///   `parquet.truncated`, `parquet.encrypted`, `parquet.damagedFooter`.
  public init(path: String, memoryLimit: Int? = nil) throws(CavernError) {
    let check = try FileCheck(path)
    let footer = try Self.footerOffset(check, path)
    let limit = memoryLimit ?? max(1 << 30, check.size.multipliedReportingOverflow(by: 256).partialValue)
    var fault = CArrowFault()
    var opened: OpaquePointer?
    let outcome = carrow_parquet_open(path, Int64(limit), &opened, &fault)
    guard outcome == CARROW_OK, let opened else {
      throw fault.missingLibrary
        ?? CavernError(
          outcome == CARROW_NOT_SUPPORTED ? "parquet.notSupported" : "parquet.damagedFooter",
          "the footer cannot be read: \(fault.text)", exit: outcome == CARROW_IO ? .inputOutput : .badData, file: path,
          offset: footer, hint: "copy the file again from the source")
    }
    let owner = ArrowSchemaOwner()
    guard carrow_parquet_schema(opened, owner.schema, &fault) == CARROW_OK else {
      carrow_parquet_close(opened)
      throw CavernError(
        "parquet.damagedFooter", "the schema cannot be read: \(fault.text)", exit: .badData, file: path, offset: footer)
    }
    let tree = children(of: owner.schema).map { Field($0) }
    guard tree.reduce(0, { $0 + $1.leafCount }) == Int(carrow_parquet_leaves(opened)) else {
      carrow_parquet_close(opened)
      throw CavernError(
        "parquet.damagedFooter", "the schema does not match the physical columns", exit: .badData, file: path,
        offset: footer)
    }
    schema = tree
    metadata = metadataPairs(owner.schema.pointee.metadata).filter { $0.key != "ARROW:schema" }
    rowCount = Int(carrow_parquet_rows(opened))
    rowGroupCount = Int(carrow_parquet_row_groups(opened))
    createdBy = carrow_parquet_created_by(opened).map { String(cString: $0) } ?? ""
    size = check.size
    handle = opened
    self.limit = limit
    self.path = path
  }

  deinit { carrow_parquet_close(handle) }

  /// Reads columns, or only some fields of them, in the order of the file.
  ///
  /// - Parameter columns: what to read; a path to a record takes everything below it. nil reads all.
  /// - Throws: `table.missingColumn`, `parquet.damagedColumn`, `parquet.notSupported`, `parquet.memoryLimit`.
  public func read(_ columns: [ColumnPath]? = nil) throws(CavernError) -> Table {
    var read: [Column] = []
    for part in try parts(of: columns) { read.append(try column(part)) }
    return Table(unchecked: read, rowCount: rowCount, metadata: metadata)
  }

  /// Reads columns as `read` does, each for itself: a damaged one does not spoil the others.
  ///
  /// - Returns: the columns that could be read, in the order of the file, and one error for each that could not.
  /// - Throws: `table.missingColumn`.
  public func readWhatIsWhole(
    _ columns: [ColumnPath]? = nil
  ) throws(CavernError) -> (table: Table, damaged: [CavernError]) {
    var read: [Column] = []
    var damaged: [CavernError] = []
    for part in try parts(of: columns) {
      do throws(CavernError) { read.append(try column(part)) } catch { damaged.append(error) }
    }
    return (Table(unchecked: read, rowCount: rowCount, metadata: metadata), damaged)
  }

  /// Reads one column, whole or only the field at the end of the path and those around it.
  ///
  /// - Throws: as `read`.
  public func column(_ path: ColumnPath) throws(CavernError) -> Column {
    guard let part = try parts(of: [path]).first else {
      throw Table.missing("", in: schema.map(\.name)).inFile(self.path)
    }
    return try column(part)
  }

  /// Reads columns of one row group only, so that a file need never be in memory as a whole.
  ///
  /// - Throws: as `read`; `parquet.damagedColumn` for a row group that does not exist.
  public func read(_ columns: [ColumnPath]? = nil, rowGroup: Int) throws(CavernError) -> Table {
    var read: [Column] = []
    for part in try parts(of: columns) {
      let memory = try ArrowMemory { schema, array throws(CavernError) in
        var fault = CArrowFault()
        // `leaves` is a Swift array passed with its own count.
        let outcome = carrow_parquet_read_group(
          handle, Int64(rowGroup), part.leaves, Int64(part.leaves.count), schema, array, &fault)
        guard outcome == CARROW_OK else { throw self.fault(part, outcome, fault.text) }
      }
      read.append(Column(memory))
    }
    return Table(unchecked: read, rowCount: read.first?.count ?? 0, metadata: metadata)
  }

  /// What to read of one top-level column.
  private struct Part {
    let field: Field
    let leaves: [Int32]
  }

  private func column(_ part: Part) throws(CavernError) -> Column {
    let memory = try ArrowMemory { schema, array throws(CavernError) in
      var fault = CArrowFault()
      // `leaves` is a Swift array passed with its own count.
      let outcome = carrow_parquet_read(handle, part.leaves, Int64(part.leaves.count), schema, array, &fault)
      guard outcome == CARROW_OK else { throw self.fault(part, outcome, fault.text) }
    }
    return Column(memory)
  }

  private func fault(_ part: Part, _ outcome: Int32, _ text: String) -> CavernError {
    let start = part.leaves.first.map { carrow_parquet_leaf_offset(handle, 0, Int64($0)) } ?? -1
    let offset = start >= 0 ? Int(start) : nil
    let name = part.field.name
    switch Int(outcome) {
    case CARROW_NOT_SUPPORTED:
      return CavernError(
        "parquet.notSupported", "column '\(name)' cannot be read: \(text)", exit: .badData, file: path, offset: offset)
    case CARROW_OUT_OF_MEMORY:
      return CavernError(
        "parquet.memoryLimit", "column '\(name)' asks for more than \(limit) bytes of memory; it is probably damaged",
        exit: .badData, file: path, offset: offset)
    default:
      return CavernError(
        "parquet.damagedColumn", "damaged page in column '\(name)': \(text)", exit: .badData, file: path,
        offset: offset, hint: "copy the file again from the source")
    }
  }

  /// The leaves below the wanted paths, by top-level column.
  private func parts(of columns: [ColumnPath]?) throws(CavernError) -> [Part] {
    var starts: [Int] = []
    var next = 0
    for field in schema {
      starts.append(next)
      next += field.leafCount
    }
    guard let columns else {
      return zip(schema, starts).map { Part(field: $0, leaves: ($1..<$1 + $0.leafCount).map(Int32.init)) }
    }
    var wanted: [Int: Set<Int>] = [:]
    for path in columns {
      let top = try index(of: path.first ?? "", in: schema)
      let leaves = try leaves(below: schema[top], from: starts[top], path.dropFirst())
      wanted[top, default: []].formUnion(leaves)
    }
    return wanted.sorted { $0.key < $1.key }.map {
      Part(field: schema[$0.key], leaves: $0.value.sorted().map(Int32.init))
    }
  }

  private func leaves(below field: Field, from start: Int, _ path: ArraySlice<String>) throws(CavernError) -> Range<Int>
  {
    guard let name = path.first else { return start..<start + field.leafCount }
    // A path goes through lists without naming their elements.
    if case .list(let element) = field.type { return try leaves(below: element, from: start, path) }
    let place = try index(of: name, in: field.children, of: field)
    let skipped = field.children[..<place].reduce(0) { $0 + $1.leafCount }
    return try leaves(below: field.children[place], from: start + skipped, path.dropFirst())
  }

  private func index(of name: String, in fields: [Field], of parent: Field? = nil) throws(CavernError) -> Int {
    if let place = fields.firstIndex(where: { $0.name == name }) { return place }
    guard let parent else { throw Table.missing(name, in: fields.map(\.name)).inFile(path) }
    throw CavernError(
      "table.missingField", "\(parent.name): field '\(name)' is missing", exit: .badData, file: path,
      nearest: nearestNames(to: name, in: fields.map(\.name)))
  }

  /// Checks both ends of the file and gives the offset of the footer.
  private static func footerOffset(_ check: FileCheck, _ path: String) throws(CavernError) -> Int {
    let magic = Array("PAR1".utf8)
    let encrypted = Array("PARE".utf8)
    guard check.size > 0 else {
      throw CavernError(
        "parquet.empty", "the file is empty (0 bytes)", exit: .badData, file: path, offset: 0,
        expected: "a Parquet file", hint: "copy the file again from the source")
    }
    guard Array(check.head.prefix(4)) == magic || Array(check.head.prefix(4)) == encrypted else {
      throw CavernError(
        "parquet.notParquet", "not a Parquet file (\(check.size) bytes)", exit: .badData, file: path, offset: 0,
        expected: "the four bytes PAR1 at the start")
    }
    let end = Array(check.tail.suffix(4))
    guard end != encrypted || check.size < 12 else {
      throw CavernError("parquet.encrypted", "the file is encrypted", exit: .badData, file: path)
    }
    guard check.size >= 12, end == magic else {
      throw CavernError(
        "parquet.truncated", "the file ends before its footer (\(check.size) bytes)", exit: .badData, file: path,
        offset: check.size, expected: "a footer and the four bytes PAR1 at the end",
        hint: "copy the file again from the source")
    }
    let length = check.tail[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length > 0, length <= check.size - 12 else {
      throw CavernError(
        "parquet.damagedFooter", "the footer claims \(length) bytes in a file of \(check.size)", exit: .badData,
        file: path, offset: check.size - 8, expected: "between 1 and \(check.size - 12) bytes",
        hint: "copy the file again from the source")
    }
    return check.size - 8 - length
  }
}

extension CArrowFault {
  /// The error of a program whose library of Arrow and Parquet is not where it was built or installed.
  var missingLibrary: CavernError? {
    guard code == CARROW_NO_LIBRARY else { return nil }
    return CavernError(
      "table.noLibrary", "the library for Parquet and Arrow files cannot be loaded: \(text)", exit: .unavailable,
      expected: "libcavern-arrow.so beside the program or in ../lib/cavern",
      hint: "install the program with `make install` instead of copying it")
  }

  /// The library's words on one line; control bytes of a damaged file made harmless.
  var text: String {
    var copy = self
    let words = withUnsafeBytes(of: &copy.message) { raw in
      // The C side always writes a terminating zero inside the array.
      String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
    }
    return words.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : String($0) }.joined()
  }
}
