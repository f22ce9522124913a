/// The samples of one problem in normalised units, and scratch space, in one block of memory per thread.
///
/// Layout, in vectors of four samples: `capacity` each of u, v and factors, then `columnStride` each of five derivative
/// columns and one residual column. `vectors ≤ capacity` is kept by both `load`, the only functions that set it; loops run
/// below `vectors`, and in blocks of at most `blockLength`.
struct FitWorkspace: ~Copyable {
  /// Samples per block, in vectors: six columns of 96 × 32 bytes stay in the first-level cache.
  static var blockLength: Int { 96 }
  /// Distance of two columns, in vectors: not a power of two, so that they do not compete for the same cache lines.
  static var columnStride: Int { blockLength + 6 }

  let memory: UnsafeMutablePointer<Lanes>
  let capacity: Int
  /// Samples of the present problem.
  private(set) var samples = 0
  /// Vectors that hold them, the last one padded.
  private(set) var vectors = 0

  /// Space for problems of up to `samples` samples.
  init(samples: Int) {
    capacity = (samples + 3) / 4 + 1
    memory = .allocate(capacity: 3 * capacity + 6 * Self.columnStride)
    memory.initialize(repeating: .zero, count: 3 * capacity + 6 * Self.columnStride)
  }

  deinit { memory.deallocate() }

  var u: UnsafeMutablePointer<Lanes> { memory }
  var v: UnsafeMutablePointer<Lanes> { memory + capacity }
  var factors: UnsafeMutablePointer<Lanes> { memory + 2 * capacity }
  var columns: UnsafeMutablePointer<Lanes> { memory + 3 * capacity }

  /// The samples as plain doubles; `Lanes` is laid out as four consecutive doubles.
  var scalarU: UnsafeMutablePointer<Double> { UnsafeMutableRawPointer(u).assumingMemoryBound(to: Double.self) }
  var scalarV: UnsafeMutablePointer<Double> { UnsafeMutableRawPointer(v).assumingMemoryBound(to: Double.self) }
  var scalarFactors: UnsafeMutablePointer<Double> {
    UnsafeMutableRawPointer(factors).assumingMemoryBound(to: Double.self)
  }

  /// Copies a problem's samples, leaving out those of weight 0, with √weight as factors; returns its fault, if any.
  ///
  /// `x`, `y` and `weights` must hold `count` values, and `count` must not exceed what the workspace was made for.
  mutating func load(
    x: UnsafePointer<Double>, y: UnsafePointer<Double>, weights: UnsafePointer<Double>?, count: Int
  ) -> FitState? {
    precondition(count <= (capacity - 1) * 4)
    var used = 0
    // 0·x is 0 for numbers and NaN for NaN and ±∞.
    var check = Lanes.zero
    if let weights {
      for i in 0..<count where weights[i] != 0 {
        guard weights[i] > 0, weights[i].isFinite else { return .nonFinite }
        scalarU[used] = x[i]
        scalarV[used] = y[i]
        scalarFactors[used] = weights[i].squareRoot()
        used += 1
      }
      samples = used
      vectors = (used + 3) / 4
      pad()
    } else {
      used = count
      samples = count
      vectors = (count + 3) / 4
      UnsafeMutableRawPointer(u).copyMemory(from: x, byteCount: count * 8)
      UnsafeMutableRawPointer(v).copyMemory(from: y, byteCount: count * 8)
      for i in 0..<vectors { factors[i] = VectorMath.all(1) }
      pad()
    }
    if used == 0 { return .emptyInput }
    for i in 0..<vectors { check += (u[i] + v[i]) * VectorMath.all(0) }
    return VectorMath.sum(check) == 0 ? nil : .nonFinite
  }

  /// Fills the lanes after the last sample: its abscissa again, so that models stay finite there, and factor 0.
  private mutating func pad() {
    guard samples > 0 else { return }
    for i in samples..<vectors * 4 {
      scalarU[i] = scalarU[samples - 1]
      scalarV[i] = scalarV[samples - 1]
      scalarFactors[i] = 0
    }
  }

  /// Goes over to normalised units.
  func normalise(_ units: Normalisation) {
    let center = VectorMath.all(units.center)
    let base = VectorMath.all(units.base)
    let overWidth = VectorMath.all(1 / units.width)
    let overHeight = VectorMath.all(1 / units.height)
    for i in 0..<vectors {
      u[i] = (u[i] - center) * overWidth
      v[i] = (v[i] - base) * overHeight
    }
  }

  /// Takes over every `step`-th vector of another workspace, which must not be longer than this one was made for.
  mutating func load(every step: Int, of other: borrowing FitWorkspace) {
    let count = (other.vectors + step - 1) / step
    precondition(count <= capacity)
    // `i·step` is below `other.vectors` for i < count.
    for i in 0..<count {
      u[i] = other.u[i * step]
      v[i] = other.v[i * step]
      factors[i] = other.factors[i * step]
    }
    vectors = count
  }

  /// Σ v².
  func sumOfSquares() -> Double {
    var sum = Lanes.zero
    for i in 0..<vectors { sum = VectorMath.multiplyAdd(v[i] * factors[i], v[i] * factors[i], sum) }
    return VectorMath.sum(sum)
  }
}
