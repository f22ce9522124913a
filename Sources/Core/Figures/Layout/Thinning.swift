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
}
