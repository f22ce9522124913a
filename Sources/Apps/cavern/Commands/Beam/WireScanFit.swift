import Arguments
import BeamInstrumentation
import Errors
import Figures
import JSON
import Tables

extension Command {
  /// `cavern beam ws fit`: profiles of one file to sizes and emittances.
  static var beamWireScanFit: Command {
    Command(
      "fit", "Fit the profiles of a wire-scan file.",
      discussion: """
        Every row that holds a bunch is fitted with a Gaussian and a q-Gaussian. Emittances carry a statistical and a \
        systematic uncertainty; rows with a remark carry flags. Ends with 2 when part of what was asked for is missing.
        """,
      examples: [
        Example("cavern beam ws fit WS.parquet --optics sps-q26-pb-ions", "fit with these optics"),
        Example("cavern beam ws fit WS.parquet --plane H --scan in --json", "numbers of one scan for a script"),
        Example("cavern beam ws fit WS.parquet --figure scan.png", "draw each scan as well"),
        Example("cavern beam ws fit WS.parquet -o RESULT", "write numbers, figures and a report to a folder"),
      ],
      arguments: [
        Argument(
          "file", .file(["parquet", "csv"]),
          "Acquisition to analyse, or a table of any instrument with position and signal.")
      ],
      options: WireScanArguments.selection + WireScanArguments.analysis + [
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw each scan to FILE."),
        .option("output", short: "o", "DIR", .folder, "Write a result folder with tables, figures and a report."),
        .flag("force", "Replace an earlier result in DIR."), CommonOptions.csv, CommonOptions.threads,
      ]
    ) { arguments in
      let analysis = try WireScanArguments.analysis(arguments, file: try arguments.string("file"))
      if let folder = try arguments.optionalString("output"), folder != "-" {
        try WireScanStored.write(
          analysis, options: try WireScanArguments.options(arguments), to: folder, force: arguments.flag("force"),
          commandLine: arguments.provenanceWords)
      }
      var warnings = analysis.warnings + analysis.faults.map { CavernWarning($0) }
      if let path = try arguments.optionalString("figure") {
        let figures = analysis.scans.compactMap { WireScanFigures.scan(analysis, $0) }
        warnings += try FigureFiles.write(figures, to: path)
      }
      let width = arguments.surroundings.width
      return Report(
        status: analysis.isPartial ? .partial : .done, warnings: warnings, result: analysis.json,
        text: WireScanText.fits(analysis, width: width),
        csv: {
          (try? WireScanAnalysis.profileTable([analysis]).csvBytes()).map { String(decoding: $0, as: UTF8.self) } ?? ""
        })
    }
  }
}

extension WireScanArguments {
  /// Reads and analyses a file as the options say.
  static func analysis(_ arguments: ParsedArguments, file: String) throws(CavernError) -> WireScanAnalysis {
    let options = try options(arguments)
    let request = WireScanFile.Request(options)
    let isTable = [".csv", ".txt", ".arrow"].contains { file.lowercased().hasSuffix($0) }
    let scanners =
      isTable
      ? try WireScanFile(table: try readTable(path: file), path: file, request: request)
      : try WireScanFile(path: file, request: request)
    return try WireScanAnalysis(scanners, options: options, table: try OpticsTable.builtIn())
  }
}

/// What wire-scan commands print for people, 80 columns wide.
enum WireScanText {
  /// Tables of all scans of a file.
  static func fits(_ analysis: WireScanAnalysis, width: Int) -> String {
    analysis.scans.map { scan in
      heading(scan) + "\n" + table(analysis.profiles(of: scan)).text(width: width)
        + summary(analysis.summary(of: scan))
    }.joined(separator: "\n")
  }

  private static func heading(_ scan: WireScanAnalysis.Scan) -> String {
    var first = "\(scan.device)  \(scan.plane.label), \(scan.scan.rawValue)"
    if let time = scan.time { first += "  \(time.label)" }
    if let time = scan.cycleTime { first += "  cycle time \(fixed(time, 3)) s" }
    var second = scan.photomultiplier.map { "photomultiplier \($0)" } ?? "photomultiplier per row"
    if let gamma = scan.gamma { second += ", gamma \(fixed(gamma.gamma, 4))" }
    if let optics = scan.optics {
      second += ", \(optics.set): beta \(fixed(optics.beta, 2)) m, D \(fixed(optics.dispersion, 3)) m"
    }
    return first + "\n" + second
  }

  private static func table(_ profiles: [ProfileResult]) -> TextTable {
    TextTable(
      columns: [
        .right("row"), .right("sigma/mm"), .right("q"), .right("emittance/um"), .right("stat"), .right("syst"),
        .left("flags"),
      ],
      rows: profiles.map { profile in
        let fit = profile.gaussian.flatMap { $0.state.isUsable ? $0 : nil }
        let tail = profile.qGaussian.flatMap { $0.state.isUsable ? $0 : nil }
        return [
          "\(profile.row)", fit.map { "\(fixed($0.sigma, 3)) ± \(fixed($0.standardError(2), 3))" } ?? "–",
          tail.map { "\(fixed($0.q, 3)) ± \(fixed($0.qError, 3))" } ?? "–",
          profile.emittance.map { fixed($0.value, 4) } ?? "–", profile.emittance.map { fixed($0.statistical, 4) } ?? "",
          profile.emittance.map { fixed($0.systematic, 3) } ?? "",
          profile.flags.map(\.kind.rawValue).joined(separator: " "),
        ]
      })
  }

  private static func summary(_ summary: ScanSummary?) -> String {
    guard let summary, let mean = summary.meanEmittance, let deviation = summary.standardDeviation else { return "" }
    var text = "mean of \(summary.count): \(fixed(mean, 4)) um, spread \(fixed(deviation, 4))"
    if let error = summary.standardError { text += ", error \(fixed(error, 4)) (stat)" }
    if let systematic = summary.systematic { text += " \(fixed(systematic, 3)) (syst)" }
    if let q = summary.meanQ { text += ", q \(fixed(q, 3))" }
    return text + "\n"
  }

  /// A number with fixed decimals.
  static func fixed(_ value: Double, _ decimals: Int) -> String { NumberLabel.fixed(value, decimals: decimals) }
}

extension WireScanText {
  /// One line per scan of a session.
  static func session(_ session: WireScanSession, width: Int) -> String {
    TextTable(
      columns: [
        .left("file"), .left("scan"), .right("n"), .right("emittance/um"), .right("stat"), .right("syst"), .right("q"),
        .left("flags"),
      ],
      rows: session.scans.map { entry, scan in
        [
          shortName(entry.file), "\(scan.plane.rawValue) \(scan.scan.rawValue)", "\(scan.count)",
          scan.meanEmittance.map { fixed($0, 3) } ?? "–", scan.standardError.map { fixed($0, 3) } ?? "",
          scan.systematic.map { fixed($0, 3) } ?? "", scan.meanQ.map { fixed($0, 3) } ?? "–",
          scan.flagCounts.map { $0.count > 1 ? "\($0.name)×\($0.count)" : $0.name }.joined(separator: " "),
        ]
      }
    ).text(width: width)
  }

  /// The stamp of a file's name without kind and ending; names of another form as they are.
  private static func shortName(_ file: String) -> String {
    let name = file.split(separator: "/").last.map(String.init) ?? file
    let stem = name.hasSuffix(".parquet") ? String(name.dropLast(8)) : name
    return stem.count <= 22 ? stem : String(stem.prefix(22))
  }

  /// The scans of a session as CSV.
  static func sessionCSV(_ session: WireScanSession) -> String {
    (try? session.table().csvBytes()).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
