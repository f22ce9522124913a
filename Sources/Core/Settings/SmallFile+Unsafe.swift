import Errors
import Glibc

/// Reading files of settings and secrets with plain system calls, which is quicker at start than a general file layer.
enum SmallFile {
  /// The longest file that is read: 4 MiB.
  static let limit = 4 << 20

  /// The bytes of a file.
  ///
  /// - Throws: `config.missing` (exit 66), `config.cannotRead` or `config.tooLong` (exit 78).
  static func bytes(_ path: String, check: (stat) throws(CavernError) -> Void = { _ in }) throws(CavernError) -> [UInt8]
  {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw fault(errno, path) }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw fault(errno, path) }
    try check(information)
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      // At most the block's own length is written to it.
      let count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw fault(errno, path)
      }
      bytes.append(contentsOf: block[..<count])
      guard bytes.count <= limit else {
        throw CavernError("config.tooLong", "longer than 4 MiB", exit: .configuration, file: path)
      }
    }
  }

  /// Whether something is there that can be opened or complained about.
  static func exists(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 || errno == EACCES
  }

  private static func fault(_ code: Int32, _ path: String) -> CavernError {
    let words = strerror(code).map { String(cString: $0) } ?? "error \(code)"
    if code == ENOENT || code == ENOTDIR {
      return CavernError("config.missing", "there is no such file", exit: .noInput, file: path)
    }
    return CavernError("config.cannotRead", "cannot read the file: \(words)", exit: .configuration, file: path)
  }
}
