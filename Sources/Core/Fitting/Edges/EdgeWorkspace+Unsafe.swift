/// The coordinates of four edges.
struct EdgeLanes {
  var tail = VectorMath.all(1)
  var line = VectorMath.all(1)
  var s = VectorMath.all(1)
  var position = Lanes.zero
  var s2 = VectorMath.all(1)
  var background = Lanes.zero
  /// Position of the second line is pivot + stretch·(position − pivot).
  var pivot = Lanes.zero

  /// Sets one lane.
  mutating func set(_ lane: Int, _ c: EdgeCoordinates, pivot value: Double) {
    tail[lane] = c.tail
    line[lane] = c.line
    s[lane] = c.s
    position[lane] = c.position
    s2[lane] = c.s2
    background[lane] = c.background
    pivot[lane] = value
  }

  /// One lane.
  func coordinates(_ lane: Int) -> EdgeCoordinates {
    EdgeCoordinates(
      tail: tail[lane], line: line[lane], s: s[lane], position: position[lane], s2: s2[lane],
      background: background[lane])
  }
}

/// Four edges with their data, and space for normal equations, in one block of memory per thread.
///
/// Layout in vectors: `capacity` each of values, weights and means, then `blockLength` each for the present and the tried
/// point (36 of the matrix, 6 of the gradient, 1 value), then scratch for the solver. `count ≤ capacity` thresholds are in
/// use; every loop over thresholds runs below `count`, every index into a block is below `blockLength`.
struct EdgeWorkspace: ~Copyable {
  static var blockLength: Int { 43 }
  static var gradientPlace: Int { 36 }
  static var valuePlace: Int { 42 }

  let memory: UnsafeMutablePointer<Lanes>
  let axis: UnsafeMutablePointer<Double>
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
      axis[k] = setup.thresholds[k]
      axis[count + k] = setup.exposures[k]
    }
  }

  deinit {
    memory.deallocate()
    axis.deallocate()
  }

  var values: UnsafeMutablePointer<Lanes> { memory }
  var weights: UnsafeMutablePointer<Lanes> { memory + capacity }
  var means: UnsafeMutablePointer<Lanes> { memory + 2 * capacity }
  var present: UnsafeMutablePointer<Lanes> { memory + 3 * capacity }
  var tried: UnsafeMutablePointer<Lanes> { memory + 3 * capacity + Self.blockLength }
  var factor: UnsafeMutablePointer<Lanes> { memory + 3 * capacity + 2 * Self.blockLength }
  /// Six of the step, six of the step per parameter.
  var step: UnsafeMutablePointer<Lanes> { memory + 3 * capacity + 2 * Self.blockLength + 36 }

  /// Copies the values (and weights) of one problem into a lane; both must be readable for `count` numbers.
  func load(_ lane: Int, values source: UnsafePointer<Double>, weights sourceWeights: UnsafePointer<Double>?) {
    let target = UnsafeMutableRawPointer(values).assumingMemoryBound(to: Double.self)
    for k in 0..<count { target[4 * k + lane] = source[k] }
    guard let sourceWeights else { return }
    let other = UnsafeMutableRawPointer(weights).assumingMemoryBound(to: Double.self)
    for k in 0..<count { other[4 * k + lane] = sourceWeights[k] }
  }

  /// Makes a lane without data, so that it computes finite numbers that nobody reads.
  func clear(_ lane: Int) {
    let target = UnsafeMutableRawPointer(values).assumingMemoryBound(to: Double.self)
    let other = UnsafeMutableRawPointer(weights).assumingMemoryBound(to: Double.self)
    for k in 0..<count {
      target[4 * k + lane] = 0
      other[4 * k + lane] = 0
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
