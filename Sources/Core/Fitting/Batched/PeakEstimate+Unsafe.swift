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

extension FitWorkspace {
  /// Finds the highest peak, or the deepest trough, in samples that are still in the units of the data; nil when all
  /// samples are equal. `samples ≥ 1`.
  ///
  /// The baseline is the lower of the means of both ends. A running mean of five samples finds the maximum unless the peak is
  /// narrower than that. Width and position come from the part above half of the height: position is its centre of gravity,
  /// sigma follows from its area, which for a Gaussian is 0.7301 sigma·height.
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

  /// One estimate on means of 2·`smoothing` + 1 samples; nil when it finds no height or no width.
  private func estimate(
    _ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ n: Int, _ lowEdge: Double,
    _ highEdge: Double, smoothing k: Int
  ) -> (peak: PeakEstimate, count: Int)? {
    let norm = 1 / Double(2 * k + 1)
    func mean(_ i: Int) -> Double {
      var sum = y[i]
      for j in 1..<max(k + 1, 1) { sum += y[max(i - j, 0)] + y[min(i + j, n - 1)] }
      return sum * norm
    }
    var highest = (value: -Double.infinity, at: 0)
    var lowest = (value: Double.infinity, at: 0)
    for i in 0..<n {
      let value = mean(i)
      if value > highest.value { highest = (value, i) }
      if value < lowest.value { lowest = (value, i) }
    }
    let isTrough = highEdge - lowest.value > highest.value - lowEdge
    let top = isTrough ? lowest : highest
    let base = isTrough ? highEdge : lowEdge
    let height = top.value - base
    guard height != 0 else { return nil }
    let half = base + height / 2
    // Both ends of the part above half maximum; a single sample below it is taken for noise.
    func isAbove(_ i: Int) -> Bool { isTrough ? mean(i) < half : mean(i) > half }
    var first = top.at
    while first > 0, isAbove(first - 1) || (k > 0 && first > 1 && isAbove(first - 2)) { first -= 1 }
    var last = top.at
    while last < n - 1, isAbove(last + 1) || (k > 0 && last < n - 2 && isAbove(last + 2)) { last += 1 }
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
    return (PeakEstimate(height: height, center: center, sigma: max(width, 0.3 * spacing), base: base), last - first + 1)
  }
}
