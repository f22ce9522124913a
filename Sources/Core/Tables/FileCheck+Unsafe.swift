import Errors
import Glibc

/// What can be known about a file before its format matters.
struct FileCheck {
  /// Bytes in the file.
  let size: Int
  /// Up to 16 bytes from its start.
  let head: [UInt8]
  /// Up to 12 bytes from its end.
  let tail: [UInt8]

  /// Opens the file, measures it and reads both ends.
  ///
  /// - Throws: `file.missing` with the nearest names in the folder, `file.isDirectory`, `file.notReadable`.
  init(_ path: String) throws(CavernError) {
    let descriptor = try Self.open(path)
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw Self.unreadable(path, errno) }
    guard facts.st_mode & S_IFMT != S_IFDIR else {
      throw CavernError(
        "file.isDirectory", "is a directory", exit: .noInput, file: path, expected: "a file",
        hint: "name a file inside it, or use the batch form of the command")
    }
    size = Int(facts.st_size)
    head = Self.read(descriptor, at: 0, min(16, size))
    tail = Self.read(descriptor, at: max(0, size - 12), min(12, size))
  }

  /// All bytes of a file.
  ///
  /// - Throws: as `init`, and `file.readFailed`.
  static func bytes(_ path: String) throws(CavernError) -> [UInt8] {
    let size = try FileCheck(path).size
    let descriptor = try open(path)
    defer { close(descriptor) }
    var result = try read(descriptor, path, size)
    // A file that grows meanwhile, or a pipe with no size, is read until it ends.
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      // The block's own count bounds what the system may write.
      let got = block.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if got < 0 {
        if errno == EINTR { continue }
        throw CavernError(
          "file.readFailed", "cannot be read: \(reason(errno))", exit: .inputOutput, file: path, offset: result.count)
      }
      if got == 0 { return result }
      result.append(contentsOf: block[0..<got])
    }
  }

  /// As much as a file holds, at most `size` bytes, in one piece.
  private static func read(_ descriptor: Int32, _ path: String, _ size: Int) throws(CavernError) -> [UInt8] {
    var fault: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      while filled < size {
        // From `filled` on at most to the end of the buffer of `size` bytes.
        let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, size - filled)
        if got < 0, errno == EINTR { continue }
        if got < 0 { fault = errno }
        guard got > 0 else { return }
        filled += got
      }
    }
    guard fault == 0 else {
      throw CavernError(
        "file.readFailed", "cannot be read: \(reason(fault))", exit: .inputOutput, file: path, offset: bytes.count)
    }
    return bytes
  }

  private static func open(_ path: String) throws(CavernError) -> Int32 {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path, errno) }
    return descriptor
  }

  private static func read(_ descriptor: Int32, at offset: Int, _ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      // At most `count` bytes, the buffer's capacity.
      filled = max(0, pread(descriptor, buffer.baseAddress, count, off_t(offset)))
    }
  }

  private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }

  private static func unreadable(_ path: String, _ number: Int32) -> CavernError {
    switch number {
    case ENOENT, ENOTDIR:
      let (folder, name) = split(path)
      return CavernError(
        "file.missing", "no such file", exit: .noInput, file: path,
        nearest: nearestNames(to: name, in: entries(folder)).map { folder == "." ? $0 : folder + "/" + $0 })
    case EACCES, EPERM:
      return CavernError(
        "file.notReadable", "may not be read: \(reason(number))", exit: .noInput, file: path,
        hint: "ask its owner for read permission")
    default:
      return CavernError("file.notReadable", "cannot be opened: \(reason(number))", exit: .inputOutput, file: path)
    }
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return (folder, String(path[path.index(after: slash)...]))
  }

  private static func entries(_ folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream), names.count < 5000 {
      // d_name is a zero-terminated array inside the entry, valid until the next call.
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}
