extension FitWorkspace {
  /// Whether any sample is below 0. Padding repeats the last sample.
  func hasNegativeSample() -> Bool {
    var low = Lanes.zero
    for i in 0..<vectors { low.replace(with: v[i], where: v[i] .< low) }
    return low.min() < 0
  }

  /// Sorts the samples by abscissa unless they ascend or descend already; equal abscissae by ordinate, so that any order of
  /// the input gives the same result. Padding stays: its factor is 0.
  func orderByAbscissa() {
    // `samples` doubles can be read and written behind all three pointers (see `load`).
    let (x, y, factor) = (scalarU, scalarV, scalarFactors)
    var rises = false
    var falls = false
    for i in 1..<max(samples, 1) {
      rises = rises || x[i] > x[i - 1]
      falls = falls || x[i] < x[i - 1]
    }
    guard rises && falls else { return }
    let order = (0..<samples).sorted { (x[$0], y[$0], factor[$0]) < (x[$1], y[$1], factor[$1]) }
    let sorted = order.map { (x[$0], y[$0], factor[$0]) }
    for (i, sample) in sorted.enumerated() { (x[i], y[i], factor[i]) = sample }
  }
}
