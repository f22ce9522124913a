import Errors
import Foundation
import Glibc

/// A folder to which one run at a time may write, from its first file to its last.
///
/// The lock is a file in the folder, which goes when the lock is given back, so that it is no part of the result.
public final class FolderLock: Sendable {
  /// The name of the lock's file in the folder.
  public static let fileName = ".cavern.lock"
  /// The folder.
  public let folder: String
  private let lock: FileLock

  /// Locks a folder, which must exist.
  ///
  /// - Throws: `batch.busy` (exit 75) naming the process that has it, `batch.cannotLock` (exit 73) where no file can be made or locked.
  public init(_ folder: String) throws(CavernError) {
    self.folder = folder
    do throws(FileLock.Refusal) {
      lock = try FileLock(
        "\(folder)/\(Self.fileName)", holder: "process \(getpid()) on \(ProcessInfo.processInfo.hostName)")
    } catch {
      switch error {
      case .held(let holder):
        throw CavernError(
          "batch.busy", "\(holder.isEmpty ? "another run" : holder) writes to this folder", exit: .tryAgain,
          file: folder, hint: "wait for it to end, or give this run another folder")
      case .cannotLock(let reason):
        throw CavernError(
          "batch.cannotLock", "the folder cannot be locked: \(reason)", exit: .cannotCreate, file: folder)
      }
    }
  }

  deinit { unlink(lock.path) }
}
