import Errors

/// A request checked against the columns there are.
struct FormulaFitPlan {
  let formula: Formula
  let response: Formula
  let sigma: Formula?
  let constraints: FitConstraints
  /// Names of the columns that the fit needs.
  let columns: Set<String>
  let warnings: [CavernWarning]
  private let isPoisson: Bool

  /// The rows that take part.
  struct Data {
    var columns: [[Double]]
    var y: [Double]
    var sigma: [Double]
    var leftOut: Int
  }

  init(_ fit: FormulaFit, available: Set<String>) throws(CavernError) {
    let names = fit.start.map(\.name)
    try Self.check(fit, names, available)
    let equation = try FormulaEquation(fit.model, known: available.union(names))
    var predictors: [String] = []
    for name in equation.names where !names.contains(name) && available.contains(name) { predictors.append(name) }
    for name in equation.names where !names.contains(name) && !available.contains(name) {
      if FormulaFunctions.constants[name] != nil { continue }
      let advice =
        name == "e"
        ? "write exp(1) for Euler's number; an error term is left out" : "give its start value: --start \(name)=1"
      let valid = available.sorted() + names + FormulaFunctions.constants.keys.sorted()
      throw equation.unknown(name, nearest: nearestNames(to: name, in: valid), advice: advice)
    }
    let formula = try equation.formula(predictors: predictors, parameters: names)
    for name in names where !formula.uses(parameter: name) {
      throw CavernError(
        "fit.unusedParameter", "the model does not depend on '\(name)', which has a start value", exit: .usage,
        expected: "start values for parameters of the model only",
        nearest: nearestNames(to: name, in: equation.names.filter { $0 != name }),
        hint: "leave '\(name)' out of --start or name it in the model")
    }
    self.formula = formula
    let isPoisson = fit.options.objective == .poissonLikelihood
    self.isPoisson = isPoisson
    // An equation such as log(y) = … says what the response is when the option names a bare column of it.
    var response = fit.response
    if let left = equation.response, available.contains(fit.response) || fit.response.isEmpty {
      let inside = try FormulaEquation(left, known: available)
      if fit.response.isEmpty || inside.names.contains(fit.response) { response = left }
    }
    self.response = try Self.columnFormula(response, available, "response")
    if let text = fit.sigma {
      guard !isPoisson else {
        throw CavernError(
          "fit.sigmaWithPoisson", "a Poisson fit has no standard deviations", exit: .usage,
          hint: "use either --sigma or --poisson")
      }
      sigma = try Self.columnFormula(text, available, "standard deviation")
    } else {
      sigma = nil
    }
    columns = Set(predictors + self.response.predictors + (sigma?.predictors ?? []))
    let fixed = names.map { fit.fixed.contains($0) }
    constraints = FitConstraints(
      lower: names.map { fit.lower[$0] ?? -.infinity }, upper: names.map { fit.upper[$0] ?? .infinity }, fixed: fixed)
    warnings = fit.predictors.filter { !equation.names.contains($0) }.map {
      CavernWarning("fit.unusedPredictor", "the model does not name the predictor '\($0)'")
    }
  }

  private static func check(_ fit: FormulaFit, _ names: [String], _ available: Set<String>) throws(CavernError) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      throw CavernError(
        "fit.duplicateStart", "'\(name)' has two start values", exit: .usage, expected: "one start value")
    }
    for (name, value) in fit.start where !value.isFinite {
      throw CavernError(
        "fit.badStart", "the start value of '\(name)' is not a finite number", exit: .usage, expected: "a number")
    }
    guard !names.isEmpty else {
      throw CavernError(
        "fit.noParameters", "no parameter has a start value", exit: .usage, hint: "give --start name=value[,…]")
    }
    for name in fit.predictors where !available.contains(name) {
      throw CavernError(
        "fit.unknownColumn", "there is no column '\(name)'", exit: .badData,
        expected: "one of " + available.sorted().prefix(12).joined(separator: ", "),
        nearest: nearestNames(to: name, in: available.sorted()))
    }
    for name in fit.predictors where seen.contains(name) {
      throw CavernError(
        "fit.ambiguousName", "'\(name)' is both a predictor and a parameter", exit: .usage,
        hint: "rename the parameter in the model and in --start")
    }
    for name in Array(fit.lower.keys).sorted() + Array(fit.upper.keys).sorted() + fit.fixed.sorted()
    where !seen.contains(name) {
      throw CavernError(
        "fit.unknownParameter", "there is no parameter '\(name)' to bound or fix", exit: .usage,
        expected: "a parameter with a start value", nearest: nearestNames(to: name, in: names))
    }
    for name in names {
      guard let low = fit.lower[name], let high = fit.upper[name], !(low <= high) else { continue }
      throw CavernError(
        "fit.badBounds", "the bounds of '\(name)' exclude every value", exit: .usage, expected: "lower ≤ upper")
    }
  }

  /// A column by its name, whatever that looks like, or a formula in columns.
  private static func columnFormula(
    _ text: String, _ available: Set<String>, _ role: String
  ) throws(CavernError) -> Formula {
    if available.contains(text) { return try Formula("`\(text)`", predictors: [text], parameters: []) }
    let names = try FormulaEquation(text, known: available).names
    for name in names where !available.contains(name) && FormulaFunctions.constants[name] == nil {
      throw CavernError(
        "fit.unknownColumn", "there is no column '\(name)' for the \(role)", exit: .badData,
        expected: "one of " + available.sorted().prefix(12).joined(separator: ", "),
        nearest: nearestNames(to: name, in: available.sorted()))
    }
    return try Formula(text, predictors: names.filter { available.contains($0) }, parameters: [])
  }

  /// The rows in which everything is there.
  func data(_ table: [String: [Double]]) throws(CavernError) -> Data {
    let needed = columns.sorted()
    let count = needed.first.flatMap { table[$0]?.count } ?? 0
    for name in needed where table[name]?.count != count {
      throw CavernError(
        "fit.unequalColumns", "the column '\(name)' has \(table[name]?.count ?? 0) rows, not \(count)", exit: .badData,
        expected: "columns of equal length")
    }
    func values(_ formula: Formula) -> [Double] {
      formula.values(at: formula.predictors.map { table[$0] ?? [] }, parameters: [], count: count)
    }
    let x = formula.predictors.map { table[$0] ?? [] }
    let y = values(response)
    let deviations = sigma.map(values) ?? []
    let kept = (0..<count).filter { row in
      y[row].isFinite && x.allSatisfy { $0[row].isFinite }
        && (deviations.isEmpty || (deviations[row].isFinite && deviations[row] > 0))
    }
    if isPoisson, let row = kept.first(where: { y[$0] < 0 }) {
      throw CavernError(
        "fit.negativeCount", "row \(row + 1) has the negative count \(y[row])", exit: .badData,
        expected: "counts of 0 or more", hint: "fit data with a subtracted background with --sigma")
    }
    return Data(
      columns: x.map { column in kept.map { column[$0] } }, y: kept.map { y[$0] },
      sigma: deviations.isEmpty ? [] : kept.map { deviations[$0] }, leftOut: count - kept.count)
  }
}
