import Errors
import Foundation

/// Small text files that commands read.
enum PixelFiles {
  /// The text of a file.
  ///
  /// - Throws: `file.notFound`, `file.folder`, `file.cannotRead`.
  static func text(_ path: String) throws(CavernError) -> String {
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
    return String(decoding: data, as: UTF8.self)
  }
}
