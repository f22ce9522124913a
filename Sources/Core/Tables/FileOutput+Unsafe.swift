import Errors
import Glibc
import Synchronization

/// Files that appear whole or not at all: written beside, flushed to the disk, renamed.
enum FileOutput {
  private static let counter = Atomic<Int>(0)

  /// Writes bytes to a path; `-` and anything that exists and is no plain file (a pipe, a terminal) is written to
  /// directly.
  ///
  /// - Throws: `file.cannotCreate`, `file.writeFailed`.
  static func write(_ bytes: [UInt8], to path: String) throws(CavernError) {
    if path == "-" { return try put(bytes, STDOUT_FILENO, path) }
    var facts = stat()
    if stat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
      let descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw cannotCreate(path, errno) }
      defer { close(descriptor) }
      return try put(bytes, descriptor, path)
    }
    let number = counter.add(1, ordering: .relaxed).newValue
    let beside = "\(path).part-\(getpid())-\(number)"
    let descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw cannotCreate(path, errno) }
    do throws(CavernError) {
      defer { close(descriptor) }
      try put(bytes, descriptor, path)
      guard fsync(descriptor) == 0 else { throw failed(path, errno) }
    } catch {
      unlink(beside)
      throw error
    }
    guard rename(beside, path) == 0 else {
      let cause = errno
      unlink(beside)
      throw cannotCreate(path, cause)
    }
  }

  private static func put(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(CavernError) {
    var done = 0
    while done < bytes.count {
      // At most the bytes from `done` to the end of the array.
      let wrote = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if wrote < 0 {
        if errno == EINTR { continue }
        throw failed(path, errno)
      }
      done += wrote
    }
  }

  private static func cannotCreate(_ path: String, _ number: Int32) -> CavernError {
    CavernError(
      "file.cannotCreate", "cannot be created: \(String(cString: strerror(number)))", exit: .cannotCreate, file: path)
  }

  private static func failed(_ path: String, _ number: Int32) -> CavernError {
    CavernError(
      "file.writeFailed", "cannot be written: \(String(cString: strerror(number)))", exit: .inputOutput, file: path)
  }
}
