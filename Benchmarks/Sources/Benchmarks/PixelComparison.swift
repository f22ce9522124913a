import Foundation
import JSON

/// Temperatures of readout groups from a conditions database: each series read once, against a query for each group.
struct PixelComparison {
  let paths: Paths
  let repeats: Int
  /// Fills of the made-up database.
  var fillCount = 60

  func measured() -> Comparison {
    var comparison = Comparison(
      "pixel-temperatures", "temperatures of the readout groups of a fill, \(fillCount) fills")
    let folder = "\(paths.scratch)/pixel"
    do {
      try? FileManager.default.removeItem(atPath: folder)
      _ = try ProgramRun(
        [paths.program, "pixel", "simulate", "--fills", "\(fillCount)", "--out", folder, "--quiet"],
        measuredBy: paths.measurer)
      let (database, fills) = ("\(folder)/conditions.sqlite", "\(folder)/fills.csv")
      let sample = 3
      comparison.measure(repeats: max(2, repeats / 2)) {
        let run = try ProgramRun(
          [
            "taskset", "-c", "0", paths.program, "pixel", "temperatures", "groups", "--db", database, "--fills", fills,
            "--subsystem", "Barrel", "--compat", "--overwrite", "--out", "\(folder)/temperatures", "--quiet",
          ], measuredBy: paths.measurer)
        return run.seconds / Double(fillCount)
      } twin: {
        let run = try ProgramRun(
          [
            "taskset", "-c", "0", paths.python, paths.root + "Benchmarks/twins/pixel_twin.py", database, fills,
            "--sample",
            "\(sample)",
          ], measuredBy: paths.measurer)
        return run.seconds / Double(sample)
      }
    } catch {
      comparison.fault = "\(error)"
    }
    return comparison
  }
}
