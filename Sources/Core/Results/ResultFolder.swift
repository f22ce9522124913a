import Errors
import Figures
import Foundation
import JSON

/// The folder that holds the result of an analysis: `result.json`, tables, `figures/`, `report.html`, `provenance.json`.
///
/// It is built beside its place, synchronised with the disk and renamed: it appears whole or not at all.
///
///     try ResultFolder.write(to: "out", force: false) { (folder) throws(CavernError) in
///       try folder.addResult(schema: "cavern.beam.ws.fit/1", result)
///       try folder.add("profiles.parquet") { (path) throws(CavernError) in try table.writeParquet(to: path) }
///       try folder.addFigures(figures)
///       try folder.addReport(report)
///       try folder.addProvenance(provenance)
///     }
public struct ResultFolder {
  /// The files that have been added, in order, relative to the folder.
  public private(set) var files: [String] = []
  private let staging: String
  private let path: String
  /// Whether every file is synchronised with the disk.
  private let isSynchronised: Bool

  /// Builds a result folder.
  ///
  /// - Parameters:
  ///   - path: where the folder is to be; its parents are created.
  ///   - force: whether an earlier result folder there is replaced. What is not a result folder is never replaced.
  ///   - isSynchronised: whether to wait for the disk.
  ///   - body: adds the files; when it throws, nothing is left.
  /// - Throws: `results.exists` when something is there and `force` is off, `results.notAResult` when what is there is no
  ///   result folder, `file.cannotCreate`, and what `body` throws.
  public static func write(
    to path: String, force: Bool = false, isSynchronised: Bool = true,
    _ body: (inout ResultFolder) throws(CavernError) -> Void
  ) throws(CavernError) {
    try checkPlace(path, force: force)
    let parent = AtomicFile.folder(of: path)
    try createFolder(parent, named: path)
    let staging = AtomicFile.besides(path)
    try createFolder(staging, named: path)
    do throws(CavernError) {
      var folder = ResultFolder(staging: staging, path: path, isSynchronised: isSynchronised)
      try body(&folder)
      if isSynchronised {
        for file in folder.files { try AtomicFile.synchronise(staging + "/" + file) }
        try AtomicFile.synchronise(staging)
      }
      // What was there may have changed while the result was computed.
      try checkPlace(path, force: force)
      try exchange(staging, path)
      if isSynchronised { try AtomicFile.synchronise(parent) }
    } catch {
      try? FileManager.default.removeItem(atPath: staging)
      throw error
    }
  }

  private init(staging: String, path: String, isSynchronised: Bool) {
    (self.staging, self.path, self.isSynchronised) = (staging, path, isSynchronised)
  }

  /// Whether a folder is a result folder: it holds a `result.json` whose `schema` begins with `cavern.`.
  public static func isResult(_ path: String) -> Bool {
    guard let data = FileManager.default.contents(atPath: path + "/result.json"),
      let schema = (try? JSONValue(parsing: Array(data)))?["schema"]?.stringValue
    else { return false }
    return schema.hasPrefix("cavern.")
  }

  /// Adds a file that `write` makes at the path it is given.
  ///
  /// - Parameter name: relative to the folder, with `/` between folders.
  public mutating func add(_ name: String, write: (_ path: String) throws(CavernError) -> Void) throws(CavernError) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !name.isEmpty, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && !$0.contains("\0") }),
      !files.contains(name)
    else {
      throw CavernError("results.badName", "'\(name)' cannot be a file of a result folder", exit: .internal, file: path)
    }
    let target = staging + "/" + name
    if parts.count > 1 { try Self.createFolder(AtomicFile.folder(of: target), named: path + "/" + name) }
    do throws(CavernError) {
      try write(target)
    } catch {
      // People know the place, not the name it is built under.
      var named = error
      if named.file == nil || named.file == target { named.file = path + "/" + name }
      throw named
    }
    files.append(name)
  }

  /// Adds a file with these bytes.
  public mutating func add(_ name: String, bytes: [UInt8]) throws(CavernError) {
    let shown = path + "/" + name
    try add(name) { (target) throws(CavernError) in try AtomicFile.writePlain(target, bytes, path: shown) }
  }

  /// Adds `result.json`: `{"schema": schema, "result": result}`.
  public mutating func addResult(schema: String, _ result: JSONValue) throws(CavernError) {
    let document: JSONValue = ["schema": .string(schema), "result": result]
    try add("result.json", bytes: Array((document.text(.pretty) + "\n").utf8))
  }

  /// Adds `provenance.json`.
  public mutating func addProvenance(_ provenance: Provenance) throws(CavernError) {
    try add("provenance.json", bytes: Array((provenance.json.text(.pretty) + "\n").utf8))
  }

  /// Adds `figures/<name>.svg` and `.png` of each figure, or other formats.
  ///
  /// - Throws: as `GnuplotRenderer.render(_:as:)`.
  public mutating func addFigures(
    _ figures: [Figure], as formats: [GnuplotRenderer.Format] = [.svg, .png()],
    renderer: GnuplotRenderer = GnuplotRenderer()
  ) throws(CavernError) {
    let pictures = try renderer.render(figures, as: formats)
    for (figure, variants) in zip(figures, pictures) {
      for (format, bytes) in zip(formats, variants) {
        try add("figures/\(figure.name).\(format.fileExtension)", bytes: bytes)
      }
    }
  }

  /// Adds `report.html`.
  public mutating func addReport(_ report: Report) throws(CavernError) {
    try add("report.html", bytes: Array(report.htmlPieces().joined()))
  }

  private static func checkPlace(_ path: String, force: Bool) throws(CavernError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    let content = isFolder.boolValue ? try? FileManager.default.contentsOfDirectory(atPath: path) : nil
    if let content, content.isEmpty { return }
    guard isFolder.boolValue, isResult(path) else {
      throw CavernError(
        "results.notAResult", "what is there is not a result folder of Cavern and is left alone", exit: .cannotCreate,
        file: path, hint: "name another folder")
    }
    guard force else {
      throw CavernError(
        "results.exists", "there is a result already", exit: .cannotCreate, file: path,
        hint: "name another folder, or replace it with --force")
    }
  }

  private static func exchange(_ staging: String, _ path: String) throws(CavernError) {
    let isThere = FileManager.default.fileExists(atPath: path)
    let isEmpty = isThere && ((try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty ?? false)
    let old = AtomicFile.besides(path)
    if isThere, !isEmpty, rename(path, old) != 0 {
      throw CavernError(
        "file.cannotCreate", "the earlier result cannot be moved away: \(AtomicFile.reason(errno))",
        exit: .cannotCreate, file: path)
    }
    guard rename(staging, path) == 0 else {
      let reason = AtomicFile.reason(errno)
      if isThere, !isEmpty { rename(old, path) }
      throw CavernError(
        "file.cannotCreate", "the folder cannot be put in its place: \(reason)", exit: .cannotCreate, file: path)
    }
    if isThere, !isEmpty { try? FileManager.default.removeItem(atPath: old) }
  }

  private static func createFolder(_ folder: String, named path: String) throws(CavernError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CavernError(
        "file.cannotCreate", "the folder cannot be created: \(error.localizedDescription)", exit: .cannotCreate,
        file: path)
    }
  }
}
