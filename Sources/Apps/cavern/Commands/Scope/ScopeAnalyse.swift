import Arguments
import Bench
import Errors
import Figures
import Foundation
import JSON
import Results

extension Command {
  /// `cavern scope analyse`: pulses and time resolution.
  static var scopeAnalyse: Command {
    Command(
      "analyse", "Measure pulses and the time resolution between channels.",
      discussion: """
        Baseline, noise, amplitude, charge and rise time of every pulse, and its arrival by three methods: leading edge (le), \
        constant fraction (cfd) and a logistic fit of the leading edge (sigmoid). For every other channel the differences to \
        the reference are fitted with one Gaussian and with two of one mean, before and after the walk c + b A^(-n) with the \
        channel's amplitude is taken off.

        INPUT is a run folder, a folder of files such as C2-00000012.trc, or such files.
        """,
      examples: [
        Example("cavern scope analyse run12 --reference C1 -o run12-result", "tables, figures and a page"),
        Example("cavern scope analyse run12 --json", "all numbers for a script"),
      ],
      arguments: [Argument("input", .path, "The run, folder or files.", count: .repeating(atLeast: 1))],
      options: [
        .option("reference", "Cn", .text, "Channel that the others are compared with.", note: "the first"),
        .option(
          "method", "METHOD", .choice(["le", "cfd", "sigmoid"]), "Method shown in figures and text.", default: "cfd"),
        .option(
          "fraction", "X", .number(0.01...0.95), "Fraction of the amplitude for cfd and sigmoid.", default: "0.2"),
        .option("threshold", "VOLT", .number(1e-6...1000), "Voltage of the leading-edge method.", default: "0.02"),
        .option("baseline", "X", .number(0.01...0.9), "Part of a segment that is baseline.", default: "0.2"),
        .option(
          "polarity", "WAY", .choice(["auto", "negative", "positive"]), "Which way pulses go.", default: "auto"),
        .option("significance", "X", .number(0...1e6), "Smallest amplitude over noise.", default: "5"),
        .option("load", "OHM", .number(1e-3...1e9), "Resistance for charges.", default: "50"),
        .flag("sigmoid", "Fit the leading edges.", isInvertible: true, isOn: true),
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw the figures to FILE."), CommonOptions.threads,
        CommonOptions.csv, BeamFolder.output, BeamFolder.force,
      ]
    ) { arguments in
      let inputs = try inputs(try arguments.strings("input"))
      let analysis = try RunAnalysis(
        inputs, options: try options(arguments), reference: try reference(arguments),
        threads: try arguments.optionalInt("threads") ?? ProcessInfo.processInfo.activeProcessorCount)
      let method = PulseOptions.Method(rawValue: try arguments.string("method")) ?? .constantFraction
      var warnings = analysis.warnings
      if let path = try arguments.optionalString("figure") {
        warnings += try FigureFiles.write(analysis.figures(method), to: path)
      }
      try writeFolder(analysis, inputs, method, arguments)
      return Report(
        status: analysis.warnings.isEmpty ? .done : .partial, warnings: warnings, result: analysis.json,
        text: text(analysis, method), csv: { csv(analysis) })
    }
  }

  private static func inputs(_ paths: [String]) throws(CavernError) -> [RunAnalysis.Input] {
    var inputs: [RunAnalysis.Input] = []
    for path in paths {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw CavernError("input.missing", "there is no such file or folder", exit: .noInput, file: path)
      }
      if isFolder.boolValue {
        inputs += try RunAnalysis.Input.files(of: path)
      } else {
        inputs.append(RunAnalysis.Input(named: path, otherwise: inputs.count))
      }
    }
    return inputs
  }

  private static func reference(_ arguments: ParsedArguments) throws(CavernError) -> Int? {
    guard let text = try arguments.optionalString("reference") else { return nil }
    guard let number = Int(text.uppercased().drop { $0 == "C" }), (1...255).contains(number) else {
      throw arguments.fault("usage.badValue", "'\(text)' is not a channel", about: "reference", expected: "C1, C2, …")
    }
    return number
  }

  private static func options(_ arguments: ParsedArguments) throws(CavernError) -> PulseOptions {
    var options = PulseOptions()
    options.polarity = PulseOptions.Polarity(rawValue: try arguments.string("polarity")) ?? .automatic
    options.baselineFraction = try arguments.double("baseline")
    options.threshold = try arguments.double("threshold")
    options.fraction = try arguments.double("fraction")
    options.significance = try arguments.double("significance")
    options.load = try arguments.double("load")
    options.hasSigmoid = arguments.flag("sigmoid")
    return options
  }

  private static func writeFolder(
    _ analysis: RunAnalysis, _ inputs: [RunAnalysis.Input], _ method: PulseOptions.Method, _ arguments: ParsedArguments
  ) throws(CavernError) {
    guard let place = try arguments.optionalString("output") else { return }
    var read: [Provenance.Input] = []
    for input in inputs { read.append(try Provenance.Input(reading: input.path)) }
    let provenance = Provenance(
      version: Version.text, commandLine: arguments.provenanceWords, settings: analysis.options.json, inputs: read)
    let figures = analysis.figures(method)
    let page = Page(
      title: "Pulses and time resolution",
      facts: [
        Page.Fact("segments", analysis.pulses.count.description),
        Page.Fact("channels", analysis.channels.map { "C\($0)" }.joined(separator: ", ")),
        Page.Fact("reference", "C\(analysis.reference)"),
      ],
      sections: [
        Page.Section("Time resolution", [.table(table(analysis))]),
        Page.Section("Figures", figures.map { .figure($0) }),
      ], warnings: analysis.warnings, provenance: provenance)
    try ResultFolder.write(to: place, force: arguments.flag("force")) { (folder) throws(CavernError) in
      try folder.addResult(schema: "cavern.scope.analyse/1", analysis.json)
      try folder.add("pulses.parquet") { (path) throws(CavernError) in
        try analysis.pulses.table().writeParquet(to: path)
      }
      try folder.addFigures(figures)
      try folder.addReport(page)
      try folder.addProvenance(provenance)
    }
  }

  private static func table(_ analysis: RunAnalysis) -> ReportTable {
    ReportTable(
      columns: [
        ReportTable.Column("pair"), ReportTable.Column("method"), ReportTable.Column("walk"),
        ReportTable.Column("pulses"),
        ReportTable.Column("σ, Gaussian", unit: "ps"), ReportTable.Column("σ, two Gaussians", unit: "ps"),
      ],
      rows: analysis.pairs.flatMap { pair in
        [("as measured", Optional(pair.raw)), ("corrected", pair.corrected)].compactMap { name, found in
          found.map { found in
            [
              .text("C\(pair.channel) - C\(pair.reference)"), .text(pair.method.rawValue), .text(name),
              .number(Double(found.count), decimals: 0), cell(found.single), cell(found.double),
            ]
          }
        }
      })
  }

  private static func cell(_ fit: TimeDistribution.Fit?) -> ReportTable.Cell {
    guard let fit, fit.state.isUsable else { return .missing }
    return .text("\(picoseconds(fit.sigma.value)) ± \(picoseconds(fit.sigma.error))")
  }

  private static func picoseconds(_ seconds: Double) -> String { NumberText.significant(seconds * 1e12, 4) }

  private static func text(_ analysis: RunAnalysis, _ method: PulseOptions.Method) -> String {
    let channels = TextTable(
      columns: [
        .left("channel"), .right("segments"), .right("good"), .right("amplitude/mV"), .right("noise/mV"),
        .right("charge/pC"), .right("rise/ns"),
      ],
      rows: analysis.summaries.map {
        [
          "C\($0.channel)", $0.segments.description, $0.good.description, NumberText.significant($0.amplitude * 1e3, 4),
          NumberText.significant($0.noise * 1e3, 3), NumberText.significant($0.charge, 4),
          NumberText.significant($0.rise * 1e9, 4),
        ]
      })
    let rows = analysis.pairs.map { pair -> [String] in
      func sigma(_ fit: TimeDistribution.Fit?) -> String {
        guard let fit, fit.state.isUsable else { return "-" }
        return "\(picoseconds(fit.sigma.value)) ± \(NumberText.significant(fit.sigma.error * 1e12, 2))"
      }
      return [
        "C\(pair.channel)-C\(pair.reference)", pair.method.rawValue, pair.raw.count.description, sigma(pair.raw.single),
        sigma(pair.corrected?.single), sigma(pair.corrected?.double),
      ]
    }
    guard !rows.isEmpty else { return channels.text(width: .max) }
    let times = TextTable(
      columns: [
        .left("pair"), .left("method"), .right("pulses"), .right("sigma/ps"), .right("walk corrected"),
        .right("two Gaussians"),
      ], rows: rows)
    return channels.text(width: .max) + "\n" + times.text(width: .max)
  }

  private static func csv(_ analysis: RunAnalysis) -> String {
    guard let bytes = try? analysis.pulses.table().csvBytes() else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }
}
