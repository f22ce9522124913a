import Conditions

/// How long a series lay below limits.
public struct TimeBelow: Sendable, Equatable {
  /// The limit in °C.
  public var limitCelsius: Double
  /// Time below the limit, in seconds.
  public var seconds: Double
  /// Time covered by readings, in seconds.
  public var coveredSeconds: Double

  /// A time below a limit.
  public init(limitCelsius: Double, seconds: Double = 0, coveredSeconds: Double = 0) {
    (self.limitCelsius, self.seconds, self.coveredSeconds) = (limitCelsius, seconds, coveredSeconds)
  }

  /// Times below limits of a step function that holds each reading until the next, in [from, to).
  ///
  /// - Parameter lookback: a reading before the period counts until it is this old, in seconds.
  public static func of(
    _ series: AsOfSeries, from begin: ConditionsTime, to end: ConditionsTime, limits: [Double],
    lookback: Double = 48 * 3600
  ) -> [TimeBelow] {
    let inside = series.indices(from: begin, before: end)
    var steps: [(begin: ConditionsTime, value: Double)] = []
    if let held = series.latest(before: begin, notBefore: begin.adding(seconds: -lookback)) {
      steps.append((begin, held.value))
    }
    steps += inside.map { (series.times[$0], series.values[$0]) }
    return limits.map { limit in
      var result = TimeBelow(limitCelsius: limit)
      for (index, step) in steps.enumerated() {
        let length = step.begin.seconds(to: index + 1 < steps.count ? steps[index + 1].begin : end)
        result.coveredSeconds += length
        if step.value < limit { result.seconds += length }
      }
      return result
    }
  }
}
