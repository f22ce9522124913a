import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// How much is tried: a little by default, all of it with `CAVERN_RELIABILITY=full` (`make reliability`).
enum Effort {
  static let isFull = ProcessInfo.processInfo.environment["CAVERN_RELIABILITY"] == "full"
  static let kills = isFull ? 1000 : 8
  static let forwarderKills = isFull ? 200 : 5
  /// Every so many-th call on the disk fails once.
  static let step = isFull ? 1 : 17

  /// Says what was measured, for the page on it.
  static func note(_ text: String) { if isFull { print("reliability: \(text)") } }
}

@Suite("Nothing is lost", .serialized)
struct NoLossTests {
  /// Times and values in a store, in order.
  private func stored(_ store: String) throws -> [(time: Int, value: Int)] {
    let outcome = try Program.shell("$CAVERN ts export --store '\(store)' --measurement load")
    return outcome.output.split(separator: "\n").compactMap { line in
      // `load v=12 12`
      let words = line.split(separator: " ")
      guard words.count == 3, let time = Int(words[2]), let value = Int(words[1].dropFirst(2)) else { return nil }
      return (time, value)
    }
  }

  @Test(
    "a recorder killed at random moments loses no sample that it has acknowledged, and stores none twice or wrongly")
  func kills() throws {
    signal(SIGPIPE, SIG_IGN)
    var generator = SystemRandomNumberGenerator()
    let started = ContinuousClock.now
    try withTemporaryFolder { folder in
      let store = folder.path + "/s.db"
      var acknowledged = 0
      var lost = 0
      var highest = 0
      for round in 0..<Effort.kills {
        let (accepted, sent) = try run(
          store, from: acknowledged, killAfter: Double.random(in: 0.001...0.05, using: &generator))
        acknowledged += accepted
        highest = max(highest, sent)
        // Looked at now and then, and at the end.
        guard round % 100 == 99 || round == Effort.kills - 1 else { continue }
        let found = try stored(store)
        lost += acknowledged - found.prefix(acknowledged).enumerated().filter { $0.offset == $0.element.time }.count
        #expect(found.allSatisfy { $0.time == $0.value }, "a wrong value")
        #expect(Set(found.map(\.time)).count == found.count, "a sample twice")
        #expect(found.count >= acknowledged && found.count <= highest)
      }
      #expect(lost == 0)
      #expect(acknowledged > Effort.kills)
      let seconds = (ContinuousClock.now - started) / .seconds(1)
      Effort.note(
        "\(Effort.kills) kills in \(Int(seconds)) s, \(acknowledged) samples acknowledged, \(lost) lost, 0 wrong or twice"
      )
    }
  }

  /// Feeds samples from a number on, kills the recorder, and counts what it had acknowledged.
  private func run(_ store: String, from start: Int, killAfter seconds: Double) throws -> (accepted: Int, sent: Int) {
    let process = Process()
    process.executableURL = URL(filePath: Program.path)
    process.arguments = ["ts", "import", "-", "--store", store, "--receipts", "--commit-lines", "10"]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    // The reader's end belongs to the child alone, so that writing fails when it is dead.
    try? input.fileHandleForReading.close()
    let number = process.processIdentifier
    let feeder = Thread {
      var next = start
      while true {
        let lines = (next..<next + 20).map { "load v=\($0) \($0)\n" }.joined()
        guard (try? input.fileHandleForWriting.write(contentsOf: Data(lines.utf8))) != nil else { return }
        next += 20
        Thread.sleep(forTimeInterval: 0.001)
      }
    }
    feeder.start()
    var text = output.fileHandleForReading.availableData
    Thread.sleep(forTimeInterval: seconds)
    kill(number, SIGKILL)
    text += output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    var accepted = 0
    var sent = start
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
      guard let receipt = try? JSONValue(parsing: String(line)) else { continue }
      accepted += receipt["accepted"]?.intValue ?? 0
    }
    // What was committed but not told is at most a few commits more.
    sent += accepted + 100_000
    return (accepted, sent)
  }

  @Test(
    "a write or synchronisation that fails loses nothing that was acknowledged, whichever call it is",
    arguments: ["EIO", "ENOSPC"])
  func failingCalls(error: String) throws {
    try withTemporaryFolder { folder in
      let path = folder.path
      let compiled = try Program.shell(
        "$(command -v cc || command -v clang) -shared -fPIC -O1 -o failing.so '\(TestResources.path("bench/faults/failing.c"))' -ldl",
        environment: ["PATH": "/usr/bin:/bin:/opt/swift/usr/bin:/usr/local/bin"], folder: folder)
      try #require(compiled.status == 0, "\(compiled.errors)")
      let lines = (0..<100).map { "load v=\($0) \($0)\n" }.joined()
      try Data(lines.utf8).write(to: folder.appending(path: "load.lp"))
      var (call, tried, failed) = (1, 0, 0)
      while true {
        let outcome = try Program.shell(
          "LD_PRELOAD=\(path)/failing.so CAVERN_FAIL_COUNT=\(path)/count CAVERN_FAIL_CALL=\(call) CAVERN_FAIL_ERROR=\(error) "
            + "$CAVERN ts import load.lp --store \(call)/s.db --receipts --commit-lines 20", folder: folder)
        tried += 1
        if outcome.status != 0 { failed += 1 }
        var acknowledged = 0
        for line in outcome.output.split(separator: "\n") {
          acknowledged += (try? JSONValue(parsing: String(line)))?["accepted"]?.intValue ?? 0
        }
        let found = try stored("\(path)/\(call)/s.db")
        #expect(found.count >= acknowledged, "call \(call)")
        #expect(found.enumerated().allSatisfy { $0.offset == $0.element.time && $0.element.time == $0.element.value })
        // Recovers without help: what is missing is stored when it is given again.
        if call % 4 == 1 {
          #expect(try Program.shell("$CAVERN ts import load.lp --store \(call)/s.db", folder: folder).status == 0)
          #expect(try stored("\(path)/\(call)/s.db").count == 100)
        }
        let count = Int(
          String(decoding: try Data(contentsOf: folder.appending(path: "count")), as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines))
        if (count ?? 0) < call { break }
        call += Effort.step
      }
      #expect(tried > 2 && failed > 0)
      Effort.note(
        "\(error) at each of \(tried - 1) calls: \(failed) imports ended with the fault told, 0 acknowledged samples lost"
      )
    }
  }
}
