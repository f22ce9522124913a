import Errors

extension TimeSeriesStore {
  /// What a store holds, in numbers.
  public struct Summary: Sendable, Equatable {
    /// Bytes that the content takes.
    public var contentBytes: Int
    /// Series.
    public var seriesCount: Int
    /// Samples.
    public var sampleCount: Int
    /// Lines that destinations refused.
    public var deadLetterCount: Int
    /// The number of the last batch; 0 before the first.
    public var lastBatch: Int64
  }

  /// Counts what the store holds.
  ///
  /// - Complexity: O(pages of the sample table).
  public func summary() throws(CavernError) -> Summary {
    let counts = try database.prepare(
      """
      SELECT (SELECT count(*) FROM series), (SELECT count(*) FROM sample), (SELECT count(*) FROM deadletter),
        (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'batch')
      """)
    guard try counts.step() else {
      throw CavernError("store.series", "the counts are missing", exit: .internal, file: path)
    }
    return Summary(
      contentBytes: try contentBytes(), seriesCount: Int(counts.int(0)), sampleCount: Int(counts.int(1)),
      deadLetterCount: Int(counts.int(2)), lastBatch: counts.int(3))
  }
}
