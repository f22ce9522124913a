import Errors
import Foundation

/// Lines of a small text file.
enum TextLines {
  /// The text of a file.
  ///
  /// - Throws: `file.notFound`, `file.folder`, `file.cannotRead`, `file.notText`.
  static func read(_ path: String) throws(CavernError) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CavernError("file.notFound", "there is no such file", exit: .noInput, file: path)
    }
    guard !isFolder.boolValue else {
      throw CavernError("file.folder", "this is a folder, not a file", exit: .badData, file: path)
    }
    // A handle and not `contents(atPath:)`, which refuses pipes such as the shell's `<(…)`.
    guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.readToEnd() ?? Data() else {
      throw CavernError("file.cannotRead", "the file cannot be opened", exit: .inputOutput, file: path)
    }
    guard let text = String(data: data, encoding: .utf8), !text.contains("\0") else {
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
