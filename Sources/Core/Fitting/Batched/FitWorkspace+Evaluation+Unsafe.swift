extension FitWorkspace {
  /// One pass over the samples: the normal equations of a model at some parameters.
  ///
  /// Two loops per block: the model writes weighted derivatives and residuals into columns (pure arithmetic, no dependence
  /// between samples), then the columns are multiplied with each other, fifteen or twenty-one running sums. The order of
  /// summation depends on the number of samples alone.
  @inline(__always)
  func evaluate<Model: PeakModel, Pass: PassObjective>(
    _: Model.Type, _: Pass.Type, _ parameters: FitVector
  ) -> NormalEquations {
    let prepared = Model.prepare(parameters)
    let length = Self.blockLength
    // Inside the allocation: six columns of `blockLength` vectors each (see the type's layout).
    let a = columns
    let b = columns + length
    let c = columns + 2 * length
    let d = columns + 3 * length
    let e = columns + 4 * length
    let r = columns + 5 * length
    var sums = ColumnSums()
    var deviance = Lanes.zero
    var begin = 0
    while begin < vectors {
      let count = min(length, vectors - begin)
      for i in 0..<count {
        var point = Model.evaluate(u[begin + i], prepared)
        var residual = Lanes.zero
        deviance += Pass.apply(&point, data: v[begin + i], factor: factors[begin + i], residual: &residual)
        a[i] = point.derivatives.0
        b[i] = point.derivatives.1
        c[i] = point.derivatives.2
        d[i] = point.derivatives.3
        if Model.parameterCount > 4 { e[i] = point.derivatives.4 }
        r[i] = residual
      }
      begin += count
      if Pass.factorsOnlyPadding && begin == vectors {
        let i = count - 1
        let factor = factors[begin - 1]
        a[i] *= factor
        b[i] *= factor
        c[i] *= factor
        d[i] *= factor
        if Model.parameterCount > 4 { e[i] *= factor }
        r[i] *= factor
      }
      if Model.parameterCount > 4 {
        sums.addFirstOfFive(a, b, c, d, e, r, count)
        sums.addSecondOfFive(c, d, e, r, count)
      } else {
        sums.addFour(a, b, c, d, r, count)
      }
    }
    return sums.equations(count: Model.parameterCount, deviance: deviance, Pass.self)
  }
}

/// Running sums of products of columns; lanes are added up at the end.
struct ColumnSums {
  var aa = Lanes.zero, ab = Lanes.zero, ac = Lanes.zero, ad = Lanes.zero, ae = Lanes.zero, ar = Lanes.zero
  var bb = Lanes.zero, bc = Lanes.zero, bd = Lanes.zero, be = Lanes.zero, br = Lanes.zero
  var cc = Lanes.zero, cd = Lanes.zero, ce = Lanes.zero, cr = Lanes.zero
  var dd = Lanes.zero, de = Lanes.zero, dr = Lanes.zero
  var ee = Lanes.zero, er = Lanes.zero, rr = Lanes.zero

  // The pointers of the three functions below must be readable for `count` vectors: they are columns of a
  // workspace and `count` is at most its block length.

  @inline(__always)
  mutating func addFour(
    _ a: UnsafePointer<Lanes>, _ b: UnsafePointer<Lanes>, _ c: UnsafePointer<Lanes>, _ d: UnsafePointer<Lanes>,
    _ r: UnsafePointer<Lanes>, _ count: Int
  ) {
    for i in 0..<count {
      let (a, b, c, d, r) = (a[i], b[i], c[i], d[i], r[i])
      aa = VectorMath.multiplyAdd(a, a, aa)
      ab = VectorMath.multiplyAdd(a, b, ab)
      ac = VectorMath.multiplyAdd(a, c, ac)
      ad = VectorMath.multiplyAdd(a, d, ad)
      ar = VectorMath.multiplyAdd(a, r, ar)
      bb = VectorMath.multiplyAdd(b, b, bb)
      bc = VectorMath.multiplyAdd(b, c, bc)
      bd = VectorMath.multiplyAdd(b, d, bd)
      br = VectorMath.multiplyAdd(b, r, br)
      cc = VectorMath.multiplyAdd(c, c, cc)
      cd = VectorMath.multiplyAdd(c, d, cd)
      cr = VectorMath.multiplyAdd(c, r, cr)
      dd = VectorMath.multiplyAdd(d, d, dd)
      dr = VectorMath.multiplyAdd(d, r, dr)
      rr = VectorMath.multiplyAdd(r, r, rr)
    }
  }

  @inline(__always)
  mutating func addFirstOfFive(
    _ a: UnsafePointer<Lanes>, _ b: UnsafePointer<Lanes>, _ c: UnsafePointer<Lanes>, _ d: UnsafePointer<Lanes>,
    _ e: UnsafePointer<Lanes>, _ r: UnsafePointer<Lanes>, _ count: Int
  ) {
    for i in 0..<count {
      let (a, b, c, d, e, r) = (a[i], b[i], c[i], d[i], e[i], r[i])
      aa = VectorMath.multiplyAdd(a, a, aa)
      ab = VectorMath.multiplyAdd(a, b, ab)
      ac = VectorMath.multiplyAdd(a, c, ac)
      ad = VectorMath.multiplyAdd(a, d, ad)
      ae = VectorMath.multiplyAdd(a, e, ae)
      ar = VectorMath.multiplyAdd(a, r, ar)
      bb = VectorMath.multiplyAdd(b, b, bb)
      bc = VectorMath.multiplyAdd(b, c, bc)
      bd = VectorMath.multiplyAdd(b, d, bd)
      be = VectorMath.multiplyAdd(b, e, be)
      br = VectorMath.multiplyAdd(b, r, br)
    }
  }

  @inline(__always)
  mutating func addSecondOfFive(
    _ c: UnsafePointer<Lanes>, _ d: UnsafePointer<Lanes>, _ e: UnsafePointer<Lanes>, _ r: UnsafePointer<Lanes>,
    _ count: Int
  ) {
    for i in 0..<count {
      let (c, d, e, r) = (c[i], d[i], e[i], r[i])
      cc = VectorMath.multiplyAdd(c, c, cc)
      cd = VectorMath.multiplyAdd(c, d, cd)
      ce = VectorMath.multiplyAdd(c, e, ce)
      cr = VectorMath.multiplyAdd(c, r, cr)
      dd = VectorMath.multiplyAdd(d, d, dd)
      de = VectorMath.multiplyAdd(d, e, de)
      dr = VectorMath.multiplyAdd(d, r, dr)
      ee = VectorMath.multiplyAdd(e, e, ee)
      er = VectorMath.multiplyAdd(e, r, er)
      rr = VectorMath.multiplyAdd(r, r, rr)
    }
  }

  /// The normal equations that the sums stand for.
  @inline(__always)
  func equations<Pass: PassObjective>(count: Int, deviance: Lanes, _: Pass.Type) -> NormalEquations {
    var result = NormalEquations()
    func put(_ row: Int, _ column: Int, _ value: Lanes) {
      let sum = VectorMath.sum(value)
      result.matrix[row * 5 + column] = sum
      result.matrix[column * 5 + row] = sum
    }
    put(0, 0, aa)
    put(0, 1, ab)
    put(0, 2, ac)
    put(0, 3, ad)
    put(1, 1, bb)
    put(1, 2, bc)
    put(1, 3, bd)
    put(2, 2, cc)
    put(2, 3, cd)
    put(3, 3, dd)
    result.gradient[0] = VectorMath.sum(ar)
    result.gradient[1] = VectorMath.sum(br)
    result.gradient[2] = VectorMath.sum(cr)
    result.gradient[3] = VectorMath.sum(dr)
    if count > 4 {
      put(0, 4, ae)
      put(1, 4, be)
      put(2, 4, ce)
      put(3, 4, de)
      put(4, 4, ee)
      result.gradient[4] = VectorMath.sum(er)
    }
    result.squares = VectorMath.sum(rr)
    result.value = Pass.value(squares: result.squares, deviance: VectorMath.sum(deviance))
    return result
  }
}
