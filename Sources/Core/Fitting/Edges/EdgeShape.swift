/// The tail of an edge as a function of z, with what it shares with the line; chosen at compile time.
protocol EdgeShape {
  /// Value and negative derivative of the tail at z.
  ///
  /// `gaussian` is exp(−z²/2) and `step` erfc(z/√2).
  static func tail(_ z: Lanes, gaussian: Lanes, step: Lanes) -> (value: Lanes, slope: Lanes)
  /// The same where gaussian is 0 and step 2: to the last bit where z < −8.4, to 2e-9 where z < −6.
  static func flat(_ z: Lanes) -> (value: Lanes, slope: Lanes)
}

/// What all edges share: the line is erfc(z/√2), its slope √(2/π)·exp(−z²/2).
enum EdgeLine {
  static var slopeFactor: Lanes { VectorMath.all(0.797_884_560_802_865_4) }

  /// exp(−z²/2), exactly 0 where z < −8.4, so that 2 − erfc there is 2 to the last bit, and erfc(z/√2).
  @inline(__always)
  static func functions(_ z: Lanes) -> (gaussian: Lanes, step: Lanes) {
    let magnitude = z.replacing(with: VectorMath.all(0) - z, where: z .< VectorMath.all(0))
    var gaussian = VectorMath.expFinite(z * z * VectorMath.all(-0.5))
    gaussian.replace(with: VectorMath.all(0), where: z .< VectorMath.all(-8.4))
    let tail = gaussian * VectorMath.scaledErfc(magnitude * VectorMath.all(0.707_106_781_186_547_5))
    return (gaussian, tail.replacing(with: VectorMath.all(2) - tail, where: z .< VectorMath.all(0)))
  }

  /// exp(−z²) and erfc(z) from exp(−z²/2).
  @inline(__always)
  static func narrow(_ z: Lanes, _ gaussian: Lanes) -> (gaussian: Lanes, step: Lanes) {
    let magnitude = z.replacing(with: VectorMath.all(0) - z, where: z .< VectorMath.all(0))
    let square = gaussian * gaussian
    let tail = square * VectorMath.scaledErfc(magnitude)
    return (square, tail.replacing(with: VectorMath.all(2) - tail, where: z .< VectorMath.all(0)))
  }
}

/// exp(−z²)/√π − z·erfc(z): g1/s.
enum IntegratedTail: EdgeShape {
  @inline(__always)
  static func tail(_ z: Lanes, gaussian: Lanes, step: Lanes) -> (value: Lanes, slope: Lanes) {
    let (square, narrow) = EdgeLine.narrow(z, gaussian)
    let value = VectorMath.multiplyAdd(square, VectorMath.all(0.564_189_583_547_756_3), VectorMath.all(0) - z * narrow)
    // Rounding may leave a negative number far above the edge, where the value itself is below 1e-14 of the line.
    return (value.replacing(with: VectorMath.all(0), where: value .< VectorMath.all(0)), narrow)
  }

  @inline(__always)
  static func flat(_ z: Lanes) -> (value: Lanes, slope: Lanes) {
    (VectorMath.all(0) - z * VectorMath.all(2), VectorMath.all(2))
  }
}

/// −z·erfc(z): g1'/s.
enum BareTail: EdgeShape {
  @inline(__always)
  static func tail(_ z: Lanes, gaussian: Lanes, step: Lanes) -> (value: Lanes, slope: Lanes) {
    let (square, narrow) = EdgeLine.narrow(z, gaussian)
    let slope = VectorMath.multiplyAdd(z * square, VectorMath.all(-1.128_379_167_095_512_6), narrow)
    return (VectorMath.all(0) - z * narrow, slope)
  }

  @inline(__always)
  static func flat(_ z: Lanes) -> (value: Lanes, slope: Lanes) {
    (VectorMath.all(0) - z * VectorMath.all(2), VectorMath.all(2))
  }
}

/// exp(−y²)/√π − y·erfc(y) with y = z/√2: the tail of `F4` in units of √2·s.
enum WideTail: EdgeShape {
  @inline(__always)
  static func tail(_ z: Lanes, gaussian: Lanes, step: Lanes) -> (value: Lanes, slope: Lanes) {
    let root = VectorMath.all(0.707_106_781_186_547_5)
    let value = VectorMath.multiplyAdd(
      gaussian, VectorMath.all(0.564_189_583_547_756_3), VectorMath.all(0) - z * root * step)
    return (value.replacing(with: VectorMath.all(0), where: value .< VectorMath.all(0)), step * root)
  }

  @inline(__always)
  static func flat(_ z: Lanes) -> (value: Lanes, slope: Lanes) { tail(z, gaussian: .zero, step: VectorMath.all(2)) }
}

/// exp(−z²/2): the peak of `Fdiff`.
enum PeakTail: EdgeShape {
  @inline(__always)
  static func tail(_ z: Lanes, gaussian: Lanes, step: Lanes) -> (value: Lanes, slope: Lanes) {
    (gaussian, z * gaussian)
  }

  @inline(__always)
  static func flat(_ z: Lanes) -> (value: Lanes, slope: Lanes) { tail(z, gaussian: .zero, step: VectorMath.all(2)) }
}
