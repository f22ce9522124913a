import Errors
import Files
import Foundation
import Synchronization

/// One gnuplot that is told over its standard input which script to draw, and says on its standard output when it has.
final class GnuplotWorker: Sendable {
  /// Path of the program.
  let program: String
  private let process: Process
  private let commands: FileHandle
  private let answers: FileHandle
  private let errors: FileHandle
  private let count = Mutex(0)

  /// Starts the program; its messages go to a file without a name.
  init(_ program: String) throws {
    self.program = program
    let (input, output) = (Pipe(), Pipe())
    let messages = FileManager.default.temporaryDirectory.appending(path: "cavern-gnuplot-\(UUID().uuidString)")
    try Data().write(to: messages)
    errors = try FileHandle(forUpdating: messages)
    try FileManager.default.removeItem(at: messages)
    process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = ["-d"]
    process.currentDirectoryURL = URL(filePath: "/")
    process.environment = GnuplotProcess.environment
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    commands = input.fileHandleForWriting
    answers = output.fileHandleForReading
  }

  /// Whether it can be given work.
  var isRunning: Bool { process.isRunning }

  /// Drawings begun.
  var drawings: Int { count.withLock { $0 } }

  /// Tells it to draw a script in a folder.
  func begin(_ script: String, in folder: String) throws {
    count.withLock { $0 += 1 }
    try errors.truncate(atOffset: 0)
    let place = GnuplotScript.quoted(folder)
    // That it has ended is told by `finish`, with its own words.
    try? commands.writeWithoutSignal(
      Data("cd \(place)\nreset errors\nload '\(script)'\nset print '-'; print GPVAL_ERRNO\n".utf8))
  }

  /// Waits for the drawing that was begun.
  ///
  /// - Returns: whether it went well; otherwise `messages` say why.
  /// - Throws: `figures.gnuplotTimeout` when it is not there at the deadline.
  func finish(_ deadline: ContinuousClock.Instant, limit: Duration) throws(CavernError) -> Bool {
    var answer: [UInt8] = []
    while answer.last != UInt8(ascii: "\n") {
      guard answers.isReadable(until: deadline) else { throw GnuplotProcess.timeout(program, limit) }
      let more = answers.availableData
      // The end of its output is its end.
      guard !more.isEmpty else { return false }
      answer += more
    }
    return answer.split(separator: UInt8(ascii: "\n")).last.map { $0 == [UInt8(ascii: "0")] } ?? false
  }

  /// What it wrote to its standard error during the last drawing.
  var messages: String {
    let text = (try? errors.seek(toOffset: 0)).flatMap { _ in try? errors.readToEnd() }
    return String(decoding: text ?? Data(), as: UTF8.self)
  }

  /// Lets it end: its input is over.
  func end() { try? commands.close() }

  /// Stops it.
  func stop() { process.endNow() }
}
