import Errors

extension Figure {
  /// Checks that the arrays of every series belong together.
  ///
  /// - Throws: `figures.lengthMismatch` naming panel and series (counted from 1); `figures.badEdges` when edges do not grow;
  ///   `figures.badName` when the name cannot be a file name.
  public func check() throws(CavernError) {
    let allowed = name.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || byte == 0x2D || byte == 0x5F || byte == 0x2E
    }
    guard allowed, !name.isEmpty, name.utf8.first != 0x2E else {
      throw CavernError(
        "figures.badName", "'\(name)' cannot be the name of a figure", exit: .internal,
        expected: "letters, digits, '-', '_' and '.', not beginning with '.'")
    }
    for (panelIndex, panel) in panels.enumerated() {
      for (seriesIndex, series) in panel.series.enumerated() {
        if let fault = series.fault {
          throw CavernError(
            fault.code,
            "figure '\(name)', panel \(panelIndex + 1), series \(seriesIndex + 1): \(fault.message)", exit: .internal)
        }
      }
    }
  }
}

extension Series {
  /// What is wrong with the arrays; `nil` when they belong together.
  fileprivate var fault: (code: String, message: String)? {
    func same(_ counts: Int...) -> (code: String, message: String)? {
      guard let first = counts.first, counts.contains(where: { $0 != first }) else { return nil }
      return ("figures.lengthMismatch", "arrays of \(counts.map(String.init).joined(separator: ", ")) values")
    }
    func edges(_ edges: [Double], _ count: Int, _ axis: String) -> (code: String, message: String)? {
      guard edges.count == count + 1 else {
        return ("figures.lengthMismatch", "\(edges.count) edges in \(axis) for \(count) values")
      }
      let grows = zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }
      return grows ? nil : ("figures.badEdges", "the edges in \(axis) do not grow")
    }
    switch shape {
    case .line(let x, let y, _): return same(x.count, y.count)
    case .points(let x, let y, _, _, let xError, let yError):
      return same(
        x.count, y.count, xError?.lower.count ?? x.count, xError?.upper.count ?? x.count,
        yError?.lower.count ?? x.count,
        yError?.upper.count ?? x.count)
    case .steps(let bounds, let values, _): return values.isEmpty ? nil : edges(bounds, values.count, "x")
    case .band(let x, let lower, let upper): return same(x.count, lower.count, upper.count)
    case .bars(let x, let height, _): return same(x.count, height.count)
    case .image(let map):
      guard !map.values.isEmpty else { return nil }
      let columns = map.xEdges.count - 1
      let rows = map.yEdges.count - 1
      guard columns > 0, rows > 0, columns * rows == map.values.count else {
        return ("figures.lengthMismatch", "\(map.values.count) values on a grid of \(columns) x \(rows)")
      }
      return edges(map.xEdges, columns, "x") ?? edges(map.yEdges, rows, "y")
    case .bundle(let bundle): return bundle.members.lazy.compactMap { same($0.x.count, $0.y.count) }.first
    }
  }
}
