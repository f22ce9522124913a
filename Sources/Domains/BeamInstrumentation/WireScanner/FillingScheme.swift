import Errors

/// The pattern in which bunches were injected, counted in rows down from the first injected bunch.
///
/// Later injections sit at lower rows. The default is the nominal SPS ion scheme: two sets of seven batches of four bunches
/// over 318 rows.
public struct FillingScheme: Sendable, Equatable {
  /// Sets of batches.
  public var sets = 2
  /// Batches in a set.
  public var batchesPerSet = 7
  /// Bunches in a batch.
  public var bunchesPerBatch = 4
  /// Rows from bunch to bunch in a batch.
  public var bunchSpacing = 4
  /// Rows from the last bunch of a batch to the first of the next.
  public var batchSpacing = 6
  /// Rows from the last bunch of a set to the first of the next.
  public var setSpacing = 78

  /// The nominal SPS ion scheme.
  public init() {}

  /// A scheme with spacings in rows (25 ns slots).
  ///
  /// - Throws: `filling.badScheme` unless every number is positive.
  public init(
    sets: Int, batchesPerSet: Int, bunchesPerBatch: Int, bunchSpacing: Int = 4, batchSpacing: Int = 6,
    setSpacing: Int = 78
  ) throws(CavernError) {
    for (name, value) in [
      ("sets", sets), ("batches", batchesPerSet), ("bunches", bunchesPerBatch), ("bunch spacing", bunchSpacing),
      ("batch spacing", batchSpacing), ("set spacing", setSpacing),
    ] where value < 1 || value > 10_000 {
      throw CavernError(
        "filling.badScheme", "\(name) of the filling scheme is \(value)", exit: .usage, expected: "1 to 10000")
    }
    self.sets = sets
    self.batchesPerSet = batchesPerSet
    self.bunchesPerBatch = bunchesPerBatch
    self.bunchSpacing = bunchSpacing
    self.batchSpacing = batchSpacing
    self.setSpacing = setSpacing
  }

  /// Number of bunches.
  public var bunchCount: Int { sets * batchesPerSet * bunchesPerBatch }

  /// Distance in rows of each bunch below the first injected one, in the order of injection.
  public var offsets: [Int] {
    var offsets: [Int] = []
    var row = 0
    for set in 0..<sets {
      for batch in 0..<batchesPerSet {
        for bunch in 0..<bunchesPerBatch {
          if bunch > 0 {
            row += bunchSpacing
          } else if batch > 0 {
            row += batchSpacing
          } else if set > 0 {
            row += setSpacing
          }
          offsets.append(row)
        }
      }
    }
    return offsets
  }

  /// One expected bunch and the row it was found in.
  public struct Match: Sendable, Equatable {
    /// Number of the injection (batch) from 0, in the order of injection.
    public var batch: Int
    /// Number of the bunch in its batch from 0.
    public var bunch: Int
    /// Row where the scheme expects it.
    public var expectedRow: Int
    /// Row where it was found, at most one off; `nil` when it is missing.
    public var row: Int?
  }

  /// The expected bunches matched with the rows that hold one.
  public struct Matching: Sendable, Equatable {
    /// Row of the first injected bunch.
    public var firstRow: Int
    /// One per expected bunch, in ascending expected row.
    public var bunches: [Match]
    /// Rows with a bunch that the scheme does not expect.
    public var unexpectedRows: [Int]

    /// Bunches found.
    public var matchCount: Int { bunches.count { $0.row != nil } }
    /// Bunches found one row off.
    public var displaced: [Match] { bunches.filter { $0.row != nil && $0.row != $0.expectedRow } }
    /// Bunches not found.
    public var missing: [Match] { bunches.filter { $0.row == nil } }
  }

  /// Matches rows with the scheme; each row serves at most one bunch.
  ///
  /// An expected bunch takes the row itself, else the row above, else the row below, when it holds a bunch. Without
  /// `firstRow` the offset with the most matches is taken; of equal ones that with the fewest displaced bunches, then the
  /// one whose first injected bunch is the highest occupied row.
  ///
  /// - Parameters:
  ///   - rows: rows that hold a bunch.
  ///   - firstRow: row of the first injected bunch, or `nil` to find it.
  /// - Returns: `nil` when there are no rows and no `firstRow`.
  public func match(rows: [Int], firstRow: Int? = nil) -> Matching? {
    if let firstRow { return matching(rows: Set(rows), firstRow: firstRow) }
    guard let lowest = rows.min(), let highest = rows.max(), let span = offsets.last else { return nil }
    let present = Set(rows)
    var best: Matching?
    for candidate in lowest...(highest + span) {
      let trial = matching(rows: present, firstRow: candidate)
      guard let current = best else {
        best = trial
        continue
      }
      let key = (trial.matchCount, -trial.displaced.count, -abs(candidate - highest))
      if key > (current.matchCount, -current.displaced.count, -abs(current.firstRow - highest)) { best = trial }
    }
    return best
  }

  private func matching(rows: Set<Int>, firstRow: Int) -> Matching {
    var free = rows
    var bunches: [Match] = []
    let expected = offsets.enumerated().map { (order: $0.offset, row: firstRow - $0.element) }
    // Exact places first, so that a displaced neighbour cannot take them; then the displaced ones, upwards before downwards.
    for (order, row) in expected.reversed() {
      bunches.append(
        Match(
          batch: order / bunchesPerBatch, bunch: order % bunchesPerBatch, expectedRow: row,
          row: free.remove(row)))
    }
    for index in bunches.indices where bunches[index].row == nil {
      let row = bunches[index].expectedRow
      bunches[index].row = free.remove(row + 1) ?? free.remove(row - 1)
    }
    return Matching(firstRow: firstRow, bunches: bunches, unexpectedRows: free.sorted())
  }
}
