import Foundation

/// Whole programs, side by side: a file from the shell's prompt to figures on the disk.
struct ProgramComparisons {
  let paths: Paths
  let file: String
  let repeats: Int

  /// - Parameter isWanted: tells by its name whether a comparison is to be made; they take seconds each.
  func all(where isWanted: (String) -> Bool) -> [Comparison] {
    ["png", "svg"].filter { isWanted("file-\($0)-memory") }.flatMap(files) + (isWanted("start") ? [start()] : [])
  }

  /// Both on one core of the machine, so that neither hides work behind the other's cores.
  private func files(_ format: String) -> [Comparison] {
    let folder = paths.scratch
    let ours = [
      "taskset", "-c", "0", paths.program, "beam", "ws", "fit", file, "--plane", "H,V", "--scan", "in,out", "--optics",
      "sps-q26-pb-ions", "--figure", "\(folder)/cavern.\(format)", "--threads", "1", "--quiet",
    ]
    let theirs = [
      "taskset", "-c", "0", paths.python, paths.script, "analyse", file, "--output", "\(folder)/twin-\(format)",
      "--figures", format, "--fits", "well",
    ]
    var time = Comparison("file-\(format)", "file to emittances and 4 figures (\(format)), one core")
    var memory = Comparison("file-\(format)-memory", "  peak memory of the same", unit: "bytes")
    time.measure(repeats: max(2, repeats / 2)) {
      let run = try ProgramRun(ours, measuredBy: paths.measurer)
      memory.cavern.values.append(run.peakBytes)
      return run.seconds
    } twin: {
      let run = try ProgramRun(theirs, measuredBy: paths.measurer)
      memory.twin.values.append(run.peakBytes)
      return run.seconds
    }
    memory.fault = time.fault
    return [time, memory]
  }

  private func start() -> Comparison {
    var comparison = Comparison("start", "cavern --help, from start to end")
    do {
      for round in 0...20 {
        let run = try ProgramRun([paths.program, "--help"], measuredBy: paths.measurer)
        if round > 0 { comparison.cavern.values.append(run.seconds) }
      }
    } catch { comparison.fault = "\(error)" }
    return comparison
  }
}
