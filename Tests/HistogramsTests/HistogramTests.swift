import Errors
import Foundation
import TestSupport
import Testing

@testable import Histograms

@Suite("Histogram")
struct HistogramTests {
  private func line(_ count: Int = 4, _ lower: Double = 0, _ upper: Double = 4) throws -> Histogram {
    try Histogram([try #require(.regular(count, lower, upper))])
  }

  @Test("bins are half open, flow and NaN are counted apart")
  func flow() throws {
    var one = try line()
    try one.fill(columns: [[-0.1, 0, 0.999, 1, 3.999, 4, .infinity, -.infinity, .nan]])
    #expect(one.contents == [2, 2, 1, 0, 1, 2])
    #expect(one.values == [2, 1, 0, 1])
    #expect(one.entries == 8)
    #expect(one.nanCount == 1)
  }

  @Test("filling an array gives what filling one by one gives")
  func sameEitherWay() throws {
    let values = (0..<10_000).map { index -> Double in index % 97 == 0 ? .nan : 6 * sin(Double(index) * 1.37) }
    var (together, single) = (try line(37, -5, 5), try line(37, -5, 5))
    try together.fill(columns: [values])
    for value in values { try single.fill([value]) }
    #expect(together == single)
    #expect(together.sum(flow: true) == 10_000 - 104)
  }

  @Test("weights add up, their squares are the variances")
  func weights() throws {
    var one = try line()
    try one.fill([0.5, 0.5, 2.5], weights: [2, 3, -1])
    #expect(one[1] == 5)
    #expect(one.variance(1) == 13)
    #expect(one[3] == -1)
    #expect(one.variance(3) == 1)
    #expect(one[9] == nil)
  }

  @Test("every kind of axis sorts its own edges into the bin above")
  func edges() throws {
    let axes = [
      try #require(HistogramAxis.regular(10, 0, 10)), try #require(.variable([-2, -1, 0, 5, 100])),
      try #require(.logarithmic(4, 1, 16)),
    ]
    for axis in axes {
      for (index, edge) in axis.edges.enumerated() {
        #expect(axis.bin(of: edge + abs(edge) * 1e-14) == index + 1, "\(axis) \(edge)")
        #expect(axis.bin(of: edge - 1e-12) == index, "\(axis) \(edge)")
      }
      #expect(axis.bin(of: .nan) == nil)
    }
    #expect(HistogramAxis.regular(0, 0, 1) == nil)
    #expect(HistogramAxis.regular(3, 1, 1) == nil)
    #expect(HistogramAxis.variable([0, 0]) == nil)
    #expect(HistogramAxis.logarithmic(3, 0, 1) == nil)
    let names = try #require(HistogramAxis.category(["H", "V"]))
    #expect(names.bin(of: try #require(names.position(of: "V"))) == 2)
    #expect(names.bin(of: 2) == 3)
  }

  @Test("projection keeps flow, slice takes one bin, rebin adds neighbours")
  func reshaping() throws {
    let x = try #require(HistogramAxis.regular(4, 0, 4, name: "x"))
    let y = try #require(HistogramAxis.regular(2, 0, 2, name: "y"))
    var two = try Histogram([x, y])
    try two.fill(columns: [[0.5, 0.5, 1.5, 3.5, 9], [0.5, 5, 1.5, 0.5, 0.5]])
    #expect(try two.projection(onto: [0]).contents == [0, 2, 1, 0, 1, 1])
    #expect(try two.projection(onto: [1]).contents == [0, 3, 1, 1])
    #expect(try two.projection(onto: [1, 0])[1, 4] == 1)
    #expect(try two.slice(axis: 1, bin: 1).contents == [0, 1, 0, 0, 1, 1])
    #expect(try two.rebinned(axis: 0, group: 2).projection(onto: [0]).contents == [0, 3, 1, 1])
    #expect(caught { _ = try two.rebinned(axis: 0, group: 3) }?.code == "histogram.badRebin")
    #expect(caught { _ = try two.projection(onto: [2]) }?.code == "histogram.badAxis")
    #expect(caught { try two.fill([1]) }?.code == "histogram.dimensions")
  }

  @Test("sums, differences, factors, running sums and moments")
  func arithmetic() throws {
    var (a, b) = (try line(), try line())
    try a.fill(columns: [[0.5, 1.5, 1.5, 2.5]])
    try b.fill(columns: [[1.5]])
    #expect(a.mean() == 1.5)
    #expect(abs(a.rms() - 0.5.squareRoot()) < 1e-15)
    #expect(try line().mean().isNaN)
    try a.subtract(b)
    #expect(a.values == [1, 1, 1, 0])
    #expect(a.innerVariances == [1, 3, 1, 0])
    a.scale(by: 2)
    #expect(a.values == [2, 2, 2, 0])
    #expect(a.innerVariances == [4, 12, 4, 0])
    #expect(try a.cumulative().values == [2, 4, 6, 6])
    let other = try line(5)
    #expect(caught { try a.add(other) }?.code == "histogram.differentAxes")
  }

  @Test("speed", .enabled(if: ProcessInfo.processInfo.environment["CAVERN_MEASURE"] != nil))
  func speed() throws {
    let values = (0..<10_000_000).map { 6 * sin(Double($0) * 1.37) }
    var one = try line(100, -5, 5)
    var best = Duration.seconds(100)
    for _ in 0..<5 { best = min(best, try ContinuousClock().measure { try one.fill(columns: [values]) }) }
    print("regular axis: \(Double(values.count) / (Double(best.components.attoseconds) * 1e-12)) M entries/s")
  }
}
