import Errors
import Foundation
import Tables

/// Reads matrices of 256 × 256 numbers: masks, baselines, noise widths; also compressed.
enum MatrixFile {
  /// The path itself, or the same with `.gz` or `.zst`; `nil` when none is there.
  static func existing(_ path: String) -> String? {
    [path, path + ".gz", path + ".zst"].first { FileManager.default.fileExists(atPath: $0) }
  }

  /// The numbers of a matrix, row after row.
  ///
  /// - Throws: `velo.matrix` (exit 65, or 66 when there is no file) with line and field.
  static func read(_ path: String) throws(CavernError) -> [Double] {
    guard let found = existing(path) else {
      throw CavernError("velo.matrix", "there is no such file", exit: .noInput, file: path)
    }
    let bytes = FileBytes()
    try load(found, bytes)
    // A copy of the bytes: matrices are few and small.
    let lines = Array(bytes.bytes).split(separator: 10, omittingEmptySubsequences: false)
    var values: [Double] = []
    values.reserveCapacity(PixelMatrix.count)
    var rows = 0
    for (number, line) in lines.enumerated() {
      let text = line.last == 13 ? line.dropLast() : line
      if text.allSatisfy({ $0 == 32 || $0 == 9 }) {
        guard lines[(number + 1)...].allSatisfy({ $0.allSatisfy { $0 == 32 || $0 == 9 || $0 == 13 } }) else {
          throw fault("an empty line", found, number + 1)
        }
        break
      }
      let fields = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      guard fields.count == PixelMatrix.side else {
        throw fault("\(fields.count) numbers instead of 256", found, number + 1)
      }
      rows += 1
      guard rows <= PixelMatrix.side else { throw fault("more than 256 lines", found, number + 1) }
      for (column, field) in fields.enumerated() {
        var trimmed = field
        while let first = trimmed.first, first == 32 || first == 9 { trimmed = trimmed.dropFirst() }
        while let last = trimmed.last, last == 32 || last == 9 { trimmed = trimmed.dropLast() }
        guard let value = NumberText.double(trimmed), value.isFinite else {
          throw fault("field \(column + 1) is not a number", found, number + 1)
        }
        values.append(value)
      }
    }
    guard rows == PixelMatrix.side else { throw fault("\(rows) lines instead of 256", found, nil) }
    return values
  }

  /// Reads a file that may be compressed.
  static func load(_ path: String, _ bytes: FileBytes) throws(CavernError) {
    let message: String?
    if path.hasSuffix(".gz") || path.hasSuffix(".zst") {
      let stream = try ArchiveStream(path: path, isTar: false)
      message = try stream.next() == nil ? "it is empty" : stream.read(into: bytes)
    } else {
      message = bytes.read(path: path)
    }
    if let message {
      throw CavernError("velo.matrix", "the file cannot be read: \(message)", exit: .badData, file: path)
    }
  }

  private static func fault(_ message: String, _ path: String, _ line: Int?) -> CavernError {
    CavernError(
      "velo.matrix", message, exit: .badData, file: path, line: line, expected: "256 lines of 256 numbers")
  }
}
