import Errors
import Files
import Foundation
import Glibc
import TestSupport
import Testing

@Suite("A folder under a lock")
struct FolderLockTests {
  @Test("is refused to a second run, which is told who has it, and free again afterwards without a trace")
  func exclusive() throws {
    try withTemporaryFolder { folder in
      let path = folder.path(percentEncoded: false)
      do {
        let first = try FolderLock(path)
        let error = caught { try FolderLock(path) }
        #expect(error?.code == "batch.busy" && error?.exit == .tryAgain && error?.file == path)
        #expect(error?.message.hasPrefix("process \(getpid()) on ") == true)
        withExtendedLifetime(first) {}
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
      _ = try FolderLock(path)
    }
  }

  @Test("is free when the process that had it was killed and left its file")
  func leftBehind() throws {
    try withTemporaryFolder { folder in
      try Data("process 1 on a host\n".utf8).write(to: folder.appending(path: FolderLock.fileName))
      let lock = try FolderLock(folder.path(percentEncoded: false))
      let text = try String(contentsOf: folder.appending(path: FolderLock.fileName), encoding: .utf8)
      #expect(text.hasPrefix("process \(getpid()) on "))
      withExtendedLifetime(lock) {}
    }
  }

  @Test("that is not there cannot be locked")
  func missing() {
    let error = caught { try FolderLock("/nowhere/at/all") }
    #expect(error?.code == "batch.cannotLock" && error?.exit == .cannotCreate)
  }
}
