import Errors
import Glibc

/// A file that says who owns a line; a second owner is refused.
final class BrokerLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock; it ends with the process, however that ends.
  ///
  /// - Throws: `hv.broker.owned` (exit 69) naming the owner, `hv.broker.noState` (exit 73).
  init(path: String) throws(CavernError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CavernError(
        "hv.broker.noState", "the lock file cannot be made: \(String(cString: strerror(errno)))", exit: .cannotCreate,
        file: path)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      var bytes = [UInt8](repeating: 0, count: 64)
      // At most the array's own length is written to it.
      let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
      let owner = String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 0x0A }, as: UTF8.self)
      close(descriptor)
      throw CavernError(
        "hv.broker.owned", "process \(owner) owns this supply", exit: .unavailable, file: path,
        hint: "one broker owns a line; stop the other one first")
    }
    let text = Array("\(getpid())\n".utf8)
    ftruncate(descriptor, 0)
    _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  deinit { close(descriptor) }

  /// Gives the lock back.
  func release() { _ = flock(descriptor, LOCK_UN) }
}

/// Users and groups of this machine.
enum LocalUsers {
  /// The name of a user.
  static func name(_ user: UInt32) -> String {
    guard let entry = getpwuid(user) else { return "uid \(user)" }
    return String(cString: entry.pointee.pw_name)
  }

  /// Whether a user is a member of a group.
  static func isMember(_ user: UInt32, of group: String) -> Bool {
    guard let entry = getgrnam(group) else { return false }
    if let person = getpwuid(user), person.pointee.pw_gid == entry.pointee.gr_gid { return true }
    let name = name(user)
    // The list of members ends with a null pointer.
    var member = entry.pointee.gr_mem
    while let text = member?.pointee {
      if String(cString: text) == name { return true }
      member = member?.advanced(by: 1)
    }
    return false
  }

  /// This process's own user.
  static var own: UInt32 { geteuid() }
}
