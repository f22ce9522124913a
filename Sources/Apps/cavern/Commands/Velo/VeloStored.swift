import Arguments
import Errors
import Foundation
import VeloCalibration

/// Results that commands read back.
enum VeloStored {
  static let output: Option = .option(
    "output", short: "o", "DIR", .folder, "Folder of the result.", note: "as the dataset says")

  /// The folder of a dataset's result: `--output`, else what the dataset names.
  static func folder(_ arguments: ParsedArguments, _ dataset: VeloDataset) throws(CavernError) -> String {
    guard let folder = try arguments.optionalString("output") ?? dataset.output else {
      throw CavernError(
        "velo.noOutput", "neither the command line nor the dataset names a result folder", exit: .usage,
        hint: "add --output DIR")
    }
    return folder
  }

  /// The folder of a scan's result below a result folder: the one of the label, or the only one there is.
  static func scanFolder(_ folder: String, label: String?) throws(CavernError) -> String {
    let there = labels(folder)
    if let label {
      guard there.contains(label) else {
        throw CavernError(
          "velo.scan", "there is no result of scan '\(label)'", exit: .noInput, file: folder,
          expected: there.joined(separator: ", "), nearest: nearestNames(to: label, in: there))
      }
      return "\(folder)/\(label)"
    }
    guard there.count == 1 else {
      throw CavernError(
        "velo.scan", there.isEmpty ? "there is no result of a calibration" : "there are results of several scans",
        exit: there.isEmpty ? .noInput : .usage, file: folder,
        expected: there.isEmpty ? nil : there.joined(separator: ", "),
        hint: there.isEmpty ? nil : "name one with --scan")
    }
    return "\(folder)/\(there[0])"
  }

  /// Labels of the scans that a result folder holds.
  static func labels(_ folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/calibration.json") }.sorted()
  }

  /// Sums of a scan, if they are stored with its result.
  static func counts(_ folder: String) throws(CavernError) -> ScanCounts? {
    FileManager.default.fileExists(atPath: folder + "/counts.json") ? try StoredCounts.read(folder) : nil
  }
}
