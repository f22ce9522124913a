import Arguments
import Errors
import Foundation
import JSON
import Results
import VeloCalibration

extension Command {
  /// `cavern velo pack`: acquisitions as one compressed file a scan.
  static var veloPack: Command {
    Command(
      "pack", "Pack the acquisitions of a dataset: one compressed Parquet file for each scan.",
      discussion: """
        A packed scan keeps the counts of every acquisition, and the reason for those that are no matrix; the condition \
        of the dataset is not applied. A folder (or the file itself) that holds one in place of acquisition files can be \
        named as 'folder' in a dataset.
        """,
      examples: [Example("cavern velo pack dataset.toml --output PACKED", "all scans, into PACKED/<label>/")],
      arguments: [VeloArguments.dataset],
      options: [
        .option("output", short: "o", "DIR", .folder, "Where to; a folder for each label.", default: "packed"),
        .flag("force", "Replace packed scans that are there."),
        .option("scan", "LABEL", .text, "Only this scan.", note: "all scans"),
      ]
    ) { arguments in
      let dataset = try VeloDataset(path: try arguments.string("dataset"))
      let output = try arguments.string("output")
      var rows: [JSONValue] = []
      var text = ""
      for scan in try VeloArguments.scans(arguments, dataset) {
        let path = "\(output)/\(scan.label)/\(scan.prefix)\(scan.shutter.text)\(PackedScan.ending)"
        guard arguments.flag("force") || !FileManager.default.fileExists(atPath: path) else {
          throw CavernError(
            "file.exists", "there is a packed scan already", exit: .cannotCreate, file: path,
            hint: "replace it with --force")
        }
        try OutputFolder.prepare("\(output)/\(scan.label)")
        let progress = Progress(total: scan.thresholds.count, unit: "thresholds", arguments)
        let summary = try PackedScan.pack(
          scan, to: path, advance: { progress.advance() }, isCancelled: { Interrupts.isRequested })
        progress.finish()
        rows.append([
          "label": .string(scan.label), "file": .string(path), "acquisitions": .integer(summary.acquisitions),
          "faulty": .integer(summary.faulty), "missing": .integer(summary.missing),
        ])
        text += "\(path): \(summary.acquisitions) acquisitions, \(summary.faulty) faulty, \(summary.missing) missing\n"
      }
      let (list, words) = (rows, text)
      return Report(result: ["scans": .array(list)], text: words)
    }
  }

  /// `cavern velo unpack`: a packed scan as files again.
  static var veloUnpack: Command {
    Command(
      "unpack", "Write the acquisitions of a packed scan as files again.",
      examples: [
        Example("cavern velo unpack Module0_VP3-1_ECS_data_ST_2s621ms_scan.parquet --output FILES", "all acquisitions")
      ],
      arguments: [Argument("file", .file(["parquet"]), "Packed scan.")],
      options: [.option("output", short: "o", "DIR", .folder, "Folder for the files.", default: "unpacked")]
    ) { arguments in
      let path = try arguments.string("file")
      let output = try arguments.string("output")
      let name = path.split(separator: "/").last.map(String.init) ?? path
      guard name.hasSuffix(PackedScan.ending) else {
        throw arguments.fault(
          "usage.value", "'\(name)' is not named like a packed scan", about: "file",
          expected: "<module>_<asic>_ECS_data_ST_<shutter>\(PackedScan.ending)")
      }
      try OutputFolder.prepare(output)
      let summary = try PackedScan.unpack(path, prefix: String(name.dropLast(PackedScan.ending.count)), to: output)
      return Report(
        result: [
          "folder": .string(output), "acquisitions": .integer(summary.acquisitions), "faulty": .integer(summary.faulty),
        ], text: "\(output): \(summary.acquisitions) acquisitions, \(summary.faulty) faulty ones left out\n")
    }
  }
}
