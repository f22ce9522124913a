import Errors
import Figures
import Fitting
import JSON
import Tables

/// Two results of the same ASIC, pixel by pixel.
public struct PixelComparison: Sendable {
  /// One quantity compared.
  public struct Quantity: Sendable {
    /// Its name.
    public var name: String
    /// Pixels with a value in both.
    public var count: Int
    /// B − A.
    public var difference: PixelSummary
    /// (B − A)/√(u_A² + u_B²).
    public var pull: PixelSummary
    /// Differences of all 65,536 pixels, NaN where one has no value.
    public var differences: [Double]
    /// Pulls of all pixels.
    public var pulls: [Double]
    /// Correlation coefficient of the two values.
    public var correlation: Double
  }

  /// The quantities.
  public let quantities: [Quantity]
  /// Pixels by category in A (rows) and B (columns), in the order of `PixelCategory.allCases`.
  public let categories: [[Int]]
  /// Parameters that both have under one name with different meanings; they are not compared.
  public let leftOut: [String]

  /// Compares two results; pulls treat them as independent, which they are not when they share counts.
  ///
  /// - Throws: what reading the maps throws.
  public init(_ a: PixelMaps, _ b: PixelMaps, onlyGood: Bool = true) throws(CavernError) {
    let codes = PixelCategory.allCases.map { Double($0.rawValue) }
    var table = [[Int]](repeating: [Int](repeating: 0, count: codes.count), count: codes.count)
    for (x, y) in zip(try a.values("category"), try b.values("category")) {
      if let i = codes.firstIndex(of: x), let j = codes.firstIndex(of: y) { table[i][j] += 1 }
    }
    categories = table
    var list: [Quantity] = []
    let shared = ["E0", "target", "K", "f", "A", "B", "s", "s2"].filter { a.names.contains($0) && b.names.contains($0) }
    leftOut = shared.filter { !Self.hasOneMeaning($0, a.equation, b.equation) }
    for name in shared where !leftOut.contains(name) {
      let (x, y) =
        onlyGood ? (try a.goodValues(name), try b.goodValues(name)) : (try a.values(name), try b.values(name))
      let (ux, uy) = (a.errors(of: name) ?? [], b.errors(of: name) ?? [])
      let differences = zip(x, y).map { $1 - $0 }
      let pulls = differences.indices.map { pixel -> Double in
        guard ux.indices.contains(pixel), uy.indices.contains(pixel) else { return .nan }
        let error = (ux[pixel] * ux[pixel] + uy[pixel] * uy[pixel]).squareRoot()
        return error > 0 ? differences[pixel] / error : .nan
      }
      func summary(_ values: [Double]) -> PixelSummary {
        PixelSummary(values.map { $0.isFinite ? $0 : nil }, errors: values.map { _ in nil })
      }
      list.append(
        Quantity(
          name: name, count: differences.count { $0.isFinite }, difference: summary(differences), pull: summary(pulls),
          differences: differences, pulls: pulls, correlation: Self.correlation(x, y)))
    }
    quantities = list
  }

  /// Whether a parameter means the same in two equations.
  ///
  /// `A` is a rate beside a fraction, half the slope of the tail beside `B`, and a peak in `Fdiff`; `B` multiplies another function in
  /// `F4`; `s` is the width of tail and line, or of the tail alone.
  static func hasOneMeaning(_ name: String, _ a: EdgeEquation, _ b: EdgeEquation) -> Bool {
    if a == b { return true }
    switch name {
    case "A": return a.hasFraction == b.hasFraction && a != .Fdiff && b != .Fdiff
    case "B": return ![a, b].contains(.F4) && ![a, b].contains(.Fdiff)
    case "s": return a.hasTwoWidths == b.hasTwoWidths
    default: return true
    }
  }

  private static func correlation(_ x: [Double], _ y: [Double]) -> Double {
    let pairs = zip(x, y).filter { $0.isFinite && $1.isFinite }
    guard pairs.count > 2 else { return .nan }
    let (mx, my) = (RobustStatistics.mean(pairs.map(\.0)), RobustStatistics.mean(pairs.map(\.1)))
    var sxy = 0.0, sxx = 0.0, syy = 0.0
    for (a, b) in pairs {
      sxy += (a - mx) * (b - my)
      sxx += (a - mx) * (a - mx)
      syy += (b - my) * (b - my)
    }
    return sxy / (sxx * syy).squareRoot()
  }

  /// Differences and pulls as JSON.
  public var json: JSONValue {
    let names = PixelCategory.allCases.map(\.name)
    return [
      "quantities": .array(
        quantities.map {
          [
            "name": .string($0.name), "n": .integer($0.count), "difference": $0.difference.json, "pull": $0.pull.json,
            "correlation": .number($0.correlation),
          ]
        }), "categories": .array(names.map { .string($0) }),
      "categoryCounts": .array(categories.map { .array($0.map { .integer($0) }) }),
      "leftOut": .array(leftOut.map { .string($0) }),
    ]
  }

  /// `row,col` and, for each quantity, `d_<name>,pull_<name>`.
  public func table() throws(CavernError) -> Table {
    var columns = [
      Column("row", (0..<PixelMatrix.count).map { Int32($0 / PixelMatrix.side) }),
      Column("col", (0..<PixelMatrix.count).map { Int32($0 % PixelMatrix.side) }),
    ]
    for quantity in quantities {
      columns.append(Column("d_\(quantity.name)", quantity.differences.map { $0.isFinite ? $0 : nil }))
      columns.append(Column("pull_\(quantity.name)", quantity.pulls.map { $0.isFinite ? $0 : nil }))
    }
    return try Table(columns: columns)
  }

  /// Histograms of the pulls.
  public var figure: Figure {
    Figure(
      name: "comparison", title: "Comparison, pixel by pixel", size: .inches(12.6, quantities.count > 3 ? 8 : 4.4),
      arrangement: .grid(columns: 3),
      panels: quantities.map { quantity in
        let pulls = quantity.pulls.filter(\.isFinite)
        let bins = Histogram50(pulls, range: pulls.isEmpty ? -5...5 : nil)
        let words =
          "mean \(NumberLabel.general(quantity.pull.mean, digits: 3)), width "
          + NumberLabel.general(quantity.pull.deviation, digits: 3)
        return Panel(
          x: Axis("pull of \(quantity.name)"), y: Axis("Pixels", includesZero: true),
          series: [
            .steps(edges: bins.edges, values: bins.counts, name: words, colour: .cycle(0), isFilled: true, opacity: 0.5)
          ])
      })
  }
}
