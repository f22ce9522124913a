extension FitWorkspace<Lanes> {
  /// Whether any sample is below 0; padding repeats the last sample.
  func hasNegativeSample() -> Bool {
    var low = Lanes.zero
    for i in 0..<vectors { low.replace(with: v[i], where: v[i] .< low) }
    return low.min() < 0
  }

  /// Sorts the samples by abscissa unless they ascend or descend already.
  ///
  /// Equal abscissae by ordinate, so that any order of the input gives the same result. Padding stays: its factor is 0.
  func orderByAbscissa() {
    // `samples` doubles can be read and written behind all three pointers (see `load`).
    let (x, y, factor) = (scalarU, scalarV, scalarFactors)
    var rises = false
    var falls = false
    var up = SIMDMask<SIMD4<Int64>>(repeating: false)
    var down = up
    // Four differences at a time read samples i ..< i + 5; padding repeats the last sample, so that nothing rises
    // there.
    let raw = UnsafeRawPointer(x)
    for i in stride(from: 0, to: max(samples - 4, 0), by: 4) {
      let here = raw.loadUnaligned(fromByteOffset: i * 8, as: Lanes.self)
      let next = raw.loadUnaligned(fromByteOffset: i * 8 + 8, as: Lanes.self)
      up .|= next .> here
      down .|= next .< here
    }
    for i in max(samples - 4, 1)..<max(samples, 1) {
      rises = rises || x[i] > x[i - 1]
      falls = falls || x[i] < x[i - 1]
    }
    rises = rises || up != SIMDMask(repeating: false)
    falls = falls || down != SIMDMask(repeating: false)
    guard rises && falls else { return }
    let order = (0..<samples).sorted { (x[$0], y[$0], factor[$0]) < (x[$1], y[$1], factor[$1]) }
    let sorted = order.map { (x[$0], y[$0], factor[$0]) }
    for (i, sample) in sorted.enumerated() { (x[i], y[i], factor[i]) = sample }
  }
}
