import Foundation

/// The outline of a histogram as a line.
struct StepLine {
  var x: [Double] = []
  var y: [Double] = []

  init(edges: [Double], values: [Double]) {
    x.reserveCapacity(2 * values.count)
    y.reserveCapacity(2 * values.count)
    for (index, value) in values.enumerated() where index + 1 < edges.count {
      x.append(edges[index])
      x.append(edges[index + 1])
      y.append(value)
      y.append(value)
    }
  }
}

/// Powers with any exponent.
enum NumberPower {
  static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
