import Foundation

/// An axis worked out: its range, ticks and title, the same for every renderer.
struct AxisLayout: Equatable {
  var lower: Double
  var upper: Double
  var isLogarithmic: Bool
  var isReversed: Bool
  /// Whether values are seconds since 1970.
  var isTime: Bool
  var ticks: [Axis.Tick]
  var minorTicks: [Double]
  /// Title with unit and common power of ten in brackets.
  var title: String

  /// Works out range, ticks and title.
  ///
  /// - Parameters:
  ///   - axis: what is wished.
  ///   - data: the range of the data; may be empty.
  ///   - isTight: whether the data fill their range, so that no margin is added.
  ///   - count: about how many labels there is room for.
  init(_ axis: Axis, data: Extent, isTight: Bool, count: Int) {
    isLogarithmic = axis.scale == .logarithmic
    isReversed = axis.isReversed
    isTime = axis.scale == .time
    (lower, upper) = Self.range(axis, data, isTight)
    (ticks, minorTicks, title) = ([], [], "")
    plan(axis, count: count)
  }

  /// Works out ticks and title for the range as it stands.
  mutating func plan(_ axis: Axis, count: Int) {
    var unit = axis.unit
    var plan: TickPlan
    switch axis.scale {
    case .linear: plan = TickPlan.linear(lower, upper, count: count)
    case .logarithmic: plan = TickPlan.logarithmic(lower, upper, count: count)
    case .time: (plan, unit) = TickPlan.time(lower, upper, count: min(count, 6))
    }
    if let own = axis.ticks {
      plan = TickPlan(major: own.filter { $0.value >= lower && $0.value <= upper }, minor: [])
    }
    (ticks, minorTicks) = (plan.major, plan.minor)
    title = Self.title(axis.title, unit: unit, exponent: plan.exponent)
  }

  /// Title, common power of ten and unit: `Intensity [10¹¹ charges]`.
  static func title(_ title: String, unit: String?, exponent: Int) -> String {
    let power = exponent == 0 ? nil : "10" + NumberLabel.superscript(exponent)
    let bracket = [power, unit].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
    return bracket.isEmpty ? title : (title.isEmpty ? "[\(bracket)]" : "\(title) [\(bracket)]")
  }

  private static func range(_ axis: Axis, _ data: Extent, _ isTight: Bool) -> (Double, Double) {
    let isLogarithmic = axis.scale == .logarithmic
    if let wished = axis.range, wished.lowerBound.isFinite, wished.upperBound.isFinite,
      wished.lowerBound < wished.upperBound, !isLogarithmic || wished.lowerBound > 0
    {
      return (wished.lowerBound, wished.upperBound)
    }
    if isLogarithmic {
      guard data.lowerPositive.isFinite, data.upper > 0 else { return (1, 10) }
      let low = log10(data.lowerPositive)
      let high = log10(max(data.upper, data.lowerPositive))
      let margin = high > low ? (isTight ? 0 : 0.05 * (high - low)) : 0.5
      return (max(pow(10, low - margin), 1e-300), min(pow(10, high + margin), 1e300))
    }
    guard !data.isEmpty else { return axis.scale == .time ? (0, 86_400) : (0, 1) }
    var lower = data.lower
    var upper = data.upper
    let touchesZero = axis.includesZero && lower >= 0
    if axis.includesZero { (lower, upper) = (min(lower, 0), max(upper, 0)) }
    // A range of no width, or one that rounding would close, is opened around its value.
    if upper - lower <= 4e-15 * max(abs(lower), abs(upper)) {
      let half = axis.scale == .time ? 60 : (lower == 0 ? 1 : abs(lower) * 0.1)
      return (lower - half, upper + half)
    }
    let margin = isTight ? 0 : 0.05 * (upper - lower)
    let low = touchesZero ? lower : lower - margin
    let high = upper + margin
    return low.isFinite && high.isFinite && (high - low).isFinite ? (low, high) : (-1e300, 1e300)
  }

  /// The place of a value: 0 at the left or lower end, 1 at the other; NaN where there is none.
  func fraction(_ value: Double) -> Double {
    let share: Double
    if isLogarithmic {
      guard value > 0 else { return .nan }
      share = log(value / lower) / log(upper / lower)
    } else {
      share = (value - lower) / (upper - lower)
    }
    return isReversed ? 1 - share : share
  }
}
