import Errors
import Files
import Glibc
import Results

/// Files that are written under a `.part` name first.
enum PartFile {
  /// Writes some of a message's bytes to `<path>.part`.
  ///
  /// - Returns: the SHA-256 of what was written.
  /// - Throws: `file.cannotCreate` when the file or its part is there already, `file.cannotWrite`.
  static func write(
    _ path: String, _ message: [UInt8], _ range: Range<Int>, isSynchronised: Bool
  ) throws(CavernError) -> String {
    guard access(path, F_OK) != 0 else {
      throw CavernError("file.cannotCreate", "a file of that name is there already", exit: .cannotCreate, file: path)
    }
    let descriptor = open("\(path).part", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw fault("file.cannotCreate", .cannotCreate, path) }
    var isOpen = true
    defer { if isOpen { close(descriptor) } }
    var digest = SHA256()
    var start = range.lowerBound
    while start < range.upperBound {
      // Pieces that stay in the cache between being hashed and being written; inside `range`, which is inside the message.
      let size = min(1 << 18, range.upperBound - start)
      let written = message.withUnsafeBytes { bytes -> Int in
        guard let base = bytes.baseAddress else { return -1 }
        let sent = Glibc.write(descriptor, base + start, size)
        if sent > 0 { digest.update(UnsafeRawBufferPointer(start: base + start, count: sent)) }
        return sent
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw fault("file.cannotWrite", .inputOutput, path) }
      start += written
    }
    if isSynchronised, fdatasync(descriptor) != 0 { throw fault("file.cannotWrite", .inputOutput, path) }
    isOpen = false
    guard close(descriptor) == 0 else { throw fault("file.cannotWrite", .inputOutput, path) }
    return digest.finish()
  }

  /// Gives a part its name.
  static func publish(_ path: String) throws(CavernError) {
    guard rename("\(path).part", path) == 0 else { throw fault("file.cannotCreate", .cannotCreate, path) }
  }

  /// Waits until the names in a folder are on the disk.
  static func synchroniseFolder(_ path: String) throws(CavernError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw fault("file.cannotWrite", .inputOutput, path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw fault("file.cannotWrite", .inputOutput, path) }
  }

  /// Adds text to the end of a file.
  static func append(_ path: String, _ text: String, isSynchronised: Bool) throws(CavernError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw fault("file.cannotCreate", .cannotCreate, path) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      // From `start`, at most to the end of the array.
      let sent = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + start }, $0.count - start) }
      if sent < 0, errno == EINTR { continue }
      guard sent > 0 else { throw fault("file.cannotWrite", .inputOutput, path) }
      start += sent
    }
    if isSynchronised, fdatasync(descriptor) != 0 { throw fault("file.cannotWrite", .inputOutput, path) }
  }

  private static func fault(_ code: String, _ exit: ExitStatus, _ path: String) -> CavernError {
    CavernError(code, String(cString: strerror(errno)), exit: exit, file: path)
  }
}
