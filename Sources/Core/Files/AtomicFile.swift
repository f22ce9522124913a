import Errors
import Foundation
import Glibc

/// Files that appear whole or not at all.
public enum AtomicFile {
  /// Writes a file: beside its place first, then synchronised with the disk, then renamed onto its place.
  ///
  /// A reader sees the earlier file or the new one, never a part. When anything fails nothing is left behind and an earlier
  /// file is untouched. The permissions are those of a new file. `-` is standard output; it, and what exists and is no
  /// plain file (a pipe, a terminal, a device), cannot be replaced and is written to directly.
  ///
  /// - Parameters:
  ///   - path: where the file is to be.
  ///   - bytes: what it holds.
  ///   - isSynchronised: whether to wait for the disk, so that the file outlives a power cut.
  /// - Throws: `file.cannotCreate` or `file.cannotWrite` naming the path.
  public static func write(_ path: String, _ bytes: [UInt8], isSynchronised: Bool = true) throws(CavernError) {
    if try writeInPlace(path, CollectionOfOne(bytes)) { return }
    try write(path, isSynchronised: isSynchronised) { (temporary) throws(CavernError) in
      try writePlain(temporary, bytes, path: path)
    }
  }

  /// Writes a text in UTF-8 as `write(_:_:)` does.
  public static func write(_ path: String, text: String, isSynchronised: Bool = true) throws(CavernError) {
    try write(path, Array(text.utf8), isSynchronised: isSynchronised)
  }

  /// Writes a file from pieces that are made one after another, so that it never stands in memory as a whole; it appears whole or not at
  /// all.
  ///
  /// - Throws: as `write(_:_:)`.
  public static func write(_ path: String, pieces: some Sequence<[UInt8]>) throws(CavernError) {
    if try writeInPlace(path, pieces) { return }
    try write(path) { (temporary) throws(CavernError) in try writePlain(temporary, pieces, path: path) }
  }

  /// Lets `body` write a file beside its place and then renames it, for writers that need a path of their own.
  ///
  /// What cannot be replaced (as in the function for bytes) gets the file's bytes once it is whole.
  ///
  /// - Parameter body: writes the whole file at the path it is given.
  /// - Throws: what `body` throws, `file.cannotCreate` when nothing can be put at the path.
  public static func write(
    _ path: String, isSynchronised: Bool = true, _ body: (_ temporary: String) throws(CavernError) -> Void
  ) throws(CavernError) {
    if isSpecial(path) { return try copy(body, to: path) }
    let temporary = besides(path)
    do throws(CavernError) {
      try body(temporary)
      if isSynchronised { try synchronise(temporary) }
      guard rename(temporary, path) == 0 else {
        throw CavernError(
          "file.cannotCreate", "the file cannot be put in its place: \(reason(errno))", exit: .cannotCreate, file: path)
      }
      if isSynchronised { try synchronise(folder(of: path)) }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Writes to what cannot be replaced; false, and nothing done, when the path is no such thing.
  private static func writeInPlace(_ path: String, _ pieces: some Sequence<[UInt8]>) throws(CavernError) -> Bool {
    guard isSpecial(path) else { return false }
    let isOutput = path == "-"
    let descriptor = isOutput ? STDOUT_FILENO : open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw cannotCreate(path) }
    defer { if !isOutput { close(descriptor) } }
    for bytes in pieces { try put(bytes, descriptor, path: isOutput ? "standard output" : path) }
    return true
  }

  /// Lets `body` write a file elsewhere and hands its bytes to what cannot be replaced.
  private static func copy(
    _ body: (_ temporary: String) throws(CavernError) -> Void, to path: String
  ) throws(CavernError) {
    let temporary = FileManager.default.temporaryDirectory.appending(path: "cavern-\(UUID().uuidString).tmp").path
    defer { unlink(temporary) }
    try body(temporary)
    let source = open(temporary, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw cannotCreate(temporary) }
    defer { close(source) }
    var fault: Int32 = 0
    let pieces = sequence(state: [UInt8](repeating: 0, count: 1 << 20)) { buffer -> [UInt8]? in
      while true {
        let count = read(source, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        if count < 0 { fault = errno }
        return count > 0 ? Array(buffer[..<count]) : nil
      }
    }
    _ = try writeInPlace(path, pieces)
    errno = fault
    guard fault == 0 else { throw cannotWrite(temporary) }
  }

  /// Writes bytes at a path without renaming; `path` is named in errors.
  package static func writePlain(_ temporary: String, _ bytes: [UInt8], path: String) throws(CavernError) {
    try writePlain(temporary, CollectionOfOne(bytes), path: path)
  }

  private static func writePlain(
    _ temporary: String, _ pieces: some Sequence<[UInt8]>, path: String
  ) throws(CavernError) {
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw cannotCreate(path) }
    do throws(CavernError) {
      for bytes in pieces { try put(bytes, descriptor, path: path) }
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw cannotWrite(path) }
  }

  /// Whether a path is standard output (`-`), or something is there that cannot be replaced by renaming: neither a plain file nor
  /// a folder.
  private static func isSpecial(_ path: String) -> Bool {
    if path == "-" { return true }
    var facts = stat()
    guard stat(path, &facts) == 0 else { return false }
    let kind = facts.st_mode & S_IFMT
    return kind != S_IFREG && kind != S_IFDIR
  }

  private static func cannotCreate(_ path: String) -> CavernError {
    CavernError(
      "file.cannotCreate", "the file cannot be created: \(reason(errno))", exit: .cannotCreate, file: path)
  }

  static func cannotWrite(_ path: String) -> CavernError {
    CavernError("file.cannotWrite", "the file cannot be written: \(reason(errno))", exit: .inputOutput, file: path)
  }

  /// Waits until a file or folder is on the disk.
  package static func synchronise(_ path: String) throws(CavernError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CavernError("file.cannotWrite", "cannot be opened again: \(reason(errno))", exit: .inputOutput, file: path)
    }
    defer { close(descriptor) }
    // Some file systems cannot synchronise folders and say so with EINVAL; the rename stands all the same.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw CavernError(
        "file.cannotWrite", "does not reach the disk: \(reason(errno))", exit: .inputOutput, file: path)
    }
  }

  /// A name beside a path that nobody else uses.
  package static func besides(_ path: String) -> String {
    let url = URL(filePath: path)
    let name = ".\(url.lastPathComponent).\(UUID().uuidString.prefix(8)).tmp"
    let parent = folder(of: path)
    return parent == "." ? name : parent + "/" + name
  }

  /// Removes what a process that was killed left half written in a folder and the folders below.
  ///
  /// These are files with names of `besides`. No other process may be writing there.
  package static func removeLeftovers(below folder: String) {
    for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
      let parts =
        name.split(separator: "/").last.map { $0.split(separator: ".", omittingEmptySubsequences: false) } ?? []
      guard parts.count >= 4, parts[0].isEmpty, parts.last == "tmp", let stamp = parts.dropLast().last,
        stamp.count == 8, stamp.allSatisfy({ $0.isHexDigit && !$0.isLowercase })
      else { continue }
      unlink(folder + "/" + name)
    }
  }

  /// The folder a path lies in, `.` when it names none.
  package static func folder(of path: String) -> String {
    var trimmed = Substring(path)
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }

  /// What the system says about an error number.
  package static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
