import Errors
import Foundation
import Results

/// What tells whether a stored scan still belongs to its files and settings.
public enum ScanFingerprint {
  /// SHA-256 of everything that shapes the sums: settings of the scan, and name, size and time of each of its files.
  ///
  /// - Throws: as `AcquisitionSource`.
  public static func of(_ scan: ScanSettings, inputs: ScanInputs) throws(CavernError) -> String {
    var lines = ["\(scan)"]
    let source = try AcquisitionSource(scan)
    var paths: [String]
    switch source.store {
    case .files(let files): paths = files.values.sorted()
    case .archives(let list): paths = list
    case .packed(let path): paths = [path]
    }
    paths += inputs.files
    for path in paths {
      let facts = try? FileManager.default.attributesOfItem(atPath: path)
      let size = (facts?[.size] as? NSNumber)?.int64Value ?? -1
      let time = (facts?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
      lines.append("\(path) \(size) \(time)")
    }
    return SHA256.hexDigest(of: Array(lines.joined(separator: "\n").utf8))
  }
}
