import Errors
import Files
import Foundation

/// A manifest on disk, held open and locked while a batch runs.
///
/// A line is on the disk when ``append(_:)`` returns.
final class ManifestFile {
  let path: String
  /// What the file said when it was opened.
  let found: Manifest
  /// Where all lines stand now.
  private var lines: Manifest
  private var length: Int
  private let handle: FileHandle

  /// Opens or creates the file, locks it against other runs and cuts off what a killed run left half written.
  init(path: String) throws(CavernError) {
    self.path = path
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CavernError(
        "batch.manifestOpen", "the manifest cannot be opened: \(String(cString: strerror(errno)))",
        exit: .cannotCreate, file: path)
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw CavernError(
        "batch.busy", "another run works on this batch", exit: .tryAgain, file: path,
        hint: "wait for it to end, or give this run another folder")
    }
    let bytes: Data
    do { bytes = try handle.readToEnd() ?? Data() } catch { throw Self.fault("read", path, error) }
    do { found = try Manifest(parsing: bytes) } catch { throw error.inFile(path) }
    lines = found
    length = found.wholeBytes
    do {
      try handle.truncate(atOffset: UInt64(length))
      if length == 0 {
        try handle.write(contentsOf: Self.header)
        length = Self.header.count
      }
      try handle.synchronize()
    } catch { throw Self.fault("written", path, error) }
    Self.synchronizeFolder(of: path)
  }

  /// Adds a line and waits until it is on the disk.
  func append(_ entry: ManifestEntry) throws(CavernError) {
    let line = Data((entry.line + "\n").utf8)
    do {
      try handle.write(contentsOf: line)
      try handle.synchronize()
    } catch { throw Self.fault("written", path, error) }
    lines.note(entry.key, at: length..<length + line.count - 1)
    length += line.count
  }

  /// Rewrites the file in the order of `keys` when it differs from that; whole or not at all.
  func tidy(ordering keys: [String]) throws(CavernError) {
    let places = lines.places(ordering: keys)
    var end = Self.header.count
    let isTidy = places.allSatisfy { place in
      defer { end = place.upperBound + 1 }
      return place.lowerBound == end
    }
    guard !isTidy || end != length else { return }
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(filePath: path)) } catch { throw Self.fault("read", path, error) }
    guard bytes.count >= length else {
      throw CavernError(
        "batch.manifestWrite", "the manifest was shortened while the batch ran", exit: .inputOutput, file: path)
    }
    var text = Array(Self.header)
    for place in places {
      text += bytes[place]
      text.append(UInt8(ascii: "\n"))
    }
    try AtomicFile.write(path, text)
  }

  private static let header = Data((Manifest.header + "\n").utf8)

  /// A new name is safe only when its folder is on the disk as well.
  private static func synchronizeFolder(of path: String) {
    let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func fault(_ what: String, _ path: String, _ error: any Error) -> CavernError {
    CavernError(
      "batch.manifestWrite", "the manifest cannot be \(what): \(error.localizedDescription)", exit: .inputOutput,
      file: path)
  }
}
