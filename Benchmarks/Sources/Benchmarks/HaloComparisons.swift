import BeamHalo
import Foundation

/// Beam-halo captures from text to binned rates, whole programs on one core.
struct HaloComparisons {
  let paths: Paths
  let repeats: Int

  /// - Parameter isWanted: tells by its name whether a comparison is to be made.
  func all(where isWanted: (String) -> Bool) -> [Comparison] {
    var comparisons: [Comparison] = []
    if isWanted("halo-rates") || isWanted("halo-rates-memory") { comparisons += rates() }
    if isWanted("halo-large") || isWanted("halo-large-hit") { comparisons += large() }
    if isWanted("halo-uhtr") || isWanted("halo-text") { comparisons += reading() }
    if isWanted("halo-report") { comparisons.append(report()) }
    return comparisons
  }

  /// A capture with so many hits on both sides together, made up once.
  private func capture(_ name: String, sections: Int, rate: Int, sides: String = "plus,minus") throws -> String {
    let folder = "\(paths.scratch)/\(name)"
    if FileManager.default.fileExists(atPath: folder + "/brilcalc_online.csv") { return folder }
    try? FileManager.default.removeItem(atPath: folder)
    _ = try ProgramRun(
      [
        paths.program, "halo", "synth", "-o", folder, "--seed", "11", "--sections", "\(sections)", "--rate", "\(rate)",
        "--sides", sides, "--quiet",
      ], measuredBy: paths.measurer)
    return folder
  }

  /// About 130 000 hits of one side: decoded, cleaned, calibrated, cut and binned.
  private func rates() -> [Comparison] {
    var time = Comparison("halo-rates", "130 000 halo hits from text to rates, one core")
    var memory = Comparison("halo-rates-memory", "  peak memory of the same", unit: "bytes")
    do {
      let folder = try capture("halo-small", sections: 280, rate: 20, sides: "plus")
      let script = paths.root + "Benchmarks/twins/halo_twin.py"
      time.measure(repeats: max(2, repeats / 2)) {
        let run = try ProgramRun(
          [
            "taskset", "-c", "0", paths.program, "halo", "rates", folder, "--offline", "--threads", "1", "--quiet",
          ], measuredBy: paths.measurer)
        memory.cavern.values.append(run.peakBytes)
        return run.seconds
      } twin: {
        let run = try ProgramRun(["taskset", "-c", "0", paths.python, script, folder], measuredBy: paths.measurer)
        memory.twin.values.append(run.peakBytes)
        return run.seconds
      }
    } catch { time.fault = "\(error)" }
    memory.fault = time.fault
    return [time, memory]
  }

  /// Four million hits of both sides, without a twin: it would take minutes.
  private func large() -> [Comparison] {
    var time = Comparison("halo-large", "4 million halo hits from text to rates, one core")
    var memory = Comparison("halo-large-hit", "  peak memory of the same, a hit", unit: "bytes")
    do {
      let folder = try capture("halo-large", sections: 1000, rate: 95)
      for round in 0...max(2, repeats / 2) {
        let run = try ProgramRun(
          [
            "taskset", "-c", "0", paths.program, "halo", "rates", folder, "--offline", "--threads", "1", "--quiet",
          ], measuredBy: paths.measurer)
        if round > 0 {
          time.cavern.values.append(run.seconds)
          memory.cavern.values.append(run.peakBytes / 4.0e6)
        }
      }
    } catch { time.fault = "\(error)" }
    memory.fault = time.fault
    return [time, memory]
  }

  /// Two million hits of one side in memory, from the binary form and from text, on one core; per gigabyte of the file.
  private func reading() -> [Comparison] {
    var binary = Comparison("halo-uhtr", "binary halo hits (.uhtr) read, a gigabyte, one core")
    var text = Comparison("halo-text", "text of halo hits decoded, a gigabyte, one core")
    do {
      let folder = try capture("halo-large", sections: 1000, rate: 95)
      let source = folder + "/uHTR4.txt"
      let target = "\(paths.scratch)/uHTR4.uhtr"
      var hits = HaloHits()
      func measure(_ comparison: inout Comparison, _ path: String, _ read: () throws -> HaloHits) throws {
        let bytes = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        // The first round brings the file into memory.
        for round in 0...max(3, repeats) {
          hits = HaloHits()
          let seconds = try secondsPerCall { hits = try read() }
          if round > 0 { comparison.cavern.values.append(seconds / (Double(bytes) / 1e9)) }
        }
      }
      try measure(&text, source) { try HaloFileReader(threads: 1).text(source).hits }
      let decoded = hits
      try Data(try HaloBinary.bytes(decoded)).write(to: URL(filePath: target))
      try measure(&binary, target) { try HaloBinary.read(target) }
      if hits != decoded { binary.fault = "the binary form does not read back to the same hits" }
    } catch {
      binary.fault = "\(error)"
      text.fault = binary.fault
    }
    return [binary, text]
  }

  /// The report of the small capture, figures included.
  private func report() -> Comparison {
    var comparison = Comparison("halo-report", "report of a halo capture with all figures")
    do {
      let folder = try capture("halo-small", sections: 280, rate: 20, sides: "plus")
      for round in 0...max(2, repeats / 2) {
        let run = try ProgramRun(
          [
            paths.program, "halo", "report", folder, "-o", "\(paths.scratch)/halo-report", "--force", "--quiet",
          ], measuredBy: paths.measurer)
        if round > 0 { comparison.cavern.values.append(run.seconds) }
      }
    } catch { comparison.fault = "\(error)" }
    return comparison
  }
}
