import Errors
import Fitting
import Foundation
import JSON

/// The distribution of time differences with its Gaussian fits.
public struct TimeDistribution: Sendable {
  /// A number with its standard error.
  public struct Measured: Sendable, Equatable {
    /// The value and its standard error; NaN when there is none.
    public var value: Double, error: Double

    /// `{value, error}` with null for what is missing.
    public var json: JSONValue { ["value": .number(value), "error": .number(error)] }
  }

  /// A fit of the histogram.
  public struct Fit: Sendable {
    /// How it ended.
    public var state: FitState
    /// Mean and width in seconds; for two Gaussians the width of the sum: σ² = f σ₁² + (1 − f) σ₂².
    public var mean: Measured, sigma: Measured
    /// Deviance over degrees of freedom.
    public var reducedDeviance: Double
    /// For two Gaussians the core's fraction f, σ₁ and σ₂ in seconds.
    public var components: (fraction: Measured, core: Measured, tail: Measured)?
    /// Expected counts a bin.
    public var curve: [Double]
  }

  /// How many differences there are, and how many lie in the histogram.
  public var count: Int, inside: Int
  /// Mean, standard deviation (about the mean of those in the histogram) and median in seconds.
  public var mean: Double, standardDeviation: Double, median: Double
  /// Edges of the histogram in seconds, one more than bins.
  public var edges: [Double]
  /// Counts.
  public var counts: [Double]
  /// One Gaussian, and two with one mean; `nil` with too few differences.
  public var single: Fit?, double: Fit?

  /// Seconds in a picosecond.
  private static let picosecond = 1e-12

  /// Fits differences in seconds; those that are not finite are left out.
  ///
  /// The histogram covers the median ± 6 robust widths (1.4826 times the median absolute deviation) in bins of a quarter of
  /// one, wider with few entries. Both fits maximise the Poisson likelihood of the counts, with the model integrated over each
  /// bin.
  ///
  /// - Returns: `nil` for fewer than 20 finite differences or when all are equal.
  public init?(_ differences: [Double]) throws(CavernError) {
    let sorted = differences.filter(\.isFinite).sorted()
    guard sorted.count >= 20 else { return nil }
    let median = sorted[sorted.count / 2]
    let deviations = sorted.map { abs($0 - median) }.sorted()
    let width = 1.4826 * deviations[deviations.count / 2]
    guard width > 0 else { return nil }
    count = sorted.count
    self.median = median
    let step = sorted.count >= 1000 ? width / 4 : width / 2
    let bins = Int((12 * width / step).rounded())
    let lowest = median - 6 * width
    edges = (0...bins).map { lowest + Double($0) * step }
    var counts = [Double](repeating: 0, count: bins)
    var kept: [Double] = []
    for value in sorted {
      let bin = Int(((value - lowest) / step).rounded(.down))
      guard bin >= 0, bin < bins else { continue }
      counts[bin] += 1
      kept.append(value)
    }
    self.counts = counts
    inside = kept.count
    let mean = kept.reduce(0, +) / Double(max(1, kept.count))
    self.mean = mean
    let squares = kept.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
    standardDeviation = (squares / Double(max(1, kept.count - 1))).squareRoot()
    try fit(step, width)
  }

  /// The integral of a normal distribution of mean m and width `w` over a bin of half-width h around x.
  private static func bin(_ half: Double, _ w: String) -> String {
    "(erf((x+\(half)-m)/(\(w)*\(rootOfTwo)))-erf((x-\(half)-m)/(\(w)*\(rootOfTwo))))"
  }

  private static let rootOfTwo = 1.414_213_562_373_095_1

  private static func bin(_ x: Double, _ half: Double, _ mean: Double, _ width: Double) -> Double {
    erf((x + half - mean) / (width * rootOfTwo)) - erf((x - half - mean) / (width * rootOfTwo))
  }

  private mutating func fit(_ step: Double, _ width: Double) throws(CavernError) {
    let unit = Self.picosecond
    // In picoseconds from the median.
    let median = median
    let x = counts.indices.map { ((edges[$0] + edges[$0 + 1]) / 2 - median) / unit }
    let half = step / unit / 2
    let total = Double(inside) / 2
    var options = FitOptions()
    options.objective = .poissonLikelihood
    let single = try FormulaFitter(
      Formula("\(total)*n*\(Self.bin(half, "s"))", predictors: ["x"], parameters: ["n", "m", "s"]),
      options: options, constraints: FitConstraints(lower: [0, -.infinity, 1e-3 * width / unit], upper: [])
    ).fit([FormulaProblem(columns: [x], y: counts, start: [1, 0, width / unit])])
    let first = Self.measured(single, 0)
    self.single = Fit(
      state: single.states[0], mean: Measured(value: median + first[1].value * unit, error: first[1].error * unit),
      sigma: Measured(value: first[2].value * unit, error: first[2].error * unit),
      reducedDeviance: single.objective[0] / Double(max(1, single.degreesOfFreedom[0])),
      curve: x.map { total * first[0].value * Self.bin($0, half, first[1].value, first[2].value) })
    guard inside >= 200, single.states[0].isUsable else { return }
    let sigma = first[2].value
    let model = "\(total)*n*(f*\(Self.bin(half, "s"))+(1-f)*\(Self.bin(half, "(s*r)")))"
    let double = try FormulaFitter(
      Formula(model, predictors: ["x"], parameters: ["n", "m", "s", "f", "r"]), options: options,
      constraints: FitConstraints(
        lower: [0, -.infinity, 1e-3 * sigma, 0.02, 1.05], upper: [.infinity, .infinity, .infinity, 0.98, 6])
    ).fit([FormulaProblem(columns: [x], y: counts, start: [1, first[1].value, 0.9 * sigma, 0.8, 1.8])])
    self.double = Self.doubleFit(double, x, half: half, median: median, total: total)
  }

  private static func measured(_ fits: BatchFitResult, _ problem: Int) -> [Measured] {
    (0..<fits.parameterCount).map {
      Measured(value: fits.parameter(problem, $0), error: fits.standardError(problem, $0))
    }
  }

  /// Two Gaussians: σ² = s² (f + (1 − f) r²) with the error from the covariance of s, f and r.
  private static func doubleFit(_ fits: BatchFitResult, _ x: [Double], half: Double, median: Double, total: Double)
    -> Fit
  {
    let unit = picosecond
    let p = measured(fits, 0)
    let (n, m, s, f, r) = (p[0].value, p[1].value, p[2].value, p[3].value, p[4].value)
    let sum = f + (1 - f) * r * r
    let sigma = s * sum.squareRoot()
    let gradient = [
      0, 0, sum.squareRoot(), s * (1 - r * r) / (2 * sum.squareRoot()), s * (1 - f) * r / sum.squareRoot(),
    ]
    var variance = 0.0
    for a in 2..<5 {
      for b in 2..<5 { variance += gradient[a] * gradient[b] * fits.covariance(0, a, b) }
    }
    let tailError =
      ((r * p[2].error) * (r * p[2].error) + (s * p[4].error) * (s * p[4].error)
      + 2 * r * s * fits.covariance(0, 2, 4)).squareRoot()
    return Fit(
      state: fits.states[0], mean: Measured(value: median + m * unit, error: p[1].error * unit),
      sigma: Measured(value: sigma * unit, error: variance.squareRoot() * unit),
      reducedDeviance: fits.objective[0] / Double(max(1, fits.degreesOfFreedom[0])),
      components: (
        p[3], Measured(value: s * unit, error: p[2].error * unit),
        Measured(value: s * r * unit, error: tailError * unit)
      ),
      curve: x.map { total * n * (f * bin($0, half, m, s) + (1 - f) * bin($0, half, m, s * r)) })
  }

  /// Numbers and fits by name, times in seconds.
  public var json: JSONValue {
    [
      "count": .integer(count), "inside": .integer(inside), "mean_s": .number(mean),
      "standardDeviation_s": .number(standardDeviation), "median_s": .number(median),
      "gaussian": single?.json ?? .null, "doubleGaussian": double?.json ?? .null,
    ]
  }
}

extension TimeDistribution.Fit {
  /// State, mean and width, and for two Gaussians their parts.
  public var json: JSONValue {
    var object = JSONObject([
      ("state", .string(state.rawValue)), ("mean_s", mean.json), ("sigma_s", sigma.json),
      ("reducedDeviance", .number(reducedDeviance)),
    ])
    if let components {
      object["coreFraction"] = components.fraction.json
      object["coreSigma_s"] = components.core.json
      object["tailSigma_s"] = components.tail.json
    }
    return .object(object)
  }
}
