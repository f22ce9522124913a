import Errors

/// The analysis of one bunch-intensity record: slots, injections, intensities, lifetimes and losses.
public struct BeamCurrentAnalysis: Sendable {
  /// Bunches that came in at the same time.
  public struct Injection: Sendable, Equatable {
    /// Time in the cycle in s, the mean over its bunches.
    public var time: Double
    /// Standard deviation of the time in s; `nil` for beam that was there from the first measurement on.
    public var timeError: Double?
    /// Numbers of its bunches.
    public var bunches: [Int]
    /// Injected charges.
    public var intensity: BunchEvolution.Measured?
  }

  /// All selected bunches together.
  public struct Total: Sendable, Equatable {
    /// Charges in all selected slots above the baseline, one per measurement.
    public var intensities: [Double]
    /// Sum of what was injected.
    public var injected: BunchEvolution.Measured?
    /// Sum of what was left at the end.
    public var final: BunchEvolution.Measured?
    /// Decay from the last injection on.
    public var lifetime: LifetimeFit?
    /// Final over injected intensity.
    public var transmission: BunchEvolution.Measured? { BunchEvolution.ratio(final, injected) }
    /// Lost charges.
    public var loss: BunchEvolution.Measured? { BunchEvolution.difference(injected, final) }
  }

  /// The file's path as given.
  public var path: String
  /// The measurements.
  public var record: BunchIntensityRecord
  /// What was asked for.
  public var options: BeamCurrentOptions
  /// Filled, selected and empty slots.
  public var selection: SlotSelection
  /// Last measurement with beam; `nil` without beam.
  public var lastMeasurementWithBeam: Int?
  /// The selected bunches in order of slots.
  public var bunches: [BunchEvolution]
  /// Batches in order of slots.
  public var batches: [BatchEvolution]
  /// Injections in order of time.
  public var injections: [Injection]
  /// All bunches together.
  public var total: Total
  /// Comparison with the DC transformer, when there is one.
  public var calibration: IntensityCalibration?
  /// Particle that the timing user usually means, for example `Pb82+`; a guess until `options.chargeState` is given.
  public var particle: String?
  /// What the user should know.
  public var warnings: [CavernWarning]

  /// Level and noise of the empty slots.
  public var baseline: SlotBaseline { selection.baseline }

  /// Whether there is no bunch: a result, not a fault.
  public var isEmpty: Bool { selection.selected.isEmpty }

  /// Analyses a record.
  ///
  /// - Parameters:
  ///   - record: the measurements.
  ///   - total: the DC transformer of the same cycle, if any.
  ///   - path: the file, for messages.
  ///   - particle: see `particle`.
  /// - Throws: `fbct.noSuchBunch` when `options.bunches` names one that does not exist.
  public init(
    _ record: BunchIntensityRecord, total dc: TotalIntensityRecord? = nil, options: BeamCurrentOptions, path: String,
    particle: String? = nil
  ) throws(CavernError) {
    self.path = path
    self.record = record
    self.options = options
    self.particle = particle
    let selection = SlotSelection(record, options: options)
    self.selection = selection
    warnings = selection.warnings
    _ = try selection.numbers(options.bunches, file: path)
    if selection.selected.isEmpty {
      let largest = selection.largest.map { "; the largest sample has \(Text.short($0)) \(record.unitName)" } ?? ""
      warnings.append(
        CavernWarning(
          "fbct.noBunches",
          "\(record.device): no bunches\(record.measurementCount == 0 ? "; no measurements" : largest)"))
    }
    let last = Self.lastMeasurement(record, selection, options)
    lastMeasurementWithBeam = last
    var bunches = selection.selected.enumerated().map { number, slot in
      BunchEvolution(
        number: number, slot: slot, record: record, baseline: selection.baseline, last: last ?? -1, options: options)
    }
    let occupied = Set(selection.filled).union(selection.selected).sorted()
    for (index, batch) in BatchEvolution.numbers(of: bunches, occupied: occupied).enumerated() {
      bunches[index].batch = batch
    }
    self.bunches = bunches
    let grouped = Dictionary(grouping: bunches, by: \.batch)
    batches = grouped.keys.sorted().compactMap { BatchEvolution(number: $0, bunches: grouped[$0] ?? []) }
    injections = Self.injections(bunches)
    self.total = Self.total(record, selection, bunches, last: last, options)
    calibration = dc.flatMap { IntensityCalibration($0, times: record.times, sums: self.total.intensities) }
    for index in warnings.indices where warnings[index].file == nil { warnings[index].file = path }
  }

  /// Numbers of the bunches asked for.
  public var chosen: [Int] { options.bunches ?? Array(bunches.indices) }

  /// Charges of a bunch over the measurements, baseline subtracted.
  public func corrected(slot: Int) -> [Double] {
    let recorded = record.intensities(slot: slot)
    return recorded.indices.map { recorded[$0] - baseline.level($0) }
  }

  /// The last measurement with a filled slot, at the most the last one in which a selected bunch has a signal, and not after the end of
  /// the analysis.
  private static func lastMeasurement(
    _ record: BunchIntensityRecord, _ selection: SlotSelection, _ options: BeamCurrentOptions
  ) -> Int? {
    guard !selection.selected.isEmpty else { return record.lastFilledMeasurement }
    let limit = options.end ?? .infinity
    var last = record.times.lastIndex { $0 <= limit }
    if let pattern = record.lastFilledMeasurement { last = last.map { min($0, pattern) } }
    let floor = max(8 * selection.baseline.noise, selection.threshold / 4)
    while let index = last {
      let start = index * record.slotCount
      let level = selection.baseline.level(index)
      let hasSignal = selection.selected.contains { record.counts[start + $0] * record.unit - level > floor }
      if hasSignal { return index }
      last = index > 0 ? index - 1 : nil
    }
    return nil
  }

  private static func injections(_ bunches: [BunchEvolution]) -> [Injection] {
    // Bunches of a batch came together; batches whose bunches appear in the same measurement are one injection.
    let present = bunches.filter { $0.injection != nil }
    var groups: [[BunchEvolution]] = []
    for batch in Dictionary(grouping: present, by: \.batch).sorted(by: { $0.key < $1.key }).map(\.value) {
      let start = batch.compactMap { $0.injection?.measurement }.min()
      if let same = groups.firstIndex(where: { $0.compactMap { $0.injection?.measurement }.min() == start }) {
        groups[same] += batch
      } else {
        groups.append(batch)
      }
    }
    return groups.map { group in
      Injection(
        time: Moments.mean(group.compactMap { $0.injection?.time }) ?? .nan,
        timeError: group.compactMap { $0.injection?.timeError }.max(), bunches: group.map(\.number).sorted(),
        intensity: BatchEvolution.sum(group.map(\.initial)))
    }.sorted { ($0.time, $0.bunches.first ?? 0) < ($1.time, $1.bunches.first ?? 0) }
  }

  private static func total(
    _ record: BunchIntensityRecord, _ selection: SlotSelection, _ bunches: [BunchEvolution], last: Int?,
    _ options: BeamCurrentOptions
  ) -> Total {
    let sums = (0..<record.measurementCount).map { measurement -> Double in
      let start = measurement * record.slotCount
      let level = selection.baseline.level(measurement)
      return selection.selected.reduce(0) { $0 + (record.counts[start + $1] * record.unit - level) }
    }
    var total = Total(intensities: sums, injected: nil, final: nil, lifetime: nil)
    total.injected = BatchEvolution.sum(bunches.map(\.initial))
    total.final = BatchEvolution.sum(bunches.map(\.final))
    if let last, let first = bunches.compactMap({ $0.injection?.measurement }).max(), first < last {
      let losses = SuddenLoss.find(
        sums, times: record.times, in: first...last,
        noise: selection.baseline.noise * Double(bunches.count).squareRoot(), options: options)
      let samples = (first...last).filter { sums[$0] > 0 }.map { index in
        LifetimeFit.Sample(
          time: record.times[index] - record.times[first], intensity: sums[index],
          stretch: losses.count { $0.measurement < index })
      }
      let noise = selection.baseline.noise * Double(bunches.count).squareRoot()
      total.lifetime = LifetimeFit(samples, noise: options.weights == .noise && noise > 0 ? noise : nil)
    }
    return total
  }
}
