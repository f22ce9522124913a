import Errors
import Files
import Glibc

/// A file that says who owns a line; a second owner is refused.
enum BrokerLock {
  /// Takes the lock.
  ///
  /// - Throws: `hv.broker.owned` (exit 69) naming the owner, `hv.broker.noState` (exit 73).
  static func take(_ path: String) throws(CavernError) -> FileLock {
    do throws(FileLock.Refusal) {
      return try FileLock(path, holder: "\(getpid())")
    } catch {
      switch error {
      case .held(let owner):
        throw CavernError(
          "hv.broker.owned", "process \(owner) owns this supply", exit: .unavailable, file: path,
          hint: "one broker owns a line; stop the other one first")
      case .cannotLock(let reason):
        throw CavernError(
          "hv.broker.noState", "the lock file cannot be made: \(reason)", exit: .cannotCreate, file: path)
      }
    }
  }
}
