import Errors

/// A part of a batch for one of several machines: `--shard 2/5` is the second of five.
///
/// Items are dealt out in turn, so that neighbours (which tend to be of similar size) spread over all shards. Every
/// item is in exactly one shard.
public struct Shard: Sendable, Equatable {
  /// Which one, from 1.
  public let number: Int
  /// Of how many.
  public let count: Int

  /// The whole batch.
  public static let whole = Shard(unchecked: 1, of: 1)

  private init(unchecked number: Int, of count: Int) {
    self.number = number
    self.count = count
  }

  /// Shard `number` of `count`.
  ///
  /// - Throws: `batch.shard` unless 1 ≤ number ≤ count.
  public init(_ number: Int, of count: Int) throws(CavernError) {
    guard count >= 1, (1...count).contains(number) else { throw Self.wrong("\(number)/\(count)") }
    self.init(unchecked: number, of: count)
  }

  /// The shard written as `i/n`.
  ///
  /// - Throws: `batch.shard` for anything else.
  public init(parsing text: String) throws(CavernError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]) else { throw Self.wrong(text) }
    try self.init(number, of: count)
  }

  /// The items of this shard, in order.
  public func select<Element>(_ items: [Element]) -> [Element] {
    stride(from: number - 1, to: items.count, by: count).map { items[$0] }
  }

  /// Name of the manifest of this shard, so that shards can share a folder.
  public var manifestName: String { count == 1 ? "manifest.jsonl" : "manifest-\(number)-of-\(count).jsonl" }

  private static func wrong(_ text: String) -> CavernError {
    CavernError(
      "batch.shard", "'\(text)' is not a shard", exit: .usage,
      expected: "i/n with 1 <= i <= n, for example 2/5 for the second of five")
  }
}
