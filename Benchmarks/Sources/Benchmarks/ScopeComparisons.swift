import Foundation
import Instruments
import JSON
import Tables

/// Oscilloscope waveforms: decoding against lecroyparser, the way from a simulated instrument to the disk, and the analysis.
struct ScopeComparisons {
  /// Samples of the waveform that is decoded.
  static let samples = 10_000_000

  let paths: Paths
  let repeats: Int

  /// The comparisons whose name is asked for.
  func all(where isWanted: (String) -> Bool) -> [Comparison] {
    var comparisons: [Comparison] = []
    if isWanted("scope-decode") || isWanted("scope-volts") { comparisons += decoding() }
    if isWanted("scope-analyse") { comparisons.append(analysis()) }
    if isWanted("scope-acquire") || isWanted("scope-acquire-memory") { comparisons += acquisition() }
    return comparisons
  }

  /// A single sweep of ten million samples of 16 bits, from file to volts and from memory to volts.
  private func decoding() -> [Comparison] {
    var file = Comparison("scope-decode", "Waveform of 10 million samples, file to volts, lecroyparser")
    var memory = Comparison("scope-volts", "Waveform of 10 million samples, memory to volts, one core")
    let path = "\(paths.scratch)/big.trc"
    let counts = (0..<Self.samples).map { Int16(truncatingIfNeeded: ($0 &* 7919) % 20_000 - 10_000) }
    let bytes = WaveformEncoder().message(counts)
    do {
      try Data(bytes).write(to: URL(filePath: path))
      let twin = try Twin(python: paths.python, script: paths.root + "Benchmarks/twins/scope_twin.py", file: path)
      var sum = 0.0
      file.measure(repeats: repeats) {
        var volts: [Double] = []
        let seconds = try secondsPerCall { volts = try Waveform(decoding: FileBytes.read(path)).volts() }
        sum = volts.reduce(0, +)
        return seconds
      } twin: {
        try twin.secondsPerUnit("decode")
      }
      let theirs = try twin.ask("decode")["sum"]?.doubleValue ?? .nan
      if file.fault == nil, !(abs(sum - theirs) <= 1e-5 * Double(Self.samples)) {
        file.fault = "the sums of all volts differ: \(sum) and \(theirs)"
      }
      var volts = [Double](repeating: 0, count: Self.samples)
      memory.measure(repeats: repeats) {
        try secondsPerCall { try Waveform(decoding: bytes).volts(into: &volts) }
      } twin: {
        .nan
      }
      memory.twin.values = []
    } catch {
      file.fault = "\(error)"
    }
    return [file, memory]
  }

  /// Pulses a segment, one thread, the start of the program and the reading of files included.
  private func analysis() -> Comparison {
    var comparison = Comparison("scope-analyse", "Pulse analysis, a segment, one core")
    let folder = "\(paths.scratch)/pulses"
    let (sweeps, segments, channels) = (10, 1000, 2)
    do {
      try? FileManager.default.removeItem(atPath: folder)
      _ = try ProgramRun(
        [
          paths.program, "scope", "sim", "--files", folder, "--sweeps", "\(sweeps)", "--segments", "\(segments)",
          "--channels", "\(channels)",
        ], measuredBy: paths.measurer)
      comparison.measure(repeats: repeats) {
        let run = try ProgramRun(
          ["taskset", "-c", "0", paths.program, "scope", "analyse", folder, "--threads", "1", "--json"],
          measuredBy: paths.measurer)
        return run.seconds / Double(sweeps * segments * channels)
      } twin: {
        .nan
      }
      comparison.twin.values = []
    } catch {
      comparison.fault = "\(error)"
    }
    return comparison
  }

  /// Seconds a byte from the simulator over VXI-11 to files that are on the disk, and memory in sweeps.
  private func acquisition() -> [Comparison] {
    var speed = Comparison("scope-acquire", "Simulator to disk over VXI-11, a byte")
    var memory = Comparison("scope-acquire-memory", "  peak memory of the same, in sweeps", unit: "sweeps")
    let (sweeps, bytesPerSweep) = (20, 4 * 10 * 2 * 1_000_002)
    do {
      let simulator = Process()
      let output = Pipe()
      simulator.executableURL = URL(filePath: paths.program)
      simulator.arguments = ["scope", "sim", "--mapper-port", "0", "--vicp-port", "0", "--rate", "1e6", "--pool", "2"]
      simulator.standardOutput = output
      // Its farewell does not belong into the table.
      simulator.standardError = FileHandle.nullDevice
      try simulator.run()
      defer { simulator.terminate() }
      let ports = try JSONValue(parsing: Array(output.fileHandleForReading.availableData))
      guard let port = ports["core_port"]?.intValue else { throw Failure("the simulator named no port") }
      let run = "\(paths.scratch)/run"
      for round in 0...max(1, repeats / 2) {
        try? FileManager.default.removeItem(atPath: run)
        let outcome = try ProgramRun(
          [
            paths.program, "scope", "acquire", "--address", "TCPIP::127.0.0.1::inst0::INSTR", "--port", "\(port)",
            "--channels", "C1,C2,C3,C4", "--sequence", "10", "--timebase", "10US", "--sweeps", "\(sweeps)", "--poll",
            "1 ms",
            "--out", run, "--min-free", "1 MB", "--quiet",
          ], measuredBy: paths.measurer)
        // The first round fills the simulator's pool.
        guard round > 0 else { continue }
        speed.cavern.values.append(outcome.seconds / Double(sweeps * bytesPerSweep))
        memory.cavern.values.append(outcome.peakBytes / Double(bytesPerSweep))
      }
      try? FileManager.default.removeItem(atPath: run)
    } catch {
      speed.fault = "\(error)"
    }
    return [speed, memory]
  }
}
