/// The Lorentz factor along the cycle, as the settings system publishes it.
public struct GammaFunction: Sendable, Equatable {
  /// Time in the cycle in ms, strictly ascending.
  public let times: [Double]
  /// Lorentz factor, at least 1, one per time.
  public let gammas: [Double]

  /// A function through the points whose time and value are finite and whose value is at least 1.
  ///
  /// Points are sorted by time; of points at one time the last stands. `nil` when no point is left.
  public init?(times: [Double], gammas: [Double]) {
    let points = zip(times, gammas).filter { $0.0.isFinite && $0.1.isFinite && $0.1 >= 1 }
    guard !points.isEmpty else { return nil }
    let sorted = points.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element)
    var kept: [(Double, Double)] = []
    for point in sorted {
      if let last = kept.last, last.0 == point.0 { kept.removeLast() }
      kept.append(point)
    }
    self.times = kept.map(\.0)
    self.gammas = kept.map(\.1)
  }

  /// A factor that does not change along the cycle.
  public init(constant gamma: Double) {
    times = [0]
    gammas = [gamma]
  }

  /// The smallest value: that of the injection plateau.
  public var flatBottom: Double { gammas.min() ?? 1 }

  /// Linear interpolation at a time in ms, the end values outside.
  public func callAsFunction(_ time: Double) -> Double {
    guard let first = times.first, let last = times.last, let firstGamma = gammas.first, let lastGamma = gammas.last
    else { return 1 }
    if !(time > first) { return firstGamma }
    if time >= last { return lastGamma }
    var low = 0
    var high = times.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if times[middle] <= time { low = middle } else { high = middle }
    }
    let fraction = (time - times[low]) / (times[high] - times[low])
    return gammas[low] + fraction * (gammas[high] - gammas[low])
  }

  /// How far a time in ms lies outside the function; 0 inside, and always for a constant.
  public func extrapolation(at time: Double) -> Double {
    guard times.count > 1, let first = times.first, let last = times.last else { return 0 }
    return max(first - time, time - last, 0)
  }

  /// The largest relative change of gamma within a window around a time, both in ms.
  public func relativeChange(around time: Double, halfWidth: Double) -> Double {
    let centre = self(time)
    var lowest = min(self(time - halfWidth), self(time + halfWidth), centre)
    var highest = max(self(time - halfWidth), self(time + halfWidth), centre)
    for (position, gamma) in zip(times, gammas) where abs(position - time) < halfWidth {
      lowest = min(lowest, gamma)
      highest = max(highest, gamma)
    }
    return (highest - lowest) / centre
  }
}

/// The Lorentz factor at one scan and how far it can be trusted.
public struct ScanGamma: Sendable, Equatable {
  /// Lorentz factor.
  public var gamma: Double
  /// Time in the cycle in ms at which it was taken, offset already applied.
  public var time: Double?
  /// Relative uncertainty of βγ: half the change within ±50 ms.
  public var relativeUncertainty: Double
  /// What is to be remarked on every profile of the scan.
  public var flags: [ProfileFlag]

  /// βγ.
  public var betaGamma: Double { Relativity.betaGamma(gamma: gamma) }

  /// Gamma at a scan.
  ///
  /// - Parameters:
  ///   - function: gamma along the cycle.
  ///   - time: time of the scan in ms as the instrument counts it; `nil` where the record has none.
  ///   - offset: what is subtracted from the instrument's time to get the function's time, in ms.
  /// - Returns: `nil` when a function that changes is asked for no time.
  public init?(_ function: GammaFunction, time: Double?, offset: Double) {
    guard let instrumentTime = time else {
      guard function.times.count == 1, let gamma = function.gammas.first else { return nil }
      self.gamma = gamma
      self.time = nil
      relativeUncertainty = 0
      flags = []
      return
    }
    let cycleTime = instrumentTime - offset
    gamma = function(cycleTime)
    self.time = cycleTime
    let change = function.relativeChange(around: cycleTime, halfWidth: 50)
    // d(βγ)/βγ = (1/β²) dγ/γ
    let beta = Relativity.beta(gamma: gamma)
    relativeUncertainty = beta > 0 ? change / 2 / (beta * beta) : 0
    flags = []
    let distance = function.extrapolation(at: cycleTime)
    if distance > 0 { flags.append(ProfileFlag(.gammaExtrapolated, distance)) }
    if change > 1e-3 { flags.append(ProfileFlag(.gammaTimeSensitive, change)) }
  }
}
