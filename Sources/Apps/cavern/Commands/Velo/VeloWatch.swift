import Arguments
import Errors
import Foundation
import Results
import VeloCalibration

/// A calibration that follows a scan while it is being taken.
///
/// The dataset names all acquisitions that are to come. Whenever files have come or changed the result is made anew and
/// replaces the one before, whole; it ends when all are there and have stood still for one interval, or with Ctrl-C.
@MainActor
struct VeloWatch {
  let run: VeloRun
  let interval: Duration

  init(_ run: VeloRun, interval: Duration) throws(CavernError) {
    guard interval > .zero else {
      throw CavernError("usage.value", "--watch needs a time above 0", exit: .usage)
    }
    self.run = run
    self.interval = interval
  }

  func report() async throws(CavernError) -> Arguments.Report {
    var known: [String] = []
    var last: VeloRun.Outcome?
    while true {
      let present = try run.fingerprints()
      if present != known {
        do {
          let outcome = try run.outcome(replacesResult: last != nil)
          note("\(outcome.present) of \(outcome.expected) acquisitions: \(outcome.headline)")
          last = outcome
        } catch {
          if error.code == "velo.cancelled", let last { return last.report }
          // A scan that has just begun has too few thresholds for any fit.
          guard error.code == "velo.tooFewThresholds" else { throw error }
          note("waiting: \(error.message)")
        }
        known = present
      } else if let last, last.present >= last.expected {
        return last.report
      }
      if !Interrupts.isRequested { try? await Task.sleep(for: interval) }
      guard Interrupts.isRequested else { continue }
      if let last { return last.report }
      throw CavernError(
        "velo.cancelled", "stopped before there were thresholds enough for a fit", exit: .interrupted)
    }
  }

  private func note(_ line: String) {
    guard !run.arguments.flag("quiet") else { return }
    StandardStreams.writeError(Array((line + "\n").utf8))
  }
}

extension VeloRun {
  /// A result that was written.
  struct Outcome {
    var report: Arguments.Report
    /// Acquisitions that are there, whatever their status, and those that the dataset names and does not exclude.
    var present: Int
    var expected: Int
    /// The target of each scan in a few words.
    var headline: String

    @MainActor
    init(_ scans: [ScanOutcome], _ report: Arguments.Report) {
      self.report = report
      let records = scans.flatMap(\.counts.records)
      expected = records.count { $0.status != .condition }
      present = expected - records.count { $0.status == .missing }
      headline = scans.map { outcome in
        guard
          let target = outcome.calibrations.first.map({ PixelSummary($0.gains.target, errors: $0.gains.targetError) })
        else { return outcome.scan.label }
        let mean = MeasuredValue(target.mean, statistical: target.meanError)
        return "\(outcome.scan.label) \(mean.text(unit: "DAC")), \(target.count) pixels"
      }.joined(separator: "; ")
    }
  }

  /// What changes when a file of a scan comes or changes.
  func fingerprints() throws(CavernError) -> [String] {
    var list: [String] = []
    for scan in try VeloArguments.scans(arguments, dataset) {
      list.append(
        try ScanFingerprint.of(scan, inputs: try ScanInputs(scan, module: dataset.module, asic: dataset.asic)))
    }
    return list
  }
}
