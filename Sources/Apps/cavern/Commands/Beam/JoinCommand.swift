import Arguments
import Batch
import BeamInstrumentation
import Errors
import Figures
import JSON
import Results
import Tables

extension Command {
  /// `cavern beam join`: brightness.
  static var beamJoin: Command {
    Command(
      "join", "Join wire scans with bunch intensities: brightness, emittance against intensity.",
      discussion: """
        A scan belongs to the intensity record with the same cycle stamp; without one, to the nearest in time within \
        --tolerance, and that is said. Rows of a scan and slots of the transformer are matched through the scan's list of \
        slots; intensities are those at the time of the scan.
        """,
      examples: [
        Example("cavern beam join SESSION --csv", "one line a bunch"),
        Example("cavern beam join SESSION --figure brightness.svg", "draw emittance against intensity, and brightness"),
      ],
      arguments: [Argument("path", .path, "Files and folders.", count: .repeating(atLeast: 1))],
      options: SessionArguments.analysis + [
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw to FILE."), CommonOptions.csv,
        CommonOptions.threads,
      ]
    ) { arguments in
      let settings = try SessionArguments.settings(arguments)
      let files = try InputFiles.find(
        try arguments.strings("path"), called: "acquisition", where: FileProbe.isCandidate)
      let devices = [SessionDevice.named("wireScan"), SessionDevice.named("beamCurrent")].compactMap { $0 }
      var entries: [Session.Entry] = []
      let runner = BatchRunner(
        threads: try arguments.optionalInt("threads"),
        cancellation: CancellationToken(orWhen: { Interrupts.isRequested }))
      let progress = Progress(total: files.count, unit: "files", arguments)
      _ = try runner.run(
        files.map { BatchItem(key: $0.name, input: $0) }, progress: { _ in progress.advance() },
        sink: { (outcome: BatchOutcome<Session.Entry>) throws(CavernError) in
          if let entry = outcome.product { entries.append(entry) }
        },
        work: { (file) throws(CavernError) in
          let outcome = try Session.Entry.analyse(
            path: file.path, name: file.name, sha256: nil, settings: settings, devices: devices)
          return BatchResult(outcome.entry)
        })
      progress.finish()
      var session = Session(entries: entries)
      let paths = Dictionary(files.map { ($0.name, $0.path) }, uniquingKeysWith: { first, _ in first })
      try session.joinIntensities(settings) { (reference) throws(CavernError) in
        let reading = try BeamCurrentReading(
          path: paths[reference.file] ?? reference.file, options: settings.beamCurrent, table: settings.devices)
        guard reading.analyses.indices.contains(reference.index) else {
          throw CavernError("join.changed", "the file has changed meanwhile", exit: .tryAgain, file: reference.file)
        }
        return IntensityCurve(reading.analyses[reference.index])
      }
      let join = session.join
      guard !join.pairs.isEmpty else {
        throw CavernError(
          "join.nothing", "no wire scan could be joined with intensities", exit: .badData,
          expected: "wire scans and bunch intensities of the same cycles",
          hint: join.unmatched.first.map { "\($0.file): \($0.cause)" }
            ?? "there are \(session.references.count) records")
      }
      var warnings = join.warnings
      if let path = try arguments.optionalString("figure") { warnings += try FigureFiles.write(join.figures, to: path) }
      let width = arguments.surroundings.width
      return Report(
        status: join.unmatched.isEmpty ? .done : .partial, warnings: warnings, result: join.json,
        text: text(join, width),
        csv: { (try? join.table().csvBytes()).map { String(decoding: $0, as: UTF8.self) } ?? "" })
    }
  }

  private static func text(_ join: IntensityJoin, _ width: Int) -> String {
    func measured(_ value: BunchEvolution.Measured?, _ factor: Double) -> String {
      value.map { MeasuredValue($0.value * factor, statistical: $0.error * factor).text() } ?? "–"
    }
    return "intensity in 1e10 charges, brightness in 1e10 charges/um, means over the bunches\n"
      + TextTable(
        columns: [
          .left("file"), .left("scan"), .left("joined by"), .right("bunches"), .right("intensity"),
          .right("emittance/um"), .right("brightness"),
        ],
        rows: join.pairs.map { pair in
          [
            pair.file.split(separator: "/").last.map(String.init) ?? pair.file,
            "\(pair.plane.rawValue) \(pair.scan.rawValue)",
            pair.match == .cycleStamp ? "cycle stamp" : "time, \(WireScanText.fixed(pair.match.seconds, 1)) s",
            "\(pair.bunches.count)", measured(pair.intensity, 1e-10), measured(pair.emittance, 1),
            measured(pair.brightness, 1e-10),
          ]
        }
      ).text(width: width)
  }
}
