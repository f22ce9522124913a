import Errors

/// Which slots hold bunches, and what the others show.
public struct SlotSelection: Sendable, Equatable {
  /// Slots that the filling pattern calls filled at any time.
  public var filled: [Int]
  /// Slots with a sample above the threshold before the end of the selection; a bunch's number is its place in this list.
  public var selected: [Int]
  /// The threshold in charges.
  public var threshold: Double
  /// Largest sample before the end of the selection above the baseline in charges; `nil` without a sample.
  public var largest: Double?
  /// The empty slots.
  public var baseline: SlotBaseline
  /// What the user should know.
  public var warnings: [CavernWarning]

  /// Selects the slots of a record.
  ///
  /// Samples are compared above the baseline. Without a filling pattern the empty slots are those that stay below eight noise
  /// sigmas and below the threshold.
  init(_ record: BunchIntensityRecord, options: BeamCurrentOptions) {
    filled = record.filledSlots
    warnings = []
    let all = Array(0..<record.slotCount)
    let isPatternUsed = record.filling != nil && !filled.isEmpty
    if isPatternUsed {
      let isFilled = Set(filled)
      baseline = SlotBaseline(record, emptySlots: all.filter { !isFilled.contains($0) })
    } else {
      // Most slots of a ring are empty: the first level comes from all of them.
      let first = SlotBaseline(record, emptySlots: all)
      let limit = max(8 * first.noise, 1e-3 * Self.peak(record, first, slots: all, before: .infinity).peak)
      let quiet = all.filter { Self.peak(record, first, slots: [$0], before: .infinity).peak <= limit }
      baseline = SlotBaseline(record, emptySlots: quiet)
    }
    let end = options.selectionEnd
    let levels = baseline
    let peaks = all.map { Self.peak(record, levels, slots: [$0], before: end) }
    let highest = peaks.filter { $0.count > 0 }.map(\.peak).max()
    largest = highest
    switch options.threshold {
    case .charges(let charges): threshold = charges
    case .counts(let counts): threshold = counts * record.unit
    case .automatic:
      // Noise alone must not select slots: a ring has a thousand, each measured hundreds of times.
      let floor = 8 * baseline.noise
      threshold = max(record.unitExponent == nil ? 40 : BeamCurrentOptions.standardThreshold, floor)
      if let highest, highest <= threshold, isPatternUsed, highest / 4 > floor {
        threshold = highest / 4
        warnings.append(
          CavernWarning(
            "fbct.weakBeam",
            "\(record.device): the largest sample has \(Text.short(highest)) \(record.unitName); slots are selected from a "
              + "quarter of that on"))
      }
    }
    let threshold = threshold
    selected = all.filter { peaks[$0].count > 0 && peaks[$0].peak > threshold }
    if isPatternUsed {
      let isFilled = Set(filled)
      let strangers = selected.filter { !isFilled.contains($0) }
      if !strangers.isEmpty {
        warnings.append(
          CavernWarning(
            "fbct.outsidePattern",
            "\(record.device): slots \(strangers.firstFew(8)) hold a bunch outside the filling pattern"
          ))
      }
    }
    if !baseline.isKnown, record.measurementCount > 0, record.slotCount > 0 {
      warnings.append(
        CavernWarning(
          "fbct.noBaseline",
          "\(record.device): \(baseline.emptySlots.count) slots are never filled; no baseline can be subtracted"))
    }
  }

  /// Largest sample above the baseline, and how many finite samples there are.
  private static func peak(
    _ record: BunchIntensityRecord, _ baseline: SlotBaseline, slots: [Int], before end: Double
  ) -> (peak: Double, count: Int) {
    var peak = -Double.infinity
    var count = 0
    for measurement in 0..<record.measurementCount where record.times[measurement] < end {
      let level = baseline.level(measurement)
      let start = measurement * record.slotCount
      for slot in slots {
        let value = record.counts[start + slot] * record.unit - level
        if value.isFinite {
          peak = max(peak, value)
          count += 1
        }
      }
    }
    return (peak, count)
  }

  /// The slots of chosen bunches.
  ///
  /// - Parameter numbers: numbers in the list of selected slots, from 0; `nil` for all.
  /// - Throws: `fbct.noSuchBunch`, which says how many there are.
  public func slots(of numbers: [Int]?, file: String? = nil) throws(CavernError) -> [Int] {
    try self.numbers(numbers, file: file).map { selected[$0] }
  }

  /// Chosen bunch numbers, checked.
  ///
  /// - Throws: `fbct.noSuchBunch`, which says how many there are.
  func numbers(_ numbers: [Int]?, file: String?) throws(CavernError) -> [Int] {
    guard let numbers else { return Array(selected.indices) }
    if let wrong = numbers.first(where: { !selected.indices.contains($0) }) {
      let range = selected.isEmpty ? "" : ", numbered 0 to \(selected.count - 1)"
      throw CavernError(
        "fbct.noSuchBunch",
        "there is no bunch \(wrong): the file has \(selected.count) bunch\(selected.count == 1 ? "" : "es")\(range)",
        exit: .usage, file: file, hint: "'cavern beam fbct show FILE' lists them; '--min-charges' changes the selection"
      )
    }
    return numbers
  }
}
