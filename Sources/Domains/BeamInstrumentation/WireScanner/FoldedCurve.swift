/// A q-Gaussian folded with point masses, and what a step of a fit of it needs.
struct FoldedCurve {
  let x: [Double]
  let y: [Double]
  let weights: [Double]?
  /// Where the masses lie, in mm.
  let shifts: [Double]
  /// Their shares, with sum 1.
  let shares: [Double]

  /// Normal equations of five parameters.
  struct Equations {
    /// Sum of weighted squares of the residuals.
    var sum = 0.0
    /// Jᵀ W J, row after row.
    var matrix = [Double](repeating: 0, count: 25)
    /// Jᵀ W r.
    var gradient = [Double](repeating: 0, count: 5)

    /// The step that solves the equations with the diagonal enlarged by a factor; `nil` when they are singular.
    func step(damping: Double) -> [Double]? {
      var enlarged = matrix
      for index in 0..<5 { enlarged[6 * index] *= 1 + damping }
      return Self.solution(enlarged, gradient)
    }

    /// The inverse of the matrix, row after row; `nil` when it is singular.
    func inverse() -> [Double]? {
      var result = [Double](repeating: 0, count: 25)
      for column in 0..<5 {
        guard let solved = Self.solution(matrix, (0..<5).map { $0 == column ? 1 : 0 }) else { return nil }
        for row in 0..<5 { result[5 * row + column] = solved[row] }
      }
      return result
    }

    /// Gauss's elimination after scaling to a unit diagonal, with the largest element as pivot.
    private static func solution(_ matrix: [Double], _ right: [Double]) -> [Double]? {
      let scale = (0..<5).map { (row: Int) -> Double in matrix[6 * row] > 0 ? 1 / matrix[6 * row].squareRoot() : 0 }
      guard scale.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
      var rows = [[Double]](repeating: [Double](repeating: 0, count: 6), count: 5)
      for row in 0..<5 {
        for column in 0..<5 { rows[row][column] = matrix[5 * row + column] * scale[row] * scale[column] }
        rows[row][5] = right[row] * scale[row]
      }
      for column in 0..<5 {
        let pivot = (column..<5).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
        rows.swapAt(column, pivot)
        let head = rows[column]
        guard abs(head[column]) > 1e-14 else { return nil }
        for row in 0..<5 where row != column {
          let factor = rows[row][column] / head[column]
          for place in column..<6 { rows[row][place] -= factor * head[place] }
        }
      }
      return (0..<5).map { (row: Int) -> Double in rows[row][5] / rows[row][row] * scale[row] }
    }
  }

  /// The equations at peak, mean, width, q and offset.
  ///
  /// de_q(u)/du = e_q(u)/[1 + (1 − q)u]; the derivative by q is a central difference, which needs no care at q = 1.
  func equations(_ p: [Double]) -> Equations {
    var result = Equations()
    var row = [Double](repeating: 0, count: 5)
    let (peak, mean, width, q, offset) = (p[0], p[1], p[2], p[3], p[4])
    let difference = 1e-4
    for index in x.indices {
      var value = 0.0
      var (byMean, byWidth, byQ) = (0.0, 0.0, 0.0)
      for (shift, share) in zip(shifts, shares) {
        let z = (x[index] - mean - shift) / width
        let u = -z * z
        let e = Scalar.qExponential(u, q: q)
        value += share * e
        byQ += share * (Scalar.qExponential(u, q: q + difference) - Scalar.qExponential(u, q: q - difference))
        guard e > 0 else { continue }
        let slope = share * e / (1 + (1 - q) * u)
        byMean += slope * z
        byWidth += slope * z * z
      }
      let weight = weights?[index] ?? 1
      let residual = y[index] - peak * value - offset
      row[0] = value
      row[1] = 2 * peak * byMean / width
      row[2] = 2 * peak * byWidth / width
      row[3] = peak * byQ / (2 * difference)
      row[4] = 1
      result.sum += weight * residual * residual
      for i in 0..<5 {
        result.gradient[i] += weight * row[i] * residual
        for j in 0..<5 { result.matrix[5 * i + j] += weight * row[i] * row[j] }
      }
    }
    return result
  }
}
