/// A batch: bunches injected together, side by side in the ring.
public struct BatchEvolution: Sendable, Equatable {
  /// Number, from 0, in the order of slots.
  public var number: Int
  /// Numbers of its bunches.
  public var bunches: [Int]
  /// First and last slot.
  public var slots: ClosedRange<Int>
  /// When it came in, the mean over its bunches, in s of cycle time.
  public var injectionTime: Double?
  /// Sum of the initial intensities in charges.
  public var initial: BunchEvolution.Measured?
  /// Sum of the final intensities in charges.
  public var final: BunchEvolution.Measured?
  /// Sudden losses of its bunches.
  public var losses: Int

  /// Final over initial intensity.
  public var transmission: BunchEvolution.Measured? { BunchEvolution.ratio(final, initial) }
  /// Lost charges.
  public var loss: BunchEvolution.Measured? { BunchEvolution.difference(initial, final) }

  /// A batch of bunches in order of slots, none of them missing.
  init?(number: Int, bunches members: [BunchEvolution]) {
    guard let first = members.first, let last = members.last else { return nil }
    self.number = number
    bunches = members.map(\.number)
    slots = first.slot...max(first.slot, last.slot)
    injectionTime = Moments.mean(members.compactMap { $0.injection?.time })
    initial = Self.sum(members.map(\.initial))
    final = Self.sum(members.map(\.final))
    losses = members.reduce(0) { $0 + $1.losses.count }
  }

  /// Sum of numbers with independent errors; `nil` when one is missing.
  static func sum(_ values: [BunchEvolution.Measured?]) -> BunchEvolution.Measured? {
    let known = values.compactMap { $0 }
    guard known.count == values.count, !known.isEmpty else { return nil }
    return BunchEvolution.Measured(
      value: known.reduce(0) { $0 + $1.value }, error: known.reduce(0) { $0 + $1.error * $1.error }.squareRoot())
  }

  /// Tells batches apart.
  ///
  /// The spacing within a batch is the most frequent one between occupied slots; a larger gap, or another time of injection, begins
  /// a new batch. Places that stay empty inside a batch leave a gap of two or three spacings between bunches that came in with the
  /// same measurement.
  ///
  /// - Parameters:
  ///   - bunches: in order of slots.
  ///   - occupied: all slots that are filled or selected, ascending, so that a weak bunch does not split its batch.
  /// - Returns: for each bunch the number of its batch.
  static func numbers(of bunches: [BunchEvolution], occupied: [Int]) -> [Int] {
    guard let first = bunches.first else { return [] }
    var frequency: [Int: Int] = [:]
    for (slot, next) in zip(occupied, occupied.dropFirst()) { frequency[next - slot, default: 0] += 1 }
    let spacing = frequency.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key ?? 0
    var numbers = [0]
    var previous = first
    for bunch in bunches.dropFirst() {
      let between = occupied.filter { $0 >= previous.slot && $0 <= bunch.slot }
      let gap = zip(between, between.dropFirst()).map { $1 - $0 }.max() ?? 0
      let isHole =
        spacing > 1 && (gap == 2 * spacing || gap == 3 * spacing) && bunch.injection != nil
        && previous.injection?.measurement == bunch.injection?.measurement
      var isNew = gap > spacing && !isHole
      if let one = previous.injection, let other = bunch.injection {
        // Slots of one batch may cross half height one sample apart when the injection falls on a measurement.
        let tolerance = 2.5 * 12.0.squareRoot() / 2 * max(one.timeError ?? 0, other.timeError ?? 0)
        if abs(one.time - other.time) > tolerance, one.measurement != other.measurement { isNew = true }
      }
      numbers.append((numbers.last ?? 0) + (isNew ? 1 : 0))
      previous = bunch
    }
    return numbers
  }
}
