import Glibc

/// The system's words.
enum SystemText {
  /// What an error number means.
  static func describe(_ code: Int32) -> String {
    // The system owns the text, which ends with a zero.
    strerror(code).map { String(cString: $0) } ?? "error \(code)"
  }
}
