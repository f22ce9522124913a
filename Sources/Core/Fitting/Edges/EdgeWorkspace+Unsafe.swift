/// The coordinates of several edges, positions from `origin`.
struct EdgeLanes<Vector: EdgeVector> {
  var tail = Vector.all(1)
  var line = Vector.all(1)
  var s = Vector.all(1)
  var position = Vector.zero
  var s2 = Vector.all(1)
  var background = Vector.zero
  /// Position of the second line is pivot + stretch·(position − pivot).
  var pivot = Vector.zero
  let origin: Double

  init(origin: Double) { self.origin = origin }

  /// Sets one lane.
  mutating func set(_ lane: Int, _ c: EdgeCoordinates, pivot value: Double) {
    tail[lane] = Vector.Scalar(c.tail)
    line[lane] = Vector.Scalar(c.line)
    s[lane] = Vector.Scalar(c.s)
    position[lane] = Vector.Scalar(c.position - origin)
    s2[lane] = Vector.Scalar(c.s2)
    background[lane] = Vector.Scalar(c.background)
    pivot[lane] = Vector.Scalar(value - origin)
  }

  /// Takes a lane of `other`.
  mutating func take(_ lane: Int, _ other: Self) {
    tail[lane] = other.tail[lane]
    line[lane] = other.line[lane]
    s[lane] = other.s[lane]
    position[lane] = other.position[lane]
    s2[lane] = other.s2[lane]
    background[lane] = other.background[lane]
    pivot[lane] = other.pivot[lane]
  }

  /// One lane.
  func coordinates(_ lane: Int) -> EdgeCoordinates {
    EdgeCoordinates(
      tail: Double(tail[lane]), line: Double(line[lane]), s: Double(s[lane]),
      position: Double(position[lane]) + origin, s2: Double(s2[lane]), background: Double(background[lane]))
  }
}

/// Several edges with their data, and space for normal equations, in one block of memory per thread.
///
/// Layout in vectors: `count` (of thresholds) each of values, weights and means, then `blockLength` each for the present and the tried
/// point (36 of the matrix, 6 of the gradient, 1 value), then scratch for the solver. Every loop over
/// thresholds runs below `count`, every index into a block is below `blockLength`. `axis` holds the
/// thresholds from the origin and then the exposures.
struct EdgeWorkspace<Vector: EdgeVector>: ~Copyable {
  static var blockLength: Int { 43 }
  static var gradientPlace: Int { 36 }
  static var valuePlace: Int { 42 }

  let memory: UnsafeMutablePointer<Vector>
  let axis: UnsafeMutablePointer<Vector.Scalar>
  let count: Int
  let setup: EdgeSetup

  init(setup: EdgeSetup) {
    self.setup = setup
    count = setup.thresholds.count
    let length = 3 * count + 2 * Self.blockLength + 36 + 12
    memory = .allocate(capacity: length)
    memory.initialize(repeating: .zero, count: length)
    axis = .allocate(capacity: 2 * max(count, 1))
    for k in 0..<count {
      axis[k] = Vector.Scalar(setup.thresholds[k] - setup.origin)
      axis[count + k] = Vector.Scalar(setup.exposures[k])
    }
  }

  deinit {
    memory.deallocate()
    axis.deallocate()
  }

  var values: UnsafeMutablePointer<Vector> { memory }
  var weights: UnsafeMutablePointer<Vector> { memory + count }
  var means: UnsafeMutablePointer<Vector> { memory + 2 * count }
  var present: UnsafeMutablePointer<Vector> { memory + 3 * count }
  var tried: UnsafeMutablePointer<Vector> { memory + 3 * count + Self.blockLength }
  var factor: UnsafeMutablePointer<Vector> { memory + 3 * count + 2 * Self.blockLength }
  /// Six of the step, six of scratch.
  var step: UnsafeMutablePointer<Vector> { memory + 3 * count + 2 * Self.blockLength + 36 }

  /// Makes a lane without data, so that it computes finite numbers that nobody reads.
  func clear(_ lane: Int) {
    for k in 0..<count {
      values[k][lane] = 0
      weights[k][lane] = 0
    }
  }
}

/// What all problems of a batch share.
struct EdgeSetup: Sendable {
  var equation: EdgeEquation
  /// Thresholds with exposure, growing.
  var thresholds: [Double]
  /// Their exposures in seconds.
  var exposures: [Double]
  var secondLine: EdgeSecondLine?
  var hasBackground: Bool

  /// Where positions are measured from, so that single precision holds them.
  var origin: Double { thresholds.isEmpty ? 0 : thresholds[thresholds.count / 2] }
  /// Number of coordinates that are fitted.
  var parameters: Int { 4 + (equation.hasTwoWidths ? 1 : 0) + (hasBackground ? 1 : 0) }
  /// Whether the short kernel for four coordinates serves.
  var isPlain: Bool { parameters == 4 && secondLine == nil }
}

/// A second line of the source.
public struct EdgeSecondLine: Sendable, Hashable {
  /// Its share of the flux, 0 ..< 1.
  public var fraction: Double
  /// Its energy over that of the first line.
  public var energyRatio: Double

  /// A second line; for the Kβ line of Fe-55 about 0.12 and 6.49/5.90.
  public init(fraction: Double, energyRatio: Double) {
    self.fraction = fraction
    self.energyRatio = energyRatio
  }
}
