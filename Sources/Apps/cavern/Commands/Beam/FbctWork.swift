import Batch
import BeamInstrumentation
import Errors
import Figures
import Foundation
import JSON
import Results
import Tables

/// The work on one file of a batch; runs on any thread.
struct FbctWork: Sendable {
  let options: BeamCurrentOptions
  let device: String?
  let acquisition: Int?
  let table: DeviceTable
  let folder: String
  let drawsFigures: Bool
  /// Stay ready from file to file.
  let gnuplots = GnuplotPool()
  let subtractsBaseline: Bool
  /// The options as they were given.
  let given: JSONValue

  /// What shapes the results.
  var settings: JSONValue {
    [
      "version": .string(Version.text), "options": given, "figures": .bool(drawsFigures),
      "corrected": .bool(subtractsBaseline),
    ]
  }

  /// Where the runs of a file go, relative to the result folder.
  static func runName(_ file: String) -> String { "runs/\(InputFiles.File(path: file, name: file).stem).json" }

  /// The runs that were written for a file.
  ///
  /// - Throws: `fbct.badRun` when what is there is not what was written.
  static func runs(of file: String, in folder: String) throws(CavernError) -> [IntensityRun] {
    let path = "\(folder)/\(runName(file))"
    let bytes = try TextFile.bytes(path)
    guard let runs = (try? JSONValue(parsing: bytes))?["result"]?["runs"]?.arrayValue else {
      throw CavernError(
        "fbct.badRun", "this is not the record of a run", exit: .badData, file: path, hint: "run again with --force")
    }
    return runs.compactMap(IntensityRun.init(json:))
  }

  /// Analyses a file and writes its runs, its table and its figures.
  func analyse(_ file: InputFiles.File, digest: String) throws(CavernError) -> BatchResult<Void> {
    let reading: FbctArguments.Reading
    do {
      reading = try BeamCurrentReading(
        path: file.path, options: options, device: device, acquisition: acquisition, table: table)
    } catch {
      guard error.exit == .badData || error.exit == .usage else { throw error }
      let entry = BeamCurrentSession.Entry(
        file: file.name, sha256: digest, state: "skipped", causes: [error.message], records: [])
      return BatchResult((), state: .skipped, record: entry.json, cause: error)
    }
    let analyses = reading.analyses
    let runs = analyses.map { analysis in
      var run = IntensityRun(analysis, subtractsBaseline: subtractsBaseline)
      if analyses.count > 1 { run.name += "-\(analysis.record.device)-\(analysis.record.acquisition)" }
      return run
    }
    func document(_ schema: String, _ result: JSONValue) -> [UInt8] {
      let document: JSONValue = ["schema": .string(schema), "result": result]
      return Array((document.text(.compact) + "\n").utf8)
    }
    try write(
      "analyses/\(file.stem).json",
      document("cavern.beam.fbct.show/1", FbctResult.json(analyses.map(\.json))))
    try write(
      Self.runName(file.name), document("cavern.beam.fbct.run/1", ["runs": .array(runs.map(\.json))]))
    try write(
      "bunches/\(file.stem).parquet", try BeamCurrentAnalysis.bunchTable(analyses).parquetBytes())
    if drawsFigures {
      let figures = analyses.filter { !$0.isEmpty }.flatMap { analysis in
        [BeamCurrentFigures.overview(analysis), BeamCurrentFigures.bunches(analysis)].map {
          FbctFigures.named($0, analysis, of: analyses)
        }
      }
      let pictures = try GnuplotRenderer(processes: 1, pool: gnuplots).render(figures, as: [.svg])
      for (figure, picture) in zip(figures, pictures) {
        try write("figures/\(file.stem)/\(figure.name).svg", picture.flatMap { $0 })
      }
    }
    let state: BatchState = reading.file.faults.isEmpty ? .done : .partial
    let causes =
      reading.file.faults.map(\.message) + analyses.filter(\.isEmpty).map { "\($0.record.device): no bunches" }
    let entry = BeamCurrentSession.Entry(
      file: file.name, sha256: digest, state: state.rawValue, causes: causes,
      records: analyses.map(BeamCurrentSession.Summary.init))
    return BatchResult((), state: state, record: entry.json, cause: reading.file.faults.first)
  }

  private func write(_ name: String, _ bytes: [UInt8]) throws(CavernError) {
    let path = "\(folder)/\(name)"
    try OutputFolder.prepare(OutputFolder.parent(of: path))
    try AtomicFile.write(path, bytes, isSynchronised: false)
  }
}
