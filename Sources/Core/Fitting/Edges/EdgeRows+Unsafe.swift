/// The values of a range of problems, a row for each, so that a problem is read in one go.
///
/// `rows` holds `capacity` rows of `stride` numbers, `weightRows` as many when weights are used. Loops run below the number of
/// thresholds, which is at most `stride`, and below the problems loaded, at most `capacity`.
struct EdgeRows: ~Copyable {
  let rows: UnsafeMutablePointer<Double>
  let weightRows: UnsafeMutablePointer<Double>?
  let stride: Int
  let capacity: Int
  private let moments: EdgeMoments

  init(setup: EdgeSetup, capacity: Int, hasWeights: Bool) {
    stride = max(setup.thresholds.count, 1)
    self.capacity = capacity
    rows = .allocate(capacity: stride * capacity)
    rows.initialize(repeating: 0, count: stride * capacity)
    weightRows = hasWeights ? .allocate(capacity: stride * capacity) : nil
    weightRows?.initialize(repeating: 0, count: stride * capacity)
    moments = EdgeMoments(setup)
  }

  deinit {
    rows.deallocate()
    weightRows?.deallocate()
  }

  /// Reads the counts of the pixels of consecutive problems: threshold by threshold, as they lie in memory.
  ///
  /// `counts` must hold, for each of `used`, `pixelCount` numbers from `threshold · pixelCount` on, and every pixel number must
  /// be below `pixelCount`; `EdgeFitter` has checked both.
  func load(_ pixels: ArraySlice<Int>, from counts: UnsafePointer<UInt32>, used: [Int], pixelCount: Int) {
    pixels.withUnsafeBufferPointer { pixels in
      for (k, threshold) in used.enumerated() {
        let line = counts + threshold * pixelCount
        for (row, pixel) in pixels.enumerated() { rows[row * stride + k] = Double(line[pixel]) }
      }
    }
    if let weightRows {
      for i in 0..<pixels.count * stride { weightRows[i] = rows[i] > 0 ? 1 / rows[i] : 0 }
    }
  }

  /// Reads one problem with values of its own.
  func load(values: [Double], weights: [Double]?) {
    for (k, value) in values.enumerated() where k < stride { rows[k] = value }
    if let weightRows {
      for k in 0..<min(stride, values.count) {
        weightRows[k] = weights.map { $0[k] } ?? (values[k] > 0 ? 1 / values[k] : 0)
      }
    }
  }

  /// An estimate from the moments of the values of a row.
  func estimate(_ row: Int) -> EdgeCoordinates { moments.estimate(rows + row * stride) }
}

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
