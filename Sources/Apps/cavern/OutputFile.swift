import Errors
import Glibc

/// Writing an output file whole or not at all.
enum OutputFile {
  /// Writes beside the destination, flushes to the disk and renames into place.
  ///
  /// - Throws: `output.cannotCreate` (exit 73) or `output.writeFailed` (exit 74).
  static func write(_ bytes: [UInt8], to path: String) throws(CavernError) {
    // A device or a pipe (`/dev/stdout`, a named pipe) cannot be replaced; it is written to.
    var information = stat()
    let isSpecial = stat(path, &information) == 0 && (information.st_mode & S_IFMT) != S_IFREG
    let place = isSpecial ? path : "\(path).part-\(getpid())"
    let descriptor = open(place, O_WRONLY | O_CREAT | O_CLOEXEC | (isSpecial ? 0 : O_EXCL), 0o666)
    guard descriptor >= 0 else {
      throw CavernError(
        "output.cannotCreate", "cannot create the file: \(StandardStreams.describe(errno))", exit: .cannotCreate,
        file: path)
    }
    let isWritten = StandardStreams.writeAll(bytes, to: descriptor) == 0 && (isSpecial || fsync(descriptor) == 0)
    var code = isWritten ? 0 : errno
    if close(descriptor) != 0, code == 0 { code = errno }
    if !isSpecial, code == 0, rename(place, path) != 0 { code = errno }
    guard code == 0 else {
      if !isSpecial { unlink(place) }
      throw CavernError(
        StandardStreams.writeFault, "cannot write: \(StandardStreams.describe(code))", exit: .inputOutput, file: path)
    }
  }
}
