/// What a transformer shows where there is no beam: its level per measurement and its noise.
///
/// The level is the median over slots that are never filled; it follows the droop of the transformer, which is the same for all
/// slots of a turn.
public struct SlotBaseline: Sendable, Equatable {
  /// Level per measurement in charges, to be subtracted; NaN where it cannot be told.
  public var levels: [Double]
  /// Noise (r.m.s.) of a sample in charges, from the empty slots; 0 when it cannot be told.
  public var noise: Double
  /// Slots that it was found from.
  public var emptySlots: [Int]

  /// Fewest empty slots that a level is taken from.
  static let fewestSlots = 5

  /// The baseline of a record from the slots that are never filled.
  init(_ record: BunchIntensityRecord, emptySlots: [Int]) {
    self.emptySlots = emptySlots
    levels = [Double](repeating: .nan, count: record.measurementCount)
    noise = 0
    guard emptySlots.count >= Self.fewestSlots else { return }
    var deviations: [Double] = []
    deviations.reserveCapacity(emptySlots.count * levels.count)
    var sumOfSquares = 0.0
    for measurement in levels.indices {
      var values: [Double] = []
      values.reserveCapacity(emptySlots.count)
      for slot in emptySlots {
        let value = record.counts[measurement * record.slotCount + slot]
        if value.isFinite { values.append(value) }
      }
      let level = median(of: &values)
      levels[measurement] = level * record.unit
      for value in values {
        let deviation = abs(value - level)
        deviations.append(deviation)
        sumOfSquares += deviation * deviation
      }
    }
    guard !deviations.isEmpty else { return }
    // The median deviation knows nothing of ghost bunches; where counts are coarser than the noise, it is 0.
    let rms = (sumOfSquares / Double(deviations.count)).squareRoot()
    let robust = 1.4826 * Self.middle(of: &deviations)
    noise = (robust > 0 ? robust : rms) * record.unit
  }

  /// The middle value, the lower one of two, without sorting all of them; reorders the values, of which there is at least one.
  ///
  /// - Complexity: O(n) on average (Hoare, Commun. ACM 4 (1961) 321).
  private static func middle(of values: inout [Double]) -> Double {
    let target = (values.count - 1) / 2
    var (low, high) = (0, values.count - 1)
    while low < high {
      let pivot = values[(low + high) / 2]
      var (left, right) = (low, high)
      while left <= right {
        while values[left] < pivot { left += 1 }
        while values[right] > pivot { right -= 1 }
        if left <= right {
          values.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if target <= right { high = right } else if target >= left { low = left } else { break }
    }
    return values[target]
  }

  /// Whether there is a level to subtract.
  public var isKnown: Bool { levels.contains(where: \.isFinite) }

  /// The level to subtract at a measurement; 0 where it is not known.
  public func level(_ measurement: Int) -> Double { levels[measurement].isFinite ? levels[measurement] : 0 }
}
