/// A rough peak seen in the samples: where a fit begins.
struct PeakEstimate {
  /// Signed height above the baseline.
  var height: Double
  /// Position of the maximum.
  var center: Double
  /// Sigma of a Gaussian of the same half-maximum width and area.
  var sigma: Double
  /// Baseline.
  var base: Double
}

extension FitWorkspace<Lanes> {
  /// Finds the highest peak, or the deepest trough, in samples that are still in the units of the data.
  ///
  /// nil when all samples are equal. `samples ≥ 1`.
  ///
  /// The baseline is the lower of the means of both ends. A running mean of five samples finds the maximum unless the
  /// peak is narrower than that. Width and position come from the part above half of the height: position is its
  /// centre of gravity, sigma follows from its area, which for a Gaussian is 0.7301 sigma·height.
  func estimatePeak() -> PeakEstimate? {
    // `samples` doubles can be read behind both pointers (see `load`).
    let x = scalarU
    let y = scalarV
    let n = samples
    var low = Lanes(repeating: .infinity)
    var high = Lanes(repeating: -.infinity)
    // Padding repeats the last sample.
    for i in 0..<vectors {
      low.replace(with: v[i], where: v[i] .< low)
      high.replace(with: v[i], where: v[i] .> high)
    }
    let range = high.max() - low.min()
    guard range > 0 else { return nil }
    let edge = max(1, min(n / 16, 12))
    var left = 0.0
    var right = 0.0
    for i in 0..<edge {
      left += y[i]
      right += y[n - 1 - i]
    }
    left /= Double(edge)
    right /= Double(edge)
    if n >= 12, let smooth = estimate(x, y, n, min(left, right), max(left, right), smoothing: 2), smooth.count >= 8 {
      return smooth.peak
    }
    if let raw = estimate(x, y, n, min(left, right), max(left, right), smoothing: 0) { return raw.peak }
    let middle = (x[0] + x[n - 1]) / 2
    return PeakEstimate(
      height: range, center: middle, sigma: max(abs(x[n - 1] - x[0]) / 6, .leastNormalMagnitude), base: low.min())
  }

  /// One estimate on means of 2·`k` + 1 samples; nil when it finds no height or no width.
  ///
  /// `n ≥ 12` if k > 0.
  private func estimate(
    _ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ n: Int, _ lowEdge: Double,
    _ highEdge: Double, smoothing k: Int
  ) -> (peak: PeakEstimate, count: Int)? {
    let norm = 1 / Double(2 * k + 1)
    let (highest, lowest) = k > 0 ? smoothExtrema(y, n) : extrema(y, n)
    let isTrough = highEdge - lowest.value > highest.value - lowEdge
    let top = isTrough ? lowest : highest
    let base = isTrough ? highEdge : lowEdge
    let height = top.value - base
    guard height != 0 else { return nil }
    let half = base + height / 2
    let sign = isTrough ? -1.0 : 1
    // Both ends of the part above half maximum; with smoothing, a single mean below it is taken for noise.
    func isAbove(_ i: Int) -> Bool {
      guard k > 0 else { return (y[i] - half) * sign > 0 }
      let at = min(max(i, 2), n - 3)
      return ((y[at - 2] + y[at + 2] + (y[at - 1] + y[at + 1]) + y[at]) * norm - half) * sign > 0
    }
    let reach = k > 0 ? 2 : 1
    var first = top.at
    var at = top.at - 1
    while at >= 0, first - at <= reach {
      if isAbove(at) { first = at }
      at -= 1
    }
    var last = top.at
    at = top.at + 1
    while at < n, at - last <= reach {
      if isAbove(at) { last = at }
      at += 1
    }
    var area = 0.0
    var moment = 0.0
    for i in first...last {
      let above = y[i] - half
      area += above
      moment += above * (x[i] - x[top.at])
    }
    let from = max(first - 1, 0)
    let to = min(last + 1, n - 1)
    guard to > from else { return nil }
    let spacing = abs(x[to] - x[from]) / Double(to - from)
    let width = area * spacing / (0.7301 * height)
    let center = x[top.at] + (area == 0 ? 0 : moment / area)
    guard spacing > 0, area * height > 0, center.isFinite, width.isFinite else { return nil }
    return (
      PeakEstimate(height: height, center: center, sigma: max(width, 0.3 * spacing), base: base), last - first + 1
    )
  }

  /// The first highest and lowest of `n ≥ 1` samples.
  private func extrema(
    _ y: UnsafeMutablePointer<Double>, _ n: Int
  ) -> (highest: (value: Double, at: Int), lowest: (value: Double, at: Int)) {
    var highest = (value: y[0], at: 0)
    var lowest = (value: y[0], at: 0)
    for i in 1..<max(n, 1) {
      if y[i] > highest.value { highest = (y[i], i) }
      if y[i] < lowest.value { lowest = (y[i], i) }
    }
    return (highest, lowest)
  }

  /// The highest and lowest mean of five of `n ≥ 12` samples, four means at a time.
  private func smoothExtrema(
    _ y: UnsafeMutablePointer<Double>, _ n: Int
  ) -> (highest: (value: Double, at: Int), lowest: (value: Double, at: Int)) {
    let raw = UnsafeRawPointer(y)
    var high = Lanes(repeating: -.infinity)
    var low = Lanes(repeating: .infinity)
    var highAt = Lanes.zero
    var lowAt = Lanes.zero
    var i = 2
    while i <= n - 3 {
      // Means at i ..< i + 4 read samples i − 2 ..< i + 6; the last group is moved back to end with sample n − 1.
      i = min(i, n - 6)
      func four(_ at: Int) -> Lanes { raw.loadUnaligned(fromByteOffset: at * 8, as: Lanes.self) }
      let mean = ((four(i - 2) + four(i + 2)) + (four(i - 1) + four(i + 1)) + four(i)) * VectorMath.all(0.2)
      let place = VectorMath.all(Double(i)) + Lanes(0, 1, 2, 3)
      let isHigher = mean .> high
      high.replace(with: mean, where: isHigher)
      highAt.replace(with: place, where: isHigher)
      let isLower = mean .< low
      low.replace(with: mean, where: isLower)
      lowAt.replace(with: place, where: isLower)
      i += 4
    }
    var highest = (value: high[0], at: Int(highAt[0]))
    var lowest = (value: low[0], at: Int(lowAt[0]))
    for lane in 1..<4 {
      if high[lane] > highest.value { highest = (high[lane], Int(highAt[lane])) }
      if low[lane] < lowest.value { lowest = (low[lane], Int(lowAt[lane])) }
    }
    return (highest, lowest)
  }
}
