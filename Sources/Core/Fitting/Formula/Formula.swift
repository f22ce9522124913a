import Errors

/// A formula over predictors (columns of data) and parameters, parsed once and compiled to a flat program.
///
/// The text is never executed as code. Numbers (`1e-3`, `.5`), `+ - * /`, `^` or `**` (groups to the right and binds
/// tighter than a sign, so -x^2 = -(x²)), parentheses or brackets, `pi`, and the functions in `Formula.functionNames`;
/// `log` is the natural logarithm. A product is always written with `*`. A name with blanks stands between backquotes.
/// A predictor or parameter may have the name of a function or constant: before a parenthesis the name means the function,
/// elsewhere the predictor or parameter.
///
///     let decay = try Formula("b1*exp(-b2*x)", predictors: ["x"], parameters: ["b1", "b2"])
///     decay.values(at: [times], parameters: [100, 0.5])
public struct Formula: Sendable, Equatable {
  /// The text as given.
  public let text: String
  /// Names of the predictors, in the order of the columns that `values` takes.
  public let predictors: [String]
  /// Names of the parameters, in the order of the values that `values` takes.
  public let parameters: [String]
  let program: FormulaProgram

  /// Parses a formula.
  ///
  /// - Parameters:
  ///   - text: the formula, without a left side.
  ///   - predictors: names that vary from point to point.
  ///   - parameters: names that are the same for all points; derivatives are taken with respect to these.
  /// - Throws: `formula.…` with the column of the fault; unknown names come with the nearest valid ones.
  public init(_ text: String, predictors: [String], parameters: [String]) throws(CavernError) {
    var scanner = try FormulaScanner(text)
    let tokens = try scanner.tokens()
    try self.init(text, scanner, tokens, 0..<tokens.count - 1, predictors: predictors, parameters: parameters)
  }

  init(
    _ text: String, _ scanner: FormulaScanner, _ tokens: [FormulaToken], _ range: Range<Int>, predictors: [String],
    parameters: [String]
  ) throws(CavernError) {
    var names: Set<String> = []
    for name in predictors + parameters where !names.insert(name).inserted {
      throw CavernError(
        "formula.duplicateName", "'\(name)' is named twice among predictors and parameters", exit: .usage,
        hint: "a name is either a column or a parameter")
    }
    self.text = text
    self.predictors = predictors
    self.parameters = parameters
    var parser = FormulaParser(scanner, tokens, range, predictors: predictors, parameters: parameters)
    program = try parser.parse()
  }

  /// Names of the functions that formulas may call, sorted.
  public static let functionNames: [String] = FormulaFunctions.table.map(\.name)

  /// Whether the formula names this parameter and its value can depend on it.
  public func uses(parameter name: String) -> Bool {
    guard let index = parameters.firstIndex(of: name) else { return false }
    return program.steps.contains { $0.operation == .parameter && $0.left == Int32(index) }
  }

  /// The values of the formula.
  ///
  /// - Parameters:
  ///   - columns: one column per predictor, all of the same length n.
  ///   - parameters: one value per parameter.
  ///   - count: number of points when there is no predictor; otherwise ignored.
  /// - Returns: n values; NaN or infinite where the formula is not defined.
  public func values(at columns: [[Double]], parameters: [Double], count: Int = 1) -> [Double] {
    let evaluator = FormulaEvaluator(self, columns: columns, count: count)
    var values = [Double](repeating: .nan, count: evaluator.pointCount)
    evaluator.evaluate(parameters, into: &values)
    return values
  }

  /// The values of the formula and its derivatives with respect to the parameters.
  ///
  /// - Parameters:
  ///   - columns: one column per predictor, all of the same length n.
  ///   - parameters: one value per parameter (P of them).
  ///   - count: number of points when there is no predictor; otherwise ignored.
  /// - Returns: n values, and P × n derivatives, parameter after parameter.
  public func valuesAndDerivatives(
    at columns: [[Double]], parameters: [Double], count: Int = 1
  ) -> (values: [Double], derivatives: [Double]) {
    let evaluator = FormulaEvaluator(self, columns: columns, count: count)
    var values = [Double](repeating: .nan, count: evaluator.pointCount)
    var derivatives = [Double](repeating: .nan, count: evaluator.pointCount * parameters.count)
    evaluator.evaluate(parameters, into: &values, derivatives: &derivatives)
    return (values, derivatives)
  }
}
