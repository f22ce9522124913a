import Glibc

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
