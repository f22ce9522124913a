import BeamInstrumentation
import Errors
import Foundation
import JSON
import Results

/// `full_FBCT_data.json`, the export of the earlier package.
enum FbctLegacy {
  /// Writes an object of lists with one entry a run.
  ///
  /// Every run is read once; its entries go to one file a list, and these are joined at the end: memory does not grow with the number
  /// of files.
  ///
  /// - Throws: `file.cannotCreate`, `file.cannotWrite`, and what reading the runs throws.
  static func write(_ session: BeamCurrentSession, folder: String) throws(CavernError) {
    let path = "\(folder)/full_FBCT_data.json"
    let parts = IntensityRun.legacyNames.map { "\(folder)/.legacy-\($0).part" }
    defer { for part in parts { try? FileManager.default.removeItem(atPath: part) } }
    var handles: [FileHandle] = []
    for part in parts { handles.append(try create(part)) }
    var isFirst = true
    for entry in session.entries where entry.state == "done" || entry.state == "partial" {
      for run in try FbctWork.runs(of: entry.file, in: folder) where !run.slots.isEmpty {
        for (handle, member) in zip(handles, run.legacyEntry) {
          try append((isFirst ? "" : ",\n") + member.value.text(.compact), to: handle, path)
        }
        isFirst = false
      }
    }
    for handle in handles { try? handle.close() }
    try AtomicFile.write(path) { (temporary) throws(CavernError) in
      let whole = try create(temporary)
      for (index, (name, part)) in zip(IntensityRun.legacyNames, parts).enumerated() {
        try append((index == 0 ? "{\n" : ",\n") + "\"\(name)\": [", to: whole, path)
        try copy(part, to: whole, path)
        try append("]", to: whole, path)
      }
      try append("\n}\n", to: whole, path)
      try? whole.close()
    }
  }

  private static func create(_ path: String) throws(CavernError) -> FileHandle {
    guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path)
    else {
      throw CavernError("file.cannotCreate", "the file cannot be created", exit: .cannotCreate, file: path)
    }
    return handle
  }

  private static func append(_ text: String, to handle: FileHandle, _ path: String) throws(CavernError) {
    do {
      try handle.write(contentsOf: Data(text.utf8))
    } catch {
      throw CavernError("file.cannotWrite", "the file cannot be written", exit: .inputOutput, file: path)
    }
  }

  private static func copy(_ part: String, to handle: FileHandle, _ path: String) throws(CavernError) {
    do {
      guard let source = FileHandle(forReadingAtPath: part) else { return }
      while let block = try source.read(upToCount: 1 << 20), !block.isEmpty { try handle.write(contentsOf: block) }
      try source.close()
    } catch {
      throw CavernError("file.cannotWrite", "the file cannot be written", exit: .inputOutput, file: path)
    }
  }
}
