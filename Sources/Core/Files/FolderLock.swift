import Errors
import Foundation
import Glibc

/// A folder to which one run at a time may write, from its first file to its last.
///
/// The lock is a file in the folder that names its holder. It ends with the process, however that ends; the file goes when the lock is
/// given back, so that it is no part of the result.
public final class FolderLock {
  /// The name of the lock's file in the folder.
  public static let fileName = ".cavern.lock"
  private let path: String
  /// Closing it gives the lock back.
  private let handle: FileHandle

  /// Locks a folder, which must exist.
  ///
  /// - Throws: `batch.busy` (exit 75) naming the process that has it, `batch.cannotLock` (exit 73) where no file can be made or locked.
  public init(_ folder: String) throws(CavernError) {
    path = folder + "/" + Self.fileName
    handle = try Self.lock(path, of: folder)
    // What it says helps people only: a lock that cannot say whose it is holds all the same.
    try? handle.truncate(atOffset: 0)
    try? handle.write(contentsOf: Data("process \(getpid()) on \(ProcessInfo.processInfo.hostName)\n".utf8))
  }

  deinit { unlink(path) }

  private static func lock(_ path: String, of folder: String) throws(CavernError) -> FileHandle {
    // A holder that ends may remove the file between opening and locking it here; then there is a new one to be locked.
    for _ in 0..<100 {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw cannotLock(folder, errno) }
      let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let number = errno
        guard number == EWOULDBLOCK else { throw cannotLock(folder, number) }
        throw busy(folder, holder: try? handle.read(upToCount: 200))
      }
      if isSame(descriptor, as: path) { return handle }
    }
    throw busy(folder, holder: nil)
  }

  private static func isSame(_ descriptor: Int32, as path: String) -> Bool {
    var opened = stat()
    var named = stat()
    return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino
      && opened.st_dev == named.st_dev
  }

  private static func busy(_ folder: String, holder: Data?) -> CavernError {
    let line = holder.map { String(decoding: $0.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self) } ?? ""
    return CavernError(
      "batch.busy", "\(line.isEmpty ? "another run" : line) writes to this folder", exit: .tryAgain, file: folder,
      hint: "wait for it to end, or give this run another folder")
  }

  private static func cannotLock(_ folder: String, _ number: Int32) -> CavernError {
    CavernError(
      "batch.cannotLock", "the folder cannot be locked: \(AtomicFile.reason(number))", exit: .cannotCreate, file: folder
    )
  }
}
