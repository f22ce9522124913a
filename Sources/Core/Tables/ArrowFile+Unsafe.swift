import CArrow
import Errors

extension Table {
  /// Reads an Arrow IPC file or stream whole.
  ///
  /// - Parameter memoryLimit: bytes that decoding may ask for at the most; by default 1 GiB or 256 times the file.
  /// - Throws: `file.missing`, `file.isDirectory`, `file.notReadable`, `arrow.empty`, `arrow.damaged`,
  ///   `arrow.notSupported`, `arrow.memoryLimit`.
  public init(arrowFile path: String, memoryLimit: Int? = nil) throws(CavernError) {
    let check = try FileCheck(path)
    guard check.size > 0 else {
      throw CavernError(
        "arrow.empty", "the file is empty (0 bytes)", exit: .badData, file: path, offset: 0,
        expected: "an Arrow IPC file")
    }
    let limit = memoryLimit ?? max(1 << 30, check.size.multipliedReportingOverflow(by: 256).partialValue)
    var fault = CArrowFault()
    var opened: OpaquePointer?
    let outcome = carrow_ipc_read(path, Int64(limit), &opened, &fault)
    guard outcome == CARROW_OK, let opened else { throw Self.arrowFault(path, outcome, fault, nil) }
    defer { carrow_table_free(opened) }
    let owner = ArrowSchemaOwner()
    guard carrow_table_schema(opened, owner.schema, &fault) == CARROW_OK else {
      throw Self.arrowFault(path, Int32(CARROW_DAMAGED), fault, nil)
    }
    var columns: [Column] = []
    for (index, schema) in children(of: owner.schema).enumerated() {
      let memory = try ArrowMemory { type, array throws(CavernError) in
        var fault = CArrowFault()
        let outcome = carrow_table_column(opened, Int64(index), type, array, &fault)
        guard outcome == CARROW_OK else { throw Self.arrowFault(path, outcome, fault, Field(schema).name) }
      }
      columns.append(Column(memory))
    }
    self.init(
      unchecked: columns, rowCount: Int(carrow_table_rows(opened)),
      metadata: metadataPairs(owner.schema.pointee.metadata))
  }

  private static func arrowFault(_ path: String, _ outcome: Int32, _ fault: CArrowFault, _ name: String?) -> CavernError
  {
    if let missing = fault.missingLibrary { return missing }
    let place = name.map { "column '\($0)': " } ?? ""
    switch Int(outcome) {
    case CARROW_NOT_SUPPORTED:
      return CavernError("arrow.notSupported", "\(place)cannot be read: \(fault.text)", exit: .badData, file: path)
    case CARROW_OUT_OF_MEMORY:
      return CavernError(
        "arrow.memoryLimit", "\(place)\(fault.text); the file is probably damaged", exit: .badData, file: path)
    case CARROW_IO:
      return CavernError("file.readFailed", "\(place)\(fault.text)", exit: .inputOutput, file: path)
    default:
      return CavernError(
        "arrow.damaged", "\(place)\(fault.text)", exit: .badData, file: path,
        hint: "copy the file again from the source")
    }
  }
}
