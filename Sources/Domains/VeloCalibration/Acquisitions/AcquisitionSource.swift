import Errors
import Foundation
import SharedLibraries

/// Where the acquisitions of a scan are: files in a folder, also compressed one by one, or one archive.
struct AcquisitionSource: Sendable {
  /// How they are kept.
  enum Store: Sendable {
    /// Files by name without compression ending.
    case files([String: String])
    /// Archives to be read from beginning to end.
    case archives([String])
    /// A packed scan.
    case packed(String)
  }

  let store: Store

  static let archiveEndings = [
    ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst", ".tar.xz", ".txz", ".tar.bz2", ".tar.lz4",
  ]

  static func isArchive(_ name: String) -> Bool { archiveEndings.contains { name.hasSuffix($0) } }

  /// Looks for the acquisitions of a scan.
  ///
  /// Loose files come first; archives in the folder are read when there is not a single loose file of the scan.
  ///
  /// - Throws: `velo.duplicate` (exit 65) when one acquisition is there twice, `velo.folder` (exit 66), `library.missing`
  ///   (exit 69).
  init(_ scan: ScanSettings) throws(CavernError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: scan.folder, isDirectory: &isFolder) else {
      throw CavernError("velo.folder", "there is no such folder", exit: .noInput, file: scan.folder)
    }
    if !isFolder.boolValue {
      store = Self.isArchive(scan.folder) ? .archives([scan.folder]) : .packed(scan.folder)
      return
    }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: scan.folder).sorted()
    } catch {
      throw CavernError(
        "velo.folder", "the folder cannot be read: \(error.localizedDescription)", exit: .noInput, file: scan.folder)
    }
    let start = "\(scan.prefix)\(scan.shutter.text)_THR_"
    var files: [String: String] = [:]
    for name in names where name.hasPrefix(start) {
      let plain = Self.withoutCompression(name)
      guard plain.hasSuffix(".csv") else { continue }
      if let other = files[plain] {
        throw CavernError(
          "velo.duplicate", "'\(other)' and '\(name)' are the same acquisition", exit: .badData, file: scan.folder,
          hint: "keep one of the two")
      }
      files[plain] = name
    }
    if files.isEmpty {
      let packed = "\(scan.prefix)\(scan.shutter.text)_scan.parquet"
      let archives = names.filter(Self.isArchive)
      if names.contains(packed) {
        store = .packed("\(scan.folder)/\(packed)")
        return
      }
      if !archives.isEmpty {
        store = .archives(archives.map { "\(scan.folder)/\($0)" })
        return
      }
    }
    // Without the library each file would count as damaged.
    if files.contains(where: { $0.key != $0.value }) { try SharedLibrary.archive.load() }
    store = .files(files.mapValues { "\(scan.folder)/\($0)" })
  }

  /// The error for an acquisition that archives hold twice.
  static func isTwice(_ name: String, _ path: String) -> CavernError {
    CavernError(
      "velo.duplicate", "acquisition '\(name)' is in the archives twice", exit: .badData, file: path,
      hint: "keep one of the two")
  }

  static func withoutCompression(_ name: String) -> String {
    for ending in [".gz", ".zst"] where name.hasSuffix(ending) { return String(name.dropLast(ending.count)) }
    return name
  }
}
