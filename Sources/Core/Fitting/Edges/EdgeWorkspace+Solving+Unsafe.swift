extension EdgeWorkspace {
  /// What the solution of the normal equations says about the next step.
  struct Step {
    /// gᵀ(I + λ·diag I)⁻¹g: twice the expected gain, 0 at the optimum.
    var distance: Lanes
    /// Factor that keeps the step within a region where the linear picture holds; 1 when it is taken whole.
    var fraction: Lanes
    /// 1 in lanes where a coordinate rests at its bound.
    var bound: Lanes
    /// Lanes whose matrix is positive definite.
    var isDefinite: SIMDMask<SIMD4<Int64>>
  }

  /// Cholesky factorisation of the matrix of `block` with Marquardt's damping, and the step for its gradient, left in `step`.
  ///
  /// An amplitude that adds less than 1e-7 of the whole and still wants to fall, and a width at `smallestWidth` that wants to
  /// shrink, are held. Indices stay below 36 (factor), 6 (step) because `parameters ≤ 6`.
  @inline(__always)
  func solve(
    _ block: UnsafeMutablePointer<Lanes>, damping: Lanes, widths: (Lanes, Lanes), smallestWidth: Lanes
  ) -> Step {
    let n = setup.parameters
    let gradient = block + Self.gradientPlace
    let solution = step
    let one = VectorMath.all(1)
    let zero = Lanes.zero
    for i in 0..<n * n { factor[i] = block[i] }
    for i in 0..<n { solution[i] = gradient[i] }
    var bound = Lanes.zero
    let whole = (block[0] + block[n + 1] + block[1] + block[1]) * VectorMath.all(1e-7)
    let noTail = (block[0] + block[1] .< whole) .& (gradient[0] .< zero)
    let noLine = (block[n + 1] + block[1] .< whole) .& (gradient[1] .< zero)
    let noWidth = (widths.0 .<= smallestWidth) .& (gradient[2] .< zero)
    hold(0, n, noTail, &bound)
    hold(1, n, noLine, &bound)
    if setup.equation.hasTwoWidths {
      // What has no amplitude has no width of its own either.
      hold(2, n, noWidth .| noTail, &bound)
      hold(4, n, (widths.1 .<= smallestWidth) .& (gradient[4] .< zero) .| noLine, &bound)
    } else {
      hold(2, n, noWidth, &bound)
    }
    if setup.hasBackground {
      hold(n - 1, n, (block[n * n - 1] .< whole * VectorMath.all(1e-7)) .& (gradient[n - 1] .< zero), &bound)
    }
    let held0 = solution[0], held1 = solution[1], held2 = solution[2], held3 = solution[3]
    let held4 = n > 4 ? solution[4] : zero, held5 = n > 5 ? solution[5] : zero
    var isDefinite = one .== one
    for i in 0..<n {
      for j in 0...i {
        var sum = factor[i * n + j]
        if i == j { sum = VectorMath.multiplyAdd(sum, damping, sum) }
        for k in 0..<j { sum -= factor[i * n + k] * factor[j * n + k] }
        if i == j {
          // A pivot that is lost to rounding means that the data do not tell the parameters apart.
          isDefinite .&= sum .> factor[i * n + i] * VectorMath.all(1e-13)
          factor[i * n + i] = one / sum.replacing(with: one, where: sum .<= zero).squareRoot()
        } else {
          factor[i * n + j] = sum * factor[j * n + j]
        }
      }
    }
    substitute(solution, n)
    var distance = solution[0] * held0 + solution[1] * held1 + solution[2] * held2 + solution[3] * held3
    if n > 4 { distance += solution[4] * held4 }
    if n > 5 { distance += solution[5] * held5 }
    var longest = largest(solution[0], solution[1]) * VectorMath.all(0.5)
    longest = largest(longest, solution[2] * VectorMath.all(1.4))
    longest = largest(longest, solution[3] * VectorMath.all(0.5))
    if n > 4 { longest = largest(longest, solution[4]) }
    if n > 5 { longest = largest(longest, solution[5]) }
    return Step(
      distance: distance, fraction: one / longest.replacing(with: one, where: longest .< one), bound: bound,
      isDefinite: isDefinite)
  }

  @inline(__always)
  private func largest(_ a: Lanes, _ b: Lanes) -> Lanes {
    let x = a.replacing(with: Lanes.zero - a, where: a .< Lanes.zero)
    let y = b.replacing(with: Lanes.zero - b, where: b .< Lanes.zero)
    return x.replacing(with: y, where: x .< y)
  }

  /// Takes coordinate `i` out of the equations in the lanes of `mask`.
  @inline(__always)
  private func hold(_ i: Int, _ n: Int, _ mask: SIMDMask<SIMD4<Int64>>, _ bound: inout Lanes) {
    guard any(mask) else { return }
    for j in 0..<n {
      factor[i * n + j].replace(with: Lanes.zero, where: mask)
      factor[j * n + i].replace(with: Lanes.zero, where: mask)
    }
    factor[i * n + i].replace(with: VectorMath.all(1), where: mask)
    step[i].replace(with: Lanes.zero, where: mask)
    bound.replace(with: VectorMath.all(1), where: mask)
  }

  /// Solves L Lᵀ x = v in place, with the reciprocals of the diagonal in the factor.
  @inline(__always)
  func substitute(_ vector: UnsafeMutablePointer<Lanes>, _ n: Int) {
    for i in 0..<n {
      var sum = vector[i]
      for k in 0..<i { sum -= factor[i * n + k] * vector[k] }
      vector[i] = sum * factor[i * n + i]
    }
    for i in stride(from: n - 1, through: 0, by: -1) {
      var sum = vector[i]
      for k in i + 1..<n { sum -= factor[k * n + i] * vector[k] }
      vector[i] = sum * factor[i * n + i]
    }
  }

  /// The coordinates one step further, in the lanes where the matrix is definite.
  @inline(__always)
  func moved(_ lanes: EdgeLanes, _ step: Step, smallestWidth: Lanes) -> EdgeLanes {
    let solution = self.step
    let fraction = step.fraction.replacing(with: Lanes.zero, where: .!step.isDefinite)
    var next = lanes
    next.tail *= VectorMath.exp(solution[0] * fraction)
    next.line *= VectorMath.exp(solution[1] * fraction)
    let unit = setup.equation.hasTwoWidths ? lanes.s2 : lanes.s
    next.position = VectorMath.multiplyAdd(solution[3] * fraction, unit, lanes.position)
    next.s = largest(lanes.s * VectorMath.exp(solution[2] * fraction), smallestWidth)
    if setup.equation.hasTwoWidths {
      next.s2 = largest(lanes.s2 * VectorMath.exp(solution[4] * fraction), smallestWidth)
      next.tail *= next.s / lanes.s * (lanes.s2 / next.s2)
    } else {
      next.s2 = next.s
    }
    if setup.hasBackground { next.background *= VectorMath.exp(solution[setup.parameters - 1] * fraction) }
    return next
  }
}
