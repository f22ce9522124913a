/// A symmetric matrix of a few rows, such as the curvature of one problem or the covariance of its parameters.
package struct SmallMatrix: Sendable {
  let size: Int
  /// Row after row.
  private(set) var elements: [Double]

  /// The matrix of a function of row and column, taken as the mean of both triangles.
  package init(size: Int, _ element: (Int, Int) -> Double) {
    self.size = size
    elements = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0...i {
        let value = i == j ? element(i, i) : (element(i, j) + element(j, i)) / 2
        elements[i * size + j] = value
        elements[j * size + i] = value
      }
    }
  }

  subscript(row: Int, column: Int) -> Double { elements[row * size + column] }

  /// Takes coordinates out: 1 on their diagonal, 0 beside it.
  mutating func hold(_ isHeld: [Bool]) {
    for i in 0..<size where isHeld[i] {
      for j in 0..<size {
        elements[i * size + j] = 0
        elements[j * size + i] = 0
      }
      elements[i * size + i] = 1
    }
  }

  /// The factor L of L Lᵀ of this matrix plus a diagonal; `nil` unless it is positive definite beyond rounding.
  ///
  /// `noise` is the uncertainty of each diagonal element, below which a pivot may be rounding alone.
  package func factor(adding diagonal: [Double]? = nil, noise: [Double]) -> Factor? {
    var lower = elements
    for i in 0..<size {
      for j in 0...i {
        var sum = elements[i * size + j]
        if i == j, let diagonal { sum += diagonal[i] }
        for k in 0..<j { sum -= lower[i * size + k] * lower[j * size + k] }
        if i == j {
          guard sum > noise[i], sum.isFinite else { return nil }
          lower[i * size + i] = sum.squareRoot()
        } else {
          lower[i * size + j] = sum / lower[j * size + j]
        }
      }
    }
    return Factor(size: size, lower: lower)
  }

  /// The direction in which the matrix is least, in coordinates scaled by `scale`; its largest component is 1 in that scale.
  func lowestDirection(scale: [Double]) -> [Double] {
    // Powers of c − A, whose largest eigenvalue belongs to the smallest of A.
    func scaled(_ i: Int, _ j: Int) -> Double { self[i, j] * scale[i] * scale[j] }
    let bound = (0..<size).map { i in (0..<size).reduce(0) { $0 + abs(scaled(i, $1)) } }.max() ?? 1
    var vector = (0..<size).map { 1 + 0.1 * Double($0) }
    for _ in 0..<200 {
      let next = (0..<size).map { i in
        (0..<size).reduce(bound * vector[i]) { $0 - scaled(i, $1) * vector[$1] }
      }
      let longest = next.map(abs).max() ?? 0
      guard longest > 0, longest.isFinite else { break }
      vector = next.map { $0 / longest }
    }
    return (0..<size).map { vector[$0] * scale[$0] }
  }

  /// L of L Lᵀ.
  package struct Factor: Sendable {
    let size: Int
    let lower: [Double]

    /// L⁻¹ times a vector.
    package func forward(_ right: [Double]) -> [Double] {
      var x = right
      for i in 0..<size {
        for k in 0..<i { x[i] -= lower[i * size + k] * x[k] }
        x[i] /= lower[i * size + i]
      }
      return x
    }

    /// The solution for one right-hand side.
    func solve(_ right: [Double]) -> [Double] {
      var x = forward(right)
      for i in (0..<size).reversed() {
        for k in i + 1..<size { x[i] -= lower[k * size + i] * x[k] }
        x[i] /= lower[i * size + i]
      }
      return x
    }

    /// The inverse, row after row; held coordinates have none.
    func inverse(isHeld: [Bool]) -> [Double] {
      var inverse = [Double](repeating: 0, count: size * size)
      for column in 0..<size where !isHeld[column] {
        var unit = [Double](repeating: 0, count: size)
        unit[column] = 1
        let x = solve(unit)
        for i in 0..<size { inverse[i * size + column] = x[i] }
      }
      return inverse
    }
  }
}
