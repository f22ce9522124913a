import Errors
import Foundation
import JSON
import Tables

/// A dataset file made from the names of the acquisitions in a folder.
public struct DatasetTemplate: Sendable {
  /// One scan that was found.
  public struct Scan: Sendable, Equatable {
    /// Module.
    public var module: String
    /// ASIC.
    public var asic: String
    /// Shutter time as file names write it.
    public var shutter: String
    /// Threshold codes that occur, growing.
    public var thresholds: [Int]
    /// Lowest and highest number of an acquisition.
    public var acquisitions: ClosedRange<Int>
    /// Label proposed for it.
    public var label: String

    /// Distance of the codes: the largest that hits them all.
    public var step: Int {
      zip(thresholds, thresholds.dropFirst()).reduce(0) { Self.divisor($0, $1.1 - $1.0) }
    }

    private static func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
  }

  /// The scans that were found.
  public let scans: [Scan]
  /// What should be known.
  public let warnings: [CavernWarning]
  private let folder: String
  private let beside: [String]

  /// Looks through the names in a folder, in its archives and of its packed scans.
  ///
  /// - Parameters:
  ///   - folder: where the acquisitions are.
  ///   - place: the folder of the dataset file, to which paths in it are relative.
  /// - Throws: `velo.folder` and `velo.noFiles` (exit 66), `archive.…`.
  public init(scanning folder: String, relativeTo place: String) throws(CavernError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue,
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    else { throw CavernError("velo.folder", "there is no such folder", exit: .noInput, file: folder) }
    var found: [String: Scan] = [:]
    for name in names { Self.add(name, to: &found) }
    var remarks: [CavernWarning] = []
    if found.isEmpty {
      for name in names where AcquisitionSource.isArchive(name) {
        let stream = try ArchiveStream(path: "\(folder)/\(name)", isTar: true)
        while let entry = try stream.next() { Self.add(entry, to: &found) }
      }
      for name in names where name.hasSuffix(PackedScan.ending) { try Self.addPacked(name, folder, to: &found) }
    }
    guard !found.isEmpty else {
      throw CavernError(
        "velo.noFiles", "there is no acquisition in the folder", exit: .noInput, file: folder,
        expected: "<module>_<asic>_ECS_data_ST_<shutter>_THR_<thr>_<acq>.csv")
    }
    var list = found.sorted { $0.key < $1.key }.map(\.value)
    for index in list.indices {
      list[index].thresholds.sort()
      list[index].label = list.count == 1 ? "scan" : "scan\(index + 1)"
      let one = list[index]
      let expected =
        one.thresholds.count > 1 ? (one.thresholds[one.thresholds.count - 1] - one.thresholds[0]) / one.step + 1 : 1
      if expected != one.thresholds.count {
        remarks.append(
          CavernWarning("velo.gaps", "\(expected - one.thresholds.count) thresholds have no acquisition", file: folder))
      }
    }
    if Set(list.map { "\($0.module) \($0.asic)" }).count > 1 {
      remarks.append(
        CavernWarning(
          "velo.severalAsics", "the folder holds several ASICs; the dataset names the first, write one for each",
          file: folder))
    }
    scans = list
    warnings = remarks
    beside = names
    self.folder = Self.relative(folder, to: place)
  }

  private static func add(_ name: String, to found: inout [String: Scan]) {
    let plain = AcquisitionSource.withoutCompression(name)
    guard plain.hasSuffix(".csv"), let mark = plain.range(of: "_ECS_data_ST_"),
      let end = plain.range(of: "_THR_", range: mark.upperBound..<plain.endIndex)
    else { return }
    let parts = plain[..<mark.lowerBound].split(separator: "_", omittingEmptySubsequences: false)
    let numbers = plain[end.upperBound...].dropLast(4).split(separator: "_")
    let shutter = String(plain[mark.upperBound..<end.lowerBound])
    guard parts.count >= 2, numbers.count == 2, let threshold = Int(numbers[0]), let acquisition = Int(numbers[1]),
      acquisition >= 0, (try? Shutter(shutter)) != nil
    else { return }
    let module = parts.dropLast().joined(separator: "_")
    let asic = String(parts[parts.count - 1])
    add(module, asic, shutter, [threshold], acquisition...acquisition, to: &found)
  }

  private static func add(
    _ module: String, _ asic: String, _ shutter: String, _ thresholds: [Int], _ acquisitions: ClosedRange<Int>,
    to found: inout [String: Scan]
  ) {
    let key = "\(module) \(asic) \(shutter)"
    if var scan = found[key] {
      for threshold in thresholds where !scan.thresholds.contains(threshold) { scan.thresholds.append(threshold) }
      scan.acquisitions =
        min(
          scan.acquisitions.lowerBound, acquisitions.lowerBound)...max(
          scan.acquisitions.upperBound, acquisitions.upperBound)
      found[key] = scan
    } else {
      found[key] = Scan(
        module: module, asic: asic, shutter: shutter, thresholds: thresholds, acquisitions: acquisitions, label: "")
    }
  }

  private static func addPacked(_ name: String, _ folder: String, to found: inout [String: Scan]) throws(CavernError) {
    guard let mark = name.range(of: "_ECS_data_ST_") else { return }
    let parts = name[..<mark.lowerBound].split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count >= 2 else { return }
    let shutter = String(name[mark.upperBound...].dropLast(PackedScan.ending.count))
    let path = "\(folder)/\(name)"
    let file = try ParquetFile(path: path)
    let thresholds = try PackedScan.groups(file, path).map(\.threshold)
    var range: ClosedRange<Int>?
    for group in 0..<file.rowGroupCount {
      for value in try file.read([["acq"]], rowGroup: group).column("acq").doubles() {
        let number = Int(value)
        range = min(range?.lowerBound ?? number, number)...max(range?.upperBound ?? number, number)
      }
    }
    guard let range, !thresholds.isEmpty else { return }
    add(
      parts.dropLast().joined(separator: "_"), String(parts[parts.count - 1]), shutter, thresholds, range, to: &found)
  }

  private static func relative(_ path: String, to place: String) -> String {
    let target = URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
    let base = URL(filePath: place, directoryHint: .isDirectory).standardizedFileURL.path(percentEncoded: false)
    let folder = base.hasSuffix("/") ? base : base + "/"
    let plain = target.count > 1 && target.hasSuffix("/") ? String(target.dropLast()) : target
    if plain + "/" == folder { return "." }
    return plain.hasPrefix(folder) ? String(plain.dropFirst(folder.count)) : plain
  }

  private func file(_ ending: String) -> String? {
    guard let scan = scans.first else { return nil }
    let name = "\(scan.module)_\(scan.asic)_\(ending)"
    guard [name, name + ".gz", name + ".zst"].contains(where: beside.contains) else { return nil }
    return folder == "." ? name : "\(folder)/\(name)"
  }

  /// The dataset file.
  public var text: String {
    guard let first = scans.first else { return "" }
    var text = """
      # Written by 'cavern velo dataset init' from the names of files. Look it over: labels, bad_cut and exclude.
      [dataset]
      name = "\(first.module)_\(first.asic)"
      module = "\(first.module)"
      asic = "\(first.asic)"
      equation = "F1_0"

      """
    for scan in scans where scan.module == first.module && scan.asic == first.asic {
      let step = max(scan.step, 1)
      text += """

        [[scan]]
        label = "\(scan.label)"
        folder = "\(folder)"
        shutter = "\(scan.shutter)"
        acquisitions = \(scan.acquisitions.count)
        first_acquisition = \(scan.acquisitions.lowerBound)
        threshold = { from = \(scan.thresholds.first ?? 0), to = \(scan.thresholds.last ?? 0), step = \(step) }
        mask = "auto"

        """
      if let baseline = file("TrimBest_Noise_Predict.csv") {
        text += "baseline = \"\(baseline)\"\n"
      } else {
        text += "# baseline = \"<module>_<asic>_TrimBest_Noise_Predict.csv\"\n"
      }
      if let width = file("Trim0_Noise_Width.csv") { text += "baseline_width = \"\(width)\"\n" }
      text += "# bad_cut = 18.34765625\nexclude = \"False\"\np0 = \"auto\"\n"
    }
    return text
  }

  /// The scans for `--json`.
  public var json: JSONValue {
    [
      "folder": .string(folder),
      "scans": .array(
        scans.map { scan in
          [
            "module": .string(scan.module), "asic": .string(scan.asic), "shutter": .string(scan.shutter),
            "thresholds": [
              "from": .optional(scan.thresholds.first), "to": .optional(scan.thresholds.last),
              "step": .integer(max(scan.step, 1)), "count": .integer(scan.thresholds.count),
            ], "first_acquisition": .integer(scan.acquisitions.lowerBound),
            "acquisitions": .integer(scan.acquisitions.count), "label": .string(scan.label),
          ]
        }),
    ]
  }
}
