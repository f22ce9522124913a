import Foundation
import JSON

/// The golden cases in `Tests/Resources`.
public enum TestResources {
  /// The folder itself.
  public static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Resources")

  /// The path of a golden file, named relative to the folder.
  public static func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }

  /// The bytes of a golden file.
  public static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  /// A golden JSON file.
  public static func json(_ name: String) throws -> JSONValue { try JSONValue(parsing: bytes(name)) }
}

/// Runs `body` with a fresh folder that is removed afterwards.
public func withTemporaryFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
  let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
