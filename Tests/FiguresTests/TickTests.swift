import Testing

@testable import Figures

@Suite("Ticks and ranges")
struct TickTests {
  @Test("linear ticks are round numbers inside the range")
  func linear() {
    let plan = TickPlan.linear(-0.3, 1.04, count: 6)
    #expect(plan.major.map(\.label) == ["-0.2", "0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(TickPlan.linear(0, 3e11, count: 4).exponent == 11)
    #expect(TickPlan.linear(0, 3e11, count: 4).major.map(\.label) == ["0", "1", "2", "3"])
    #expect(TickPlan.linear(1, 1, count: 5).major.isEmpty)
    #expect(TickPlan.linear(0, .infinity, count: 5).major.isEmpty)
  }

  @Test("logarithmic ticks are powers of ten with eight minor ticks between")
  func logarithmic() {
    let plan = TickPlan.logarithmic(1e-3, 100, count: 6)
    #expect(plan.major.map(\.label) == ["10⁻³", "10⁻²", "10⁻¹", "1", "10", "10²"])
    #expect(plan.minor.count == 40)
    #expect(TickPlan.logarithmic(1, 10, count: 5).major.map(\.label) == ["1", "2", "5", "10"])
    #expect(TickPlan.logarithmic(0, 10, count: 5).major.isEmpty)
  }

  @Test("time ticks stand at round times and carry the date where it changes")
  func time() {
    let start = 1_728_939_600.0
    #expect(
      TickPlan.time(start, start + 4 * 3600, count: 5).plan.major.map(\.label) == [
        "10-14 21:00", "22:00", "23:00", "10-15 00:00", "01:00",
      ])
    #expect(TickPlan.time(start, start + 600, count: 5).unit == "2024-10-14 UTC")
    #expect(CivilTime(secondsSince1970: 951_782_400).date == "2000-02-29")
    #expect(CivilTime(secondsSince1970: -1).date == "1969-12-31")
    for day in stride(from: -800_000, through: 2_900_000, by: 997) {
      let civil = CivilTime(secondsSince1970: Double(day) * 86_400)
      #expect(CivilTime.seconds(year: civil.year, month: civil.month, day: civil.day) == Double(day) * 86_400)
    }
  }

  @Test("ranges have a margin, open around a single value and stay positive on a logarithmic axis")
  func ranges() {
    func range(_ values: [Double], _ scale: Axis.Scale = .linear) -> ClosedRange<Double> {
      var extent = Extent()
      extent.include(values)
      let axis = AxisLayout(Axis("x", scale: scale), data: extent, isTight: false, count: 5)
      return axis.lower...axis.upper
    }
    #expect(range([0, 10, .nan]) == -0.5...10.5)
    #expect(range([5]) == 4.5...5.5)
    #expect(range([]) == 0...1)
    #expect(range([-1, 0], .logarithmic) == 1...10)
    #expect(range([-1, 1, 100], .logarithmic).lowerBound > 0.7)
    #expect(range([-1.7e308, 1.7e308]).upperBound.isFinite)
  }

  @Test("a straightened line stays within the tolerance of every point left out")
  func thinning() {
    let x = (0..<500).map { Double($0) * 0.5 }
    let y = x.map { 100 / (1 + ($0 - 120) * ($0 - 120) / 900) }
    let kept = Thinning.straight(x, y, tolerance: 0.12)
    #expect(kept.count < 120)
    #expect(kept.first == 0 && kept.last == 499)
    for (from, to) in zip(kept, kept.dropFirst()) {
      for index in from...to {
        let straight = y[from] + (y[to] - y[from]) * (x[index] - x[from]) / (x[to] - x[from])
        #expect(abs(straight - y[index]) <= 0.2401)
      }
    }
    #expect(Thinning.straight([0, 1, 2, 3, 4], [0, 0, .nan, 0, 0], tolerance: 1) == [0, 1, 2, 3, 4])
  }
}
