import Batch
import Errors
import TestSupport
import Testing

@Suite("Shards")
struct ShardTests {
  @Test("together hold every item exactly once, sizes differing by at most one", arguments: 1...9)
  func partition(count: Int) throws {
    for total in 0...20 {
      let items = Array(0..<total)
      let parts = try (1...count).map { try Shard($0, of: count).select(items) }
      #expect(parts.flatMap { $0 }.sorted() == items)
      #expect((parts.map(\.count).max() ?? 0) - (parts.map(\.count).min() ?? 0) <= 1)
    }
    #expect(Shard.whole.select([3, 1, 2]) == [3, 1, 2])
  }

  @Test("are read from i/n")
  func parsing() throws {
    #expect(try Shard(parsing: "2/5") == Shard(2, of: 5))
    #expect(try Shard(parsing: "2/5").manifestName == "manifest-2-of-5.jsonl")
    #expect(Shard.whole.manifestName == "manifest.jsonl")
  }

  @Test("are refused when they cannot be", arguments: ["", "1", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/2", "1/"])
  func wrong(text: String) {
    let error = caught { try Shard(parsing: text) }
    #expect(error?.code == "batch.shard" && error?.exit == .usage)
  }
}
