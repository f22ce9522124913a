extension EdgeWorkspace {
  /// Normal equations, gradient and value at `lanes`, written to `block`; `storesMeans` also keeps the expectations.
  @inline(__always)
  func evaluate<Pass: EdgePass>(
    _ lanes: EdgeLanes, into block: UnsafeMutablePointer<Lanes>, _: Pass.Type, storesMeans: Bool = false
  ) {
    switch setup.equation {
    case .F1_0, .FAB_0, .F2s_0: evaluate(lanes, block, IntegratedTail.self, Pass.self, storesMeans)
    case .F1, .FAB, .F2sAB: evaluate(lanes, block, BareTail.self, Pass.self, storesMeans)
    case .F4: evaluate(lanes, block, WideTail.self, Pass.self, storesMeans)
    case .Fdiff: evaluate(lanes, block, PeakTail.self, Pass.self, storesMeans)
    }
  }

  private func evaluate<Shape: EdgeShape, Pass: EdgePass>(
    _ lanes: EdgeLanes, _ block: UnsafeMutablePointer<Lanes>, _: Shape.Type, _: Pass.Type, _ storesMeans: Bool
  ) {
    if setup.isPlain {
      if storesMeans {
        evaluatePlain(lanes, block, Shape.self, Pass.self, true)
      } else {
        evaluatePlain(lanes, block, Shape.self, Pass.self, false)
      }
    } else {
      evaluateGeneral(lanes, block, Shape.self, Pass.self)
    }
  }

  /// Four coordinates.
  ///
  /// With a = tail, b = line and the slopes S' of their shapes, the derivatives of μ = T·(a·S1 + b·S2)
  /// with respect to ln a, ln b, ln s and E0/s are T·a·S1, T·b·S2, z·Q and Q, where Q = −T·(a·S1' + b·S2').
  ///
  /// `block` must hold `blockLength` vectors; `values`, `weights`, `means` and `axis` hold `count` places each.
  @inline(__always)
  private func evaluatePlain<Shape: EdgeShape, Pass: EdgePass>(
    _ lanes: EdgeLanes, _ block: UnsafeMutablePointer<Lanes>, _: Shape.Type, _: Pass.Type, _ storesMeans: Bool
  ) {
    var sums = PlainSums()
    let inverse = VectorMath.all(1) / lanes.s
    // Six widths below the edge and further tail and line are taken for what they are far away, which is off by 2e-9.
    let safe = lanes.position - VectorMath.all(6) * lanes.s
    let lowest = min(min(safe[0], safe[1]), min(safe[2], safe[3]))
    let highest = max(max(safe[0], safe[1]), max(safe[2], safe[3]))
    var k = 0
    while k < count, axis[k] < lowest {
      let z = (VectorMath.all(axis[k]) - lanes.position) * inverse
      let weight = Pass.usesWeights ? weights[k] : Lanes.zero
      let mean = sums.add(
        lanes, exposure: VectorMath.all(axis[count + k]), z, gaussian: Lanes.zero, step: VectorMath.all(2),
        tail: Shape.flat(z), value: values[k], weight: weight, Pass.self)
      if storesMeans { means[k] = mean }
      k += 1
    }
    // Some lanes are there and some are not: each takes its own form, whatever its neighbours do.
    while k < count, axis[k] < highest {
      let z = (VectorMath.all(axis[k]) - lanes.position) * inverse
      let isFar = VectorMath.all(axis[k]) .< safe
      var (gaussian, step) = EdgeLine.functions(z)
      var tail = Shape.tail(z, gaussian: gaussian, step: step)
      let flat = Shape.flat(z)
      gaussian.replace(with: Lanes.zero, where: isFar)
      step.replace(with: VectorMath.all(2), where: isFar)
      tail.value.replace(with: flat.value, where: isFar)
      tail.slope.replace(with: flat.slope, where: isFar)
      let weight = Pass.usesWeights ? weights[k] : Lanes.zero
      let mean = sums.add(
        lanes, exposure: VectorMath.all(axis[count + k]), z, gaussian: gaussian, step: step, tail: tail,
        value: values[k], weight: weight, Pass.self)
      if storesMeans { means[k] = mean }
      k += 1
    }
    while k < count {
      let z = (VectorMath.all(axis[k]) - lanes.position) * inverse
      let (gaussian, step) = EdgeLine.functions(z)
      let weight = Pass.usesWeights ? weights[k] : Lanes.zero
      let mean = sums.add(
        lanes, exposure: VectorMath.all(axis[count + k]), z, gaussian: gaussian, step: step,
        tail: Shape.tail(z, gaussian: gaussian, step: step), value: values[k], weight: weight, Pass.self)
      if storesMeans { means[k] = mean }
      k += 1
    }
    block[0] = sums.i11
    block[1] = sums.i12
    block[2] = sums.i13
    block[3] = sums.i14
    block[4] = sums.i12
    block[5] = sums.i22
    block[6] = sums.i23
    block[7] = sums.i24
    block[8] = sums.i13
    block[9] = sums.i23
    block[10] = sums.i33
    block[11] = sums.i34
    block[12] = sums.i14
    block[13] = sums.i24
    block[14] = sums.i34
    block[15] = sums.i44
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
    _ lanes: EdgeLanes, _ block: UnsafeMutablePointer<Lanes>, _: Shape.Type, _: Pass.Type
  ) {
    let n = setup.parameters
    for i in 0..<Self.blockLength { block[i] = .zero }
    let hasTwoWidths = setup.equation.hasTwoWidths
    let inverse = VectorMath.all(1) / lanes.s
    let inverse2 = VectorMath.all(1) / lanes.s2
    let widths = hasTwoWidths ? lanes.s2 * inverse : VectorMath.all(1)
    let share = setup.secondLine?.fraction ?? 0
    let stretch = setup.secondLine?.energyRatio ?? 1
    let secondPosition = lanes.pivot + VectorMath.all(stretch) * (lanes.position - lanes.pivot)
    let derivatives = step
    for k in 0..<count {
      let threshold = VectorMath.all(axis[k])
      let exposure = VectorMath.all(axis[count + k])
      let a = lanes.tail * exposure
      let b = lanes.line * exposure
      var m1 = Lanes.zero, m2 = Lanes.zero, d3 = Lanes.zero, d4 = Lanes.zero, d5 = Lanes.zero
      for part in 0..<(share > 0 ? 2 : 1) {
        let amount = VectorMath.all(share > 0 ? (part == 0 ? 1 - share : share) : 1)
        let pull = VectorMath.all(part == 0 ? 1 : stretch)
        let d = threshold - (part == 0 ? lanes.position : secondPosition)
        let z = d * inverse
        let z2 = hasTwoWidths ? d * inverse2 : z
        let (gaussian, step) = EdgeLine.functions(z)
        let (gaussian2, step2) = hasTwoWidths ? EdgeLine.functions(z2) : (gaussian, step)
        let tail = Shape.tail(z, gaussian: gaussian, step: step)
        m1 = VectorMath.multiplyAdd(amount * a, tail.value, m1)
        m2 = VectorMath.multiplyAdd(amount * b, step2, m2)
        let q1 = amount * a * tail.slope
        let q2 = amount * b * EdgeLine.slopeFactor * gaussian2
        if hasTwoWidths {
          d3 = VectorMath.multiplyAdd(z, q1, d3)
          d5 = VectorMath.multiplyAdd(z2, q2, d5)
          d4 = VectorMath.multiplyAdd(pull, VectorMath.multiplyAdd(q1, widths, q2), d4)
        } else {
          d3 = VectorMath.multiplyAdd(z, q1 + q2, d3)
          d4 = VectorMath.multiplyAdd(pull, q1 + q2, d4)
        }
      }
      let floor = setup.hasBackground ? lanes.background * exposure : .zero
      let mean = m1 + m2 + floor
      means[k] = mean
      derivatives[0] = m1
      derivatives[1] = m2
      derivatives[2] = hasTwoWidths ? d3 + m1 : d3
      derivatives[3] = d4
      derivatives[4] = hasTwoWidths ? d5 - m1 : floor
      derivatives[5] = floor
      let weight = Pass.usesWeights ? weights[k] : .zero
      let (w, residual, value) = Pass.apply(values[k], weight: weight, mean: mean)
      block[Self.valuePlace] += value
      for i in 0..<n {
        let wd = w * derivatives[i]
        for j in 0...i { block[i * n + j] = VectorMath.multiplyAdd(wd, derivatives[j], block[i * n + j]) }
        block[Self.gradientPlace + i] = VectorMath.multiplyAdd(
          residual, derivatives[i], block[Self.gradientPlace + i])
      }
    }
    for i in 0..<n {
      for j in 0..<i { block[j * n + i] = block[i * n + j] }
    }
  }
}

/// Running sums over thresholds for four coordinates.
private struct PlainSums {
  var i11 = Lanes.zero, i12 = Lanes.zero, i22 = Lanes.zero
  var i13 = Lanes.zero, i14 = Lanes.zero, i23 = Lanes.zero, i24 = Lanes.zero
  var i33 = Lanes.zero, i34 = Lanes.zero, i44 = Lanes.zero
  var g1 = Lanes.zero, g2 = Lanes.zero, g3 = Lanes.zero, g4 = Lanes.zero
  var total = Lanes.zero

  /// Adds one threshold; returns the expectation.
  @inline(__always)
  mutating func add<Pass: EdgePass>(
    _ lanes: EdgeLanes, exposure: Lanes, _ z: Lanes, gaussian: Lanes, step: Lanes, tail: (value: Lanes, slope: Lanes),
    value n: Lanes, weight: Lanes, _: Pass.Type
  ) -> Lanes {
    let a = lanes.tail * exposure
    let b = lanes.line * exposure
    let m1 = a * tail.value
    let m2 = b * step
    let q = VectorMath.multiplyAdd(a, tail.slope, b * EdgeLine.slopeFactor * gaussian)
    let zq = z * q
    let mean = m1 + m2
    let (w, residual, value) = Pass.apply(n, weight: weight, mean: mean)
    total += value
    let w1 = w * m1
    let w2 = w * m2
    let wq = w * q
    let wzq = w * zq
    i11 = VectorMath.multiplyAdd(w1, m1, i11)
    i12 = VectorMath.multiplyAdd(w1, m2, i12)
    i22 = VectorMath.multiplyAdd(w2, m2, i22)
    i13 = VectorMath.multiplyAdd(w1, zq, i13)
    i14 = VectorMath.multiplyAdd(w1, q, i14)
    i23 = VectorMath.multiplyAdd(w2, zq, i23)
    i24 = VectorMath.multiplyAdd(w2, q, i24)
    i33 = VectorMath.multiplyAdd(wzq, zq, i33)
    i34 = VectorMath.multiplyAdd(wzq, q, i34)
    i44 = VectorMath.multiplyAdd(wq, q, i44)
    g1 = VectorMath.multiplyAdd(residual, m1, g1)
    g2 = VectorMath.multiplyAdd(residual, m2, g2)
    g3 = VectorMath.multiplyAdd(residual, zq, g3)
    g4 = VectorMath.multiplyAdd(residual, q, g4)
    return mean
  }
}
