import Arguments
import Errors
import Fitting
import JSON
import Tables

extension Command {
  /// `cavern fit`: any formula to the columns of a table.
  static var fit: Command {
    Command(
      "fit", "Fit a formula to the columns of a table.",
      discussion: """
        The model is a formula in columns and parameters, or an equation such as 'y = a*x + b'. Every parameter needs a \
        start value. Operators are + - * / ^ (also **); functions are exp, log, log10, sqrt, sin, cos, tan, asin, acos, \
        atan, sinh, cosh, tanh, abs, erf, erfc and more; pi is known. A column whose name is not a plain word is written \
        between backquotes.

        Standard errors are scaled by the residual variance unless --sigma or --poisson says how large the noise is.

        The status is 0 when the fit converged and 1 when it did not; the values are shown in both cases.
        """,
      examples: [
        Example(
          "cavern fit decay.csv --model 'a*exp(-x/tau)' --x x --y y --start a=10,tau=3", "fit an exponential decay"),
        Example(
          "cavern fit counts.parquet --model 'a+b*t' --y n --poisson --start a=1,b=0 --json",
          "fit a rate to counts by Poisson likelihood, for a script"),
        Example(
          "cavern fit scan.csv --model 'a*exp(-(x-m)^2/(2*s^2))' --y y --sigma dy --start a=1,m=0,s=2 --lower s=0",
          "fit a peak with known errors and a bound"),
      ],
      arguments: [
        Argument("data", .file(["csv", "parquet", "arrow", "txt"]), "The table: CSV, Parquet or Arrow IPC.")
      ],
      options: fitOptions + [CommonOptions.csv, CommonOptions.output], group: "Analysis"
    ) { arguments in
      let fit = try formulaFit(arguments)
      let path = try arguments.string("data")
      let result: FormulaFitResult
      do throws(CavernError) {
        result = try run(fit, on: readTable(path: path))
      } catch {
        throw error.exit == .usage ? error : error.inFile(path)
      }
      return try report(result, path)
    }
  }

  private static var fitOptions: [Option] {
    [
      .option("model", short: "m", "FORMULA", .text, "The formula, or an equation."),
      .option("x", "COL[,COL...]", .list(.text), "The columns that the model varies with.", note: "those it names"),
      .option("y", "COL", .text, "The column to fit, or a formula in columns.", note: "the left side of the equation"),
      .option("sigma", "COL", .text, "The column of standard deviations, or a formula in columns."),
      .flag("poisson", "Take y as counts and maximise the Poisson likelihood."),
      .option(
        "start", short: "s", "NAME=VALUE[,...]", .assignments, "Parameters and their start values.", isRepeatable: true),
      .option("lower", "NAME=VALUE[,...]", .assignments, "Smallest allowed values.", isRepeatable: true),
      .option("upper", "NAME=VALUE[,...]", .assignments, "Largest allowed values.", isRepeatable: true),
      .option("fix", "NAME[,...]", .list(.text), "Parameters that keep their start value.", isRepeatable: true),
      .option(
        "covariance", "SCALE",
        .choice([
          .init("automatic", "residual variance unless the noise is known"), .init("residual", "residual variance"),
          .init("absolute", "as sigma says"),
        ]), "How the standard errors are scaled.", default: "automatic"),
      .option(
        "max-iterations", "N", .integer(1...1_000_000), "Give up after so many iterations from one start.",
        default: "200"),
      .option(
        "tolerance", "X", .number(1e-15...0.1), "Relative change at which the fit has converged.", default: "1e-10"),
      .flag("restarts", "Try other starts when a result looks bad.", isInvertible: true, isOn: true),
    ]
  }

  /// What the options ask for.
  private static func formulaFit(_ arguments: ParsedArguments) throws(CavernError) -> FormulaFit {
    if arguments.flag("poisson"), arguments.isGiven("sigma") {
      throw arguments.fault("usage.conflict", "--sigma and --poisson exclude each other", about: "sigma")
    }
    let model = try arguments.string("model")
    let response = try arguments.optionalString("y")
    if response == nil, !model.contains("=") {
      throw CavernError(
        "usage.missingValue", "--y is needed when the model is not an equation", exit: .usage,
        hint: "name the column with --y, or write --model 'COLUMN = FORMULA'")
    }
    let covariance: CovarianceScaling =
      switch try arguments.string("covariance") {
      case "residual": .residualVariance
      case "absolute": .absolute
      default: .automatic
      }
    return FormulaFit(
      model: model, predictors: try arguments.strings("x"), response: response ?? "",
      sigma: try arguments.optionalString("sigma"), start: try arguments.assignments("start"),
      lower: try bounds(arguments, "lower"), upper: try bounds(arguments, "upper"),
      fixed: Set(try arguments.strings("fix")),
      options: FitOptions(
        objective: arguments.flag("poisson") ? .poissonLikelihood : .leastSquares,
        tolerance: try arguments.double("tolerance"), maximumIterations: try arguments.int("max-iterations"),
        covariance: covariance),
      isRestarting: arguments.flag("restarts"))
  }

  private static func bounds(_ arguments: ParsedArguments, _ name: String) throws(CavernError) -> [String: Double] {
    // The accessor has refused repeated names.
    Dictionary(try arguments.assignments(name).map { ($0.name, $0.value) }) { $1 }
  }

  /// Takes the columns that the fit needs out of the table, and no others: they need not be numbers.
  private static func run(_ fit: FormulaFit, on table: Table) throws(CavernError) -> FormulaFitResult {
    var columns: [String: [Double]] = [:]
    let names = Set(try fit.neededColumns(among: table.columnNames) + fit.predictors)
    for name in names.sorted() { columns[name] = try table.column(name).doubles() }
    return try fit.run(on: columns)
  }

  private static func report(_ result: FormulaFitResult, _ path: String) throws(CavernError) -> Report {
    switch result.state {
    case .emptyInput: throw unfit(result, path, "no row has all the values that the fit needs")
    case .tooFewSamples:
      throw unfit(result, path, "\(result.count) rows are fewer than the parameters to be fitted")
    case .invalidInput: throw unfit(result, path, "the data lie outside what the objective allows")
    case .converged, .atBound, .maxIterations, .singular, .nonFinite, .constantInput: break
    }
    let rows = result.parameters.map { [$0.name, CSVText.number($0.value), CSVText.number($0.standardError)] }
    return Report(
      status: result.state.isUsable ? .done : .failed, warnings: result.warnings, result: result.json,
      text: text(result, path), csv: { CSVText.table(["name", "value", "standardError"], rows) },
      writesToOutputOption: true)
  }

  private static func unfit(_ result: FormulaFitResult, _ path: String, _ message: String) -> CavernError {
    CavernError(
      "fit.\(result.state.rawValue)", message, exit: .badData, file: path,
      hint: result.warnings.first.map { $0.message })
  }

  private static func text(_ result: FormulaFitResult, _ path: String) -> String {
    let table = TextTable(
      columns: [.left("parameter"), .right("value"), .right("standard error"), .left("")],
      rows: result.parameters.map {
        [
          $0.name, NumberText.significant($0.value, 10), NumberText.significant($0.standardError, 5),
          $0.isFixed ? "fixed" : $0.isAtBound ? "at its bound" : "",
        ]
      })
    var facts = [
      ["model", result.model], ["data", "\(path), \(result.count) rows"],
      ["state", "\(result.state.rawValue) after \(result.iterations) iterations"],
    ]
    let freedom = "\(result.degreesOfFreedom) degrees of freedom"
    if let goodness = result.goodness {
      let name = result.method == "poissonLikelihood" ? "deviance/dof" : "chi2/dof"
      let ratio = NumberText.significant(goodness.perDegreeOfFreedom, 4)
      let statistic = NumberText.significant(goodness.statistic, 6)
      let chance = NumberText.significant(goodness.pValue, 3)
      facts.append([name, "\(statistic)/\(result.degreesOfFreedom) = \(ratio), p = \(chance)"])
    } else {
      facts.append([
        "residuals", "sum of squares \(NumberText.significant(result.residualSumOfSquares, 10)), \(freedom)",
      ])
      facts.append(["", "standard deviation \(NumberText.significant(result.residualStandardDeviation, 10))"])
    }
    let width = facts.map(\.[0].count).max() ?? 0
    let lines = facts.map { fact in
      fact[0] + String(repeating: " ", count: width - fact[0].count + 2) + fact[1] + "\n"
    }
    return lines.joined() + "\n" + table.text(width: .max)
  }
}
