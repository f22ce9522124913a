import Foundation

/// Walks folders, links to folders included.
enum FolderWalk {
  /// The files below a folder as paths relative to it, in the order of their names.
  ///
  /// - Parameter visited: real paths of folders that are not entered (again); a link back to a folder above ends there.
  static func files(below root: String, visited: inout Set<String>) -> [String] {
    var files: [String] = []
    walk(root, prefix: "", &files, &visited)
    return files
  }

  private static func walk(_ folder: String, prefix: String, _ files: inout [String], _ visited: inout Set<String>) {
    guard visited.insert(realPath(folder)).inserted,
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    else { return }
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
      if isFolder.boolValue {
        walk(path, prefix: "\(prefix)\(name)/", &files, &visited)
      } else {
        files.append(prefix + name)
      }
    }
  }

  /// A path without links and without `.` and `..`; of what does not exist yet, as far as it does.
  static func realPath(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path(percentEncoded: false)
      .trimmingSuffix("/")
  }
}

extension String {
  /// Without this ending, unless nothing else is there.
  fileprivate func trimmingSuffix(_ ending: String) -> String {
    count > ending.count && hasSuffix(ending) ? String(dropLast(ending.count)) : self
  }
}
