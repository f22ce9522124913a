import Dispatch
import Errors
import Files
import Foundation

/// Runs programs as processes of their own.
///
/// Standard output and error go to private files, so that a program which leaves children behind cannot keep anybody waiting.
/// Standard input is empty; programs that must ask (ssh) open the terminal themselves.
public struct ProcessRunner: CommandRunning {
  /// Longer outputs are refused, in bytes.
  public var maximumBytes: Int
  /// Variables that replace those of this process; nil passes them on.
  public var environment: [String: String]?

  /// A runner.
  public init(maximumBytes: Int = 256 << 20, environment: [String: String]? = nil) {
    self.maximumBytes = maximumBytes
    self.environment = environment
  }

  /// Runs a program to its end; any exit status is an outcome.
  ///
  /// - Throws: `command.missing` (exit 69), `command.timeout` (75), `command.tooLong` (65).
  public func run(_ command: ExternalCommand) throws(CavernError) -> CommandOutcome {
    let program = try find(command.program)
    let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-command-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      defer { try? FileManager.default.removeItem(at: folder) }
      return try run(command, program, folder)
    } catch let error as CavernError {
      throw error
    } catch {
      throw CavernError(
        "command.missing", "the program cannot be run: \(error.localizedDescription)", exit: .unavailable, file: program
      )
    }
  }

  private func run(_ command: ExternalCommand, _ program: String, _ folder: URL) throws -> CommandOutcome {
    let outputFile = folder.appending(path: "output")
    let errorFile = folder.appending(path: "errors")
    for file in [outputFile, errorFile] { try Data().write(to: file) }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = command.arguments
    if let environment { process.environment = environment }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    let seconds = command.timeLimit / .seconds(1)
    guard ended.wait(timeout: .now() + seconds) == .success else {
      process.endNow()
      throw CavernError(
        "command.timeout", "\(command.program) did not finish within \(command.timeLimit)", exit: .tryAgain,
        file: command.program)
    }
    let size = (try FileManager.default.attributesOfItem(atPath: outputFile.path)[.size] as? Int) ?? 0
    guard size <= maximumBytes else {
      throw CavernError(
        "command.tooLong", "\(command.program) wrote \(size) bytes, more than \(maximumBytes)", exit: .badData,
        file: command.program)
    }
    let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    let handle = try FileHandle(forReadingFrom: errorFile)
    let errors = try handle.read(upToCount: 1 << 16) ?? Data()
    try handle.close()
    return CommandOutcome(
      status: status, output: Array(try Data(contentsOf: outputFile)), errors: String(decoding: errors, as: UTF8.self))
  }

  /// The path of a program: as it is when it holds a `/`, otherwise from the `PATH`.
  private func find(_ program: String) throws(CavernError) -> String {
    if program.contains("/") {
      if FileManager.default.isExecutableFile(atPath: program) { return program }
    } else {
      let path = (environment ?? ProcessInfo.processInfo.environment)["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
      for folder in path.split(separator: ":") where folder.hasPrefix("/") {
        let candidate = "\(folder)/\(program)"
        if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
      }
    }
    throw CavernError(
      "command.missing", "the program '\(program)' is not there", exit: .unavailable,
      expected: program.contains("/") ? "a program at that path" : "'\(program)' on the PATH")
  }
}
