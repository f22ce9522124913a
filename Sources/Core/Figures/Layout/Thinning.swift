/// Leaves out points of a line that could not be seen.
enum Thinning {
  /// A line that looks the same at `columns` columns of resolution.
  ///
  /// Where x never falls and there are more than four points a column, each column keeps its first, lowest, highest and
  /// last point in their order; gaps stay gaps. Other lines are returned as they are.
  static func line(_ x: [Double], _ y: [Double], columns: Int) -> (x: [Double], y: [Double]) {
    guard columns > 0, x.count > 4 * columns, let first = x.first(where: \.isFinite),
      let last = x.last(where: \.isFinite), last > first, isGrowing(x)
    else { return (x, y) }
    var kept: (x: [Double], y: [Double]) = ([], [])
    let scale = Double(columns) / (last - first)
    var start = 0
    while start < x.count {
      if !x[start].isFinite || !y[start].isFinite {
        kept.x.append(.nan)
        kept.y.append(.nan)
        while start < x.count, !x[start].isFinite || !y[start].isFinite { start += 1 }
        continue
      }
      let column = ((x[start] - first) * scale).rounded(.down)
      var end = start
      var (lowest, highest) = (start, start)
      while end < x.count, x[end].isFinite, y[end].isFinite, ((x[end] - first) * scale).rounded(.down) == column {
        if y[end] < y[lowest] { lowest = end }
        if y[end] > y[highest] { highest = end }
        end += 1
      }
      var previous = -1
      for index in [start, min(lowest, highest), max(lowest, highest), end - 1] where index > previous {
        kept.x.append(x[index])
        kept.y.append(y[index])
        previous = index
      }
      start = end
    }
    return kept
  }

  private static func isGrowing(_ x: [Double]) -> Bool {
    var previous = -Double.infinity
    for value in x where value.isFinite {
      if value < previous { return false }
      previous = value
    }
    return true
  }

  /// A line without the points that lie within `tolerance` of the straight line between those kept.
  ///
  /// From the last kept point, the directions in which every skipped point is met within the tolerance form a cone; a
  /// point outside the cone starts a new piece (the cone method of Zhao and Saalfeld, 1997). Gaps stay gaps.
  ///
  /// - Parameters:
  ///   - x: places in points of the page; NaN for a gap.
  ///   - y: the same upwards.
  ///   - tolerance: in points.
  /// - Returns: positions of the points to keep, in order.
  /// - Complexity: O(number of points).
  static func straight(_ x: [Double], _ y: [Double], tolerance: Double) -> [Int] {
    var kept: [Int] = []
    kept.reserveCapacity(x.count / 4 + 2)
    var anchor = -1
    var last = -1
    var (lower, upper) = (-Double.infinity, Double.infinity)
    func reset(_ index: Int) {
      kept.append(index)
      anchor = index
      last = index
      (lower, upper) = (-.infinity, .infinity)
    }
    for index in x.indices {
      guard x[index].isFinite, y[index].isFinite else {
        if last > anchor { kept.append(last) }
        if anchor >= 0 { kept.append(index) }
        (anchor, last) = (-1, -1)
        continue
      }
      guard anchor >= 0 else {
        reset(index)
        continue
      }
      // Only lines that go to the right by a visible step are joined; others are kept as they are.
      let run = x[index] - x[anchor]
      guard run > 1e-6, last == anchor || x[index] >= x[last] else {
        if last > anchor { kept.append(last) }
        reset(index)
        continue
      }
      let slope = (y[index] - y[anchor]) / run
      if slope < lower || slope > upper {
        reset(last)
        let step = x[index] - x[anchor]
        guard step > 1e-6 else {
          reset(index)
          continue
        }
        lower = (y[index] - tolerance - y[anchor]) / step
        upper = (y[index] + tolerance - y[anchor]) / step
      } else {
        lower = max(lower, (y[index] - tolerance - y[anchor]) / run)
        upper = min(upper, (y[index] + tolerance - y[anchor]) / run)
      }
      last = index
    }
    if last > anchor { kept.append(last) }
    return kept
  }
}
