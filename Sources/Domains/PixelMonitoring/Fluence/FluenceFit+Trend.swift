import Errors
import Fitting
import Foundation

extension FluenceFit {
  /// How the parameters of projections vary with r: p₀ and p₁ linear, p₃ = A r^(−B) + C.
  ///
  /// The three are fitted together, as the parameters of one projection are correlated: each triple is multiplied with the
  /// inverse of the root of its covariance, so that what is fitted are independent numbers of unit variance.
  enum Trend {
    /// Names of the parameters.
    static let names = ["p0_constant", "p0_slope", "p1_constant", "p1_slope", "p3_a", "p3_b", "p3_c"]
    /// The field that follows.
    static let formula =
      "(p0_constant+p0_slope*r)/(1+z^2/(p1_constant+p1_slope*r)^2)+p3_a*r^(-p3_b)+p3_c"
    /// A row of the triple: one of its sums is fitted at a time.
    private static let row =
      "u*(p0_constant+p0_slope*r)+v*(p1_constant+p1_slope*r)+w*(p3_a*r^(-p3_b)+p3_c)"

    /// The trend of projections; `nil` when fewer than four of them came to an end, or p₂ varied.
    static func fit(_ parts: [Part], isPowerFixed: Bool, threads: Int) throws(CavernError) -> Part? {
      let triples = parts.compactMap { Triple($0) }
      guard isPowerFixed, triples.count >= 4, let first = triples.first, let last = triples.last else { return nil }
      var columns: [[Double]] = [[], [], [], []]
      var sums: [Double] = []
      for triple in triples {
        for line in triple.whitening {
          for (index, weight) in line.enumerated() { columns[index].append(weight) }
          columns[3].append(triple.r)
          sums.append(zip(line, triple.values).reduce(0) { $0 + $1.0 * $1.1 })
        }
      }
      let slopes = (0..<2).map { (last.values[$0] - first.values[$0]) / (last.r - first.r) }
      var starts: [[Double]] = []
      for power in [0.5, 1, 2, 4] {
        for floor in [0, last.values[2]] {
          starts.append([
            first.values[0] - slopes[0] * first.r, slopes[0], first.values[1] - slopes[1] * first.r, slopes[1],
            (first.values[2] - floor) * pow(first.r, power), power, floor,
          ])
        }
      }
      let fitter = FormulaFitter(
        try Formula(row, predictors: ["u", "v", "w", "r"], parameters: names),
        options: FitOptions(tolerance: 1e-10, maximumIterations: 500, threads: threads), isRestarting: false)
      let sigma = [Double](repeating: 1, count: sums.count)
      let batch = fitter.fit(starts.map { FormulaProblem(columns: columns, y: sums, sigma: sigma, start: $0) })
      let usable = starts.indices.filter { batch.states[$0].isUsable && batch.objective[$0].isFinite }
      let best = usable.min { batch.objective[$0] < batch.objective[$1] } ?? 0
      return part(batch, best, names, first.r...last.r, sums.count)
    }

    /// p₀, p₁ and p₃ of a projection with what makes them independent.
    private struct Triple {
      /// Middle of the bin, in cm.
      let r: Double
      let values: [Double]
      /// The inverse of the lower root of their covariance.
      let whitening: [[Double]]

      /// `nil` for a projection that is of no use.
      init?(_ part: Part) {
        let places = [0, 1, 3]
        guard part.state.isUsable, part.r.lowerBound > 0 || part.r.upperBound > 0 else { return nil }
        // Only the square of p₁ has a meaning.
        let signs = [1, part.parameters[1].value < 0 ? -1 : 1, 1.0]
        r = (part.r.lowerBound + part.r.upperBound) / 2
        values = places.indices.map { signs[$0] * part.parameters[places[$0]].value }
        let covariance = SmallMatrix(size: places.count) { row, column in
          signs[row] * signs[column] * part.covariance[places[row]][places[column]]
        }
        guard let root = covariance.factor(noise: [0, 0, 0]) else { return nil }
        let columns = places.indices.map { column in root.forward(places.indices.map { $0 == column ? 1 : 0 }) }
        whitening = places.indices.map { row in columns.map { $0[row] } }
      }
    }
  }
}
