extension EdgeDoubles {
  /// Eight consecutive counts; `source` must be readable for eight numbers.
  @inline(__always)
  static func consecutive(_ source: UnsafePointer<UInt32>) -> Self {
    Self(SIMD8<Double>(UnsafeRawPointer(source).loadUnaligned(as: SIMD8<UInt32>.self)))
  }
}

extension EdgeSingles {
  /// Sixteen consecutive counts; `source` must be readable for sixteen numbers.
  @inline(__always)
  static func consecutive(_ source: UnsafePointer<UInt32>) -> Self {
    Self(SIMD16<Float>(UnsafeRawPointer(source).loadUnaligned(as: SIMD16<UInt32>.self)))
  }
}

/// Where the values of problems come from; valid while the arrays behind it live.
///
/// Either counts of a scan, threshold after threshold with `pixelCount` numbers each, of which problem `i` reads number
/// `pixels[i] < pixelCount` at each threshold of `used`; or the values and weights of one curve, as many as thresholds are used.
/// `EdgeFitter` has checked both.
struct EdgeSource: @unchecked Sendable {
  var counts: UnsafePointer<UInt32>?
  var pixels: UnsafePointer<Int>?
  var used: [Int] = []
  var pixelCount = 0
  var values: [Double] = []
  var weights: [Double]?

  /// One value of a problem.
  @inline(__always)
  func value(_ problem: Int, _ threshold: Int) -> Double {
    guard let counts, let pixels else { return values[threshold] }
    return Double(counts[used[threshold] * pixelCount + pixels[problem]])
  }

  /// Its weight in least squares.
  @inline(__always)
  func weight(_ problem: Int, _ threshold: Int) -> Double {
    if let weights { return weights[threshold] }
    let value = value(problem, threshold)
    return value > 0 ? 1 / value : 0
  }

  /// Fills vectors with the values of consecutive problems, 0 in lanes without one; `target` must hold a vector for each
  /// threshold.
  @inline(__always)
  func load<Vector: EdgeVector>(_ first: Int, count: Int, to target: UnsafeMutablePointer<Vector>) {
    guard let counts, let pixels else {
      for k in 0..<values.count {
        target[k] = .zero
        target[k][0] = Vector.Scalar(values[k])
      }
      return
    }
    let lanes = Vector.laneCount
    let start = pixels[first]
    var isConsecutive = count == lanes
    for i in 0..<count where pixels[first + i] != start + i { isConsecutive = false }
    for k in 0..<used.count {
      let line = counts + used[k] * pixelCount
      if isConsecutive {
        // All of start ..< start + lanes are pixels.
        target[k] = Vector.consecutive(line + start)
      } else {
        var vector = Vector.zero
        for i in 0..<count { vector[i] = Vector.Scalar(line[pixels[first + i]]) }
        target[k] = vector
      }
    }
  }
}
