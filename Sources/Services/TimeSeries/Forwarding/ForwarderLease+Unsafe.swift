import Errors
import Glibc

/// The right to forward from a store to a destination, held by one process at a time.
///
/// A file lock, which ends with the process, however it ends.
public struct ForwarderLease: ~Copyable {
  private let descriptor: Int32

  /// Takes the right; `nil` when another process has it.
  ///
  /// - Throws: `store.lock` (exit 73) when the lock file cannot be made.
  public static func take(_ store: String, destination: String) throws(CavernError) -> ForwarderLease? {
    let safe = destination.utf8.map { byte in
      let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      return isPlain ? byte : UInt8(ascii: "_")
    }
    let path = "\(store).\(String(decoding: safe, as: UTF8.self)).lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CavernError(
        "store.lock", "cannot be created: \(String(cString: strerror(errno)))", exit: .cannotCreate, file: path)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      return nil
    }
    return ForwarderLease(descriptor: descriptor)
  }

  private init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}
