/// One profile: the finite samples of one row and one photomultiplier, sorted by position.
///
/// Positions ascend whatever the direction of the wire was; samples at one position are averaged.
public struct ProfileSamples: Sendable, Equatable {
  /// Wire positions in mm, ascending.
  public var positions: [Double]
  /// Signal, one per position, in the units of the record.
  public var signals: [Double]
  /// Position in mm of the highest sample; of equal ones the first recorded.
  public var peakPosition: Double
  /// Samples left out because position or signal was not finite.
  public var nonFiniteCount: Int
  /// Share of the position steps that go against the direction of the scan, 0 to 1.
  public var reversalShare: Double
  /// Samples left out because positions and data have different lengths.
  public var lengthMismatch: Int

  /// Samples of a row.
  ///
  /// - Parameters:
  ///   - positions: as recorded, in mm after multiplication with `scale`.
  ///   - signals: as recorded, of the same length; of different lengths the common part is used.
  ///   - scale: mm per unit of `positions`.
  public init(positions rawPositions: ArraySlice<Double>, signals rawSignals: ArraySlice<Double>, scale: Double = 1) {
    let count = min(rawPositions.count, rawSignals.count)
    lengthMismatch = max(rawPositions.count, rawSignals.count) - count
    var x: [Double] = []
    var y: [Double] = []
    x.reserveCapacity(count)
    y.reserveCapacity(count)
    var peak = -Double.infinity
    var peakPosition = Double.nan
    for (position, signal) in zip(rawPositions, rawSignals) where position.isFinite && signal.isFinite {
      x.append(scale == 1 ? position : position * scale)
      y.append(signal)
      if signal > peak {
        peak = signal
        peakPosition = x[x.count - 1]
      }
    }
    self.peakPosition = peakPosition
    nonFiniteCount = count - x.count
    (self.positions, self.signals, reversalShare) = Self.sorted(x, y)
  }

  /// Number of samples.
  public var count: Int { positions.count }

  /// Whether there are enough samples for a fit: at least 8.
  public var isUsable: Bool { count >= 8 }

  /// Single samples that tower over the bunch itself (or fall as far below it); `nil` when there is none.
  ///
  /// A fit through such a sample describes the sample. One that is high because the beam is narrower than the spacing has
  /// neighbours that stand out as well, and stays.
  public func towers(over baseline: ProfileBaseline) -> [Bool]? {
    let y = signals
    guard count >= 8 else { return nil }
    let clean = ProfileInspection.smoothed(y, width: 1)
    let height = (clean.max() ?? 0) - baseline.baseline
    let limit = max(8 * baseline.noise, height)
    var mask: [Bool]?
    for index in 2..<count - 2 {
      let (left, right) = (y[index - 1], y[index + 1])
      let (farLeft, farRight) = (y[index - 2], y[index + 2])
      let (high, low) = (max(left, right, farLeft, farRight), min(left, right, farLeft, farRight))
      let (shoulder, foot) = (min(left, right), max(farLeft, farRight))
      let isPeak = y[index] - high > limit && shoulder - foot < 0.5 * height
      if isPeak || low - y[index] > limit {
        if mask == nil { mask = Array(repeating: false, count: count) }
        mask?[index] = true
      }
    }
    return mask
  }

  /// The typical distance of neighbouring samples in mm (their median).
  public var spacing: Double {
    guard count > 1 else { return 0 }
    var steps = (1..<count).map { positions[$0] - positions[$0 - 1] }
    return median(of: &steps)
  }

  /// The samples but those for which `excluded` is true.
  public func without(_ excluded: [Bool]) -> (positions: [Double], signals: [Double]) {
    let kept = positions.indices.filter { !excluded[$0] }
    return (kept.map { positions[$0] }, kept.map { signals[$0] })
  }

  private static func sorted(_ x: [Double], _ y: [Double]) -> ([Double], [Double], Double) {
    guard x.count > 1 else { return (x, y, 0) }
    var ascending = 0
    var descending = 0
    for index in 1..<x.count {
      if x[index] > x[index - 1] { ascending += 1 } else if x[index] < x[index - 1] { descending += 1 }
    }
    let steps = x.count - 1
    if ascending == steps { return (x, y, 0) }
    if descending == steps { return (x.reversed(), y.reversed(), 0) }
    let order = x.indices.sorted { (x[$0], $0) < (x[$1], $1) }
    var positions: [Double] = []
    var signals: [Double] = []
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, x[order[end]] == x[order[start]] { end += 1 }
      positions.append(x[order[start]])
      signals.append(order[start..<end].reduce(0) { $0 + y[$1] } / Double(end - start))
      start = end
    }
    return (positions, signals, Double(min(ascending, descending)) / Double(steps))
  }
}
