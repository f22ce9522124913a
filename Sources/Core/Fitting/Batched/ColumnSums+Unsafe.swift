/// Running sums of products of columns a to e and the residuals r; lanes are added up at the end.
///
/// Seven or eight sums a loop: they and the columns then fit the sixteen vector registers. Each loop has sums of its own, because
/// the compiler keeps those of the type in memory.
struct ColumnSums<Vector: FitLanes> {
  var aa = Vector.zero, ab = Vector.zero, ac = Vector.zero, ad = Vector.zero, ae = Vector.zero, ar = Vector.zero
  var bb = Vector.zero, bc = Vector.zero, bd = Vector.zero, be = Vector.zero, br = Vector.zero
  var cc = Vector.zero, cd = Vector.zero, ce = Vector.zero, cr = Vector.zero
  var dd = Vector.zero, de = Vector.zero, dr = Vector.zero
  var ee = Vector.zero, er = Vector.zero, rr = Vector.zero

  // The pointers of the next two functions must be readable for `count` vectors: they are columns of a workspace and
  // `count` is at most its block length.

  @inline(__always)
  mutating func addOfFour(
    _ a: UnsafePointer<Vector>, _ b: UnsafePointer<Vector>, _ c: UnsafePointer<Vector>, _ d: UnsafePointer<Vector>,
    _ r: UnsafePointer<Vector>, _ count: Int
  ) {
    let zero = Vector.zero
    do {
      var (aa, ab, ac, ad, ar, bb, bc) = (zero, zero, zero, zero, zero, zero, zero)
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
      self.aa += aa
      self.ab += ab
      self.ac += ac
      self.ad += ad
      self.ar += ar
      self.bb += bb
      self.bc += bc
    }
    do {
      var (bd, br, cc, cd, cr, dd, dr, rr) = (zero, zero, zero, zero, zero, zero, zero, zero)
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
      self.bd += bd
      self.br += br
      self.cc += cc
      self.cd += cd
      self.cr += cr
      self.dd += dd
      self.dr += dr
      self.rr += rr
    }
  }

  @inline(__always)
  mutating func addOfFive(
    _ a: UnsafePointer<Vector>, _ b: UnsafePointer<Vector>, _ c: UnsafePointer<Vector>, _ d: UnsafePointer<Vector>,
    _ e: UnsafePointer<Vector>, _ r: UnsafePointer<Vector>, _ count: Int
  ) {
    let zero = Vector.zero
    do {
      var (aa, ab, ac, ad, ae, ar, rr) = (zero, zero, zero, zero, zero, zero, zero)
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
      self.aa += aa
      self.ab += ab
      self.ac += ac
      self.ad += ad
      self.ae += ae
      self.ar += ar
      self.rr += rr
    }
    do {
      var (bb, bc, bd, be, br, ee, er) = (zero, zero, zero, zero, zero, zero, zero)
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
      self.bb += bb
      self.bc += bc
      self.bd += bd
      self.be += be
      self.br += br
      self.ee += ee
      self.er += er
    }
    do {
      var (cc, cd, ce, cr, dd, de, dr) = (zero, zero, zero, zero, zero, zero, zero)
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
      self.cc += cc
      self.cd += cd
      self.ce += ce
      self.cr += cr
      self.dd += dd
      self.de += de
      self.dr += dr
    }
  }

  /// The normal equations that the sums stand for.
  @inline(__always)
  func equations<Pass: PassObjective>(count: Int, deviance: Vector, _: Pass.Type) -> NormalEquations {
    var result = NormalEquations()
    result.aa = Vector.sum(aa)
    result.ab = Vector.sum(ab)
    result.ac = Vector.sum(ac)
    result.ad = Vector.sum(ad)
    result.bb = Vector.sum(bb)
    result.bc = Vector.sum(bc)
    result.bd = Vector.sum(bd)
    result.cc = Vector.sum(cc)
    result.cd = Vector.sum(cd)
    result.dd = Vector.sum(dd)
    result.gradient = FitVector(
      Vector.sum(ar), Vector.sum(br), Vector.sum(cr), Vector.sum(dr), 0, 0, 0, 0)
    if count > 4 {
      result.ae = Vector.sum(ae)
      result.be = Vector.sum(be)
      result.ce = Vector.sum(ce)
      result.de = Vector.sum(de)
      result.ee = Vector.sum(ee)
      result.gradient[4] = Vector.sum(er)
    }
    result.squares = Vector.sum(rr)
    result.value = Pass.value(squares: result.squares, deviance: Vector.sum(deviance))
    return result
  }
}
