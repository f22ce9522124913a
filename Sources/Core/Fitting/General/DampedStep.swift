/// The small triangular problem of a trust-region step: R and the first numbers of Qᵀr of a pivoted factorisation.
///
/// After Moré, "The Levenberg-Marquardt algorithm: implementation and theory" (Lecture Notes in Mathematics 630, 1978), sections
/// 2 to 5, with the rules of MINPACK's user guide (Argonne ANL-80-74) for when to be content, so that searches take the same path.
struct DampedStep {
  /// R, column after column in pivoted order, p × p.
  var upper: [Double]
  /// The parameter that each pivoted column belongs to.
  var order: [Int]
  /// First p numbers of Qᵀr.
  var projection: [Double]

  /// Smallest positive normal number.
  private static let tiny = Double.leastNormalMagnitude
  private var count: Int { order.count }

  private func r(_ i: Int, _ j: Int) -> Double { upper[j * count + i] }

  /// The damping for which the scaled step is as long as `radius` to within a tenth, and the step (to be subtracted).
  ///
  /// - Parameters:
  ///   - scale: of each parameter, positive.
  ///   - damping: the damping of the step before.
  func solve(scale: [Double], radius: Double, damping: Double) -> (damping: Double, step: [Double]) {
    let p = count
    // The undamped step; columns that add nothing to the rank stay where they are.
    let rank = (0..<p).first { r($0, $0) == 0 } ?? p
    var pivoted = [Double](repeating: 0, count: p)
    for j in stride(from: rank - 1, through: 0, by: -1) {
      var sum = projection[j]
      for k in j + 1..<max(rank, j + 1) { sum -= r(j, k) * pivoted[k] }
      pivoted[j] = sum / r(j, j)
    }
    var step = [Double](repeating: 0, count: p)
    for j in 0..<p { step[order[j]] = pivoted[j] }
    var scaled = (0..<p).map { scale[$0] * step[$0] }
    var length = norm(scaled)
    var excess = length - radius
    if excess <= 0.1 * radius { return (0, step) }
    var low = 0.0
    if rank == p {
      let slope = norm(lowerSolve(upper, weighted(scaled, scale, length)))
      low = excess / radius / slope / slope
    }
    let gradient = (0..<p).map { j in
      (0...j).reduce(0.0) { $0 + r($1, j) * projection[$1] } / scale[order[j]]
    }
    let gradientNorm = norm(gradient)
    var high = gradientNorm / radius
    if high == 0 { high = Self.tiny / min(radius, 0.1) }
    var value = min(max(damping, low), high)
    if value == 0 { value = gradientNorm / length }
    for iteration in 1...10 {
      if value == 0 { value = max(Self.tiny, 0.001 * high) }
      let (solution, factor) = damped(value, scale)
      for j in 0..<p { step[order[j]] = solution[j] }
      scaled = (0..<p).map { scale[$0] * step[$0] }
      length = norm(scaled)
      let before = excess
      excess = length - radius
      if abs(excess) <= 0.1 * radius || (low == 0 && excess <= before && before < 0) || iteration == 10 { break }
      let slope = norm(lowerSolve(factor, weighted(scaled, scale, length)))
      let correction = excess / radius / slope / slope
      if excess > 0 { low = max(low, value) }
      if excess < 0 { high = min(high, value) }
      value = max(low, value + correction)
    }
    return (value, step)
  }

  /// ‖R·Πᵀstep‖, the length of what the linear model says about a step.
  func image(_ step: [Double]) -> Double {
    let p = count
    return norm((0..<p).map { i in (i..<p).reduce(0.0) { $0 + r(i, $1) * step[order[$1]] } })
  }

  /// The largest cosine between the residual and a column of the Jacobian, whose lengths are `norms`.
  func gradient(norms: [Double], residual: Double) -> Double {
    guard residual > 0 else { return 0 }
    var largest = 0.0
    for j in 0..<count where norms[order[j]] > 0 {
      let sum = (0...j).reduce(0.0) { $0 + r($1, j) * projection[$1] / residual }
      largest = max(largest, abs(sum / norms[order[j]]))
    }
    return largest
  }

  /// (RᵀR)⁻¹ in the order of the parameters, row after row; NaN where R is singular.
  func inverse() -> [Double] {
    let p = count
    var result = [Double](repeating: .nan, count: p * p)
    guard (0..<p).allSatisfy({ r($0, $0) != 0 && r($0, $0).isFinite }) else { return result }
    // Columns of R⁻¹.
    var columns = [[Double]]()
    for j in 0..<p {
      var column = [Double](repeating: 0, count: p)
      for i in stride(from: j, through: 0, by: -1) {
        var sum = i == j ? 1.0 : 0
        for k in i + 1..<max(j + 1, i + 1) { sum -= r(i, k) * column[k] }
        column[i] = sum / r(i, i)
      }
      columns.append(column)
    }
    for i in 0..<p {
      for j in 0..<p {
        result[order[i] * p + order[j]] = (0..<p).reduce(0.0) { $0 + columns[$1][i] * columns[$1][j] }
      }
    }
    return result
  }

  /// D·(D·step)/length in pivoted order.
  private func weighted(_ scaled: [Double], _ scale: [Double], _ length: Double) -> [Double] {
    order.map { scale[$0] * (scaled[$0] / length) }
  }

  /// Solves Sᵀy = v for an upper triangle S.
  private func lowerSolve(_ triangle: [Double], _ vector: [Double]) -> [Double] {
    let p = count
    var y = vector
    for j in 0..<p {
      var sum = y[j]
      for i in 0..<j { sum -= triangle[j * p + i] * y[i] }
      y[j] = sum / triangle[j * p + j]
    }
    return y
  }

  /// The least-squares solution of R z = Qᵀr together with √λ·D z = 0, in pivoted order, and the triangle of that system.
  ///
  /// Householder reflections on the 2p × p matrix; no normal equations.
  private func damped(_ damping: Double, _ scale: [Double]) -> (solution: [Double], factor: [Double]) {
    let p = count
    let rows = 2 * p
    let root = damping.squareRoot()
    var matrix = [Double](repeating: 0, count: rows * p)
    for j in 0..<p {
      for i in 0...j { matrix[j * rows + i] = r(i, j) }
      matrix[j * rows + p + j] = root * scale[order[j]]
    }
    var right = projection + [Double](repeating: 0, count: p)
    for j in 0..<p {
      let length = norm(Array(matrix[j * rows + j..<(j + 1) * rows]))
      guard length > 0 else { continue }
      let head = matrix[j * rows + j]
      let target = head > 0 ? -length : length
      matrix[j * rows + j] = head - target
      // 2/vᵀv with v = a − target·e.
      let half = -target * (head - target)
      func reflect(_ read: (Int) -> Double, _ write: (Int, Double) -> Void) {
        var sum = 0.0
        for i in j..<rows { sum += matrix[j * rows + i] * read(i) }
        sum /= half
        for i in j..<rows { write(i, read(i) - sum * matrix[j * rows + i]) }
      }
      for k in j + 1..<max(p, j + 1) { reflect({ matrix[k * rows + $0] }, { matrix[k * rows + $0] = $1 }) }
      reflect({ right[$0] }, { right[$0] = $1 })
      matrix[j * rows + j] = target
      for i in j + 1..<rows { matrix[j * rows + i] = 0 }
    }
    var factor = [Double](repeating: 0, count: p * p)
    for j in 0..<p {
      for i in 0...j { factor[j * p + i] = matrix[j * rows + i] }
    }
    let rank = (0..<p).first { factor[$0 * p + $0] == 0 } ?? p
    var solution = [Double](repeating: 0, count: p)
    for j in stride(from: rank - 1, through: 0, by: -1) {
      var sum = right[j]
      for k in j + 1..<max(rank, j + 1) { sum -= factor[k * p + j] * solution[k] }
      solution[j] = sum / factor[j * p + j]
    }
    return (solution, factor)
  }
}
