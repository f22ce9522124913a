/// Line and tail of an edge at z: the line's erfc(z/√2) and exp(−z²/2), the tail's value and negative derivative.
struct EdgeForm<Vector: EdgeVector> {
  /// exp(−z²/2), 0 far below the edge.
  var gaussian: Vector
  /// erfc(z/√2).
  var step: Vector
  /// The tail.
  var tail: Vector
  /// Its negative derivative.
  var slope: Vector
}

/// The tail of an edge as a function of z, with what it shares with the line; chosen at compile time.
protocol EdgeShape {
  /// Whether the whole curve may fall below zero.
  static var canBeNegative: Bool { get }
  /// Line and tail at z.
  static func form<Vector: EdgeVector>(_ z: Vector) -> EdgeForm<Vector>
  /// Tail and slope where the gaussian is 0 and the step 2: to the last bit where z < −8.4, to 2e-9 where z < −6.
  static func flat<Vector: EdgeVector>(_ z: Vector) -> (tail: Vector, slope: Vector)
}

extension EdgeShape {
  static var canBeNegative: Bool { false }

  @inline(__always)
  static func flat<Vector: EdgeVector>(_ z: Vector) -> (tail: Vector, slope: Vector) {
    (z * Vector.all(-2), Vector.all(2))
  }

  /// Line and tail far below the edge.
  @inline(__always)
  static func far<Vector: EdgeVector>(_ z: Vector) -> EdgeForm<Vector> {
    let (tail, slope) = flat(z)
    return EdgeForm(gaussian: .zero, step: Vector.all(2), tail: tail, slope: slope)
  }
}

/// What all edges share: the line is erfc(z/√2), its slope √(2/π)·exp(−z²/2).
enum EdgeLine {
  static var slopeFactor: Double { 0.797_884_560_802_865_4 }
  static var halfRoot: Double { 0.707_106_781_186_547_5 }

  /// exp(−z²/2), exactly 0 where z < −8.4, so that 2 − erfc there is 2 to the last bit, and |z|.
  @inline(__always)
  private static func gaussian<Vector: EdgeVector>(_ z: Vector) -> (gaussian: Vector, magnitude: Vector) {
    let gaussian = Vector.exponential(z * z * Vector.all(-0.5))
    return (
      gaussian.replacing(with: .zero, where: Vector.isLess(z, Vector.all(-8.4))), Vector.magnitude(z)
    )
  }

  @inline(__always)
  private static func reflected<Vector: EdgeVector>(_ z: Vector, _ tail: Vector) -> Vector {
    tail.replacing(with: Vector.all(2) - tail, where: Vector.isLess(z, .zero))
  }

  /// exp(−z²/2) and erfc(z/√2).
  @inline(__always)
  static func functions<Vector: EdgeVector>(_ z: Vector) -> (gaussian: Vector, step: Vector) {
    let (gaussian, magnitude) = gaussian(z)
    let y = magnitude * Vector.all(halfRoot)
    return (gaussian, reflected(z, gaussian * Vector.scaledErfcs(y, y).0))
  }

  /// exp(−z²/2), erfc(z/√2), exp(−z²) and erfc(z).
  @inline(__always)
  static func both<Vector: EdgeVector>(
    _ z: Vector
  ) -> (gaussian: Vector, step: Vector, square: Vector, narrow: Vector) {
    let (gaussian, magnitude) = gaussian(z)
    let square = gaussian * gaussian
    let (wide, narrow) = Vector.scaledErfcs(magnitude * Vector.all(halfRoot), magnitude)
    return (gaussian, reflected(z, gaussian * wide), square, reflected(z, square * narrow))
  }
}

/// exp(−z²)/√π − z·erfc(z): g1/s.
enum IntegratedTail: EdgeShape {
  @inline(__always)
  static func form<Vector: EdgeVector>(_ z: Vector) -> EdgeForm<Vector> {
    let (gaussian, step, square, narrow) = EdgeLine.both(z)
    let value = Vector.multiplyAdd(square, Vector.all(0.564_189_583_547_756_3), .zero - z * narrow)
    // Rounding may leave a negative number far above the edge, where the value itself is below 1e-14 of the line.
    return EdgeForm(gaussian: gaussian, step: step, tail: Vector.largest(value, .zero), slope: narrow)
  }
}

/// −z·erfc(z): g1'/s.
enum BareTail: EdgeShape {
  static var canBeNegative: Bool { true }

  @inline(__always)
  static func form<Vector: EdgeVector>(_ z: Vector) -> EdgeForm<Vector> {
    let (gaussian, step, square, narrow) = EdgeLine.both(z)
    let slope = Vector.multiplyAdd(z * square, Vector.all(-1.128_379_167_095_512_6), narrow)
    return EdgeForm(gaussian: gaussian, step: step, tail: .zero - z * narrow, slope: slope)
  }
}

/// exp(−y²)/√π − y·erfc(y) with y = z/√2: the tail of `F4` in units of √2·s.
enum WideTail: EdgeShape {
  @inline(__always)
  static func form<Vector: EdgeVector>(_ z: Vector) -> EdgeForm<Vector> {
    let (gaussian, step) = EdgeLine.functions(z)
    let (tail, slope) = values(z, gaussian, step)
    return EdgeForm(gaussian: gaussian, step: step, tail: tail, slope: slope)
  }

  @inline(__always)
  static func flat<Vector: EdgeVector>(_ z: Vector) -> (tail: Vector, slope: Vector) {
    values(z, .zero, Vector.all(2))
  }

  @inline(__always)
  private static func values<Vector: EdgeVector>(
    _ z: Vector, _ gaussian: Vector, _ step: Vector
  ) -> (tail: Vector, slope: Vector) {
    let root = Vector.all(EdgeLine.halfRoot)
    let value = Vector.multiplyAdd(gaussian, Vector.all(0.564_189_583_547_756_3), .zero - z * root * step)
    return (Vector.largest(value, .zero), step * root)
  }
}

/// exp(−z²/2): the peak of `Fdiff`.
enum PeakTail: EdgeShape {
  @inline(__always)
  static func form<Vector: EdgeVector>(_ z: Vector) -> EdgeForm<Vector> {
    let (gaussian, step) = EdgeLine.functions(z)
    return EdgeForm(gaussian: gaussian, step: step, tail: gaussian, slope: z * gaussian)
  }

  @inline(__always)
  static func flat<Vector: EdgeVector>(_ z: Vector) -> (tail: Vector, slope: Vector) { (.zero, .zero) }
}
