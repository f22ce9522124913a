import CArrow
import Errors
import Files

/// How Parquet data are packed.
public enum ParquetCompression: String, Sendable, CaseIterable {
  /// Not at all.
  case none
  /// Snappy: fast, understood by every reader.
  case snappy
  /// Gzip: understood by every reader, slow.
  case gzip
  /// Zstandard: small and fast; the default.
  case zstd
  /// LZ4 in its raw form.
  case lz4

  var number: Int32 {
    switch self {
    case .none: Int32(CARROW_CODEC_NONE)
    case .snappy: Int32(CARROW_CODEC_SNAPPY)
    case .gzip: Int32(CARROW_CODEC_GZIP)
    case .zstd: Int32(CARROW_CODEC_ZSTD)
    case .lz4: Int32(CARROW_CODEC_LZ4)
    }
  }
}

/// What the values below a list are called in a Parquet file; readers take either.
public enum ParquetListNaming: String, Sendable, CaseIterable {
  /// As the format asks for.
  case element
  /// As older programs wrote it.
  case item
}

extension Table {
  /// The table as a Parquet file in memory: equal tables give equal bytes; pages carry checksums.
  ///
  /// - Parameters:
  ///   - rowsPerGroup: rows in a row group at the most.
  ///   - pageVersion: 1, which every reader understands, or 2.
  ///   - listNaming: name of the values below lists.
  ///   - usesDictionaries: whether values that repeat are stored once; a waste of time for measured numbers.
  /// - Throws: `parquet.notWritable` when the library refuses a type.
  public func parquetBytes(
    compression: ParquetCompression = .zstd, rowsPerGroup: Int = 1 << 20, pageVersion: Int = 1,
    listNaming: ParquetListNaming = .element, usesDictionaries: Bool = true
  ) throws(CavernError) -> [UInt8] {
    try encoded("parquet.notWritable") { columns, count, metadata, bytes, fault in
      carrow_parquet_write(
        columns, count, Int64(rowCount), metadata, compression.number, Int64(rowsPerGroup), pageVersion == 2,
        listNaming == .item, usesDictionaries, bytes, fault)
    }
  }

  /// The table as an Arrow IPC file in memory.
  ///
  /// - Throws: `arrow.notWritable` when the library refuses a type.
  public func arrowBytes() throws(CavernError) -> [UInt8] {
    try encoded("arrow.notWritable") { columns, count, metadata, bytes, fault in
      carrow_ipc_write(columns, count, Int64(rowCount), metadata, bytes, fault)
    }
  }

  /// Writes a Parquet file, whole or not at all.
  ///
  /// - Throws: `file.cannotCreate`, `file.cannotWrite`, `parquet.notWritable`.
  public func writeParquet(to path: String, compression: ParquetCompression = .zstd) throws(CavernError) {
    try AtomicFile.write(path, try parquetBytes(compression: compression))
  }

  /// Writes an Arrow IPC file, whole or not at all.
  ///
  /// - Throws: `file.cannotCreate`, `file.cannotWrite`, `arrow.notWritable`.
  public func writeArrow(to path: String) throws(CavernError) { try AtomicFile.write(path, try arrowBytes()) }

  private func encoded(
    _ code: String,
    _ write: (
      UnsafePointer<CArrowColumn>?, Int64, UnsafePointer<CChar>?, UnsafeMutablePointer<CArrowBytes>,
      UnsafeMutablePointer<CArrowFault>
    ) -> Int32
  ) throws(CavernError) -> [UInt8] {
    var fault = CArrowFault()
    var bytes = CArrowBytes()
    defer { carrow_bytes_free(&bytes) }
    let outcome = withViews { columns, count, block in write(columns, count, block, &bytes, &fault) }
    guard outcome == CARROW_OK else {
      throw fault.missingLibrary ?? CavernError(code, "the table cannot be encoded: \(fault.text)", exit: .internal)
    }
    // The library owns `size` bytes at `data` until carrow_bytes_free.
    return Array(UnsafeBufferPointer(start: bytes.data, count: Int(bytes.size)))
  }

  /// Gives `body` the columns and the metadata in the form the library takes, valid during the call.
  func withViews<Result>(
    _ body: (UnsafePointer<CArrowColumn>?, Int64, UnsafePointer<CChar>?) -> Result
  ) -> Result {
    let memories = columns.map { $0.shared() }
    let views = memories.map { memory in
      CArrowColumn(
        schema: UnsafePointer(memory.schema), array: UnsafePointer(memory.array), name: memory.schema.pointee.name,
        metadata: memory.schema.pointee.metadata, validity: nil, offset: memory.array.pointee.offset,
        length: memory.array.pointee.length, nullable: true)
    }
    // The views point into `memories`, kept alive until the call is over.
    return withExtendedLifetime(memories) {
      metadataBlock(metadata).withOptionalBase { block in
        views.withUnsafeBufferPointer { body($0.baseAddress, Int64($0.count), block) }
      }
    }
  }
}
