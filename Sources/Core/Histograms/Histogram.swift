import Errors

/// Counts of values in bins along any number of axes, with flow bins on both sides of each axis.
///
/// Each bin keeps the sum of weights and the sum of their squares (the variance of the content for independent entries).
/// Bins lie in one array, the last axis fastest; along an axis of `count` bins, 0 is below, 1…`count` inside, `count + 1`
/// above. Entries with NaN on any axis are counted in `nanCount` and nowhere else.
public struct Histogram: Sendable, Equatable {
  /// The axes.
  public let axes: [HistogramAxis]
  /// Sums of weights of all bins with flow.
  public internal(set) var contents: [Double]
  /// Sums of squared weights of all bins with flow.
  public internal(set) var variances: [Double]
  /// How many fills were made, those with NaN left out.
  public internal(set) var entries = 0
  /// How many fills had NaN on an axis or as weight.
  public internal(set) var nanCount = 0
  let strides: [Int]

  /// An empty histogram.
  ///
  /// - Throws: `histogram.noAxes`; `histogram.tooLarge` beyond 2³¹ bins.
  public init(_ axes: [HistogramAxis]) throws(CavernError) {
    guard !axes.isEmpty else { throw CavernError("histogram.noAxes", "a histogram needs an axis", exit: .internal) }
    var size = 1
    var strides = Array(repeating: 1, count: axes.count)
    for index in axes.indices.reversed() {
      strides[index] = size
      let (product, isTooLarge) = size.multipliedReportingOverflow(by: axes[index].count + 2)
      guard !isTooLarge, product <= 1 << 31 else {
        throw CavernError("histogram.tooLarge", "a histogram of more than 2³¹ bins", exit: .internal)
      }
      size = product
    }
    self.axes = axes
    self.strides = strides
    contents = Array(repeating: 0, count: size)
    variances = contents
  }

  /// Adds one entry; `values` has one value for each axis.
  ///
  /// - Throws: `histogram.dimensions` when the number of values is not that of the axes.
  public mutating func fill(_ values: [Double], weight: Double = 1) throws(CavernError) {
    guard values.count == axes.count else { throw dimensions(values.count) }
    var index = 0
    for (axis, value) in values.enumerated() {
      guard let bin = axes[axis].bin(of: value) else {
        nanCount += 1
        return
      }
      index += bin * strides[axis]
    }
    add(weight, at: index)
  }

  /// Adds entries; `columns` has an array for each axis, all of one length.
  ///
  /// - Throws: `histogram.dimensions` when numbers or lengths of arrays differ.
  public mutating func fill(columns: [[Double]], weights: [Double]? = nil) throws(CavernError) {
    guard columns.count == axes.count else { throw dimensions(columns.count) }
    let count = columns.first?.count ?? 0
    guard columns.allSatisfy({ $0.count == count }), weights.map({ $0.count == count }) ?? true else {
      throw CavernError("histogram.dimensions", "columns or weights of different lengths", exit: .internal)
    }
    if columns.count == 1, weights == nil, case .regular(let bins, let lower, let upper) = axes[0].kind {
      fillRegular(columns[0], bins, lower, upper)
      return
    }
    entry: for row in 0..<count {
      var index = 0
      for axis in axes.indices {
        guard let bin = axes[axis].bin(of: columns[axis][row]) else {
          nanCount += 1
          continue entry
        }
        index += bin * strides[axis]
      }
      add(weights.map { $0[row] } ?? 1, at: index)
    }
  }

  /// Adds entries to a histogram with one axis.
  ///
  /// - Throws: as `fill(columns:weights:)`.
  public mutating func fill(_ values: [Double], weights: [Double]) throws(CavernError) {
    try fill(columns: [values], weights: weights)
  }

  /// Unit weights, equal bins: whole counts are kept apart and added at the end, which is exact and fast.
  private mutating func fillRegular(_ values: [Double], _ bins: Int, _ lower: Double, _ upper: Double) {
    // Four sets of counts in turn: an entry need not wait for the one before in the same bin.
    let width = bins + 3
    var counts = Array(repeating: 0, count: 4 * width)
    let scale = Double(bins) / (upper - lower)
    let top = Double(bins + 1)
    var lane = 0
    for value in values {
      // As in `HistogramAxis.bin(of:)`; the last place is for NaN.
      let inside = min((value - lower) * scale, Double(bins).nextDown) + 1
      let place = value < lower ? 0 : value >= upper ? top : inside
      let bin = value == value ? Int(place) : width - 1
      counts[lane &+ bin] &+= 1
      lane = lane == 3 &* width ? 0 : lane &+ width
    }
    for bin in 0..<width {
      let count = counts[bin] + counts[width + bin] + counts[2 * width + bin] + counts[3 * width + bin]
      if bin == width - 1 {
        nanCount += count
      } else {
        contents[bin] += Double(count)
        variances[bin] += Double(count)
        entries += count
      }
    }
  }

  private mutating func add(_ weight: Double, at index: Int) {
    guard !weight.isNaN else {
      nanCount += 1
      return
    }
    contents[index] += weight
    variances[index] += weight * weight
    entries += 1
  }

  private func dimensions(_ count: Int) -> CavernError {
    CavernError("histogram.dimensions", "\(count) values for \(axes.count) axes", exit: .internal)
  }

  /// The content of a bin named by its position on each axis (0 is below); `nil` outside.
  public subscript(bins: Int...) -> Double? { index(bins).map { contents[$0] } }

  /// The variance of a bin named by its position on each axis (0 is below); `nil` outside.
  public func variance(_ bins: Int...) -> Double? { index(bins).map { variances[$0] } }

  /// Puts a content with its variance into a bin named by its position on each axis (0 is below); nothing happens outside.
  ///
  /// For contents that were not counted here; `entries` grows by one.
  public mutating func set(_ content: Double, variance: Double, at bins: [Int]) {
    guard let index = index(bins) else { return }
    contents[index] = content
    variances[index] = variance
    entries += 1
  }

  private func index(_ bins: [Int]) -> Int? {
    guard bins.count == axes.count else { return nil }
    var index = 0
    for (axis, bin) in bins.enumerated() {
      guard bin >= 0, bin <= axes[axis].count + 1 else { return nil }
      index += bin * strides[axis]
    }
    return index
  }

  /// The contents without flow bins, the last axis fastest.
  public var values: [Double] { inner(contents) }

  /// The variances without flow bins, the last axis fastest.
  public var innerVariances: [Double] { inner(variances) }

  /// The sum of all contents, with flow bins or without.
  public func sum(flow: Bool = false) -> Double { (flow ? contents : values).reduce(0, +) }

  private func inner(_ bins: [Double]) -> [Double] {
    bins.indices.filter { index in
      axes.indices.allSatisfy { axis in
        let bin = index / strides[axis] % (axes[axis].count + 2)
        return bin > 0 && bin <= axes[axis].count
      }
    }.map { bins[$0] }
  }
}
