/// What became of one bunch in a cycle.
public struct BunchEvolution: Sendable, Equatable {
  /// Number in the list of selected slots, from 0.
  public var number: Int
  /// Slot.
  public var slot: Int
  /// Number of its batch, from 0.
  public var batch = 0
  /// Largest sample as recorded, in charges.
  public var maximum: Double
  /// Time in the cycle of the largest sample in s.
  public var timeOfMaximum: Double
  /// When it came in.
  public var injection: BunchInjection?
  /// Mean of the first samples after injection in charges, baseline subtracted.
  public var initial: Measured?
  /// Mean of the last samples with beam in charges, baseline subtracted.
  public var final: Measured?
  /// Lifetime without weights.
  public var lifetime: LifetimeFit?
  /// Lifetime with the weights of the noise of the empty slots.
  public var weightedLifetime: LifetimeFit?
  /// Sudden losses in order of time.
  public var losses: [SuddenLoss]

  /// A number with its standard error.
  public struct Measured: Sendable, Equatable {
    /// The value.
    public var value: Double
    /// Its standard error.
    public var error: Double
  }

  /// Final over initial intensity; the error comes from the noise of the empty slots.
  public var transmission: Measured? { Self.ratio(final, initial) }

  /// Lost charges from the first to the last samples.
  public var loss: Measured? { Self.difference(initial, final) }

  /// A ratio with the errors of both parts.
  static func ratio(_ part: Measured?, _ whole: Measured?) -> Measured? {
    guard let part, let whole, whole.value > 0 else { return nil }
    let ratio = part.value / whole.value
    let error = (part.error * part.error + ratio * ratio * whole.error * whole.error).squareRoot() / whole.value
    return Measured(value: ratio, error: error)
  }

  /// A difference with the errors of both parts.
  static func difference(_ first: Measured?, _ second: Measured?) -> Measured? {
    guard let first, let second else { return nil }
    return Measured(
      value: first.value - second.value, error: (first.error * first.error + second.error * second.error).squareRoot())
  }

  /// Follows a bunch through the cycle.
  ///
  /// - Parameters:
  ///   - number: place in the list of selected slots.
  ///   - slot: the slot.
  ///   - record: the measurements.
  ///   - baseline: level and noise of the empty slots.
  ///   - last: last measurement with beam.
  init(
    number: Int, slot: Int, record: BunchIntensityRecord, baseline: SlotBaseline, last: Int,
    options: BeamCurrentOptions
  ) {
    self.number = number
    self.slot = slot
    let times = record.times
    var recorded = record.intensities(slot: slot)
    for index in recorded.indices where index > last { recorded[index] = .nan }
    maximum = .nan
    timeOfMaximum = .nan
    for (index, value) in recorded.enumerated() where value.isFinite && !(value <= maximum) {
      (maximum, timeOfMaximum) = (value, times[index])
    }
    let intensities = recorded.indices.map { recorded[$0] - baseline.level($0) }
    let noise = baseline.noise > 0 ? baseline.noise : Self.noise(ofSteps: intensities)
    losses = []
    injection = BunchInjection(intensities, times: times, noise: noise)
    guard let injection else { return }
    let range = injection.measurement...max(injection.measurement, last)
    losses = SuddenLoss.find(intensities, times: times, in: range, noise: noise, options: options)
    let present = range.filter { intensities[$0].isFinite }
    func mean(_ indices: some Collection<Int>) -> Measured? {
      guard !indices.isEmpty else { return nil }
      let count = Double(indices.count)
      return Measured(
        value: indices.reduce(0) { $0 + intensities[$1] } / count, error: noise / count.squareRoot())
    }
    // Means do not reach across a sudden loss.
    let firstLoss = losses.first.map(\.measurement) ?? .max
    let lastLoss = losses.last.map(\.measurement) ?? -1
    initial = mean(present.prefix(options.edgeSamples).filter { $0 <= firstLoss })
    final = mean(present.suffix(options.edgeSamples).filter { $0 > lastLoss })

    let largest = present.map { intensities[$0] }.max() ?? 0
    let start = times[injection.measurement]
    let samples = present.filter { intensities[$0] > options.lifetimeLevel * largest }.map { index in
      LifetimeFit.Sample(
        time: times[index] - start, intensity: intensities[index],
        stretch: losses.count { $0.measurement < index })
    }
    lifetime = LifetimeFit(samples, noise: nil)
    weightedLifetime = noise > 0 ? LifetimeFit(samples, noise: noise) : nil
  }

  /// Noise of a sample from second differences, which know nothing of level and slope (their variance is 6 σ²).
  private static func noise(ofSteps values: [Double]) -> Double {
    var steps = values.indices.dropFirst().dropLast().compactMap { index -> Double? in
      let step = abs(values[index + 1] - 2 * values[index] + values[index - 1])
      return step.isFinite ? step : nil
    }
    return steps.isEmpty ? 0 : 1.4826 * median(of: &steps) / 6.0.squareRoot()
  }
}
