import Fitting
import Foundation
import JSON

/// VELO: fits of simulated pixels against scipy, reading of acquisitions against numpy, and a whole scan of one ASIC.
struct VeloComparisons {
  let paths: Paths
  let repeats: Int

  private var script: String { paths.root + "Benchmarks/twins/velo_twin.py" }
  private static let parameters = [0.0011, 7.0, 6.5, 1551]
  private static let seconds = 262.1

  /// - Parameter isWanted: tells by its name whether a comparison is to be made; the scan takes a minute.
  func all(where isWanted: (String) -> Bool) -> [Comparison] {
    var list: [Comparison] = []
    if isWanted("velo-fit") { list.append(fits()) }
    if isWanted("velo-asic") { list.append(wholeAsic()) }
    if isWanted("velo-read") || isWanted("velo-scan") || isWanted("velo-scan-memory") { list += scans(where: isWanted) }
    return list
  }

  /// Counts of simulated pixels at 121 thresholds with 262 s each, threshold after threshold.
  private func pixels(_ count: Int) -> [UInt32] {
    var random = RandomSource(seed: 7)
    var truths: [[Double]] = []
    for _ in 0..<count {
      truths.append([
        0.0011 + 0.00008 * random.normal(), 8 * (1 - 0.25 * random.uniform()), 6.5 + 0.5 * random.normal(),
        1551 + 5.8 * random.normal(),
      ])
    }
    return (0..<121).flatMap { k in
      truths.map { UInt32(random.poisson(mean: Self.seconds * EdgeEquation.F1_0.value(1480 + Double(k), $0))) }
    }
  }

  /// The Poisson fit with covariance and goodness on one thread; the twin fits every 100th pixel with `curve_fit`.
  private func fits() -> Comparison {
    var comparison = Comparison("velo-fit", "VELO pixel, Poisson fit of F1_0 at 121 thresholds, curve_fit")
    let count = 20_000
    let counts = pixels(count)
    let chosen = stride(from: 0, to: count, by: 100).map { $0 }
    do {
      let scan = try EdgeScan(
        thresholds: (0..<121).map { 1480 + Double($0) }, exposures: (0..<121).map { _ in Self.seconds }, counts: counts,
        pixelCount: count)
      let file = paths.scratch + "/velo-pixels.json"
      let sample = chosen.map { pixel in
        JSONValue.array((0..<121).map { .integer(Int(counts[$0 * count + pixel])) })
      }
      let request: JSONValue = ["seconds": .number(Self.seconds), "pixels": .array(sample)]
      try Data(request.text().utf8).write(to: URL(filePath: file))
      let twin = try Twin(python: paths.python, script: script, file: file)
      var result: EdgeFitResult?
      comparison.measure(repeats: repeats) {
        try secondsPerCall { result = try EdgeFitter.fit(scan, pixels: Array(0..<count), equation: .F1_0) }
          / Double(count)
      } twin: {
        try twin.secondsPerUnit("fit")
      }
      guard let result, comparison.fault == nil else { return comparison }
      // The twin minimises another function: its E0 lies within a fraction of the error of ours.
      let theirs = try twin.ask("fit")["E0"]?.arrayValue?.map { $0.doubleValue ?? .nan } ?? []
      let distances = zip(chosen, theirs).map { abs(result.parameter($0, 3) - $1) / result.standardError($0, 3) }
      let median = distances.sorted()[distances.count / 2]
      let converged = result.states.count { $0.isUsable }
      if !(median < 0.5) { comparison.fault = "E0 differs by \(median) errors in the median" }
      if converged < count { comparison.fault = "\(count - converged) of \(count) fits did not converge" }
      comparison.note = "\(Int(1 / comparison.cavern.median)) pixels a second on one core"
    } catch {
      comparison.fault = "\(error)"
    }
    return comparison
  }

  /// All pixels of an ASIC on two threads: seconds on the wall.
  private func wholeAsic() -> Comparison {
    var comparison = Comparison("velo-asic", "65,536 of these fits, an ASIC, on two threads")
    do {
      let count = 65_536
      let scan = try EdgeScan(
        thresholds: (0..<121).map { 1480 + Double($0) }, exposures: (0..<121).map { _ in Self.seconds },
        counts: pixels(count), pixelCount: count)
      var options = EdgeFitOptions()
      options.threads = 2
      var converged = 0
      for round in 0...repeats {
        let spent = try ContinuousClock().measure {
          converged = try EdgeFitter.fit(scan, pixels: Array(0..<count), equation: .F1_0, options: options)
            .states.count { $0.isUsable }
        }
        if round > 0 { comparison.cavern.values.append(spent / .seconds(1)) }
      }
      if converged < count { comparison.fault = "\(count - converged) of \(count) fits did not converge" }
      comparison.note = "\(Int(Double(count) / comparison.cavern.median)) pixels a second"
    } catch {
      comparison.fault = "\(error)"
    }
    return comparison
  }

  /// Reading 484 acquisitions on one core, and a warm scan of 12,100 on all.
  private func scans(where isWanted: (String) -> Bool) -> [Comparison] {
    var list: [Comparison] = []
    do {
      if isWanted("velo-read") { list.append(try reading()) }
      if isWanted("velo-scan") || isWanted("velo-scan-memory") { list += try wholeScan() }
    } catch {
      var comparison = Comparison("velo-scan", "warm scan of one ASIC")
      comparison.fault = "\(error)"
      list.append(comparison)
    }
    return list
  }

  private func simulate(_ folder: String, _ more: [String]) throws {
    try? FileManager.default.removeItem(atPath: folder)
    _ = try ProgramRun(
      [paths.program, "velo", "simulate", "--output", folder, "--quiet"] + more, measuredBy: paths.measurer)
  }

  /// Seconds a byte: the whole process on one core, ledger and sums included; the twin only turns text into numbers.
  private func reading() throws -> Comparison {
    var comparison = Comparison("velo-read", "acquisition files to ledger and sums, 64 MB, one core")
    let folder = paths.scratch + "/velo-read"
    try simulate(folder, ["--step", "10", "--acquisitions", "38"])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/warm").filter { $0.contains("_THR_") }
    let twin = try Twin(python: paths.python, script: script, file: folder + "/warm")
    let files = Double(names.count)
    let bytes = try names.reduce(0.0) { sum, name in
      let facts = try FileManager.default.attributesOfItem(atPath: "\(folder)/warm/\(name)")
      return sum + ((facts[.size] as? NSNumber)?.doubleValue ?? 0)
    }
    comparison.measure(repeats: max(2, repeats / 2)) {
      try ProgramRun(
        [
          "taskset", "-c", "0", paths.program, "velo", "dataset", "check", folder + "/dataset.toml", "--threads", "1",
          "--quiet",
        ], measuredBy: paths.measurer
      ).seconds / files
    } twin: {
      try twin.secondsPerUnit("read")
    }
    let rate = bytes / files / comparison.cavern.median / 1e9
    comparison.note = "\((rate * 100).rounded() / 100) GB/s, start of the program included"
    return comparison
  }

  /// 121 thresholds, 100 acquisitions of 2.621 s: read, fitted and written.
  private func wholeScan() throws -> [Comparison] {
    let folder = paths.scratch + "/velo-scan"
    try simulate(folder, [])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var time = Comparison("velo-scan", "warm scan of one ASIC, 12,100 files, read, fitted, written")
    var memory = Comparison("velo-scan-memory", "  peak memory of the same", unit: "bytes")
    for round in 0...2 {
      let run = try ProgramRun(
        [
          paths.program, "velo", "run", folder + "/dataset.toml", "--output", folder + "/result", "--force",
          "--no-figures", "--quiet",
        ], measuredBy: paths.measurer)
      guard round > 0 else { continue }
      time.cavern.values.append(run.seconds)
      memory.cavern.values.append(run.peakBytes)
    }
    return [time, memory]
  }
}
