import Arguments
import Errors
import Figures
import Foundation
import JSON
import Results
import VeloCalibration

extension Command {
  /// `cavern velo plot`: figures of results.
  static var veloPlot: Command {
    Command(
      "plot", "Draw figures of results: maps, distributions, curves, collections, summaries.",
      examples: [
        Example("cavern velo plot heatmap dataset.toml --param E0 --scan warm", "a map of the pixels"),
        Example("cavern velo plot flux dataset.toml --pixel 127,128 --panels residuals,pulls", "the curve of a pixel"),
      ],
      subcommands: [.plotHeatmap, .plotDistribution, .plotFlux, .plotCollection, .plotSummary, .plotAll])
  }

  private static let drawing: [Option] = [
    VeloStored.output, .option("scan", "LABEL", .text, "Only this scan.", note: "all scans of the dataset"),
    .option("figures", "DIR", .folder, "Folder for the figures.", note: "plots/ in the result folder"),
  ]

  private static var plotHeatmap: Command {
    Command(
      "heatmap", "Draw a map of the pixels.",
      examples: [Example("cavern velo plot heatmap dataset.toml --param K", "gains of all scans")],
      arguments: [VeloArguments.dataset],
      options: [
        .option(
          "param", short: "p", "NAME", .choice(CalibrationFigures.heatMapNames.map { .init($0) }), "What is mapped.",
          default: "E0", isRepeatable: true)
      ] + drawing
    ) { arguments in
      try VeloDrawing(arguments).draw("heat_map_plots") { (figures) throws(CavernError) in
        var list: [Figure] = []
        for name in try arguments.strings("param") { list.append(try figures.heatMap(name)) }
        return list
      }
    }
  }

  private static var plotDistribution: Command {
    Command(
      "distribution", "Draw histograms of parameters, or their pulls against the ASIC's value.",
      examples: [
        Example("cavern velo plot distribution dataset.toml", "E0, f, s, target and K side by side"),
        Example("cavern velo plot distribution dataset.toml --param E0 --compare asicgood", "pulls against ASICgood"),
      ],
      arguments: [VeloArguments.dataset],
      options: [
        .option("param", short: "p", "NAME", .text, "One parameter.", note: "all side by side"),
        .option("compare", "CURVE", .choice(["asic", "asicgood"]), "Draw pulls against the value of this curve."),
        .option("ranges", "RANGES", .choice(["auto", "legacy"]), "Ranges of the histograms.", default: "auto"),
      ] + drawing
    ) { arguments in
      let isLegacy = try arguments.string("ranges") == "legacy"
      let name = try arguments.optionalString("param")
      let curve = try arguments.optionalString("compare").map { $0 == "asic" ? "ASIC" : "ASICgood" }
      return try VeloDrawing(arguments).draw(curve == nil ? "" : "discrepancy") { (figures) throws(CavernError) in
        if let curve { return [try figures.discrepancy(name ?? "E0", curve: curve)] }
        if let name { return [try figures.distribution(name, legacyRanges: isLegacy)] }
        return [try figures.distributions(legacyRanges: isLegacy)]
      }
    }
  }

  private static var plotFlux: Command {
    Command(
      "flux", "Draw flux against threshold with fits: the ASIC's curves and single pixels.",
      examples: [
        Example("cavern velo plot flux dataset.toml --curves asicgood --pixel 127,128", "a pixel beside the mean"),
        Example("cavern velo plot flux dataset.toml --curves none --area 100,120,8", "five good pixels of an area"),
      ],
      arguments: [VeloArguments.dataset],
      options: [
        .option(
          "curves", "NAMES", .list(.choice(["asic", "asicgood", "none"])), "Curves of the ASIC.",
          default: "asic,asicgood"),
        .option(
          "baseline", "WHEN", .choice(["after", "before"]), "With before, thresholds above the baseline.",
          default: "after"),
        .option("pixel", "ROW,COLUMN", .list(.integer(0...255)), "A pixel; may be given again.", isRepeatable: true),
        .option("area", "ROW,COLUMN,RADIUS", .list(.integer(0...256)), "Five good pixels of an area."),
        .option(
          "panels", "NAMES", .list(.choice(["residuals", "pulls", "none"])), "Panels below.", default: "pulls"),
        .flag("log", "Logarithmic flux."), .flag("differential", "The differential spectrum in place of the flux."),
      ] + drawing
    ) { arguments in
      var choice = FluxChoice()
      let curves = try arguments.strings("curves")
      choice.showsAsic = curves.contains("asic")
      choice.showsAsicGood = curves.contains("asicgood")
      choice.isAboveBaseline = try arguments.string("baseline") == "before"
      choice.showsResiduals = try arguments.strings("panels").contains("residuals")
      choice.showsPulls = try arguments.strings("panels").contains("pulls")
      choice.isLogarithmic = arguments.flag("log")
      choice.isDifferential = arguments.flag("differential")
      if choice.isDifferential { (choice.showsPulls, choice.showsResiduals) = (false, false) }
      let numbers = try arguments.ints("pixel")
      guard numbers.count % 2 == 0 else {
        throw arguments.fault("usage.value", "--pixel takes a row and a column", about: "pixel", expected: "ROW,COLUMN")
      }
      for i in stride(from: 0, to: numbers.count, by: 2) { choice.pixels.append((numbers[i], numbers[i + 1])) }
      let area = try arguments.ints("area")
      guard area.isEmpty || area.count == 3 else {
        throw arguments.fault(
          "usage.value", "--area takes row, column and radius", about: "area", expected: "ROW,COLUMN,RADIUS")
      }
      let wanted = choice
      return try VeloDrawing(arguments).draw("ind_pixel_plots") { (figures) throws(CavernError) in
        var own = wanted
        if area.count == 3 { own.pixels += try figures.area(row: area[0], column: area[1], radius: area[2]) }
        return [try figures.fluxCurves(own)]
      }
    }
  }

  private static var plotAll: Command {
    Command(
      "all", "Draw every map, the distributions, pulls and the ASIC's curves.",
      examples: [Example("cavern velo plot all dataset.toml --output RESULT", "all figures of a result")],
      arguments: [VeloArguments.dataset], options: drawing
    ) { arguments in
      try VeloDrawing(arguments).draw("") { (figures) throws(CavernError) in
        var list: [Figure] = []
        for name in CalibrationFigures.heatMapNames {
          let isThere =
            name == "Fittype"
            || (name == "totalflux" ? figures.counts != nil : figures.hasValues(CalibrationFigures.column(name)))
          if isThere { list.append(try figures.heatMap(name)) }
        }
        list.append(try figures.distributions())
        for curve in ["ASIC", "ASICgood"] where figures.maps.asic(curve, "E0") != nil {
          list.append(try figures.discrepancy("E0", curve: curve))
        }
        if figures.counts != nil { list.append(try figures.fluxCurves(FluxChoice())) }
        return list
      }
    }
  }
}

/// Draws figures of the scans of a dataset's result.
@MainActor
struct VeloDrawing {
  let arguments: ParsedArguments
  let folder: String
  let labels: [String]

  init(_ arguments: ParsedArguments) throws(CavernError) {
    self.arguments = arguments
    let dataset = try VeloDataset(path: try arguments.string("dataset"))
    folder = try VeloStored.folder(arguments, dataset)
    if let label = try arguments.optionalString("scan") {
      labels = [try dataset.scan(labelled: label).label]
    } else {
      labels = dataset.scans.map(\.label)
    }
  }

  /// Draws what `make` gives for each scan into `plots/<place>` of the result or the folder of `--figures`.
  func draw(
    _ place: String, _ make: (CalibrationFigures) throws(CavernError) -> [Figure]
  ) throws(CavernError) -> Arguments.Report {
    var figures: [Figure] = []
    for label in labels {
      let scan = try VeloStored.scanFolder(folder, label: label)
      figures += try make(CalibrationFigures(try PixelMaps(folder: scan), counts: try VeloStored.counts(scan)))
    }
    let target = try arguments.optionalString("figures") ?? "\(folder)/plots" + (place.isEmpty ? "" : "/\(place)")
    return try VeloFigureFiles.write(figures, to: target)
  }
}

/// Figures with the numbers they show beside them.
enum VeloFigureFiles {
  /// Writes PNG (300 dpi) and SVG of each figure, and its numbers as CSV.
  static func write(_ figures: [Figure], to folder: String) throws(CavernError) -> Arguments.Report {
    try OutputFolder.prepare(folder)
    let formats: [GnuplotRenderer.Format] = [.png(pixelsPerInch: 300), .svg]
    let pictures = try GnuplotRenderer().render(figures, as: formats)
    var files: [String] = []
    for (figure, variants) in zip(figures, pictures) {
      for (format, bytes) in zip(formats, variants) {
        let path = "\(folder)/\(figure.name).\(format.fileExtension)"
        try AtomicFile.write(path, bytes)
        files.append(path)
      }
      let path = "\(folder)/\(figure.name).csv"
      try AtomicFile.write(path, text: FigureNumbers.csv(figure))
      files.append(path)
    }
    let list = files
    return Report(
      result: ["files": .array(list.map { .string($0) })],
      text: list.filter { $0.hasSuffix(".png") }.joined(separator: "\n") + "\n")
  }
}

/// The numbers of a figure as a table: `panel,series,x,y,error`.
enum FigureNumbers {
  static func csv(_ figure: Figure) -> String {
    var rows: [[String]] = []
    for (index, panel) in figure.panels.enumerated() {
      for (number, series) in panel.series.enumerated() {
        let name = series.name ?? "\(number)"
        func row(_ x: Double, _ y: Double, _ error: Double? = nil) {
          rows.append(["\(index)", name, CSVText.number(x), CSVText.number(y), CSVText.number(error)])
        }
        switch series.shape {
        case .line(let x, let y, _): for (a, b) in zip(x, y) { row(a, b) }
        case .points(let x, let y, _, _, _, let errors):
          for i in x.indices { row(x[i], y[i], errors?.upper[i]) }
        case .steps(let edges, let values, _): for (i, value) in values.enumerated() { row(edges[i], value) }
        case .bars(let x, let height, _): for (a, b) in zip(x, height) { row(a, b) }
        case .image(let map):
          // Column and row of each value that is there.
          let columns = map.xEdges.count - 1
          for (i, value) in map.values.enumerated() where value.isFinite {
            rows.append(["\(index)", name, "\(i % columns)", "\(i / columns)", CSVText.number(value)])
          }
        case .band, .bundle: continue
        }
      }
    }
    return CSVText.table(["panel", "series", "x", "y", "value_or_error"], rows)
  }
}

extension VeloFigureFiles {
  /// Refuses a file that is there unless it may be replaced.
  static func refuse(_ path: String, force: Bool) throws(CavernError) {
    guard force || !FileManager.default.fileExists(atPath: path) else {
      throw CavernError(
        "file.exists", "there is a file already", exit: .cannotCreate, file: path,
        hint: "name another file, or replace it with --force")
    }
  }
}
