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
  ///   - scripts: commands and data; each is drawn by one process.
  ///   - outputs: names of the files that the scripts write.
  ///   - timeLimit: when the processes are stopped.
  ///   - pool: processes that are ready.
  /// - Returns: the bytes of `outputs` in order.
  static func run(
    _ program: String, scripts: [[UInt8]], outputs: [String], timeLimit: Duration, pool: GnuplotPool
  ) throws(CavernError) -> [[UInt8]] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-figures-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      defer { try? FileManager.default.removeItem(at: folder) }
      try draw(program, scripts, timeLimit, folder, pool)
      return try pictures(outputs, folder, program)
    } catch let error as CavernError {
      throw error
    } catch {
      throw CavernError(
        "figures.gnuplotFailed", "gnuplot cannot be run: \(error.localizedDescription)", exit: .unavailable,
        file: program)
    }
  }

  /// Draws with processes of a pool; one that failed does not go back to it.
  private static func draw(
    _ program: String, _ scripts: [[UInt8]], _ timeLimit: Duration, _ folder: URL, _ pool: GnuplotPool
  ) throws {
    let deadline = ContinuousClock.now.advanced(by: timeLimit)
    var atWork: [GnuplotWorker] = []
    defer { for worker in atWork { worker.stop() } }
    for (index, script) in scripts.enumerated() {
      // The script as a file: gnuplot reads its standard input without a buffer, several system calls a point.
      try Data(script).write(to: folder.appending(path: "script-\(index)"))
      let worker = try pool.take(program)
      atWork.append(worker)
      try worker.begin("script-\(index)", in: folder.path)
    }
    while let worker = atWork.first {
      guard try worker.finish(deadline, limit: timeLimit) else { throw failure(program, worker.messages) }
      pool.give(atWork.removeFirst())
    }
  }

  /// The files that were drawn.
  private static func pictures(_ names: [String], _ folder: URL, _ program: String) throws -> [[UInt8]] {
    try names.map { name in
      let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
      guard !bytes.isEmpty else {
        throw CavernError("figures.gnuplotFailed", "gnuplot wrote an empty picture", exit: .internal, file: program)
      }
      return bytes
    }
  }

  /// The fault of a drawing that took too long.
  static func timeout(_ program: String, _ limit: Duration) -> CavernError {
    CavernError(
      "figures.gnuplotTimeout", "gnuplot did not finish within \(NumberLabel.general(seconds(limit))) s",
      exit: .tryAgain, file: program, hint: "draw fewer points, or allow more time")
  }

  private static func failure(_ program: String, _ messages: String) -> CavernError {
    CavernError("figures.gnuplotFailed", "gnuplot stopped: \(lastWords(messages))", exit: .internal, file: program)
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  private static func lastWords(_ text: String) -> String {
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
    let words = lines.filter { !$0.isEmpty && !$0.hasPrefix("^") }.suffix(2).joined(separator: "; ")
    return words.isEmpty ? "no message" : String(words.prefix(300))
  }

  /// What gnuplot sees: no settings of the user's, numbers with a decimal point, UTC.
  static var environment: [String: String] {
    let own = ProcessInfo.processInfo.environment
    var result = ["LC_ALL": "C.UTF-8", "TZ": "UTC"]
    for name in ["PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "LD_LIBRARY_PATH"] {
      result[name] = own[name]
    }
    return result
  }
}
