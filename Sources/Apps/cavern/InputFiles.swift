import Errors
import Foundation

/// The files that a command over folders works on.
enum InputFiles {
  /// A file with the name under which it is reported: relative to the folder it was found in.
  struct File: Sendable, Equatable {
    /// Path to open.
    var path: String
    /// Path to report, `/` between folders.
    var name: String
  }

  /// The files named, and those with an extension below the folders named, ordered by name and without doubles.
  ///
  /// - Parameter output: a folder that is left out with all below it: results do not become input.
  /// - Throws: `input.missing` for a path that does not exist, `input.none` when nothing is found (both exit 66).
  static func find(
    _ roots: [String], withExtension ending: String, outside output: String? = nil
  ) throws(CavernError) -> [File] {
    try find(roots, called: "*.\(ending) file", outside: output) { path in path.hasSuffix(".\(ending)") }
  }

  /// The files named, and those below the folders named that `isWanted` takes, ordered by name and without doubles.
  ///
  /// Links to folders are followed, each folder once; names that begin with a dot are passed over below a folder.
  ///
  /// - Parameters:
  ///   - what: what is looked for, for the message when there is none.
  ///   - output: a folder that is left out with all below it.
  /// - Throws: as `find(_:withExtension:outside:)`; `output.isInput` (exit 64) when `output` is one of the folders.
  static func find(
    _ roots: [String], called what: String, outside output: String? = nil, where isWanted: (_ path: String) -> Bool
  ) throws(CavernError) -> [File] {
    var files: [File] = []
    var visited: Set<String> = []
    if let output { visited.insert(FolderWalk.realPath(output)) }
    for root in roots {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder) else {
        throw CavernError("input.missing", "there is no such file or folder", exit: .noInput, file: root)
      }
      if !isFolder.boolValue {
        files.append(File(path: root, name: roots.count == 1 ? lastPart(root) : relative(root)))
        continue
      }
      if let output, FolderWalk.realPath(output) == FolderWalk.realPath(root) {
        throw CavernError(
          "output.isInput", "the result folder is the folder to analyse: results would become input", exit: .usage,
          file: root, hint: "name another with '--output', for instance \(root)/result")
      }
      let prefix = roots.count == 1 ? "" : relative(root) + "/"
      for name in FolderWalk.files(below: root, visited: &visited) where isWanted("\(root)/\(name)") {
        files.append(File(path: "\(root)/\(name)", name: prefix + name))
      }
    }
    guard !files.isEmpty else {
      throw CavernError("input.none", "no \(what) there", exit: .noInput, file: roots.joined(separator: ", "))
    }
    var seen: Set<String> = []
    return files.filter { seen.insert($0.name).inserted }.sorted { $0.name < $1.name }
  }

  private static func lastPart(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// A path without leading `/`, `./` and `../`, so that it can stand below a result folder.
  private static func relative(_ path: String) -> String {
    path.split(separator: "/").filter { $0 != "." && $0 != ".." }.joined(separator: "/")
  }
}

/// Folders that commands write into file by file.
enum OutputFolder {
  /// Makes a folder and its parents.
  ///
  /// - Throws: `file.cannotCreate` (exit 73).
  static func prepare(_ path: String) throws(CavernError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw CavernError(
        "file.cannotCreate", "the folder cannot be created", exit: .cannotCreate, file: path,
        hint: "a file of that name may stand there, or the parent may not be writable")
    }
  }

  /// Whether a plain file is at a path.
  static func isPlainFile(_ path: String) -> Bool {
    let kind = (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
    return kind == .typeRegular
  }

  /// The folder a path lies in.
  static func parent(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }
}
