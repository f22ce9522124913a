import Foundation

/// Where the ticks of a linear or logarithmic axis stand and what is written beside them.
struct TickPlan: Equatable {
  /// Labelled ticks.
  var major: [Axis.Tick]
  /// Ticks without label.
  var minor: [Double]
  /// The labels give values divided by ten to this power.
  var exponent = 0

  /// Ticks at multiples of 1, 2 or 5 times a power of ten, at most about `count` of them, with minor ticks between.
  ///
  /// Numbers from 100 000 on and below 0.001 are written without their common power of ten, which is returned in
  /// `exponent`.
  static func linear(_ lower: Double, _ upper: Double, count: Int) -> TickPlan {
    let plan = linear(lower, upper, about: count)
    // One or two numbers say little; a little closer together they still fit.
    return plan.major.count >= 3 || count < 2 ? plan : linear(lower, upper, about: count + 2)
  }

  private static func linear(_ lower: Double, _ upper: Double, about count: Int) -> TickPlan {
    let span = upper - lower
    guard span > 0, span.isFinite else { return TickPlan(major: [], minor: []) }
    let rough = span / Double(max(count, 1))
    var decade = Int(log10(rough).rounded(.down))
    let mantissa = rough / power(decade)
    let steps: [(step: Int, parts: Int)] = [(1, 5), (2, 4), (5, 5)]
    var chosen = (step: 1, parts: 5)
    if let found = steps.first(where: { mantissa <= Double($0.step) * 1.25 }) {
      chosen = found
    } else {
      decade += 1
    }
    // Multiples are counted as integers so that rounding does not add up along the axis.
    let unit = power(decade)
    let step = Double(chosen.step) * unit
    let first = (lower / step - 1e-9).rounded(.up)
    let last = (upper / step + 1e-9).rounded(.down)
    guard last - first < 1000 else { return TickPlan(major: [], minor: []) }
    let multiples = first <= last ? Array(stride(from: first, through: last, by: 1)) : []
    let largest = max(abs(lower), abs(upper))
    var exponent = 0
    if largest >= 1e5 || largest < 1e-3 { exponent = Int((log10(largest) + 1e-12).rounded(.down)) }
    let decimals = max(0, exponent - decade)
    let major = multiples.map { multiple -> Axis.Tick in
      let value = place(multiple * Double(chosen.step), decade)
      return Axis.Tick(
        value, NumberLabel.fixed(place(multiple * Double(chosen.step), decade - exponent), decimals: decimals))
    }
    let fine = step / Double(chosen.parts)
    let firstMinor = (lower / fine - 1e-9).rounded(.up)
    let lastMinor = (upper / fine + 1e-9).rounded(.down)
    let minor = stride(from: firstMinor, through: lastMinor, by: 1)
      .filter { $0.truncatingRemainder(dividingBy: Double(chosen.parts)) != 0 }
      .map { place($0 * Double(chosen.step), decade) / Double(chosen.parts) }
    return TickPlan(major: major, minor: minor, exponent: exponent)
  }

  /// Ticks at powers of ten with minor ticks at 2…9, or at 1, 2, 5 when less than a decade and a half is shown.
  static func logarithmic(_ lower: Double, _ upper: Double, count: Int) -> TickPlan {
    guard lower > 0, upper > lower, upper.isFinite else { return TickPlan(major: [], minor: []) }
    let low = log10(lower)
    let high = log10(upper)
    let decades = Int((low - 1e-9).rounded(.down))...Int((high + 1e-9).rounded(.up))
    func isInside(_ value: Double) -> Bool { value >= lower * (1 - 1e-9) && value <= upper * (1 + 1e-9) }
    if high - low < 0.7 {
      var plan = linear(lower, upper, count: count)
      plan.exponent = 0
      plan.major = plan.major.map { Axis.Tick($0.value, NumberLabel.general($0.value)) }
      return plan
    }
    let isShort = high - low < 1.5
    let labelled = decades.count { isInside(place(1, $0)) }
    let every = max(1, Int((Double(labelled) / Double(max(count, 2))).rounded(.up)))
    var plan = TickPlan(major: [], minor: [])
    for exponent in decades {
      for digit in 1...9 {
        let value = place(Double(digit), exponent)
        guard isInside(value) else { continue }
        if digit == 1 && exponent % every == 0 || isShort && (digit == 2 || digit == 5) {
          let plain = isShort && (-3...4).contains(exponent)
          let raised = digit == 1 ? NumberLabel.powerOfTen(exponent) : "\(digit)×" + NumberLabel.powerOfTen(exponent)
          plan.major.append(Axis.Tick(value, plain ? NumberLabel.general(value) : raised))
        } else if digit == 1 || every <= 2 {
          plan.minor.append(value)
        }
      }
    }
    return plan
  }

  private static func power(_ exponent: Int) -> Double { pow(10, Double(exponent)) }

  /// `multiple` times ten to `decade`, rounded once.
  private static func place(_ multiple: Double, _ decade: Int) -> Double {
    // Adding zero turns -0 into 0.
    (decade < 0 ? multiple / power(-decade) : multiple * power(decade)) + 0
  }
}
