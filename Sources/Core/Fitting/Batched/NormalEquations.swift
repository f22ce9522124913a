/// JᵀJ, Jᵀr and Σ r² of up to five parameters, and the linear algebra on them.
struct NormalEquations {
  /// Row-major 5 × 5, symmetric.
  var matrix = InlineArray<25, Double>(repeating: 0)
  /// Jᵀr.
  var gradient = FitVector.zero
  /// Σ r².
  var squares = 0.0
  /// What is minimised.
  var value = 0.0

  /// A step that solves (JᵀJ + damping·diag) step = Jᵀr in the free parameters, or nil if that matrix is singular.
  @inline(__always)
  func step(damping: Double, free: FitVector, count: Int) -> FitVector? {
    guard let factor = Factor(self, damping: damping, free: free, count: count) else { return nil }
    return factor.solve(gradient)
  }

  /// xᵀ JᵀJ x.
  @inline(__always)
  func quadratic(_ x: FitVector, count: Int) -> Double {
    var sum = 0.0
    for row in 0..<count {
      var line = 0.0
      for column in 0..<count { line += matrix[row * 5 + column] * x[column] }
      sum += line * x[row]
    }
    return sum
  }

  /// Cholesky's factor of the matrix scaled to a unit diagonal; fixed parameters have unit rows.
  struct Factor {
    /// Lower triangle, row-major 5 × 5, with reciprocals on the diagonal.
    var lower = InlineArray<25, Double>(repeating: 0)
    /// 1/√(diagonal), 0 for parameters that are not free.
    var scale = FitVector.zero
    let count: Int

    /// nil when a pivot is below 1e-14 of its diagonal element: half of all digits are gone by then.
    @inline(__always)
    init?(_ equations: borrowing NormalEquations, damping: Double, free: FitVector, count: Int) {
      self.count = count
      for i in 0..<count where free[i] != 0 {
        let diagonal = equations.matrix[i * 6]
        guard diagonal > 0, diagonal < .infinity else { return nil }
        scale[i] = 1 / diagonal.squareRoot()
      }
      for j in 0..<count {
        var pivot = scale[j] == 0 ? 1 : 1 + damping
        for k in 0..<j { pivot -= lower[j * 5 + k] * lower[j * 5 + k] }
        guard pivot > 1e-14 else { return nil }
        let reciprocal = 1 / pivot.squareRoot()
        lower[j * 6] = reciprocal
        for i in j + 1..<max(count, j + 1) {
          var sum = equations.matrix[i * 5 + j] * scale[i] * scale[j]
          for k in 0..<j { sum -= lower[i * 5 + k] * lower[j * 5 + k] }
          lower[i * 5 + j] = sum * reciprocal
        }
      }
    }

    /// The solution for one right-hand side; 0 for parameters that are not free.
    @inline(__always)
    func solve(_ right: FitVector) -> FitVector {
      var x = right * scale
      for i in 0..<count {
        for k in 0..<i { x[i] -= lower[i * 5 + k] * x[k] }
        x[i] *= lower[i * 6]
      }
      for i in stride(from: count - 1, through: 0, by: -1) {
        for k in i + 1..<max(count, i + 1) { x[i] -= lower[k * 5 + i] * x[k] }
        x[i] *= lower[i * 6]
      }
      return x * scale
    }
  }
}
