import Arguments
import Errors
import Foundation
import JSON
import Results
import VeloCalibration

extension Command {
  /// `cavern velo dataset init`: a dataset file from the names in a folder.
  static var veloDatasetInit: Command {
    Command(
      "init", "Write a dataset file for a folder of acquisitions.",
      discussion: """
        Module, ASIC, shutter time, thresholds and acquisitions come from the names of the files, also inside archives \
        and packed scans; mask and baseline files in the folder are named. Look the file over before it is used: the \
        label, bad_cut and exclude cannot be known.
        """,
      examples: [Example("cavern velo dataset init N037/20230803_warmFe55 -o dataset.toml", "one scan")],
      arguments: [Argument("folder", .folder, "Folder of the acquisitions.")],
      options: [CommonOptions.output, .flag("force", "Replace a file that is there.")]
    ) { arguments in
      let folder = try arguments.string("folder")
      let output = try arguments.string("output")
      // Paths in a dataset are relative to its file.
      let place = output == "-" || !output.contains("/") ? "." : AtomicFile.folder(of: output)
      let template = try DatasetTemplate(scanning: folder, relativeTo: place)
      if output != "-" {
        guard arguments.flag("force") || !FileManager.default.fileExists(atPath: output) else {
          throw CavernError(
            "file.exists", "there is a file already", exit: .cannotCreate, file: output,
            hint: "name another file, or replace it with --force")
        }
        try AtomicFile.write(output, text: template.text)
      }
      return Report(
        warnings: template.warnings, result: template.json,
        text: output == "-" ? template.text : "\(output): \(template.scans.count) scans\n")
    }
  }
}
