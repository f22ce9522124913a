/// JᵀJ, Jᵀr and Σ r² of up to five parameters a to e, and the linear algebra on them.
///
/// Named elements and straight-line code: at five parameters loops over a matrix cost more than the arithmetic.
struct NormalEquations {
  /// Upper triangle of JᵀJ, by row; the column of a fifth parameter is 0 where there is none.
  var aa = 0.0, ab = 0.0, ac = 0.0, ad = 0.0, ae = 0.0
  var bb = 0.0, bc = 0.0, bd = 0.0, be = 0.0
  var cc = 0.0, cd = 0.0, ce = 0.0
  var dd = 0.0, de = 0.0
  var ee = 0.0
  /// Jᵀr.
  var gradient = FitVector.zero
  /// Σ r².
  var squares = 0.0
  /// What is minimised.
  var value = 0.0

  /// xᵀ JᵀJ x.
  @inline(__always)
  func quadratic(_ x: FitVector) -> Double {
    let (a, b, c, d, e) = (x[0], x[1], x[2], x[3], x[4])
    let offDiagonal = a * (ab * b + ac * c + ad * d + ae * e) + b * (bc * c + bd * d + be * e)
    return a * a * aa + b * b * bb + c * c * cc + d * d * dd + e * e * ee
      + 2 * (offDiagonal + c * (cd * d + ce * e) + d * de * e)
  }
}

/// The factors L D Lᵀ of a normal matrix with its diagonal raised by a relative damping; rows of parameters that are
/// not free are those of the unit matrix.
struct NormalFactor {
  private var ba, ca, da, ea, cb, db, eb, dc, ec, ed: Double
  /// Reciprocals of D.
  private var inverse: FitVector

  /// nil when a pivot is below 1e-14 of its diagonal element: half of all digits are gone by then.
  @inline(__always)
  init?(_ m: borrowing NormalEquations, damping: Double, free: FitVector) {
    let (fa, fb, fc, fd, fe) = (free[0], free[1], free[2], free[3], free[4])
    let raise = 1 + damping
    // A fixed parameter has diagonal 1 and no coupling.
    let aa = fa != 0 ? m.aa : 1
    let bb = fb != 0 ? m.bb : 1
    let cc = fc != 0 ? m.cc : 1
    let dd = fd != 0 ? m.dd : 1
    let ee = fe != 0 ? m.ee : 1
    let pa = aa * raise
    let ia = 1 / pa
    let ab = m.ab * (fa * fb)
    let ac = m.ac * (fa * fc)
    let ad = m.ad * (fa * fd)
    let ae = m.ae * (fa * fe)
    ba = ab * ia
    ca = ac * ia
    da = ad * ia
    ea = ae * ia
    let pb = bb * raise - ba * ab
    let ib = 1 / pb
    let bc = m.bc * (fb * fc) - ba * ac
    let bd = m.bd * (fb * fd) - ba * ad
    let be = m.be * (fb * fe) - ba * ae
    cb = bc * ib
    db = bd * ib
    eb = be * ib
    let pc = cc * raise - ca * ac - cb * bc
    let ic = 1 / pc
    let cd = m.cd * (fc * fd) - ca * ad - cb * bd
    let ce = m.ce * (fc * fe) - ca * ae - cb * be
    dc = cd * ic
    ec = ce * ic
    let pd = dd * raise - da * ad - db * bd - dc * cd
    let id = 1 / pd
    let de = m.de * (fd * fe) - da * ae - db * be - dc * ce
    ed = de * id
    let pe = ee * raise - ea * ae - eb * be - ec * ce - ed * de
    inverse = FitVector(ia, ib, ic, id, 1 / pe, 0, 0, 0)
    // Written so that NaN fails as well.
    guard aa > 0, pb > 1e-14 * bb, pc > 1e-14 * cc, pd > 1e-14 * dd, pe > 1e-14 * ee else { return nil }
    guard aa + bb + cc + dd + ee < .infinity, bb > 0, cc > 0, dd > 0, ee > 0 else { return nil }
  }

  /// The solution for one right-hand side, in which parameters that are not free must have 0.
  @inline(__always)
  func solve(_ right: FitVector) -> FitVector {
    let a = right[0]
    let b = right[1] - ba * a
    let c = right[2] - ca * a - cb * b
    let d = right[3] - da * a - db * b - dc * c
    let e = right[4] - ea * a - eb * b - ec * c - ed * d
    let xe = e * inverse[4]
    let xd = d * inverse[3] - ed * xe
    let xc = c * inverse[2] - dc * xd - ec * xe
    let xb = b * inverse[1] - cb * xc - db * xd - eb * xe
    let xa = a * inverse[0] - ba * xb - ca * xc - da * xd - ea * xe
    return FitVector(xa, xb, xc, xd, xe, 0, 0, 0)
  }
}
