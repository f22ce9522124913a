/// Rates against luminosity, which tell whether collision products rise with it and halo does not.
public struct HaloLuminosityMap: Sendable, Equatable {
  /// A rectangle of the map.
  public struct Cell: Sendable, Equatable {
    /// Lower and upper edge of the luminosity, in display units.
    public var luminosity: ClosedRange<Double>
    /// Lower and upper edge of hits a lumisection.
    public var rate: ClosedRange<Double>
    /// Lumisections in it.
    public var count: Int
  }

  /// A straight line hits = intercept + slope × luminosity, weighted by Poisson errors of the line itself.
  public struct Line: Sendable, Equatable {
    /// Hits a lumisection without luminosity.
    public var intercept: Double
    /// Hits per µb⁻¹.
    public var slope: Double
    /// Uncertainty of the intercept.
    public var interceptError: Double
    /// Uncertainty of the slope.
    public var slopeError: Double
    /// χ² and degrees of freedom.
    public var chiSquare: Double
    /// Degrees of freedom.
    public var degreesOfFreedom: Int
  }

  /// Factor from µb⁻¹ to display units.
  public let factor: Double
  /// The display unit.
  public let unit: String
  /// Edges of the luminosity in display units: 24 bins.
  public let luminosityEdges: [Double]
  /// Edges of the rate.
  public let rateEdges: [Double]
  /// Lumisections by rate, then luminosity.
  public private(set) var counts: [Int]
  /// The line; nil below three lumisections with luminosity.
  public private(set) var line: Line?

  private static let units: [(factor: Double, name: String)] = [
    (1e-9, "fb⁻¹"), (1e-6, "pb⁻¹"), (1e-3, "nb⁻¹"), (1, "µb⁻¹"), (1e3, "mb⁻¹"), (1e6, "b⁻¹"),
  ]

  /// The unit in which the largest luminosity is nearest to the largest rate by order of magnitude; µb⁻¹ if either is zero.
  public static func displayUnit(luminosity: Double, rate: Double) -> (factor: Double, name: String) {
    guard luminosity > 0, rate > 0 else { return units[3] }
    func distance(_ factor: Double) -> Double { abs(base10(luminosity * factor / rate)) }
    return units.min { distance($0.factor) < distance($1.factor) } ?? units[3]
  }

  /// The map of a series by lumisection; nil without luminosity or hits.
  ///
  /// The last lumisection is left out, since the earlier
  /// program had no end for it.
  public init?(_ series: HaloRateSeries) {
    let pairs = zip(series.bins, series.counts).dropLast().compactMap { bin, count in
      bin.delivered.map { (luminosity: $0, count: count, isTrue: bin.kind == .lumisection) }
    }
    guard let most = series.counts.max(), let highest = series.bins.compactMap(\.delivered).max(), highest > 0, most > 0
    else { return nil }
    let (factor, unit) = Self.displayUnit(luminosity: highest, rate: Double(most))
    (self.factor, self.unit) = (factor, unit)
    let top = highest * factor
    luminosityEdges = (0...24).map { top * Double($0) / 24 }
    let last = max(most, 2)
    let step = Double(most - 1) / 24
    let unitEdges: [Double] = (1...last).map { Double($0) }
    let equalEdges: [Double] = (0...24).map { 1 + step * Double($0) }
    rateEdges = most < 25 ? unitEdges : equalEdges
    counts = [Int](repeating: 0, count: 24 * (rateEdges.count - 1))
    for pair in pairs where pair.luminosity > 0 && pair.count >= 1 {
      let column = min(23, Self.place(pair.luminosity * factor, luminosityEdges))
      let row = min(rateEdges.count - 2, Self.place(Double(pair.count), rateEdges))
      counts[row * 24 + column] += 1
    }
    line = Self.fit(pairs.filter { $0.isTrue && $0.luminosity > 0 }.map { ($0.luminosity, Double($0.count)) })
  }

  /// The cells that are not empty.
  public var cells: [Cell] {
    counts.indices.filter { counts[$0] > 0 }.map { index in
      let (row, column) = (index / 24, index % 24)
      return Cell(
        luminosity: luminosityEdges[column]...luminosityEdges[column + 1],
        rate: rateEdges[row]...rateEdges[row + 1], count: counts[index])
    }
  }

  /// The last edge at or below a value that is not below the first.
  private static func place(_ value: Double, _ edges: [Double]) -> Int {
    max(0, (edges.lastIndex { $0 <= value }) ?? 0)
  }

  /// Weighted least squares; weights 1/expected from the line of the pass before (three passes).
  private static func fit(_ points: [(x: Double, y: Double)]) -> Line? {
    guard points.count >= 3 else { return nil }
    let mean = points.reduce(0) { $0 + $1.y } / Double(points.count)
    var expected = points.map { _ in max(mean, 0.5) }
    var line: Line?
    for _ in 0..<3 {
      var (s, sx, sy, sxx, sxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for (point, variance) in zip(points, expected) {
        let weight = 1 / variance
        s += weight
        sx += weight * point.x
        sy += weight * point.y
        sxx += weight * point.x * point.x
        sxy += weight * point.x * point.y
      }
      let determinant = s * sxx - sx * sx
      guard determinant > 1e-12 * s * sxx else { return nil }
      let intercept = (sxx * sy - sx * sxy) / determinant
      let slope = (s * sxy - sx * sy) / determinant
      var chiSquare = 0.0
      for (point, variance) in zip(points, expected) {
        let residual = point.y - intercept - slope * point.x
        chiSquare += residual * residual / variance
      }
      line = Line(
        intercept: intercept, slope: slope, interceptError: (sxx / determinant).squareRoot(),
        slopeError: (s / determinant).squareRoot(), chiSquare: chiSquare, degreesOfFreedom: points.count - 2)
      expected = points.map { max(intercept + slope * $0.x, 0.5) }
    }
    return line
  }
}
