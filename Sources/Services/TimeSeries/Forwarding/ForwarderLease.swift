import Errors
import Files
import Glibc

/// The right to forward from a store to a destination, held by one process at a time.
///
/// A file lock, which ends with the process, however it ends.
public struct ForwarderLease: ~Copyable {
  private let lock: FileLock

  /// Takes the right; `nil` when another process has it.
  ///
  /// - Throws: `store.lock` (exit 73) when the lock file cannot be made.
  public static func take(_ store: String, destination: String) throws(CavernError) -> ForwarderLease? {
    let safe = destination.utf8.map { byte in
      let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      return isPlain ? byte : UInt8(ascii: "_")
    }
    let path = "\(store).\(String(decoding: safe, as: UTF8.self)).lock"
    do throws(FileLock.Refusal) {
      return ForwarderLease(lock: try FileLock(path, holder: "process \(getpid())"))
    } catch {
      switch error {
      case .held: return nil
      case .cannotLock(let reason):
        throw CavernError("store.lock", "cannot be created: \(reason)", exit: .cannotCreate, file: path)
      }
    }
  }

  private init(lock: FileLock) { self.lock = lock }
}
