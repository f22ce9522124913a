import Foundation
import JSON

/// A whole session: a mixed folder from the files to the page, against the twin's way with its wire scans.
///
/// Cavern's side holds everything: wire scans, intensities, currents, tomoscope files, broken files, pictures, tables and page, divided by the
/// number of wire scans. The twin's side is the wire scans alone, a sample of them.
struct FolderComparison {
  let paths: Paths
  let repeats: Int
  /// Files of the folder.
  var fileCount = 40

  func measured() -> Comparison {
    var comparison = Comparison("folder", "mixed folder of \(fileCount) files to a page, a wire scan, one core")
    let folder = "\(paths.scratch)/session"
    do {
      try? FileManager.default.removeItem(atPath: folder)
      _ = try ProgramRun(
        [
          paths.program, "beam", "simulate", "session", "-o", folder, "--files", "\(fileCount)", "--rows", "326",
          "--samples", "260", "--batches", "14", "--quiet",
        ], measuredBy: paths.measurer)
      let scans = try FileManager.default.contentsOfDirectory(atPath: folder).count { $0.hasPrefix("WS_") }
      let script = paths.root + "Benchmarks/twins/folder_twin.py"
      let sample = 2
      comparison.measure(repeats: max(2, repeats / 2)) {
        let run = try ProgramRun(
          [
            "taskset", "-c", "0", paths.program, "beam", "report", folder, "-o", "\(paths.scratch)/session-result",
            "--force", "--threads", "1", "--quiet",
          ], measuredBy: paths.measurer)
        return run.seconds / Double(scans)
      } twin: {
        let run = try ProgramRun(
          [
            "taskset", "-c", "0", paths.python, script, folder, "--output", "\(paths.scratch)/session-twin", "--sample",
            "\(sample)", "--figures", "svg",
          ], measuredBy: paths.measurer)
        return run.seconds / Double(sample)
      }
    } catch {
      comparison.fault = "\(error)"
    }
    return comparison
  }
}
