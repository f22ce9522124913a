import CZlib
import Errors
import Glibc

/// A file open for reading; text compressed by gzip is read as what it holds.
struct OpenFile {
  private let descriptor: Int32
  private let path: String
  /// zlib's view of a compressed file; nil for any other.
  private let compressed: gzFile?
  /// Bytes in the file when it was opened.
  let size: Int
  /// Device and number of the file, which stay when it is renamed.
  let identity: Identity

  /// What stays when a file is renamed.
  struct Identity: Equatable, Sendable {
    var device: UInt64
    var number: UInt64
  }

  /// Whether the file is compressed by gzip.
  var isCompressed: Bool { compressed != nil }

  /// Whether a compressed file ended too early, is damaged or could not be read on, as far as it was read.
  var isCut: Bool {
    guard let compressed else { return false }
    var code: Int32 = 0
    gzerror(compressed, &code)
    return code < 0
  }

  /// Opens a file.
  ///
  /// - Throws: `file.missing`, `file.isDirectory`, `file.notReadable`.
  init(_ path: String) throws(CavernError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno))
      let isMissing = errno == ENOENT || errno == ENOTDIR
      throw CavernError(
        isMissing ? "file.missing" : "file.notReadable", isMissing ? "no such file" : "cannot be opened: \(reason)",
        exit: isMissing || errno == EACCES ? .noInput : .inputOutput, file: path)
    }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else {
      Glibc.close(descriptor)
      throw CavernError("file.notReadable", "cannot be looked at", exit: .inputOutput, file: path)
    }
    guard facts.st_mode & S_IFMT != S_IFDIR else {
      Glibc.close(descriptor)
      throw CavernError("file.isDirectory", "is a directory", exit: .noInput, file: path, expected: "a file")
    }
    size = Int(facts.st_size)
    identity = Identity(device: UInt64(facts.st_dev), number: UInt64(facts.st_ino))
    var mark: (UInt8, UInt8) = (0, 0)
    // Two bytes are asked for, and two there are.
    let isCompressed = pread(descriptor, &mark, 2, 0) == 2 && mark.0 == 0x1F && mark.1 == 0x8B
    // zlib closes its descriptor itself, so it gets one of its own.
    compressed = isCompressed ? gzdopen(fcntl(descriptor, F_DUPFD_CLOEXEC, 0), "rb") : nil
    if let compressed { gzbuffer(compressed, 1 << 17) }
  }

  /// Closes it.
  func close() {
    if let compressed { gzclose(compressed) }
    Glibc.close(descriptor)
  }

  /// Goes on reading from here; a compressed file is always read from its start.
  func seek(to offset: Int) {
    if compressed == nil { lseek(descriptor, off_t(offset), SEEK_SET) }
  }

  /// The next bytes, 0 at the end; compressed ones that are damaged end there.
  private func next(_ memory: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    guard let compressed else { return Glibc.read(descriptor, memory, count) }
    // `memory` has room for `count` bytes, of which zlib writes at most so many.
    return max(0, Int(gzread(compressed, memory, UInt32(min(count, 1 << 30)))))
  }

  /// An array with some bytes and then up to `count` more of the file, fewer at its end.
  ///
  /// - Parameter room: how many bytes can be appended without moving the array.
  func read(after start: [UInt8], _ count: Int, room: Int) throws(CavernError) -> [UInt8] {
    var fault: CavernError?
    let bytes = [UInt8](unsafeUninitializedCapacity: start.count + count + room) { buffer, filled in
      // The buffer holds start.count + count + room bytes: those of `start` come first, then at most `count`.
      filled = buffer.update(fromContentsOf: start)
      while filled < start.count + count {
        guard let base = buffer.baseAddress else { return }
        let got = next(base + filled, start.count + count - filled)
        if got < 0 {
          if errno == EINTR { continue }
          fault = CavernError(
            "file.readFailed", "cannot be read: \(String(cString: strerror(errno)))", exit: .inputOutput, file: path)
          return
        }
        if got == 0 { return }
        filled += got
      }
    }
    if let fault { throw fault }
    return bytes
  }

  /// Up to `count` bytes at `offset`, fewer at the end of the file.
  func bytes(at offset: Int, _ count: Int) throws(CavernError) -> [UInt8] {
    var fault: CavernError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      guard let base = buffer.baseAddress, count > 0 else { return }
      // The buffer holds `count` bytes.
      do throws(CavernError) { filled = try read(at: offset, into: base, count) } catch { fault = error }
    }
    if let fault { throw fault }
    return bytes
  }

  /// Reads `count` bytes at `offset` into memory that has room for them; the number of bytes read.
  func read(at offset: Int, into memory: UnsafeMutableRawPointer, _ count: Int) throws(CavernError) -> Int {
    var done = 0
    while done < count {
      let got = pread(descriptor, memory + done, count - done, off_t(offset + done))
      if got < 0 {
        if errno == EINTR { continue }
        throw CavernError(
          "file.readFailed", "cannot be read: \(String(cString: strerror(errno)))", exit: .inputOutput, file: path,
          offset: offset + done)
      }
      if got == 0 { break }
      done += got
    }
    return done
  }
}
