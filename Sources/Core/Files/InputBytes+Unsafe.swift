import Errors
import Glibc

/// Files that are read whole.
public enum InputBytes {
  /// The bytes of a file; `-` is standard input.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - limit: more bytes than this are refused.
  /// - Throws: `input.missing` (exit 66), `input.folder` (66), `input.tooLong` (65), `input.cannotRead` (74).
  public static func read(_ path: String, limit: Int = 1 << 31) throws(CavernError) -> [UInt8] {
    var bytes: [UInt8] = []
    try read(path, limit: limit) { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// Gives the bytes of a file to `body` piece by piece, as they come; `-` is standard input.
  ///
  /// - Throws: as `read(_:limit:)`, and what `body` throws.
  public static func read(
    _ path: String, limit: Int = .max, _ body: ([UInt8]) throws(CavernError) -> Void
  ) throws(CavernError) {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw fault(errno, path) }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    var block = [UInt8](repeating: 0, count: 1 << 18)
    var total = 0
    while true {
      // At most the block's own length is written to it.
      let count = block.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return }
      if count < 0 {
        if errno == EINTR { continue }
        throw fault(errno, path)
      }
      total += count
      guard total <= limit else {
        throw CavernError("input.tooLong", "longer than \(limit) bytes", exit: .badData, file: path)
      }
      try body(Array(block[..<count]))
    }
  }

  private static func fault(_ code: Int32, _ path: String) -> CavernError {
    switch code {
    case ENOENT, ENOTDIR: CavernError("input.missing", "there is no such file", exit: .noInput, file: path)
    case EISDIR: CavernError("input.folder", "a folder where a file belongs", exit: .noInput, file: path)
    default:
      CavernError(
        "input.cannotRead", "cannot be read: \(AtomicFile.reason(code))", exit: .inputOutput, file: path)
    }
  }
}
