import Errors
import Foundation
import JSON

/// A file that grows by one JSON object for every message to and from an instrument.
final class AuditFile {
  private let handle: FileHandle

  /// Opens a file for appending, and makes it if need be.
  ///
  /// - Throws: `file.cannotCreate` (exit 73).
  init(_ path: String) throws(CavernError) {
    let manager = FileManager.default
    if !manager.fileExists(atPath: path) { _ = manager.createFile(atPath: path, contents: nil) }
    guard let handle = FileHandle(forWritingAtPath: path), (try? handle.seekToEnd()) != nil else {
      throw CavernError("file.cannotCreate", "the file cannot be written", exit: .cannotCreate, file: path)
    }
    self.handle = handle
  }

  /// Adds a message with the time of day in seconds since 1970.
  func append(direction: String, text: String) {
    let line: JSONValue = [
      "time": .number(Date().timeIntervalSince1970), "direction": .string(direction == ">" ? "sent" : "received"),
      "text": .string(String(text.prefix(500))),
    ]
    try? handle.write(contentsOf: Data((line.text() + "\n").utf8))
  }
}
