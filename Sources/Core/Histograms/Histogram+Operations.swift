import Errors

extension Histogram {
  /// Adds another histogram with the same axes; variances add up.
  ///
  /// - Throws: `histogram.differentAxes`.
  public mutating func add(_ other: Histogram) throws(CavernError) { try combine(other, sign: 1) }

  /// Subtracts another histogram with the same axes; variances add up.
  ///
  /// - Throws: `histogram.differentAxes`.
  public mutating func subtract(_ other: Histogram) throws(CavernError) { try combine(other, sign: -1) }

  private mutating func combine(_ other: Histogram, sign: Double) throws(CavernError) {
    guard axes == other.axes else {
      throw CavernError("histogram.differentAxes", "histograms with different axes cannot be combined", exit: .internal)
    }
    for index in contents.indices {
      contents[index] += sign * other.contents[index]
      variances[index] += other.variances[index]
    }
    entries += other.entries
    nanCount += other.nanCount
  }

  /// Multiplies contents by a factor and variances by its square.
  public mutating func scale(by factor: Double) {
    for index in contents.indices {
      contents[index] *= factor
      variances[index] *= factor * factor
    }
  }

  /// The histogram of some of the axes, in the order named; the others are summed over, flow bins included.
  ///
  /// - Throws: `histogram.badAxis` when an axis does not exist or comes twice.
  public func projection(onto kept: [Int]) throws(CavernError) -> Histogram {
    guard Set(kept).count == kept.count, kept.allSatisfy(axes.indices.contains) else { throw badAxis(kept) }
    var result = try Histogram(kept.map { axes[$0] })
    for index in contents.indices {
      var target = 0
      for (position, axis) in kept.enumerated() {
        target += index / strides[axis] % (axes[axis].count + 2) * result.strides[position]
      }
      result.contents[target] += contents[index]
      result.variances[target] += variances[index]
    }
    (result.entries, result.nanCount) = (entries, nanCount)
    return result
  }

  /// The histogram of the other axes at one bin of an axis (0 is below).
  ///
  /// `entries` counts all fills of the whole.
  ///
  /// - Throws: `histogram.badAxis` when the axis or bin does not exist or no axis is left.
  public func slice(axis: Int, bin: Int) throws(CavernError) -> Histogram {
    guard axes.indices.contains(axis), (0...axes[axis].count + 1).contains(bin), axes.count > 1 else {
      throw badAxis([axis])
    }
    let kept = axes.indices.filter { $0 != axis }
    var result = try Histogram(kept.map { axes[$0] })
    for index in contents.indices where index / strides[axis] % (axes[axis].count + 2) == bin {
      var target = 0
      for (position, other) in kept.enumerated() {
        target += index / strides[other] % (axes[other].count + 2) * result.strides[position]
      }
      result.contents[target] += contents[index]
      result.variances[target] += variances[index]
    }
    (result.entries, result.nanCount) = (entries, nanCount)
    return result
  }

  /// The histogram with groups of neighbouring bins of an axis put together.
  ///
  /// - Parameters:
  ///   - axis: which one.
  ///   - group: how many bins make one; must divide their number.
  /// - Throws: `histogram.badAxis`, `histogram.badRebin`.
  public func rebinned(axis: Int = 0, group: Int) throws(CavernError) -> Histogram {
    guard axes.indices.contains(axis) else { throw badAxis([axis]) }
    let old = axes[axis]
    guard group > 0, old.count.isMultiple(of: group) else {
      throw CavernError(
        "histogram.badRebin", "\(old.count) bins cannot be put together in groups of \(group)", exit: .internal,
        expected: "a number that divides \(old.count)")
    }
    let new: HistogramAxis? =
      switch old.kind {
      case .regular(let count, let lower, let upper):
        .regular(count / group, lower, upper, name: old.name, unit: old.unit)
      case .logarithmic(let count, let lower, let upper):
        .logarithmic(count / group, lower, upper, name: old.name, unit: old.unit)
      case .variable(let edges):
        .variable(stride(from: 0, to: edges.count, by: group).map { edges[$0] }, name: old.name, unit: old.unit)
      case .category(let names):
        .category(
          stride(from: 0, to: names.count, by: group).map { names[$0..<$0 + group].joined(separator: "+") },
          name: old.name)
      }
    guard let new else { throw badAxis([axis]) }
    var result = try Histogram(axes.enumerated().map { $0.offset == axis ? new : $0.element })
    for index in contents.indices {
      var target = 0
      for other in axes.indices {
        var bin = index / strides[other] % (axes[other].count + 2)
        if other == axis { bin = bin == 0 ? 0 : bin > old.count ? new.count + 1 : (bin - 1) / group + 1 }
        target += bin * result.strides[other]
      }
      result.contents[target] += contents[index]
      result.variances[target] += variances[index]
    }
    (result.entries, result.nanCount) = (entries, nanCount)
    return result
  }

  /// Running sums of a histogram with one axis: each bin holds the sum up to and including it, from the lower flow bin on.
  ///
  /// - Throws: `histogram.badAxis` when there is more than one axis.
  public func cumulative() throws(CavernError) -> Histogram {
    guard axes.count == 1 else { throw badAxis([1]) }
    var result = self
    for index in contents.indices.dropFirst() {
      result.contents[index] += result.contents[index - 1]
      result.variances[index] += result.variances[index - 1]
    }
    return result
  }

  /// Mean of the bin centres along an axis, weighted by content, flow bins left out; NaN for an empty histogram.
  public func mean(axis: Int = 0) -> Double { moments(axis).mean }

  /// Standard deviation of the bin centres along an axis, weighted by content, flow bins left out; NaN when empty.
  public func rms(axis: Int = 0) -> Double { moments(axis).rms }

  private func moments(_ axis: Int) -> (mean: Double, rms: Double) {
    guard axes.indices.contains(axis), let along = try? projection(onto: [axis]) else { return (.nan, .nan) }
    let centres = axes[axis].centres
    let weights = along.values
    let sum = weights.reduce(0, +)
    let mean = zip(centres, weights).reduce(0) { $0 + $1.0 * $1.1 } / sum
    let spread = zip(centres, weights).reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1 } / sum
    return (mean, spread.squareRoot())
  }

  private func badAxis(_ axes: [Int]) -> CavernError {
    CavernError(
      "histogram.badAxis", "no such axis or bin: \(axes.map(String.init).joined(separator: ", "))", exit: .internal,
      expected: "axes 0 to \(self.axes.count - 1)")
  }
}
