/// (F − y)/u of an edge at the thresholds of one curve, four at a time, for any signs of the parameters.
///
/// `memory` holds three columns of `capacity` numbers, a multiple of 4: thresholds, values and 1/u; what lies beyond `count` is 0
/// with weight 0, so that whole vectors are computed.
struct EdgeResiduals: ~Copyable {
  let memory: UnsafeMutablePointer<Double>
  let capacity: Int

  init(capacity: Int) {
    self.capacity = (max(capacity, 1) + 3) / 4 * 4
    memory = .allocate(capacity: 3 * self.capacity)
    memory.initialize(repeating: 0, count: 3 * self.capacity)
  }

  deinit { memory.deallocate() }

  /// Numbers that a residual buffer must hold for `count` points.
  static func padded(_ count: Int) -> Int { (count + 3) / 4 * 4 }

  /// Sets point `i < capacity`.
  func set(_ i: Int, threshold: Double, value: Double, error: Double) {
    memory[i] = threshold
    memory[capacity + i] = value
    memory[2 * capacity + i] = 1 / error
  }

  /// Fills the last vector of `count` points with points of no weight.
  func close(_ count: Int) {
    for i in count..<Self.padded(count) {
      memory[i] = count > 0 ? memory[count - 1] : 0
      memory[capacity + i] = 0
      memory[2 * capacity + i] = 0
    }
  }

  /// The residuals of the first `count` points.
  func function(_ equation: EdgeEquation, count: Int) -> EdgeResidualFunction {
    EdgeResidualFunction(equation: equation, count: count, memory: memory, capacity: capacity)
  }
}

/// The view of `EdgeResiduals` that a search evaluates; valid as long as that lives.
struct EdgeResidualFunction: ResidualFunction {
  let equation: EdgeEquation
  let count: Int
  let memory: UnsafePointer<Double>
  let capacity: Int

  /// Writes `count` numbers rounded up to a multiple of 4, which `residuals` must hold.
  func evaluate(_ p: [Double], into residuals: UnsafeMutablePointer<Double>) {
    let tail = equation.hasFraction ? p[0] * p[1] / 2 : p[1]
    let line = equation.hasFraction ? (1 - p[0]) * p[1] / 2 : p[0]
    let position = VectorMath.all(p[equation.parameterCount - 1])
    let s = p[2]
    let width = equation.hasTwoWidths ? p[3] : s
    let root = 2.0.squareRoot()
    switch equation {
    case .F1_0, .F2s_0, .FAB_0, .F1, .FAB, .F2sAB:
      let hasGaussian = equation == .F1_0 || equation == .F2s_0 || equation == .FAB_0
      let gaussian = VectorMath.all(hasGaussian ? tail * s / Double.pi.squareRoot() : 0)
      let step = VectorMath.all(line / ((2 * Double.pi).squareRoot() * width))
      loop(residuals) { d in
        let z = Self.clamped(d / VectorMath.all(s))
        let edge = d * VectorMath.all(-tail) * VectorMath.erfc(z)
        let g2 = step * VectorMath.erfc(Self.clamped(d / VectorMath.all(root * width)))
        return hasGaussian ? VectorMath.multiplyAdd(gaussian, VectorMath.exp(Lanes.zero - z * z), edge + g2) : edge + g2
      } position: {
        position
      }
    case .F4:
      let gaussian = VectorMath.all(tail * s * (2 / Double.pi).squareRoot())
      let flat = VectorMath.all(line * (Double.pi / 2).squareRoot() * s)
      loop(residuals) { d in
        let z = Self.clamped(d / VectorMath.all(root * s))
        return VectorMath.multiplyAdd(
          gaussian, VectorMath.exp(Lanes.zero - z * z), (flat - d * VectorMath.all(tail)) * VectorMath.erfc(z))
      } position: {
        position
      }
    case .Fdiff:
      loop(residuals) { d in
        let z = Self.clamped(d / VectorMath.all(root * s))
        return VectorMath.multiplyAdd(
          VectorMath.all(tail), VectorMath.exp(Lanes.zero - z * z), VectorMath.all(line) * VectorMath.erfc(z))
      } position: {
        position
      }
    }
  }

  @inline(__always)
  private func loop(
    _ residuals: UnsafeMutablePointer<Double>, _ model: (Lanes) -> Lanes, position: () -> Lanes
  ) {
    let raw = UnsafeRawPointer(memory)
    let stride = 8 * capacity
    for i in Swift.stride(from: 0, to: count, by: 4) {
      let x = raw.loadUnaligned(fromByteOffset: 8 * i, as: Lanes.self)
      let y = raw.loadUnaligned(fromByteOffset: stride + 8 * i, as: Lanes.self)
      let w = raw.loadUnaligned(fromByteOffset: 2 * stride + 8 * i, as: Lanes.self)
      UnsafeMutableRawPointer(residuals).storeBytes(
        of: (model(x - position()) - y) * w, toByteOffset: 8 * i, as: Lanes.self)
    }
  }

  /// Beyond 30, where erfc is 0 or 2 and the Gaussian 0, arguments stay where squares are finite.
  @inline(__always)
  private static func clamped(_ z: Lanes) -> Lanes {
    let limit = VectorMath.all(30)
    return z.replacing(with: limit, where: z .> limit).replacing(
      with: Lanes.zero - limit, where: z .< Lanes.zero - limit)
  }
}
