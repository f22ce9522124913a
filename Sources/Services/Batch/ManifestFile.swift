import Errors
import Foundation

/// A manifest on disk, held open and locked while a batch runs.
///
/// A line is on the disk when ``append(_:)`` returns.
final class ManifestFile {
  let path: String
  private(set) var manifest: Manifest
  private var handle: FileHandle

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
    let bytes: [UInt8]
    do { bytes = Array(try handle.readToEnd() ?? Data()) } catch { throw Self.fault("read", path, error) }
    do { manifest = try Manifest(parsing: bytes) } catch { throw error.inFile(path) }
    do {
      try handle.truncate(atOffset: UInt64(manifest.wholeBytes))
      if manifest.wholeBytes == 0 { try handle.write(contentsOf: Data((Manifest.header + "\n").utf8)) }
      try handle.synchronize()
    } catch { throw Self.fault("written", path, error) }
    Self.synchronizeFolder(of: path)
  }

  /// Adds a line and waits until it is on the disk.
  func append(_ entry: ManifestEntry) throws(CavernError) {
    do {
      try handle.write(contentsOf: Data((entry.line + "\n").utf8))
      try handle.synchronize()
    } catch { throw Self.fault("written", path, error) }
  }

  /// Rewrites the file in the order of `keys` when it differs from that; whole or not at all.
  func tidy(ordering keys: [String]) throws(CavernError) {
    do {
      let bytes = Array(try Data(contentsOf: URL(filePath: path)))
      let text = try Manifest(parsing: bytes).text(ordering: keys)
      guard !bytes.elementsEqual(text.utf8) else { return }
      let beside = path + ".new"
      let data = Data(text.utf8)
      try data.write(to: URL(filePath: beside))
      let written = try FileHandle(forUpdating: URL(filePath: beside))
      try written.synchronize()
      try written.close()
      guard rename(beside, path) == 0 else {
        throw CavernError(
          "batch.manifestWrite", "the manifest cannot be replaced: \(String(cString: strerror(errno)))",
          exit: .inputOutput, file: path)
      }
      Self.synchronizeFolder(of: path)
    } catch let error as CavernError {
      throw error
    } catch { throw Self.fault("written", path, error) }
  }

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
