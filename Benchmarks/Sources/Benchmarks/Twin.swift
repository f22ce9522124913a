import Foundation
import JSON

/// The Python process that does the same work, told what to do line by line; each answer carries its own seconds.
final class Twin {
  private let process = Process()
  private let requests = Pipe()
  private let answers = Pipe()
  private var buffer: [UInt8] = []

  init(python: String, script: String, file: String) throws {
    process.executableURL = URL(filePath: python)
    process.arguments = [script, "serve", file]
    process.standardInput = requests
    process.standardOutput = answers
    try process.run()
  }

  /// Asks for one piece of work.
  func ask(_ word: String) throws -> JSONValue {
    try requests.fileHandleForWriting.write(contentsOf: Data("\(word)\n".utf8))
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(buffer[..<end])
        buffer.removeSubrange(...end)
        return try JSONValue(parsing: line)
      }
      let more = answers.fileHandleForReading.availableData
      guard !more.isEmpty else { throw Failure("the Python twin ended without an answer to '\(word)'") }
      buffer += more
    }
  }

  /// Seconds for one unit of the work (a fit, a file).
  func secondsPerUnit(_ word: String) throws -> Double {
    let answer = try ask(word)
    guard let seconds = answer["seconds"]?.doubleValue, let count = answer["count"]?.doubleValue else {
      throw Failure("the Python twin's answer to '\(word)' holds no time")
    }
    return seconds / count
  }

  deinit {
    try? requests.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}

/// A reason to stop, in words.
struct Failure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
