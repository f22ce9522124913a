import Foundation
import Glibc

/// A file that one process at a time holds locked.
///
/// The lock ends with the process, however that ends. While it is held the file says by whom.
public final class FileLock: Sendable {
  /// Why a lock was not had.
  public enum Refusal: Error {
    /// Another one holds it; what it wrote about itself, empty when it wrote nothing.
    case held(by: String)
    /// The file can be neither opened nor made, or not locked.
    case cannotLock(reason: String)
  }

  /// The file.
  public let path: String
  private let descriptor: Int32

  /// Takes the lock at once, or not at all.
  ///
  /// - Parameters:
  ///   - path: the file, which is made when it is not there.
  ///   - holder: one line that tells others who has it.
  public init(_ path: String, holder: String) throws(Refusal) {
    self.path = path
    descriptor = try Self.lock(path)
    // What it says helps people only: a lock that cannot say whose it is holds all the same.
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    try? handle.truncate(atOffset: 0)
    try? handle.write(contentsOf: Data((holder + "\n").utf8))
  }

  deinit { close(descriptor) }

  /// Gives the lock back before the value ends.
  public func release() { _ = flock(descriptor, LOCK_UN) }

  private static func lock(_ path: String) throws(Refusal) -> Int32 {
    // A holder that ends may remove the file between opening and locking it here; then there is a new one to be locked.
    for _ in 0..<100 {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw .cannotLock(reason: AtomicFile.reason(errno)) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let number = errno
        defer { close(descriptor) }
        throw number == EWOULDBLOCK ? .held(by: text(of: descriptor)) : .cannotLock(reason: AtomicFile.reason(number))
      }
      if isSame(descriptor, as: path) { return descriptor }
      close(descriptor)
    }
    throw .held(by: "")
  }

  private static func text(of descriptor: Int32) -> String {
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    let bytes = (try? handle.read(upToCount: 200)) ?? Data()
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  private static func isSame(_ descriptor: Int32, as path: String) -> Bool {
    var opened = stat()
    var named = stat()
    return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino
      && opened.st_dev == named.st_dev
  }
}
