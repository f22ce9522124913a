import Dispatch
import Errors
import Files
import Foundation

/// Runs gnuplot in a private folder.
enum GnuplotProcess {
  /// Number of processors that may be used, at most 8.
  static var defaultCount: Int { min(Processors.available, 8) }

  /// The path of the program.
  ///
  /// - Throws: `figures.gnuplotMissing` naming the Debian package.
  static func find(_ program: String?) throws(CavernError) -> String {
    let files = FileManager.default
    if let program {
      if files.isExecutableFile(atPath: program) { return program }
    } else {
      let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
      for folder in path.split(separator: ":") {
        let candidate = "\(folder)/gnuplot"
        if candidate.hasPrefix("/"), files.isExecutableFile(atPath: candidate) { return candidate }
      }
    }
    throw CavernError(
      "figures.gnuplotMissing", "gnuplot, which draws the figures, is not there", exit: .unavailable, file: program,
      expected: "the program gnuplot on the PATH", hint: "apt-get install gnuplot-nox fonts-dejavu-core")
  }

  /// Runs one gnuplot for each script at the same time and reads the files they write.
  ///
  /// - Parameters:
  ///   - program: path of gnuplot.
  ///   - scripts: commands and data; each goes to the standard input of one process.
  ///   - outputs: names of the files that the scripts write.
  ///   - timeLimit: when the processes are stopped.
  /// - Returns: the bytes of `outputs` in order.
  static func run(
    _ program: String, scripts: [[UInt8]], outputs: [String], timeLimit: Duration
  ) throws(CavernError) -> [[UInt8]] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-figures-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      defer { try? FileManager.default.removeItem(at: folder) }
      return try draw(program, scripts, outputs, timeLimit, folder)
    } catch let error as CavernError {
      throw error
    } catch {
      throw CavernError(
        "figures.gnuplotFailed", "gnuplot cannot be run: \(error.localizedDescription)", exit: .unavailable,
        file: program)
    }
  }

  private static func draw(
    _ program: String, _ scripts: [[UInt8]], _ outputs: [String], _ timeLimit: Duration, _ folder: URL
  ) throws -> [[UInt8]] {
    var running: [(process: Process, ended: DispatchSemaphore, errors: URL)] = []
    // A process that is still there when this scope is left by an error is stopped.
    defer { for entry in running { entry.process.endNow() } }
    for (index, script) in scripts.enumerated() {
      // The script as a file: gnuplot reads its standard input without a buffer, several system calls a point.
      let input = folder.appending(path: "script-\(index)")
      let errors = folder.appending(path: "errors-\(index)")
      try Data(script).write(to: input)
      try Data().write(to: errors)
      let process = Process()
      process.executableURL = URL(filePath: program)
      process.arguments = ["-d", "script-\(index)"]
      process.currentDirectoryURL = folder
      process.environment = environment
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      process.standardError = try FileHandle(forWritingTo: errors)
      let ended = DispatchSemaphore(value: 0)
      process.terminationHandler = { _ in ended.signal() }
      try process.run()
      running.append((process, ended, errors))
    }
    let seconds = Double(timeLimit.components.seconds) + Double(timeLimit.components.attoseconds) * 1e-18
    let deadline = DispatchTime.now() + seconds
    for entry in running {
      guard entry.ended.wait(timeout: deadline) == .success else {
        throw CavernError(
          "figures.gnuplotTimeout", "gnuplot did not finish within \(NumberLabel.general(seconds)) s", exit: .tryAgain,
          file: program, hint: "draw fewer points, or allow more time")
      }
      // Undefined points make gnuplot warn; only its exit status tells of failure.
      guard entry.process.terminationReason == .exit, entry.process.terminationStatus == 0 else {
        let text = String(decoding: (try? Data(contentsOf: entry.errors)) ?? Data(), as: UTF8.self)
        throw CavernError(
          "figures.gnuplotFailed", "gnuplot stopped: \(lastWords(text))", exit: .internal, file: program)
      }
    }
    return try outputs.map { name in
      let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
      guard !bytes.isEmpty else {
        throw CavernError("figures.gnuplotFailed", "gnuplot wrote an empty picture", exit: .internal, file: program)
      }
      return bytes
    }
  }

  private static func lastWords(_ text: String) -> String {
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
    let words = lines.filter { !$0.isEmpty && !$0.hasPrefix("^") }.suffix(2).joined(separator: "; ")
    return words.isEmpty ? "no message" : String(words.prefix(300))
  }

  /// What gnuplot sees: no settings of the user's, numbers with a decimal point, UTC.
  private static var environment: [String: String] {
    let own = ProcessInfo.processInfo.environment
    var result = ["LC_ALL": "C.UTF-8", "TZ": "UTC"]
    for name in ["PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "LD_LIBRARY_PATH"] {
      result[name] = own[name]
    }
    return result
  }
}
