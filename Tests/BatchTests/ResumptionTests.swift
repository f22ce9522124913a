import Batch
import Errors
import Files
import Foundation
import JSON
import TestSupport
import Testing

@Suite("A batch with a manifest")
struct ResumptionTests {
  /// Runs the fixture's batch; gives what was delivered, what was worked on, and the summary.
  private func run(
    in folder: URL, items: [BatchItem<Int>] = BatchFixture.items, threads: Int = 2, settings: String = "s1",
    force: Bool = false
  ) throws -> (outcomes: [BatchOutcome<Int>], worked: Int, summary: BatchSummary) {
    let counter = CallCounter()
    var outcomes: [BatchOutcome<Int>] = []
    let summary = try BatchRunner(threads: threads, force: force).run(
      items, resumption: BatchFixture.resumption(in: folder, settings: settings)
    ) {
      outcomes.append($0)
    } work: { number throws(CavernError) in
      counter.enter()
      return try BatchFixture.work(number)
    }
    return (outcomes, counter.total, summary)
  }

  @Test("writes the same bytes for any number of threads")
  func sameBytes() throws {
    let manifests = try [1, 2, 8].map { threads in
      try withTemporaryFolder { folder in
        _ = try run(in: folder, threads: threads)
        return try BatchFixture.bytes(in: folder)
      }
    }
    #expect(manifests[0] == manifests[1] && manifests[0] == manifests[2])
    let lines = String(decoding: manifests[0], as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 41)
    #expect(
      lines[1] == #"{"key":"item-0","input":"hash-0","settings":"s1","state":"done","record":{"square":0}}"#)
  }

  @Test("takes over what did not change, with record and cause, and tries failures again")
  func takesOver() throws {
    try withTemporaryFolder { folder in
      let first = try run(in: folder)
      let bytes = try BatchFixture.bytes(in: folder)
      let second = try run(in: folder)
      #expect(first.worked == 40 && second.worked == 1)
      #expect(second.summary.reused == 39 && second.summary.counts == first.summary.counts)
      #expect(second.outcomes.map(\.record) == first.outcomes.map(\.record))
      #expect(second.outcomes.map(\.cause) == first.outcomes.map(\.cause))
      #expect(try BatchFixture.bytes(in: folder) == bytes)
    }
  }

  @Test("does an item again after a change of its input or of the settings, or by force")
  func changes() throws {
    try withTemporaryFolder { folder in
      _ = try run(in: folder)
      #expect(try run(in: folder, settings: "s2").worked == 40)
      #expect(try run(in: folder, settings: "s2").worked == 1)
      #expect(try run(in: folder, settings: "s2", force: true).worked == 40)
      var items = BatchFixture.items
      items[3].input = 33
      #expect(try run(in: folder, items: items, settings: "s2").worked == 2)
    }
  }

  @Test("does an item again when what it wrote is gone")
  func missingOutput() throws {
    try withTemporaryFolder { folder in
      _ = try run(in: folder)
      var resumption = BatchFixture.resumption(in: folder)
      resumption.isWhole = { $0.key != "item-5" }
      var again: [String] = []
      _ = try BatchRunner(threads: 2).run(BatchFixture.items, resumption: resumption) { (outcome: BatchOutcome<Int>) in
        if !outcome.reused { again.append(outcome.key) }
      } work: { number throws(CavernError) in
        try BatchFixture.work(number)
      }
      #expect(again == ["item-5", "item-7"])
    }
  }

  @Test("resumes after a kill at every byte of the manifest and ends with the same bytes")
  func killedAnywhere() throws {
    let items = BatchFixture.numbers(5..<11)
    try withTemporaryFolder { folder in
      _ = try run(in: folder, items: items)
      let whole = try BatchFixture.bytes(in: folder)
      let path = URL(filePath: BatchFixture.path(in: folder))
      for length in 0...whole.count {
        try Data(whole[..<length]).write(to: path)
        let part = whole[..<length]
        let lines = part.count { $0 == UInt8(ascii: "\n") }
        let wholeEntries = max(0, lines - 1)
        // Item 7 is the third: its failure is tried again although its line is whole.
        let expectedReused = wholeEntries - (wholeEntries >= 3 ? 1 : 0)
        let resumed = try run(in: folder, items: items, threads: length % 3 + 1)
        #expect(resumed.summary.reused == expectedReused, "cut at \(length)")
        let torn = length - (part.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0)
        #expect(resumed.summary.tornBytes == torn, "cut at \(length)")
        #expect(resumed.outcomes.count == items.count)
        #expect(try BatchFixture.bytes(in: folder) == whole, "cut at \(length)")
      }
    }
  }

  @Test("keeps the line of an item out of the manifest until the sink has taken the item")
  func sinkBeforeLine() throws {
    try withTemporaryFolder { folder in
      _ = try? BatchRunner(threads: 4).run(BatchFixture.items, resumption: BatchFixture.resumption(in: folder)) {
        (outcome: BatchOutcome<Int>) throws(CavernError) in
        if outcome.position == 5 { throw CavernError("test.full", "the disk is full", exit: .inputOutput) }
      } work: { number throws(CavernError) in
        try BatchFixture.work(number)
      }
      let manifest = try Manifest(parsing: Data(BatchFixture.bytes(in: folder)))
      #expect(manifest.entries.map(\.key) == (0..<5).map { "item-\($0)" })
    }
  }

  @Test("after a cancellation goes on where it stopped")
  func afterCancellation() throws {
    try withTemporaryFolder { folder in
      let token = CancellationToken()
      var first = 0
      _ = try BatchRunner(threads: 2, cancellation: token).run(
        BatchFixture.numbers(20..<60), resumption: BatchFixture.resumption(in: folder)
      ) { (outcome: BatchOutcome<Int>) in
        first += 1
        if outcome.position == 9 { token.cancel() }
      } work: { number throws(CavernError) in
        try BatchFixture.work(number)
      }
      let second = try run(in: folder, items: BatchFixture.numbers(20..<60))
      #expect(first + second.worked == 40)
    }
  }

  @Test("counts damaged lines and does their items again")
  func damagedLines() throws {
    try withTemporaryFolder { folder in
      _ = try run(in: folder)
      let whole = try BatchFixture.bytes(in: folder)
      var lines = String(decoding: whole, as: UTF8.self).split(separator: "\n").map(String.init)
      lines[4] = "\u{0}garbage"
      lines[9] = #"{"key":"item-8","input":"hash-8","settings":"s1","state":"finished","record":null}"#
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: BatchFixture.path(in: folder)))
      let resumed = try run(in: folder)
      #expect(resumed.summary.damagedLines == 2 && resumed.worked == 3)
      #expect(try BatchFixture.bytes(in: folder) == whole)
    }
  }

  @Test("keeps the lines of items that are not in this batch")
  func otherItems() throws {
    try withTemporaryFolder { folder in
      _ = try run(in: folder, items: BatchFixture.numbers(0..<10))
      _ = try run(in: folder, items: BatchFixture.numbers(20..<25))
      #expect(try run(in: folder, items: BatchFixture.numbers(0..<10)).worked == 1)
    }
  }

  @Test("never touches a file that is not a manifest", arguments: ["{\"a\":1}\n", "PAR1", "\n", "{\"schema\":\"x\"}"])
  func foreignFile(content: String) throws {
    try withTemporaryFolder { folder in
      try Data(content.utf8).write(to: URL(filePath: BatchFixture.path(in: folder)))
      let error = caught { try run(in: folder) }
      #expect(error?.code == "batch.manifest")
      #expect(try BatchFixture.bytes(in: folder) == Array(content.utf8))
    }
  }

  @Test("is refused while another run holds the manifest")
  func locked() throws {
    try withTemporaryFolder { folder in
      var code: String?
      _ = try BatchRunner(threads: 1).run(
        BatchFixture.numbers(0..<1), resumption: BatchFixture.resumption(in: folder)
      ) { (_: BatchOutcome<Int>) in
        do { _ = try run(in: folder) } catch { code = (error as? CavernError)?.code }
      } work: { number throws(CavernError) in
        BatchResult(number)
      }
      #expect(code == "batch.busy")
    }
  }

  @Test("says so when the manifest's folder does not exist")
  func noFolder() throws {
    try withTemporaryFolder { folder in
      let error = caught { try run(in: folder.appending(path: "missing")) }
      #expect(error?.code == "batch.manifestOpen" && error?.exit == .cannotCreate)
    }
  }

  @Test("reports an input that cannot be hashed as failed")
  func unreadable() throws {
    try withTemporaryFolder { folder in
      let resumption = BatchRunner.Resumption<Int>(path: BatchFixture.path(in: folder), settings: "s") {
        number throws(CavernError) in
        if number == 1 { throw CavernError("file.missing", "gone", exit: .noInput) }
        return "h"
      }
      var codes: [String?] = []
      _ = try BatchRunner(threads: 2).run(BatchFixture.numbers(0..<3), resumption: resumption) {
        (outcome: BatchOutcome<Int>) in
        codes.append(outcome.cause?.code)
      } work: { number throws(CavernError) in
        BatchResult(number)
      }
      #expect(codes == [nil, "file.missing", nil])
    }
  }

  @Test("writes and reads an entry without loss")
  func entryRoundTrip() {
    let cause = CavernError(
      "a.b", "m \"quoted\" \u{1F4A5}\n", exit: .badData, file: "f", line: 1, column: 2, offset: 3, expected: "e",
      nearest: ["n1", "n2"], hint: "h")
    let entry = ManifestEntry(
      key: "k/\u{e9}.parquet", input: "i", settings: "s", state: .partial, record: ["x": [1, 2.5, nil]], cause: cause)
    #expect(ManifestEntry(line: entry.line) == entry)
    #expect(!entry.line.contains("\n"))
  }
}
