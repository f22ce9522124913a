/// What the solution of the normal equations says about the next step.
struct EdgeStep<Vector: EdgeVector> {
  /// gᵀ(I + λ·diag I)⁻¹g: twice the expected gain, 0 at the optimum.
  var distance: Vector
  /// Factor that keeps the step within a region where the linear picture holds; 1 when it is taken whole.
  var fraction: Vector
  /// 1 in lanes where a coordinate rests at its bound.
  var bound: Vector
  /// 1 in lanes whose matrix is positive definite, 0 in others.
  var definite: Vector
}

extension EdgeWorkspace {
  /// Factorisation L D Lᵀ of the matrix of `block` with Marquardt's damping, and the step for its gradient, left in `step`.
  ///
  /// An amplitude that adds less than 1e-7 of the whole and still wants to fall, and a width at `smallestWidth` that wants to
  /// shrink, are held. Indices stay below 36 (factor), 6 (step) because `parameters ≤ 6`.
  @inline(__always)
  func solve(
    _ block: UnsafeMutablePointer<Vector>, damping: Vector, widths: (Vector, Vector), smallestWidth: Vector
  ) -> EdgeStep<Vector> {
    let n = setup.parameters
    let gradient = block + Self.gradientPlace
    let solution = step
    let one = Vector.all(1)
    let zero = Vector.zero
    for i in 0..<n * n { factor[i] = block[i] }
    for i in 0..<n { solution[i] = gradient[i] }
    var bound = Vector.zero
    let whole = (block[0] + block[n + 1] + block[1] + block[1]) * Vector.all(1e-7)
    let noTail = Vector.both(Vector.isLess(block[0] + block[1], whole), Vector.isLess(gradient[0], zero))
    let noLine = Vector.both(Vector.isLess(block[n + 1] + block[1], whole), Vector.isLess(gradient[1], zero))
    let noWidth = Vector.both(Vector.isAtMost(widths.0, smallestWidth), Vector.isLess(gradient[2], zero))
    hold(0, n, noTail, &bound)
    hold(1, n, noLine, &bound)
    if setup.equation.hasTwoWidths {
      // What has no amplitude has no width of its own either.
      hold(2, n, Vector.either(noWidth, noTail), &bound)
      let noSecond = Vector.both(Vector.isAtMost(widths.1, smallestWidth), Vector.isLess(gradient[4], zero))
      hold(4, n, Vector.either(noSecond, noLine), &bound)
    } else {
      hold(2, n, noWidth, &bound)
    }
    if setup.hasBackground {
      let isNone = Vector.both(
        Vector.isLess(block[n * n - 1], whole * Vector.all(1e-7)), Vector.isLess(gradient[n - 1], zero))
      // No background is the usual case, not a limit of the fit: it does not count as a bound.
      var isFree = zero
      hold(n - 1, n, isNone, &isFree)
    }
    // Below the diagonal L, on it 1/D.
    var definite = one
    for i in 0..<n {
      for j in 0..<i {
        var sum = factor[i * n + j]
        // The entries of the row so far are L·D.
        for k in 0..<j { sum -= factor[i * n + k] * factor[j * n + k] }
        factor[i * n + j] = sum
      }
      let diagonal = factor[i * n + i]
      var pivot = Vector.multiplyAdd(diagonal, damping, diagonal)
      for k in 0..<i {
        let l = factor[i * n + k] * factor[k * n + k]
        pivot -= factor[i * n + k] * l
        factor[i * n + k] = l
      }
      // A pivot that is lost to rounding means that the data do not tell the parameters apart.
      let least = diagonal * Vector(repeating: Vector.smallestPivot)
      definite = zero.replacing(with: definite, where: Vector.isLess(least, pivot))
      factor[i * n + i] = one / pivot.replacing(with: one, where: Vector.isAtMost(pivot, zero))
    }
    var distance = zero
    for i in 0..<n {
      var sum = solution[i]
      for k in 0..<i { sum -= factor[i * n + k] * solution[k] }
      solution[i] = sum
      distance = Vector.multiplyAdd(sum * sum, factor[i * n + i], distance)
    }
    back(solution, n)
    var longest = Vector.largest(Vector.magnitude(solution[0]), Vector.magnitude(solution[1])) * Vector.all(0.5)
    longest = Vector.largest(longest, Vector.magnitude(solution[2]) * Vector.all(1.4))
    longest = Vector.largest(longest, Vector.magnitude(solution[3]) * Vector.all(0.5))
    for i in 4..<max(n, 4) { longest = Vector.largest(longest, Vector.magnitude(solution[i])) }
    return EdgeStep(
      distance: distance, fraction: one / Vector.largest(longest, one), bound: bound, definite: definite)
  }

  /// Takes coordinate `i` out of the equations in the lanes of `mask`.
  @inline(__always)
  private func hold(_ i: Int, _ n: Int, _ mask: Vector.Mask, _ bound: inout Vector) {
    guard Vector.isAny(mask) else { return }
    for j in 0..<n {
      factor[i * n + j].replace(with: .zero, where: mask)
      factor[j * n + i].replace(with: .zero, where: mask)
    }
    factor[i * n + i].replace(with: Vector.all(1), where: mask)
    step[i].replace(with: .zero, where: mask)
    bound.replace(with: Vector.all(1), where: mask)
  }

  /// Solves D Lᵀ x = v in place.
  @inline(__always)
  private func back(_ vector: UnsafeMutablePointer<Vector>, _ n: Int) {
    var i = n
    while i > 0 {
      i -= 1
      var sum = vector[i] * factor[i * n + i]
      for k in i + 1..<n { sum -= factor[k * n + i] * vector[k] }
      vector[i] = sum
    }
  }

  /// The inverse of the matrix factorised last, n × n vectors from `inverse` on.
  @inline(__always)
  func invert(into inverse: UnsafeMutablePointer<Vector>) {
    let n = setup.parameters
    let unit = step + 6
    for column in 0..<n {
      for i in 0..<n {
        var sum = i == column ? Vector.all(1) : .zero
        for k in 0..<i { sum -= factor[i * n + k] * unit[k] }
        unit[i] = sum
      }
      back(unit, n)
      for i in 0..<n { inverse[i * n + column] = unit[i] }
    }
  }

  /// The coordinates one step further, in the lanes where the matrix is definite.
  @inline(__always)
  func moved(_ lanes: EdgeLanes<Vector>, _ step: EdgeStep<Vector>, smallestWidth: Vector) -> EdgeLanes<Vector> {
    let solution = self.step
    let fraction = Vector.zero.replacing(with: step.fraction, where: Vector.isLess(.zero, step.definite))
    var next = lanes
    next.tail *= Vector.exponential(solution[0] * fraction)
    next.line *= Vector.exponential(solution[1] * fraction)
    let unit = setup.equation.hasTwoWidths ? lanes.s2 : lanes.s
    next.position = Vector.multiplyAdd(solution[3] * fraction, unit, lanes.position)
    next.s = Vector.largest(lanes.s * Vector.exponential(solution[2] * fraction), smallestWidth)
    if setup.equation.hasTwoWidths {
      next.s2 = Vector.largest(lanes.s2 * Vector.exponential(solution[4] * fraction), smallestWidth)
      next.tail *= next.s / lanes.s * (lanes.s2 / next.s2)
    } else {
      next.s2 = next.s
    }
    if setup.hasBackground { next.background *= Vector.exponential(solution[setup.parameters - 1] * fraction) }
    return next
  }
}
