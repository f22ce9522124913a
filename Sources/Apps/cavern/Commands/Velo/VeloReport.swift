import Arguments
import Errors
import JSON
import Results
import VeloCalibration

extension Command {
  /// `cavern velo report`: the page of a result.
  static var veloReport: Command {
    Command(
      "report", "Write the page of a result: maps on which a click shows the curve of a pixel, its fit and errors.",
      discussion: """
        The page is one file that needs no network: maps and histograms of the parameters, and for the chosen pixel the \
        flux with its fit, pulls and numbers. Arrow keys move from pixel to pixel. 'cavern velo run' writes it too.
        """,
      examples: [Example("cavern velo report RESULT -o pixels.html", "all scans of a result")],
      arguments: [Argument("result", .folder, "Result folder.")],
      options: [
        .option("output", short: "o", "FILE", .file(["html"]), "The page.", note: "pixels.html in the result folder"),
        .flag("force", "Replace a page that is there."),
        .option("scan", "LABEL", .text, "Only this scan.", note: "all scans"),
      ]
    ) { arguments in
      let folder = try arguments.string("result")
      let labels = try arguments.optionalString("scan").map { [$0] } ?? VeloStored.labels(folder)
      guard !labels.isEmpty else {
        throw CavernError("velo.result", "there is no result of a calibration", exit: .noInput, file: folder)
      }
      var scans: [PixelPage.Scan] = []
      for label in labels {
        let place = try VeloStored.scanFolder(folder, label: label)
        scans.append(PixelPage.Scan(maps: try PixelMaps(folder: place), counts: try StoredCounts.read(place)))
      }
      let target = try arguments.optionalString("output") ?? "\(folder)/pixels.html"
      try VeloFigureFiles.refuse(target, force: arguments.flag("force"))
      let first = scans[0].maps
      let warnings = scans.flatMap(\.counts.allWarnings)
      let page = PixelPage(
        title: "VELO calibration: \(first.dataset)",
        facts: [
          ("equation", first.equation.rawValue), ("method", first.json["method"]?.stringValue ?? ""),
          ("result", folder),
        ], scans: scans, warnings: warnings, version: Version.text)
      let bytes = try page.bytes()
      try AtomicFile.write(target, bytes)
      return Report(
        result: ["file": .string(target), "scans": .array(labels.map { .string($0) }), "bytes": .integer(bytes.count)],
        text: "\(target)\n")
    }
  }
}
