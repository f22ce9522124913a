import Arguments
import Batch
import BeamInstrumentation
import Errors
import Figures
import Files
import Foundation
import JSON
import Results

/// A result folder that is filled file by file: what the commands over folders of acquisitions share.
///
/// From the first analysis on the folder is this run's alone, as long as the value lives.
@MainActor
final class BatchFolder {
  /// The result folder.
  nonisolated let path: String
  let arguments: ParsedArguments
  private var lock: FolderLock?

  /// The result folder that `--output` names.
  init(_ arguments: ParsedArguments) throws(CavernError) {
    self.arguments = arguments
    path = try arguments.string("output")
  }

  /// Analyses files in parallel; those that an earlier run did, and that have not changed, are taken over.
  ///
  /// - Parameters:
  ///   - files: what to analyse; outcomes come in this order.
  ///   - settings: what shapes the results.
  ///   - cancellation: stops the run; by default Ctrl-C.
  ///   - products: the files that belong to an item done earlier, relative to the result folder.
  ///   - each: takes the outcomes.
  ///   - work: the analysis of one file, with the SHA-256 of its bytes; runs on any thread.
  func analyse(
    _ files: [InputFiles.File], settings: JSONValue, cancellation: CancellationToken? = nil,
    products: @escaping @Sendable (ManifestEntry) -> [String],
    each: (BatchOutcome<Void>) throws(CavernError) -> Void,
    work: @escaping @Sendable (InputFiles.File, String) throws(CavernError) -> BatchResult<Void>
  ) throws(CavernError) -> BatchSummary {
    try OutputFolder.prepare(path)
    try own()
    let folder = path
    let runner = BatchRunner(
      threads: try arguments.optionalInt("threads"), force: arguments.flag("force"),
      cancellation: cancellation ?? CancellationToken(orWhen: { Interrupts.isRequested }))
    let resumption = BatchRunner.Resumption<InputFiles.File>(
      path: manifest, settings: SHA256.hexDigest(of: Array(settings.text().utf8)),
      hash: { (file) throws(CavernError) in try SHA256.hexDigest(ofFile: file.path) },
      isWhole: { entry in
        products(entry).allSatisfy { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
      })
    return try runner.run(
      files.map { BatchItem(key: $0.name, input: $0) }, resumption: resumption, sink: each, hashedWork: work)
  }

  private var manifest: String { "\(path)/manifest.jsonl" }

  /// Keeps other runs out, and clears away what a killed one left half written.
  private func own() throws(CavernError) {
    guard lock == nil else { return }
    lock = try FolderLock(path)
    // Only a folder with a manifest is known to be one of results.
    if FileManager.default.fileExists(atPath: manifest) { AtomicFile.removeLeftovers(below: path) }
  }

  /// Files in the order of the time stamps in their names, those without one at the end, and then by name.
  nonisolated static func byTime(_ files: [InputFiles.File]) -> [InputFiles.File] {
    func time(_ file: InputFiles.File) -> Int { AcquisitionTime(fileName: file.name)?.nanoseconds ?? Int.max }
    let timed: [(time: Int, file: InputFiles.File)] = files.map { (time($0), $0) }
    let sorted = timed.sorted { left, right in
      if left.time != right.time { return left.time < right.time }
      return left.file.name < right.file.name
    }
    return sorted.map(\.file)
  }

  /// Writes a JSON document.
  func write(_ name: String, _ document: JSONValue) throws(CavernError) {
    try AtomicFile.write("\(path)/\(name)", text: document.text(.pretty) + "\n")
  }

  /// Draws the figures of the whole into `figures/`, as SVG and PNG.
  func draw(_ figures: [Figure]) throws(CavernError) {
    try OutputFolder.prepare("\(path)/figures")
    for (figure, pictures) in zip(figures, try GnuplotRenderer().render(figures, as: [.svg, .png()])) {
      for (format, bytes) in zip(["svg", "png"], pictures) {
        try AtomicFile.write("\(path)/figures/\(figure.name).\(format)", bytes)
      }
    }
  }

  /// Where the results come from.
  ///
  /// - Parameter inputs: the files that could be read, under the paths by which they can be found again, with their SHA-256.
  func provenance(settings: JSONValue, inputs: [(path: String, sha256: String?)]) -> Provenance {
    Provenance(
      version: Version.text, commandLine: arguments.provenanceWords, settings: settings,
      inputs: inputs.compactMap { input in input.sha256.map { Provenance.Input(path: input.path, sha256: $0) } })
  }

  /// The last lines for people: how many files ended how, and where the page is.
  nonisolated func closing(_ summary: BatchSummary, remarks: [String] = []) -> String {
    var text = "\n\(summary.delivered) of \(summary.total) files: \(summary.count(.done)) done"
    for state in [BatchState.partial, .skipped, .failed] where summary.count(state) > 0 {
      text += ", \(summary.count(state)) \(state.rawValue)"
    }
    for remark in remarks { text += "; \(remark)" }
    if summary.reused > 0 { text += "; \(summary.reused) unchanged since the last run" }
    return text + (summary.cancelled ? "; stopped, run again to go on\n" : "\nreport: \(path)/report.html\n")
  }
}

extension InputFiles.File {
  /// The name without the ending that says nothing.
  var stem: String { name.hasSuffix(".parquet") ? String(name.dropLast(".parquet".count)) : name }
}
