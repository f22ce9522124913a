/// The factors Q R Πᵀ of a scaled Jacobian by Householder reflections with column pivoting, and the singular values of R.
///
/// The columns chosen from a larger Jacobian are divided by `scale` first. The small singular value decomposition
/// R = U Σ Vᵀ is by one-sided Jacobi rotations, which keep high relative accuracy after pivoting
/// (Drmač and Veselić, SIAM J. Matrix Anal. Appl. 29, 1322). No normal equations are formed anywhere.
///
/// Bounds: `reflectors` holds m columns of n numbers, all indices are i < n and j < m (m ≤ n is required by `init`).
struct OrthogonalFactors {
  let rows: Int
  let columns: Int
  /// Factor that each chosen column was divided by.
  let scale: [Double]
  /// Singular values of the scaled matrix, not sorted.
  private(set) var singularValues: [Double]
  /// Uᵀ of the leading part of Qᵀ r.
  private(set) var projections: [Double]
  private var reflectors: [Double]
  private var heads: [Double]
  private var permutation: [Int]
  /// R, column after column in pivoted order, m × m.
  private var upper: [Double]
  /// V in pivoted order, column after column.
  private var rotations: [Double]
  /// U, column after column; columns of vanishing singular values are 0.
  private var left: [Double]

  /// Factors the `chosen` columns of an n × P matrix stored column after column, each divided by its `scale`.
  init(_ jacobian: [Double], rows: Int, chosen: [Int], scale: [Double], residual: [Double]) {
    self.rows = rows
    columns = chosen.count
    self.scale = scale
    reflectors = []
    reflectors.reserveCapacity(rows * columns)
    for (j, column) in chosen.enumerated() {
      let inverse = scale[j] > 0 ? 1 / scale[j] : 0
      for i in 0..<rows { reflectors.append(jacobian[column * rows + i] * inverse) }
    }
    heads = Array(repeating: 0, count: columns)
    permutation = Array(0..<columns)
    upper = Array(repeating: 0, count: columns * columns)
    singularValues = Array(repeating: 0, count: columns)
    projections = Array(repeating: 0, count: columns)
    rotations = Array(repeating: 0, count: columns * columns)
    left = []
    factor()
    diagonalize()
    projections = project(residual)
  }

  /// Uᵀ times the leading part of Qᵀ times a vector of n numbers.
  func project(_ vector: [Double]) -> [Double] {
    let m = columns
    var work = vector
    work.withUnsafeMutableBufferPointer { work in
      reflectors.withUnsafeBufferPointer { reflectors in
        for j in 0..<min(m, rows) where heads[j] != 0 {
          // The reflector is 0 above row j.
          let reflector = UnsafeBufferPointer(rebasing: reflectors[j * rows + j..<(j + 1) * rows])
          let tail = UnsafeMutableBufferPointer(rebasing: work[j..<rows])
          let sum = heads[j] * VectorMath.dot(reflector, UnsafeBufferPointer(tail))
          for i in tail.indices { tail[i] -= sum * reflector[i] }
        }
      }
    }
    var result = [Double](repeating: 0, count: m)
    for j in 0..<m {
      var sum = 0.0
      for i in 0..<min(m, rows) { sum += left[j * m + i] * work[i] }
      result[j] = sum
    }
    return result
  }

  /// Steps in scaled parameters (original column order) from coefficients along the right singular vectors.
  func combine(_ coefficients: [Double]) -> [Double] {
    let m = columns
    var result = [Double](repeating: 0, count: m)
    for position in 0..<m {
      var sum = 0.0
      for j in 0..<m { sum += rotations[j * m + position] * coefficients[j] }
      result[permutation[position]] = sum
    }
    return result
  }

  /// Coefficients along the right singular vectors of a step in scaled parameters: the inverse of `combine`.
  func analyse(_ step: [Double]) -> [Double] {
    let m = columns
    return (0..<m).map { j in
      var sum = 0.0
      for position in 0..<m { sum += rotations[j * m + position] * step[permutation[position]] }
      return sum
    }
  }

  /// Smallest over largest singular value; 0 when a column vanishes.
  var reciprocalCondition: Double {
    guard let largest = singularValues.max(), let smallest = singularValues.min(), largest > 0 else { return 0 }
    return smallest / largest
  }

  /// (JᵀJ)⁻¹ of the unscaled matrix, m × m, in the original column order.
  func inverseNormalMatrix() -> [Double] {
    let m = columns
    var rowsOfV = [Double](repeating: 0, count: m * m)
    for position in 0..<m {
      let row = permutation[position]
      for j in 0..<m { rowsOfV[row * m + j] = rotations[j * m + position] / singularValues[j] / scale[row] }
    }
    var result = [Double](repeating: 0, count: m * m)
    for a in 0..<m {
      for b in 0...a {
        var sum = 0.0
        for j in 0..<m { sum += rowsOfV[a * m + j] * rowsOfV[b * m + j] }
        result[a * m + b] = sum
        result[b * m + a] = sum
      }
    }
    return result
  }

  private mutating func factor() {
    let m = columns
    let n = rows
    var norms = [Double](repeating: 0, count: m)
    reflectors.withUnsafeMutableBufferPointer { a in
      /// Column `j` from row `first` on.
      func column(_ j: Int, from first: Int) -> UnsafeMutableBufferPointer<Double> {
        UnsafeMutableBufferPointer(rebasing: a[j * n + min(first, n)..<(j + 1) * n])
      }
      func square(_ values: UnsafeMutableBufferPointer<Double>) -> Double {
        VectorMath.dot(UnsafeBufferPointer(values), UnsafeBufferPointer(values))
      }
      for j in 0..<m { norms[j] = square(column(j, from: 0)) }
      for j in 0..<min(m, n) {
        var pivot = j
        for other in j..<m where norms[other] > norms[pivot] { pivot = other }
        if pivot != j {
          for i in 0..<n {
            let held = a[j * n + i]
            a[j * n + i] = a[pivot * n + i]
            a[pivot * n + i] = held
          }
          for i in 0..<j {
            let held = upper[j * m + i]
            upper[j * m + i] = upper[pivot * m + i]
            upper[pivot * m + i] = held
          }
          norms.swapAt(j, pivot)
          permutation.swapAt(j, pivot)
        }
        let reflector = column(j, from: j)
        let norm = square(reflector).squareRoot()
        if norm > 0 {
          let first = reflector[0]
          let alpha = first > 0 ? -norm : norm
          reflector[0] = first - alpha
          // 2 / vᵀv for v = x − α e₁ is 1 / (α (α − x₁)).
          heads[j] = 1 / (alpha * (alpha - first))
          upper[j * m + j] = alpha
          for other in j + 1..<max(m, j + 1) {
            let values = column(other, from: j)
            let sum = heads[j] * VectorMath.dot(UnsafeBufferPointer(reflector), UnsafeBufferPointer(values))
            for i in values.indices { values[i] -= sum * reflector[i] }
          }
        }
        for other in j + 1..<max(m, j + 1) {
          upper[other * m + j] = a[other * n + j]
          // Recomputed rather than downdated: m is small and cancellation would spoil the pivots.
          norms[other] = square(column(other, from: j + 1))
        }
      }
    }
  }

  /// One-sided Jacobi: rotates pairs of columns of R until all are orthogonal.
  private mutating func diagonalize() {
    let m = columns
    for j in 0..<m { rotations[j * m + j] = 1 }
    left = upper
    for _ in 0..<60 {
      var isDone = true
      for p in 0..<m {
        for q in p + 1..<max(m, p + 1) {
          var alpha = 0.0
          var beta = 0.0
          var gamma = 0.0
          for i in 0..<m {
            let x = left[p * m + i]
            let y = left[q * m + i]
            alpha += x * x
            beta += y * y
            gamma += x * y
          }
          guard Swift.abs(gamma) > 1e-16 * (alpha * beta).squareRoot(), gamma != 0 else { continue }
          isDone = false
          let zeta = (beta - alpha) / (2 * gamma)
          let t = (zeta >= 0 ? 1.0 : -1.0) / (Swift.abs(zeta) + (1 + zeta * zeta).squareRoot())
          let c = 1 / (1 + t * t).squareRoot()
          let s = c * t
          for i in 0..<m {
            let x = left[p * m + i]
            let y = left[q * m + i]
            left[p * m + i] = c * x - s * y
            left[q * m + i] = s * x + c * y
            let v = rotations[p * m + i]
            let w = rotations[q * m + i]
            rotations[p * m + i] = c * v - s * w
            rotations[q * m + i] = s * v + c * w
          }
        }
      }
      if isDone { break }
    }
    for j in 0..<m {
      var square = 0.0
      for i in 0..<m { square += left[j * m + i] * left[j * m + i] }
      let norm = square.squareRoot()
      singularValues[j] = norm
      for i in 0..<m { left[j * m + i] = norm > 0 ? left[j * m + i] / norm : 0 }
    }
  }
}
