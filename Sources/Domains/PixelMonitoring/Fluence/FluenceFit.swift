import Errors
import Fitting
import Foundation
import JSON

/// A smooth formula fitted to the field, for values between and beyond its bins.
public struct FluenceFit: Sendable {
  /// What is fitted.
  public enum Model: String, Sendable, CaseIterable {
    /// (a r + c)/(1 + z²/(k r + d)²) + b r^β + f over r and z.
    case field
    /// p₀ (1 + z²/p₁²)^(−p₂) + p₃ in z for each r, then p₀ and p₁ linear in r and p₃ = A r^(−B) + C.
    case projection

    /// The formula.
    public var formula: String {
      switch self {
      case .field: "(a*r+c)/(1+z^2/(k*r+d)^2)+b*r^beta+f"
      case .projection: "p0*(1+z^2/p1^2)^(-p2)+p3"
      }
    }
  }

  /// A fit over a range of r.
  public struct Part: Sendable {
    /// Range of r, in cm.
    public var r: ClosedRange<Double>
    /// How it ended.
    public var state: FitState
    /// Names and values of the parameters.
    public var parameters: [(name: String, value: Double)]
    /// P × P covariances; NaN where there is none.
    public var covariance: [[Double]]
    /// χ² with the uncertainties of the bins; without them the residual sum of squares.
    public var chiSquare: Double
    /// Bins minus free parameters.
    public var degreesOfFreedom: Int
    /// Bins.
    public var points: Int
  }

  /// The model.
  public let model: Model
  /// One part for the whole field, or one for each bin in r.
  public let parts: [Part]
  /// How the parameters of projections vary with r, as one part over all r; `nil` for the field model, with p₂ free, and
  /// with fewer than four projections.
  public let trend: Part?
  /// The parts and then the trend, if there is one.
  public var partsAndTrend: [Part] { parts + [trend].compactMap(\.self) }
  /// Whether bins had uncertainties to weight them with.
  public let isWeighted: Bool

  /// Fits a model.
  ///
  /// - Parameters:
  ///   - r: from where to where along r, in cm; bins whose middles lie there take part.
  ///   - zLimit: largest |z|, in cm.
  ///   - fixedPower: whether p₂ of the projection stays 1.
  /// - Throws: `fluence.fewBins` when too few bins lie there, `fluence.noParticle`.
  public init(
    _ field: FluenceField, particle: FluenceParticle = .allpart, model: Model = .field,
    r range: ClosedRange<Double> = 2...4,
    zLimit: Double = 30, fixedPower: Bool = true, threads: Int = 1
  ) throws(CavernError) {
    let component = try field.component(particle)
    let grid = field.grid
    let rBins = (0..<grid.r.count).filter { range.contains(grid.r.centre($0)) }
    let zBins = (0..<grid.z.count).filter { abs(grid.z.centre($0)) <= zLimit }
    guard rBins.count * zBins.count > 10, !rBins.isEmpty else {
      throw CavernError(
        "fluence.fewBins", "\(rBins.count * zBins.count) bins are too few for the fit", exit: .badData,
        expected: "more than 10 bins with r in \(range.lowerBound) to \(range.upperBound) cm and |z| up to \(zLimit) cm"
      )
    }
    let errors = component.uncertainties.map { $0.map { $0 > 0 ? $0 : .nan } }
    isWeighted = errors != nil
    self.model = model
    switch model {
    case .field:
      var (rs, zs, ys, sigmas): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
      for zBin in zBins {
        for rBin in rBins {
          let index = grid.index(rBin, zBin)
          if let sigma = errors?[index] {
            guard sigma.isFinite else { continue }
            sigmas.append(sigma)
          }
          rs.append(grid.r.centre(rBin))
          zs.append(grid.z.centre(zBin))
          ys.append(component.values[index])
        }
      }
      parts = [try Self.fitField(rs, zs, ys, sigmas, range, threads)]
      trend = nil
    case .projection:
      parts = try Self.fitProjections(
        grid, component, errors, rBins, zBins, fixedPower: fixedPower, threads: threads)
      trend = try Trend.fit(parts, isPowerFixed: fixedPower, threads: threads)
    }
  }

  /// The whole field from several starts: the scale of the data and four shapes; the best χ² stays.
  private static func fitField(
    _ r: [Double], _ z: [Double], _ y: [Double], _ sigma: [Double], _ range: ClosedRange<Double>, _ threads: Int
  ) throws(CavernError) -> Part {
    let names = ["a", "c", "k", "d", "b", "beta", "f"]
    let formula = try Formula(Model.field.formula, predictors: ["r", "z"], parameters: names)
    let top = y.max() ?? 1
    var starts: [[Double]] = []
    for (k, d) in [(14.0, -17.0), (6.0, 2.0), (2.0, 12.0), (1.0, 25.0)] {
      for (share, beta) in [(0.5, -2.0), (0.5, -1.0), (0.2, -1.5)] {
        let peak = top * share
        starts.append([-0.1 * peak, peak, k, d, (top - peak) * pow(range.lowerBound, -beta), beta, 0])
      }
    }
    let fitter = FormulaFitter(
      formula, options: FitOptions(tolerance: 1e-10, maximumIterations: 500, threads: threads), isRestarting: false)
    let batch = fitter.fit(starts.map { FormulaProblem(columns: [r, z], y: y, sigma: sigma, start: $0) })
    let usable = starts.indices.filter { batch.states[$0].isUsable && batch.objective[$0].isFinite }
    let best = usable.min { batch.objective[$0] < batch.objective[$1] } ?? 0
    return part(batch, best, names, range, y.count)
  }

  private static func fitProjections(
    _ grid: FluenceGrid, _ component: FluenceField.Component, _ errors: [Double]?, _ rBins: [Int], _ zBins: [Int],
    fixedPower: Bool, threads: Int
  ) throws(CavernError) -> [Part] {
    let names = ["p0", "p1", "p2", "p3"]
    let formula = try Formula(Model.projection.formula, predictors: ["z"], parameters: names)
    var problems: [FormulaProblem] = []
    for rBin in rBins {
      var (zs, ys, sigmas): ([Double], [Double], [Double]) = ([], [], [])
      for zBin in zBins {
        let index = grid.index(rBin, zBin)
        if let sigma = errors?[index] {
          guard sigma.isFinite else { continue }
          sigmas.append(sigma)
        }
        zs.append(grid.z.centre(zBin))
        ys.append(component.values[index])
      }
      let (low, high) = (ys.min() ?? 0, ys.max() ?? 1)
      problems.append(
        FormulaProblem(columns: [zs], y: ys, sigma: sigmas, start: [max(high - low, 1e-30), 20, 1, low]))
    }
    let constraints = FitConstraints(fixed: [false, false, fixedPower, false])
    let fitter = FormulaFitter(
      formula, options: FitOptions(tolerance: 1e-10, maximumIterations: 500, threads: threads), constraints: constraints
    )
    let batch = fitter.fit(problems)
    return rBins.indices.map {
      part(batch, $0, names, grid.r.edge(rBins[$0])...grid.r.edge(rBins[$0] + 1), problems[$0].y.count)
    }
  }

  static func part(
    _ batch: BatchFitResult, _ index: Int, _ names: [String], _ range: ClosedRange<Double>, _ points: Int
  ) -> Part {
    Part(
      r: range, state: batch.states[index],
      parameters: names.indices.map { (names[$0], batch.parameter(index, $0)) },
      covariance: names.indices.map { row in names.indices.map { batch.covariance(index, row, $0) } },
      chiSquare: batch.objective[index], degreesOfFreedom: batch.degreesOfFreedom[index], points: points)
  }

  /// The value of the formula at a place, with its uncertainty from the full covariance; `nil` for projections without a
  /// trend.
  ///
  /// - Returns: n_eq/cm² per collision.
  public func value(r: Double, z: Double) -> FluenceValue? { mean(r: r, zFrom: z, to: z) }

  /// The mean of the formula along z, with its uncertainty from the full covariance; `nil` for projections without a trend.
  public func mean(r: Double, zFrom from: Double, to: Double) -> FluenceValue? {
    guard let part = model == .field ? parts.first : trend,
      let formula = try? Formula(
        model == .field ? model.formula : Trend.formula, predictors: ["r", "z"],
        parameters: part.parameters.map(\.name))
    else { return nil }
    // Simpson's rule: the model is smooth over centimetres.
    let steps = from == to ? 0 : 64
    let places = (0...steps).map { from + (to - from) * (steps == 0 ? 0 : Double($0) / Double(steps)) }
    let weights = (0...steps).map { step in
      steps == 0 ? 1 : (step == 0 || step == steps ? 1.0 : step.isMultiple(of: 2) ? 2 : 4) / Double(3 * steps)
    }
    let values = part.parameters.map(\.value)
    let count = places.count
    let (curve, slopes) = formula.valuesAndDerivatives(
      at: [[Double](repeating: r, count: count), places], parameters: values)
    let mean = zip(curve, weights).reduce(0) { $0 + $1.0 * $1.1 }
    let gradient = values.indices.map { parameter in
      (0..<count).reduce(0) { $0 + slopes[parameter * count + $1] * weights[$1] }
    }
    var variance = 0.0
    for row in values.indices {
      for column in values.indices { variance += gradient[row] * part.covariance[row][column] * gradient[column] }
    }
    return FluenceValue(mean, variance.isFinite ? max(variance, 0).squareRoot() : nil)
  }

  /// The fit for scripts.
  public var json: JSONValue {
    [
      "model": .string(model.rawValue), "formula": .string(model.formula), "weighted": .bool(isWeighted),
      "parts": .array(parts.map(\.json)),
      "trend": trend.map { part in
        var object = part.json.objectValue ?? JSONObject()
        object["formula"] = .string(Trend.formula)
        return .object(object)
      } ?? .null,
    ]
  }
}

extension FluenceFit.Part {
  /// The part for scripts.
  var json: JSONValue {
    [
      "r_cm": [.number(r.lowerBound), .number(r.upperBound)], "state": .string(state.rawValue),
      "parameters": .array(
        parameters.enumerated().map { index, parameter in
          [
            "name": .string(parameter.name), "value": .number(parameter.value),
            "standardError": .number(covariance[index][index].squareRoot()),
          ]
        }),
      "covariance": .array(covariance.map { .numbers($0) }), "chiSquare": .number(chiSquare),
      "degreesOfFreedom": .integer(degreesOfFreedom), "points": .integer(points),
    ]
  }
}
