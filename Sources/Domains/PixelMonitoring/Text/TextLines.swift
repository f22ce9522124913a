import Errors
import Files
import Foundation

/// Lines of a small text file.
enum TextLines {
  /// The text of a file.
  ///
  /// - Throws: what `InputBytes.read` throws, `file.notText`.
  static func read(_ path: String) throws(CavernError) -> String {
    guard let text = String(bytes: try InputBytes.read(path), encoding: .utf8), !text.contains("\0") else {
      throw CavernError("file.notText", "the file is not text in UTF-8", exit: .badData, file: path)
    }
    return text
  }

  /// Lines with their numbers from 1, ended by LF or CRLF; the empty rest after the last line end is none, and a byte order
  /// mark is passed over.
  static func split(_ text: String) -> [(number: Int, line: Substring)] {
    let isMarked = text.unicodeScalars.first == "\u{FEFF}"
    let content = isMarked ? String(text.unicodeScalars.dropFirst()) : text
    var lines = content.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.enumerated().map { ($0.offset + 1, $0.element) }
  }

  /// Words parted by blanks and tabs.
  static func words(_ line: Substring) -> [Substring] { line.split { $0 == " " || $0 == "\t" } }

  /// A text without blanks at its ends.
  static func trimmed(_ text: some StringProtocol) -> String { text.trimmingCharacters(in: .whitespaces) }
}
