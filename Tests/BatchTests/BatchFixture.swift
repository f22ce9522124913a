import Batch
import Errors
import Foundation
import JSON
import Synchronization

/// Work whose inputs are numbers: 7 fails, 11 is skipped, 13 is partial, the others are done.
enum BatchFixture {
  static let items = numbers(0..<40)

  static func numbers(_ range: Range<Int>) -> [BatchItem<Int>] {
    range.map { BatchItem(key: "item-\($0)", input: $0) }
  }

  static func work(_ number: Int) throws(CavernError) -> BatchResult<Int> {
    switch number {
    case 7: throw CavernError("test.seven", "seven fails", exit: .badData, file: "seven", offset: 7, hint: "use eight")
    case 11:
      let cause = CavernError("test.eleven", "eleven holds nothing", exit: .noInput, nearest: ["ten", "twelve"])
      return BatchResult(0, state: .skipped, record: ["reason": "empty"], cause: cause)
    case 13: return BatchResult(169, state: .partial, record: ["square": 169])
    default: return BatchResult(number * number, record: ["square": .integer(number * number)])
    }
  }

  static func resumption(in folder: URL, settings: String = "s1") -> BatchRunner.Resumption<Int> {
    BatchRunner.Resumption(path: path(in: folder), settings: settings) { number throws(CavernError) in "hash-\(number)"
    }
  }

  static func path(in folder: URL) -> String {
    folder.appending(path: "manifest.jsonl").path(percentEncoded: false)
  }

  static func bytes(in folder: URL) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path(in: folder)))) }
}

/// Counts calls from any thread.
final class CallCounter: Sendable {
  private let state = Mutex<(now: Int, most: Int, total: Int)>((0, 0, 0))

  func enter() {
    state.withLock {
      $0.now += 1
      $0.total += 1
      $0.most = max($0.most, $0.now)
    }
  }
  func leave() { state.withLock { $0.now -= 1 } }
  var most: Int { state.withLock { $0.most } }
  var total: Int { state.withLock { $0.total } }
}
