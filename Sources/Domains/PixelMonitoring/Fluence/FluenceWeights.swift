import Errors
import Foundation

/// How much each bin of a grid counts in a mean: weights that add up to one.
///
/// Means of means are formed on the weights, so that a bin which several modules share counts once with its whole weight
/// when uncertainties are added up.
struct FluenceWeights: Sendable {
  /// Weights by position in the arrays of a field.
  private(set) var bins: [Int: Double] = [:]

  /// Nothing.
  init() {}

  /// The part of a line of constant r that lies in each bin.
  ///
  /// - Throws: `fluence.outside`.
  init(_ grid: FluenceGrid, r: Double, zFrom from: Double, to: Double) throws(CavernError) {
    guard let rBin = grid.r.bin(of: r), from >= grid.z.lower, to <= grid.z.upper, from < to else {
      throw grid.outside(r: r, z: from < grid.z.lower ? from : to)
    }
    add(grid.z, from, to) { grid.index(rBin, $0) }
  }

  /// The part of a line of constant z that lies in each bin.
  ///
  /// - Throws: `fluence.outside`.
  init(_ grid: FluenceGrid, z: Double, rFrom from: Double, to: Double) throws(CavernError) {
    guard let zBin = grid.z.bin(of: z), from >= grid.r.lower, to <= grid.r.upper, from < to else {
      throw grid.outside(r: from < grid.r.lower ? from : to, z: z)
    }
    add(grid.r, from, to) { grid.index($0, zBin) }
  }

  private mutating func add(_ axis: FluenceGrid.Axis, _ from: Double, _ to: Double, index: (Int) -> Int) {
    let first = axis.bin(of: from) ?? 0
    let last = axis.bin(of: to) ?? axis.count - 1
    for bin in first...max(first, last) {
      let length = min(to, axis.edge(bin + 1)) - max(from, axis.edge(bin))
      if length > 0 { bins[index(bin), default: 0] += length / (to - from) }
    }
  }

  /// Adds other weights times a factor.
  mutating func add(_ other: FluenceWeights, _ factor: Double) {
    for (bin, weight) in other.bins { bins[bin, default: 0] += weight * factor }
  }

  /// The mean with its uncertainty; bins are independent.
  func mean(_ component: FluenceField.Component) -> FluenceValue {
    var sum = 0.0
    var variance = 0.0
    for (bin, weight) in bins.sorted(by: { $0.key < $1.key }) {
      sum += weight * component.values[bin]
      let error = weight * (component.uncertainties?[bin] ?? 0)
      variance += error * error
    }
    return FluenceValue(sum, component.uncertainties == nil ? nil : variance.squareRoot())
  }
}
