extension EdgeWorkspace {
  /// Normal equations, gradient and value at `lanes`, written to `block`; a pass with a deviance also keeps the expectations.
  ///
  /// `source` stands in for the workspace's own values and holds `count` vectors; only four coordinates read it.
  @inline(__always)
  func evaluate<Pass: EdgePass>(
    _ lanes: EdgeLanes<Vector>, into block: UnsafeMutablePointer<Vector>, _: Pass.Type,
    values source: UnsafePointer<Vector>? = nil
  ) where Pass.Vector == Vector {
    switch setup.equation {
    case .F1_0, .FAB_0, .F2s_0: evaluate(lanes, block, IntegratedTail.self, Pass.self, source)
    case .F1, .FAB, .F2sAB: evaluate(lanes, block, BareTail.self, Pass.self, source)
    case .F4: evaluate(lanes, block, WideTail.self, Pass.self, source)
    case .Fdiff: evaluate(lanes, block, PeakTail.self, Pass.self, source)
    }
    if Pass.hasDeviance { block[Self.valuePlace] = Pass.deviance(values, means, count) }
  }

  private func evaluate<Shape: EdgeShape, Pass: EdgePass>(
    _ lanes: EdgeLanes<Vector>, _ block: UnsafeMutablePointer<Vector>, _: Shape.Type, _: Pass.Type,
    _ source: UnsafePointer<Vector>?
  ) where Pass.Vector == Vector {
    if setup.isPlain {
      evaluatePlain(lanes, block, Shape.self, Pass.self, source)
    } else {
      evaluateGeneral(lanes, block, Shape.self, Pass.self)
    }
  }

  /// The least and the greatest lane, lanes without a number left aside.
  @inline(__always)
  private func limits(_ lanes: Vector) -> (least: Vector.Scalar, greatest: Vector.Scalar) {
    var least = Vector.Scalar.infinity
    var greatest = -Vector.Scalar.infinity
    for lane in 0..<Vector.laneCount {
      let value = lanes[lane]
      least = value < least ? value : least
      greatest = value > greatest ? value : greatest
    }
    return (least, greatest)
  }

  /// Four coordinates.
  ///
  /// With a = tail, b = line and the slopes S' of their shapes, the derivatives of μ = T·(a·S1 + b·S2)
  /// with respect to ln a, ln b, ln s and E0/s are T·a·S1, T·b·S2, z·Q and Q, where Q = −T·(a·S1' + b·S2').
  ///
  /// `block` must hold `blockLength` vectors; `values`, `weights`, `means` and `axis` hold `count` places each.
  @inline(__always)
  private func evaluatePlain<Shape: EdgeShape, Pass: EdgePass>(
    _ lanes: EdgeLanes<Vector>, _ block: UnsafeMutablePointer<Vector>, _: Shape.Type, _: Pass.Type,
    _ source: UnsafePointer<Vector>?
  ) where Pass.Vector == Vector {
    var sums = PlainSums<Vector>()
    let values = source ?? UnsafePointer(self.values)
    let inverse = Vector.all(1) / lanes.s
    // Below this, tail and line are taken for what they are far away.
    let safe = lanes.position - Vector(repeating: Vector.farWidths) * lanes.s
    let (lowest, highest) = limits(safe)
    var k = 0
    while k < count, axis[k] < lowest {
      let z = (Vector(repeating: axis[k]) - lanes.position) * inverse
      let weight = Pass.usesWeights ? weights[k] : Vector.zero
      let mean = sums.add(
        lanes, exposure: Vector(repeating: axis[count + k]), z, Shape.far(z), value: values[k], weight: weight,
        Shape.self, Pass.self)
      if Pass.hasDeviance { means[k] = mean }
      k += 1
    }
    // Some lanes are there and some are not: each takes its own form, whatever its neighbours do.
    while k < count, axis[k] < highest {
      let z = (Vector(repeating: axis[k]) - lanes.position) * inverse
      let isFar = Vector.isLess(Vector(repeating: axis[k]), safe)
      var form = Shape.form(z)
      let far = Shape.far(z)
      form.gaussian.replace(with: far.gaussian, where: isFar)
      form.step.replace(with: far.step, where: isFar)
      form.tail.replace(with: far.tail, where: isFar)
      form.slope.replace(with: far.slope, where: isFar)
      let weight = Pass.usesWeights ? weights[k] : Vector.zero
      let mean = sums.add(
        lanes, exposure: Vector(repeating: axis[count + k]), z, form, value: values[k], weight: weight,
        Shape.self, Pass.self)
      if Pass.hasDeviance { means[k] = mean }
      k += 1
    }
    while k < count {
      let z = (Vector(repeating: axis[k]) - lanes.position) * inverse
      let weight = Pass.usesWeights ? weights[k] : Vector.zero
      let mean = sums.add(
        lanes, exposure: Vector(repeating: axis[count + k]), z, Shape.form(z), value: values[k], weight: weight,
        Shape.self, Pass.self)
      if Pass.hasDeviance { means[k] = mean }
      k += 1
    }
    sums.write(to: block)
    block[Self.gradientPlace] = sums.g1
    block[Self.gradientPlace + 1] = sums.g2
    block[Self.gradientPlace + 2] = sums.g3
    block[Self.gradientPlace + 3] = sums.g4
    block[Self.valuePlace] = sums.total
  }

  /// Two widths, a second line and a background as well: up to six coordinates ln a, ln b, ln s, E0/s, (ln s2), (ln c).
  ///
  /// With two widths the tail's may vanish, and neither its amplitude nor the position must be measured by it: the coordinates
  /// are then ln(a·s2/s), ln b, ln s, E0/s2, ln s2.
  ///
  /// Bounds as in `evaluatePlain`; derivatives live in a tuple of six, addressed below `parameters ≤ 6`.
  private func evaluateGeneral<Shape: EdgeShape, Pass: EdgePass>(
    _ lanes: EdgeLanes<Vector>, _ block: UnsafeMutablePointer<Vector>, _: Shape.Type, _: Pass.Type
  ) where Pass.Vector == Vector {
    let n = setup.parameters
    for i in 0..<Self.blockLength { block[i] = .zero }
    let hasTwoWidths = setup.equation.hasTwoWidths
    let inverse = Vector.all(1) / lanes.s
    let inverse2 = Vector.all(1) / lanes.s2
    let widths = hasTwoWidths ? lanes.s2 * inverse : Vector.all(1)
    let share = setup.secondLine?.fraction ?? 0
    let stretch = setup.secondLine?.energyRatio ?? 1
    let secondPosition = lanes.pivot + Vector.all(stretch) * (lanes.position - lanes.pivot)
    let derivatives = step
    for k in 0..<count {
      let threshold = Vector(repeating: axis[k])
      let exposure = Vector(repeating: axis[count + k])
      let a = lanes.tail * exposure
      let b = lanes.line * exposure
      var m1 = Vector.zero, m2 = Vector.zero, d3 = Vector.zero, d4 = Vector.zero, d5 = Vector.zero
      for part in 0..<(share > 0 ? 2 : 1) {
        let amount = Vector.all(share > 0 ? (part == 0 ? 1 - share : share) : 1)
        let pull = Vector.all(part == 0 ? 1 : stretch)
        let d = threshold - (part == 0 ? lanes.position : secondPosition)
        let z = d * inverse
        let z2 = hasTwoWidths ? d * inverse2 : z
        let form = Shape.form(z)
        let (gaussian2, step2) = hasTwoWidths ? EdgeLine.functions(z2) : (form.gaussian, form.step)
        m1 = Vector.multiplyAdd(amount * a, form.tail, m1)
        m2 = Vector.multiplyAdd(amount * b, step2, m2)
        let q1 = amount * a * form.slope
        let q2 = amount * b * Vector.all(EdgeLine.slopeFactor) * gaussian2
        if hasTwoWidths {
          d3 = Vector.multiplyAdd(z, q1, d3)
          d5 = Vector.multiplyAdd(z2, q2, d5)
          d4 = Vector.multiplyAdd(pull, Vector.multiplyAdd(q1, widths, q2), d4)
        } else {
          d3 = Vector.multiplyAdd(z, q1 + q2, d3)
          d4 = Vector.multiplyAdd(pull, q1 + q2, d4)
        }
      }
      let floor = setup.hasBackground ? lanes.background * exposure : .zero
      var mean = m1 + m2 + floor
      derivatives[0] = m1
      derivatives[1] = m2
      derivatives[2] = hasTwoWidths ? d3 + m1 : d3
      derivatives[3] = d4
      derivatives[4] = hasTwoWidths ? d5 - m1 : floor
      derivatives[5] = floor
      if Shape.canBeNegative && !Pass.usesWeights {
        let (bounded, slope) = PositiveMean.bounded(mean)
        mean = bounded
        for i in 0..<n { derivatives[i] *= slope }
      }
      means[k] = mean
      let weight = Pass.usesWeights ? weights[k] : .zero
      let (w, residual, value) = Pass.apply(values[k], weight: weight, mean: mean)
      block[Self.valuePlace] += value
      for i in 0..<n {
        let wd = w * derivatives[i]
        for j in 0...i { block[i * n + j] = Vector.multiplyAdd(wd, derivatives[j], block[i * n + j]) }
        block[Self.gradientPlace + i] = Vector.multiplyAdd(
          residual, derivatives[i], block[Self.gradientPlace + i])
      }
    }
    for i in 0..<n {
      for j in 0..<i { block[j * n + i] = block[i * n + j] }
    }
  }
}

/// Expected counts of a curve that may fall below zero, where no count can come from.
///
/// A bare tail −z·erfc(z) is negative above the edge; a likelihood of negative means has no lower bound. From ε = 1e-6 counts
/// downwards the mean goes on as ε²/(2ε − μ): positive, with the same value and slope at ε, and it vanishes for μ → −∞.
enum PositiveMean {
  static var epsilon: Double { 1e-6 }

  /// The mean that counts, and its derivative with respect to the mean that was asked for.
  @inline(__always)
  static func bounded<Vector: EdgeVector>(_ mean: Vector) -> (mean: Vector, slope: Vector) {
    let e = Vector.all(epsilon)
    let isLow = Vector.isLess(mean, e)
    let quotient = e / (Vector.all(2 * epsilon) - Vector.smallest(mean, e))
    return (
      mean.replacing(with: e * quotient, where: isLow),
      Vector.all(1).replacing(with: quotient * quotient, where: isLow)
    )
  }
}

/// Running sums over thresholds for four coordinates.
private struct PlainSums<Vector: EdgeVector> {
  var i11 = Vector.zero, i12 = Vector.zero, i22 = Vector.zero
  var i13 = Vector.zero, i14 = Vector.zero, i23 = Vector.zero, i24 = Vector.zero
  var i33 = Vector.zero, i34 = Vector.zero, i44 = Vector.zero
  var g1 = Vector.zero, g2 = Vector.zero, g3 = Vector.zero, g4 = Vector.zero
  var total = Vector.zero

  /// Adds one threshold; returns the expectation.
  @inline(__always)
  mutating func add<Shape: EdgeShape, Pass: EdgePass>(
    _ lanes: EdgeLanes<Vector>, exposure: Vector, _ z: Vector, _ form: EdgeForm<Vector>, value n: Vector,
    weight: Vector, _: Shape.Type, _: Pass.Type
  ) -> Vector where Pass.Vector == Vector {
    let a = lanes.tail * exposure
    let b = lanes.line * exposure
    var m1 = a * form.tail
    var m2 = b * form.step
    var q = Vector.multiplyAdd(a, form.slope, b * Vector.all(EdgeLine.slopeFactor) * form.gaussian)
    var mean = m1 + m2
    if Shape.canBeNegative && !Pass.usesWeights {
      let (bounded, slope) = PositiveMean.bounded(mean)
      mean = bounded
      m1 *= slope
      m2 *= slope
      q *= slope
    }
    let zq = z * q
    let (w, residual, value) = Pass.apply(n, weight: weight, mean: mean)
    if Pass.usesWeights { total += value }
    let w1 = w * m1
    let w2 = w * m2
    let wq = w * q
    let wzq = w * zq
    i11 = Vector.multiplyAdd(w1, m1, i11)
    i12 = Vector.multiplyAdd(w1, m2, i12)
    i22 = Vector.multiplyAdd(w2, m2, i22)
    i13 = Vector.multiplyAdd(w1, zq, i13)
    i14 = Vector.multiplyAdd(w1, q, i14)
    i23 = Vector.multiplyAdd(w2, zq, i23)
    i24 = Vector.multiplyAdd(w2, q, i24)
    i33 = Vector.multiplyAdd(wzq, zq, i33)
    i34 = Vector.multiplyAdd(wzq, q, i34)
    i44 = Vector.multiplyAdd(wq, q, i44)
    g1 = Vector.multiplyAdd(residual, m1, g1)
    g2 = Vector.multiplyAdd(residual, m2, g2)
    g3 = Vector.multiplyAdd(residual, zq, g3)
    g4 = Vector.multiplyAdd(residual, q, g4)
    return mean
  }

  /// The symmetric matrix of 4 × 4.
  @inline(__always)
  func write(to block: UnsafeMutablePointer<Vector>) {
    block[0] = i11
    block[1] = i12
    block[2] = i13
    block[3] = i14
    block[4] = i12
    block[5] = i22
    block[6] = i23
    block[7] = i24
    block[8] = i13
    block[9] = i23
    block[10] = i33
    block[11] = i34
    block[12] = i14
    block[13] = i24
    block[14] = i34
    block[15] = i44
  }
}
