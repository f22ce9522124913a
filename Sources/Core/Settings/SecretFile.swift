import Errors
import Glibc

/// Secrets (passwords, tokens) are read from files that nobody but their owner may open.
public enum SecretFile {
  /// The secret in a file, without blanks and line ends around it.
  ///
  /// - Parameter path: the file.
  /// - Throws: `secret.openToOthers` or `secret.foreignOwner` or `secret.notAFile` or `secret.empty` (exit 78),
  ///   `config.missing` (exit 66). The secret itself is in no message.
  public static func read(_ path: String) throws(CavernError) -> String {
    let bytes = try SmallFile.bytes(path) { information throws(CavernError) in try check(information, path) }
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    let text = bytes.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
    guard !text.isEmpty else {
      throw CavernError("secret.empty", "the file holds no secret", exit: .configuration, file: path)
    }
    return String(decoding: Array(text), as: UTF8.self)
  }

  /// Checks kind, owner and mode of the file that is open, so that it cannot be swapped between check and reading.
  private static func check(_ information: stat, _ path: String) throws(CavernError) {
    guard information.st_mode & S_IFMT == S_IFREG else {
      throw CavernError("secret.notAFile", "not a regular file", exit: .configuration, file: path)
    }
    guard information.st_mode & 0o077 == 0 else {
      let mode = String(information.st_mode & 0o777, radix: 8)
      throw CavernError(
        "secret.openToOthers", "others may read the secret (mode 0\(mode))", exit: .configuration, file: path,
        expected: "mode 0600", hint: "chmod 600 '\(path)', and change the secret if others could have seen it")
    }
    guard information.st_uid == geteuid() || information.st_uid == 0 else {
      throw CavernError(
        "secret.foreignOwner", "the file belongs to another user", exit: .configuration, file: path,
        expected: "a file of your own or of root")
    }
  }
}
