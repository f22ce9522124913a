/// Start values from three moments of the flux above the lowest threshold.
///
/// A tail 2α(L − x) and a step H that end at x = L have ∫y = αL² + HL, ∫xy = αL³/3 + HL²/2, ∫x²y = αL⁴/6 + HL³/3. Eliminating
/// α and H leaves M0·L²/6 − M1·L + M2 = 0, whose smaller root is L.
struct EdgeMoments: Sendable {
  private let equation: EdgeEquation
  private let origin: Double
  private let span: Double
  private let spacing: Double
  private let places: [Double]
  private let weights: [Double]
  private let hasBackground: Bool

  init(_ setup: EdgeSetup) {
    equation = setup.equation
    hasBackground = setup.hasBackground
    let x = setup.thresholds
    let n = x.count
    let first = x.first ?? 0
    spacing = n > 1 ? (x[n - 1] - first) / Double(n - 1) : 1
    origin = first - spacing / 2
    span = max(Double(n), 1) * spacing
    places = x.map { [origin] in $0 - origin }
    weights = x.indices.map { k in
      let below = k > 0 ? x[k] - x[k - 1] : n > 1 ? x[1] - x[0] : 1
      let above = k < n - 1 ? x[k + 1] - x[k] : below
      return (below + above) / 2 / setup.exposures[k]
    }
  }

  /// The estimate; `row` must hold a value for each threshold.
  @inline(__always)
  func estimate(_ row: UnsafePointer<Double>) -> EdgeCoordinates {
    var m0 = 0.0, m1 = 0.0, m2 = 0.0
    places.withUnsafeBufferPointer { places in
      weights.withUnsafeBufferPointer { weights in
        for k in 0..<places.count {
          let y = row[k] * weights[k]
          let xy = places[k] * y
          m0 += y
          m1 += xy
          m2 += places[k] * xy
        }
      }
    }
    return coordinates(m0, m1, m2)
  }

  /// The moments of the values of several problems; `values` must hold a vector for each threshold.
  @inline(__always)
  func sums<Vector: EdgeVector>(_ values: UnsafePointer<Vector>) -> (Vector, Vector, Vector) {
    var m0 = Vector.zero, m1 = Vector.zero, m2 = Vector.zero
    places.withUnsafeBufferPointer { places in
      weights.withUnsafeBufferPointer { weights in
        for k in 0..<places.count {
          let y = values[k] * Vector.all(weights[k])
          let x = Vector.all(places[k])
          let xy = x * y
          m0 += y
          m1 += xy
          m2 = Vector.multiplyAdd(x, xy, m2)
        }
      }
    }
    return (m0, m1, m2)
  }

  /// The estimate from the moments.
  @inline(__always)
  func coordinates(_ m0: Double, _ m1: Double, _ m2: Double) -> EdgeCoordinates {
    guard m0 > 0 else { return EdgeCoordinates() }
    let discriminant = m1 * m1 - m0 * m2 * (2.0 / 3)
    let root = discriminant > 0 ? discriminant.squareRoot() : 0
    let length = min(max(3 * (m1 - root) / m0, 3 * spacing), span)
    let step = min(max(6 * (m1 / length - m0 / 3), 0.03 * m0), 0.97 * m0)
    let s = max(6, 1.5 * spacing)
    // In coordinates, far below the edge the flux is 2·tail·(E0 − E)/s + 2·line.
    let tail = (m0 - step) / (length * length) * s
    let line = step / length / 2
    switch equation {
    case .Fdiff:
      return EdgeCoordinates(
        tail: 0.1 * line, line: line + tail, s: s, position: origin + length, s2: s,
        background: hasBackground ? 0.01 * line : 0)
    default:
      let scale = equation == .F4 ? 2.0.squareRoot() : 1
      return EdgeCoordinates(
        tail: tail * scale, line: line, s: s, position: origin + length, s2: s,
        background: hasBackground ? 0.01 * line : 0)
    }
  }
}
