import Errors

/// Many independent problems y(x) in contiguous arrays: problem `i` owns the samples `offsets[i] ..< offsets[i + 1]`.
///
/// Abscissae are stored per sample, or once for all problems (`init(sharedX:y:weights:)`), in which case every
/// problem has as many samples as `x`.
public struct ProfileBatch: Sendable {
  /// Abscissae: one per sample, or one set for all problems if `hasSharedX`.
  public let x: [Double]
  /// Ordinates, problem after problem.
  public let y: [Double]
  /// Inverse variances, one per sample, or nil for an unweighted fit; a weight of 0 leaves the sample out.
  public let weights: [Double]?
  /// Start of each problem in `y`, and the end of the last: `count + 1` values, from 0, not decreasing.
  public let offsets: [Int]
  /// Whether `x` holds one set of abscissae for all problems.
  public let hasSharedX: Bool

  /// Number of problems.
  public var count: Int { offsets.count - 1 }

  /// Problems of different length; throws `fit.shape` when the arrays do not fit each other.
  public init(x: [Double], y: [Double], weights: [Double]? = nil, offsets: [Int]) throws(CavernError) {
    var last = 0
    for (index, offset) in offsets.enumerated() {
      if index == 0 ? offset != 0 : offset < last {
        throw Self.shapeError("offset \(index) is \(offset)", expected: "offsets from 0 that do not decrease")
      }
      last = offset
    }
    guard offsets.last == y.count else {
      throw Self.shapeError("the offsets end at \(last) but there are \(y.count) samples", expected: "equal numbers")
    }
    guard x.count == y.count else {
      throw Self.shapeError("there are \(x.count) abscissae for \(y.count) samples", expected: "equal numbers")
    }
    try Self.check(weights: weights, samples: y.count)
    self.init(unchecked: x, y, weights, offsets, shared: false)
  }

  /// Problems on one set of abscissae: `y` holds a whole number of rows of `sharedX.count`; throws `fit.shape`
  /// otherwise.
  public init(sharedX: [Double], y: [Double], weights: [Double]? = nil) throws(CavernError) {
    let length = sharedX.count
    guard length == 0 ? y.isEmpty : y.count.isMultiple(of: length) else {
      throw Self.shapeError("there are \(y.count) samples", expected: "a multiple of the \(length) abscissae")
    }
    try Self.check(weights: weights, samples: y.count)
    let rows = length == 0 ? 0 : y.count / length
    self.init(unchecked: sharedX, y, weights, (0...rows).map { $0 * length }, shared: true)
  }

  /// One problem per pair of rows; throws `fit.shape` when a pair differs in length.
  public init(profiles: [(x: [Double], y: [Double])]) throws(CavernError) {
    var x: [Double] = []
    var y: [Double] = []
    var offsets = [0]
    for profile in profiles {
      guard profile.x.count == profile.y.count else {
        throw Self.shapeError(
          "profile \(offsets.count - 1) has \(profile.x.count) abscissae for \(profile.y.count) samples",
          expected: "equal numbers")
      }
      x += profile.x
      y += profile.y
      offsets.append(y.count)
    }
    self.init(unchecked: x, y, nil, offsets, shared: false)
  }

  private init(unchecked x: [Double], _ y: [Double], _ weights: [Double]?, _ offsets: [Int], shared: Bool) {
    self.x = x
    self.y = y
    self.weights = weights
    self.offsets = offsets
    hasSharedX = shared
  }

  private static func check(weights: [Double]?, samples: Int) throws(CavernError) {
    guard let weights, weights.count != samples else { return }
    throw shapeError("there are \(weights.count) weights for \(samples) samples", expected: "equal numbers")
  }

  static func shapeError(_ message: String, expected: String) -> CavernError {
    CavernError("fit.shape", message, exit: .badData, expected: expected)
  }
}
