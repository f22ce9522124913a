import Errors
import Glibc

extension AtomicFile {
  /// Writes all bytes to an open descriptor; `path` is named in errors.
  ///
  /// - Throws: `file.cannotWrite`.
  static func put(_ bytes: [UInt8], _ descriptor: Int32, path: String) throws(CavernError) {
    var done = 0
    while done < bytes.count {
      // From `done`, at most to the end of the array.
      let wrote = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if wrote < 0 {
        if errno == EINTR { continue }
        throw cannotWrite(path)
      }
      done += wrote
    }
  }
}
