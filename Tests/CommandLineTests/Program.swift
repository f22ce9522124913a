import Foundation
import JSON
import Testing

/// The built program, run as a user would run it.
struct Program {
  /// What a run gave back.
  struct Outcome {
    /// The exit status; -1 when a signal ended it.
    var status: Int32
    /// Standard output.
    var output: String
    /// Standard error.
    var errors: String

    /// Standard output as JSON.
    func json() throws -> JSONValue { try JSONValue(parsing: output) }
  }

  /// The program beside the test bundle.
  static let path: String = {
    var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    // The runner may be a helper of the toolchain: then the bundle's path is among the arguments.
    if let bundle = CommandLine.arguments.first(where: { $0.hasSuffix(".xctest") }) {
      folder = URL(filePath: bundle).deletingLastPathComponent()
    }
    return folder.appending(path: "cavern").path
  }()

  /// Runs a shell line in which `$CAVERN` is the program, without settings of the user.
  static func shell(
    _ line: String, environment: [String: String] = [:], folder: URL? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    // A run that hangs is ended with everything it has started.
    process.arguments = ["--signal=KILL", "60", "/bin/bash", "-c", line]
    if let folder { process.currentDirectoryURL = folder }
    var variables = ["PATH": "/usr/bin:/bin", "CAVERN": path, "XDG_CONFIG_HOME": "/nonexistent", "LC_ALL": "C.UTF-8"]
    variables.merge(environment) { $1 }
    process.environment = variables
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // Standard error is short in these tests, so that reading one stream after the other cannot block.
    let outputText = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let errorText = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let status = process.terminationReason == .exit ? process.terminationStatus : -1
    return Outcome(status: status, output: outputText, errors: errorText)
  }
}
