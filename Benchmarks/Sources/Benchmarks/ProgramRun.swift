import Foundation
import JSON

/// One run of a program, measured from outside.
struct ProgramRun {
  /// From start to end, by the clock on the wall.
  var seconds: Double
  /// Largest resident memory of the process and those it waited for, each for itself.
  var peakBytes: Double

  /// Runs a command, its output thrown away.
  ///
  /// A small process of its own does the measuring: a child's peak memory counts what its parent had before the child's
  /// program was loaded, and this one holds all the profiles.
  init(_ command: [String], measuredBy program: String) throws {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: program)
    process.arguments = ["measure"] + command
    process.standardOutput = output
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let answer = try? JSONValue(parsing: Array(text))
    guard process.terminationStatus == 0, let seconds = answer?["seconds"]?.doubleValue,
      let peak = answer?["peakBytes"]?.doubleValue, let status = answer?["status"]?.intValue
    else { throw Failure("'\(command.joined(separator: " "))' could not be measured") }
    // 2 is a whole run that has something to warn of.
    guard status == 0 || status == 2 else {
      throw Failure("'\(command.joined(separator: " "))' ended with status \(status)")
    }
    self.seconds = seconds
    peakBytes = peak
  }
}
