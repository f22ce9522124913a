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
/// Layout in vectors: `capacity` each of values, weights and means, then `blockLength` each for the present and the tried
/// point (36 of the matrix, 6 of the gradient, 1 value), then scratch for the solver. `count ≤ capacity` thresholds are in
/// use; every loop over thresholds runs below `count`, every index into a block is below `blockLength`. `axis` holds the
/// thresholds from the origin and then the exposures.
struct EdgeWorkspace<Vector: EdgeVector>: ~Copyable {
  static var blockLength: Int { 43 }
  static var gradientPlace: Int { 36 }
  static var valuePlace: Int { 42 }
  static var lanes: Int { Vector.laneCount }

  let memory: UnsafeMutablePointer<Vector>
  let axis: UnsafeMutablePointer<Vector.Scalar>
  let capacity: Int
  let count: Int
  let setup: EdgeSetup

  init(setup: EdgeSetup) {
    self.setup = setup
    count = setup.thresholds.count
    capacity = count
    let length = 3 * capacity + 2 * Self.blockLength + 36 + 12
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
  var weights: UnsafeMutablePointer<Vector> { memory + capacity }
  var means: UnsafeMutablePointer<Vector> { memory + 2 * capacity }
  var present: UnsafeMutablePointer<Vector> { memory + 3 * capacity }
  var tried: UnsafeMutablePointer<Vector> { memory + 3 * capacity + Self.blockLength }
  var factor: UnsafeMutablePointer<Vector> { memory + 3 * capacity + 2 * Self.blockLength }
  /// Six of the step, six of scratch.
  var step: UnsafeMutablePointer<Vector> { memory + 3 * capacity + 2 * Self.blockLength + 36 }

  /// One number of vectors, by place and lane, as scalars lie in memory.
  private func scalars(_ vectors: UnsafeMutablePointer<Vector>) -> UnsafeMutablePointer<Vector.Scalar> {
    UnsafeMutableRawPointer(vectors).assumingMemoryBound(to: Vector.Scalar.self)
  }

  /// Copies the values (and weights) of one problem into a lane; both must be readable for `count` numbers.
  func load(_ lane: Int, values source: UnsafePointer<Double>, weights sourceWeights: UnsafePointer<Double>?) {
    let target = scalars(values)
    for k in 0..<count { target[Self.lanes * k + lane] = Vector.Scalar(source[k]) }
    guard let sourceWeights else { return }
    let other = scalars(weights)
    for k in 0..<count { other[Self.lanes * k + lane] = Vector.Scalar(sourceWeights[k]) }
  }

  /// Makes a lane without data, so that it computes finite numbers that nobody reads.
  func clear(_ lane: Int) {
    let target = scalars(values)
    let other = scalars(weights)
    for k in 0..<count {
      target[Self.lanes * k + lane] = 0
      other[Self.lanes * k + lane] = 0
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
  /// Whether the tail's width is kept at its ratio to the line's, so that both change together.
  var isTied = false

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
