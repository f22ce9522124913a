/// The samples of one problem in normalised units, and scratch space, in one block of memory per thread.
///
/// Layout, in vectors of four or eight samples: `capacity` each of u, v and factors, then `columnStride` each of five derivative
/// columns and one residual column. `vectors ≤ capacity` is kept by both `load`, the only functions that set it; loops run
/// below `vectors`, and in blocks of at most `blockLength`.
struct FitWorkspace<Vector: FitLanes>: ~Copyable {
  /// Samples per block, in vectors: six columns of 96 × 32 bytes stay in the first-level cache.
  static var blockLength: Int { 96 }
  /// Distance of two columns, in vectors: not a power of two, so that they do not compete for the same cache lines.
  static var columnStride: Int { blockLength + 6 }

  let memory: UnsafeMutablePointer<Vector>
  let capacity: Int
  /// Samples of the present problem.
  fileprivate(set) var samples = 0
  /// Vectors that hold them, the last one padded.
  fileprivate(set) var vectors = 0

  /// Space for problems of up to `samples` samples.
  init(samples: Int) {
    capacity = (samples + Vector.scalarCount - 1) / Vector.scalarCount + 1
    memory = .allocate(capacity: 3 * capacity + 6 * Self.columnStride)
    memory.initialize(repeating: .zero, count: 3 * capacity + 6 * Self.columnStride)
  }

  deinit { memory.deallocate() }

  var u: UnsafeMutablePointer<Vector> { memory }
  var v: UnsafeMutablePointer<Vector> { memory + capacity }
  var factors: UnsafeMutablePointer<Vector> { memory + 2 * capacity }
  var columns: UnsafeMutablePointer<Vector> { memory + 3 * capacity }

  /// Takes over every `step`-th four samples of a workspace of doubles, which must not be longer than this one was made for.
  mutating func load(every step: Int, of other: borrowing FitWorkspace<Lanes>) {
    let last = (other.vectors - 1) / step
    let parts = Vector.scalarCount / 4
    vectors = last / parts + 1
    samples = 4 * (last + 1)
    precondition(other.vectors > 0 && vectors <= capacity)
    let (u, v, factors) = (other.u, other.v, other.factors)
    for i in 0..<vectors {
      // `four·step` is below `other.vectors` for four ≤ last. After the last four come they again, with factor 0.
      let first = i * parts
      self.u[i] = Vector.collect { u[min(first + $0, last) * step] }
      self.v[i] = Vector.collect { v[min(first + $0, last) * step] }
      self.factors[i] = Vector.collect { first + $0 <= last ? factors[(first + $0) * step] : .zero }
    }
  }
}

extension FitWorkspace<Lanes> {
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

  /// Σ v².
  func sumOfSquares() -> Double {
    var sum = Lanes.zero
    for i in 0..<vectors { sum = VectorMath.multiplyAdd(v[i] * factors[i], v[i] * factors[i], sum) }
    return VectorMath.sum(sum)
  }
}
