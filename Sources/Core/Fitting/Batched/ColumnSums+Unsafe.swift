/// Running sums of products of columns a to e and the residuals r; lanes are added up at the end.
///
/// Seven or eight sums a loop: they and the columns then fit the sixteen vector registers.
struct ColumnSums {
  var aa = Lanes.zero, ab = Lanes.zero, ac = Lanes.zero, ad = Lanes.zero, ae = Lanes.zero, ar = Lanes.zero
  var bb = Lanes.zero, bc = Lanes.zero, bd = Lanes.zero, be = Lanes.zero, br = Lanes.zero
  var cc = Lanes.zero, cd = Lanes.zero, ce = Lanes.zero, cr = Lanes.zero
  var dd = Lanes.zero, de = Lanes.zero, dr = Lanes.zero
  var ee = Lanes.zero, er = Lanes.zero, rr = Lanes.zero

  // The pointers of the next two functions must be readable for `count` vectors: they are columns of a workspace and
  // `count` is at most its block length.

  @inline(__always)
  mutating func addOfFour(
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
    }
    for i in 0..<count {
      let (b, c, d, r) = (b[i], c[i], d[i], r[i])
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
  mutating func addOfFive(
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
      rr = VectorMath.multiplyAdd(r, r, rr)
    }
    for i in 0..<count {
      let (b, c, d, e, r) = (b[i], c[i], d[i], e[i], r[i])
      bb = VectorMath.multiplyAdd(b, b, bb)
      bc = VectorMath.multiplyAdd(b, c, bc)
      bd = VectorMath.multiplyAdd(b, d, bd)
      be = VectorMath.multiplyAdd(b, e, be)
      br = VectorMath.multiplyAdd(b, r, br)
      ee = VectorMath.multiplyAdd(e, e, ee)
      er = VectorMath.multiplyAdd(e, r, er)
    }
    for i in 0..<count {
      let (c, d, e, r) = (c[i], d[i], e[i], r[i])
      cc = VectorMath.multiplyAdd(c, c, cc)
      cd = VectorMath.multiplyAdd(c, d, cd)
      ce = VectorMath.multiplyAdd(c, e, ce)
      cr = VectorMath.multiplyAdd(c, r, cr)
      dd = VectorMath.multiplyAdd(d, d, dd)
      de = VectorMath.multiplyAdd(d, e, de)
      dr = VectorMath.multiplyAdd(d, r, dr)
    }
  }

  /// The normal equations that the sums stand for.
  @inline(__always)
  func equations<Pass: PassObjective>(count: Int, deviance: Lanes, _: Pass.Type) -> NormalEquations {
    var result = NormalEquations()
    result.aa = VectorMath.sum(aa)
    result.ab = VectorMath.sum(ab)
    result.ac = VectorMath.sum(ac)
    result.ad = VectorMath.sum(ad)
    result.bb = VectorMath.sum(bb)
    result.bc = VectorMath.sum(bc)
    result.bd = VectorMath.sum(bd)
    result.cc = VectorMath.sum(cc)
    result.cd = VectorMath.sum(cd)
    result.dd = VectorMath.sum(dd)
    result.gradient = FitVector(
      VectorMath.sum(ar), VectorMath.sum(br), VectorMath.sum(cr), VectorMath.sum(dr), 0, 0, 0, 0)
    if count > 4 {
      result.ae = VectorMath.sum(ae)
      result.be = VectorMath.sum(be)
      result.ce = VectorMath.sum(ce)
      result.de = VectorMath.sum(de)
      result.ee = VectorMath.sum(ee)
      result.gradient[4] = VectorMath.sum(er)
    }
    result.squares = VectorMath.sum(rr)
    result.value = Pass.value(squares: result.squares, deviance: VectorMath.sum(deviance))
    return result
  }
}
