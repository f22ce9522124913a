import Foundation
import JSON

/// The small process that measures another one.
enum Measuring {
  /// Runs a command and prints its seconds, peak memory and status as JSON.
  ///
  /// - Returns: 0, or 69 when the command cannot be started.
  static func run(_ command: [String]) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    // Keep the words of the failure for the person: only standard output is thrown away.
    var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }

    var child = pid_t()
    var usage = rusage()
    var status: Int32 = 0
    let clock = ContinuousClock()
    let start = clock.now
    // `words` ends with nil, as posix_spawnp needs it, and outlives the call.
    guard let program = words.first ?? nil, posix_spawnp(&child, program, &actions, nil, words, environ) == 0,
      wait4(child, &status, 0, &usage) == child
    else { return 69 }
    let seconds = (clock.now - start) / .seconds(1)
    let signal = status & 0x7f
    let answer: JSONValue = [
      "seconds": .number(seconds), "peakBytes": .number(Double(usage.ru_maxrss) * 1024),
      "status": .integer(Int(signal == 0 ? (status >> 8) & 0xff : 128 + signal)),
    ]
    print(answer.text(.compact))
    return 0
  }
}
