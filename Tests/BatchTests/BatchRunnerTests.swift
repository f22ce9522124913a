import Batch
import Dispatch
import Errors
import Foundation
import JSON
import TestSupport
import Testing

@Suite("The batch runner")
struct BatchRunnerTests {
  @Test("delivers in the order of the input for any number of threads", arguments: [1, 2, 3, 8, 64])
  func order(threads: Int) throws {
    var positions: [Int] = []
    var products: [Int?] = []
    let summary = try BatchRunner(threads: threads).run(BatchFixture.numbers(0..<500)) { (outcome: BatchOutcome<Int>) in
      positions.append(outcome.position)
      products.append(outcome.product)
    } work: { number throws(CavernError) in
      // Work of very different length, so that threads overtake each other.
      var sum = 0
      for step in 0..<(number % 7 * 20_000) { sum &+= step ^ number }
      return BatchResult(sum == .min ? -1 : number)
    }
    #expect(positions == Array(0..<500))
    #expect(products == Array(0..<500))
    #expect(summary.exit == .done && summary.count(.done) == 500)
  }

  @Test("keeps an item's failure to that item, with its error")
  func failures() throws {
    var outcomes: [BatchOutcome<Int>] = []
    let summary = try BatchRunner(threads: 4).run(BatchFixture.items) {
      outcomes.append($0)
    } work: { number throws(CavernError) in
      try BatchFixture.work(number)
    }
    #expect(outcomes[7].state == .failed && outcomes[7].cause?.code == "test.seven" && outcomes[7].product == nil)
    #expect(outcomes[8].state == .done && outcomes[8].product == 64)
    #expect(outcomes[11].state == .skipped && outcomes[11].cause?.nearest == ["ten", "twelve"])
    #expect(outcomes[13].state == .partial)
    #expect(BatchState.allCases.map(summary.count) == [37, 1, 1, 1])
    #expect(summary.exit == .partial)
  }

  @Test("ends with the status that its items deserve")
  func exits() throws {
    func exit(_ numbers: [Int]) throws -> Errors.ExitStatus {
      let items = numbers.map { BatchItem(key: "\($0)", input: $0) }
      return try BatchRunner(threads: 2).run(items) { (_: BatchOutcome<Int>) in
      } work: { number throws(CavernError) in
        try BatchFixture.work(number)
      }.exit
    }
    #expect(try exit([]) == .noInput)
    #expect(try exit([1, 2]) == .done)
    #expect(try exit([1, 7]) == .partial)
    #expect(try exit([13]) == .partial)
    #expect(try exit([7, 11]) == .failed)
  }

  @Test("refuses an item that is named twice")
  func duplicates() {
    let items = [BatchItem(key: "a", input: 1), BatchItem(key: "a", input: 2)]
    let error = caught {
      try BatchRunner(threads: 2).run(items) { (_: BatchOutcome<Int>) in
      } work: { number throws(CavernError) in
        BatchResult(number)
      }
    }
    #expect(error?.code == "batch.duplicateKey")
  }

  @Test("never has more items in flight than the window allows", arguments: [(2, 2), (4, 6), (8, 8), (3, 1)])
  func window(threads: Int, window: Int) throws {
    let inFlight = CallCounter()
    let runner = BatchRunner(threads: threads, window: window)
    _ = try runner.run(BatchFixture.numbers(0..<300)) { (_: BatchOutcome<Int>) in
      inFlight.leave()
    } work: { number throws(CavernError) in
      inFlight.enter()
      return BatchResult(number)
    }
    #expect(inFlight.total == 300)
    #expect(inFlight.most <= max(threads, window))
  }

  @Test("holds later items back while the first one is not delivered")
  func slowFirst() throws {
    // Item 0 ends only when the window is full behind it: a wider window than allowed, or a narrower one, would hang
    // or overshoot.
    let begun = CallCounter()
    let full = DispatchSemaphore(value: 0)
    let runner = BatchRunner(threads: 2, window: 5)
    var delivered = 0
    _ = try runner.run(BatchFixture.numbers(0..<50)) { (outcome: BatchOutcome<Int>) in
      if outcome.position == 0 { #expect(begun.total == 5) }
      delivered += 1
    } work: { number throws(CavernError) in
      begun.enter()
      if number == 4 { full.signal() }
      if number == 0 { full.wait() }
      return BatchResult(number)
    }
    #expect(delivered == 50)
  }

  @Test("stops at a cancellation after the items in flight, and delivers these", arguments: [1, 2, 8])
  func cancellation(threads: Int) throws {
    let token = CancellationToken()
    let begun = CallCounter()
    var positions: [Int] = []
    let runner = BatchRunner(threads: threads, window: 8, cancellation: token)
    let summary = try runner.run(BatchFixture.numbers(0..<1000)) { (outcome: BatchOutcome<Int>) in
      positions.append(outcome.position)
      if outcome.position == 20 { token.cancel() }
    } work: { number throws(CavernError) in
      begun.enter()
      return BatchResult(number)
    }
    #expect(summary.cancelled && summary.exit == .interrupted)
    #expect(positions == Array(0..<begun.total))
    #expect(positions.count >= 21 && positions.count <= 21 + 8)
  }

  @Test("begins nothing when it was cancelled before", arguments: [1, 4])
  func cancelledBefore(threads: Int) throws {
    let token = CancellationToken()
    token.cancel()
    let begun = CallCounter()
    let summary = try BatchRunner(threads: threads, cancellation: token).run(BatchFixture.items) {
      (_: BatchOutcome<Int>) in
    } work: { number throws(CavernError) in
      begun.enter()
      return BatchResult(number)
    }
    #expect(begun.total == 0 && summary.delivered == 0 && summary.cancelled)
  }

  @Test("stops with the sink's error", arguments: [1, 2, 8])
  func sinkError(threads: Int) {
    let begun = CallCounter()
    let error = caught {
      try BatchRunner(threads: threads, window: 8).run(BatchFixture.numbers(0..<1000)) {
        (outcome: BatchOutcome<Int>) throws(CavernError) in
        if outcome.position == 30 { throw CavernError("test.full", "the disk is full", exit: .inputOutput) }
      } work: { number throws(CavernError) in
        begun.enter()
        return BatchResult(number)
      }
    }
    #expect(error?.code == "test.full")
    #expect(begun.total <= 31 + 8)
  }

  @Test("tells rate and time left from the injected clock, leaving out what it took over")
  func progress() throws {
    try withTemporaryFolder { folder in
      let seconds = CallCounter()
      let clock: @Sendable () -> Duration = {
        seconds.enter()
        return .seconds(seconds.total * 2)
      }
      let resumption = BatchFixture.resumption(in: folder)
      func run(_ items: [BatchItem<Int>], _ runner: BatchRunner) throws -> [BatchProgress] {
        var seen: [BatchProgress] = []
        _ = try runner.run(items, resumption: resumption, progress: { seen.append($0) }) { (_: BatchOutcome<Int>) in
        } work: { number throws(CavernError) in
          BatchResult(number)
        }
        return seen
      }
      _ = try run(BatchFixture.numbers(0..<1), BatchRunner(threads: 1))
      let seen = try run(BatchFixture.numbers(0..<5), BatchRunner(threads: 1, now: clock))
      #expect(seen.map(\.done) == [1, 2, 3, 4, 5] && seen.map(\.reused) == [1, 1, 1, 1, 1])
      #expect(seen.map(\.elapsed) == [2, 4, 6, 8, 10].map { .seconds($0) })
      #expect(seen.map(\.rate) == [nil, 0.25, 2.0 / 6, 0.375, 0.4])
      #expect(seen.map(\.timeLeft) == [nil, .seconds(12), .seconds(6), .seconds(1 / 0.375), .zero])
    }
  }

  @Test("stops when the condition of its token comes true, as by Ctrl-C")
  func condition() throws {
    let pressed = CallCounter()
    let token = CancellationToken(orWhen: { pressed.total > 0 })
    var delivered = 0
    let runner = BatchRunner(threads: 2, window: 4, cancellation: token)
    let summary = try runner.run(BatchFixture.numbers(0..<1000)) { (outcome: BatchOutcome<Int>) in
      delivered += 1
      if outcome.position == 10 { pressed.enter() }
    } work: { number throws(CavernError) in
      BatchResult(number)
    }
    #expect(summary.cancelled && delivered <= 11 + 4)
  }
}
