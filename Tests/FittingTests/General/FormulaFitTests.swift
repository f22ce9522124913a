import Errors
import Foundation
import JSON
import TestSupport
import Testing

@testable import Fitting

@Suite("Requests of cavern fit")
struct FormulaFitTests {
  static let x = [1.0, 2, 3, 5, 7, 10]
  static let y = [109.0, 149, 149, 191, 213, 224]

  static func fit(_ model: String, x: [String] = ["x"], y: String = "y", start: [(String, Double)]) -> FormulaFit {
    FormulaFit(model: model, predictors: x, response: y, start: start.map { (name: $0.0, value: $0.1) })
  }

  static func fault(_ fit: FormulaFit, _ columns: [String: [Double]]) throws -> CavernError {
    try #require(caught { try fit.run(on: columns) })
  }

  @Test("an equation with an error term is the same model as the bare formula")
  func equation() throws {
    let start = [("b1", 100.0), ("b2", 0.75)]
    let bare = try Self.fit("b1*(1-exp(-b2*x))", start: start).run(on: ["x": Self.x, "y": Self.y])
    for model in ["y = b1*(1-exp(-b2*x)) + e", "y = b1*(1-exp[-b2*x])", "y=b1*(1-exp(-b2*x))+e"] {
      let equation = try Self.fit(model, start: start).run(on: ["x": Self.x, "y": Self.y])
      #expect(equation.parameters == bare.parameters && equation.state == .converged)
    }
    // Outside an equation nothing is dropped.
    #expect(
      try Self.fault(Self.fit("b1*x + e", start: [("b1", 1)]), ["x": Self.x, "y": Self.y]).code == "fit.unknownName")
    // A column or parameter named e is itself.
    let named = try Self.fit("y = b1*x + e", start: [("b1", 1), ("e", 1)]).run(on: ["x": Self.x, "y": Self.y])
    #expect(named.parameters.count == 2 && named.state == .converged)
  }

  @Test("the response may be a formula, in the option or left of the equals sign")
  func response() throws {
    let start = [("a", 1.0), ("b", 0.1)]
    let columns = ["x": Self.x, "y": Self.y, "l": Self.y.map { log($0) }]
    let expected = try Self.fit("a + b*x", y: "l", start: start).run(on: columns)
    for (model, y) in [("a + b*x", "log(y)"), ("log[y] = a + b*x", "y"), ("log(y) = a + b*x + e", "log(y)")] {
      #expect(try Self.fit(model, y: y, start: start).run(on: columns).parameters == expected.parameters)
    }
  }

  @Test("σ may be a formula in columns, and χ² is judged")
  func sigma() throws {
    var fit = Self.fit("a + b*x", start: [("a", 1), ("b", 1)])
    fit.sigma = "sqrt(y)"
    let result = try fit.run(on: ["x": Self.x, "y": Self.y])
    #expect(result.method == "weightedLeastSquares" && result.state == .converged)
    let chi = zip(Self.x, Self.y).reduce(0) {
      $0 + pow($1.1 - result.parameters[0].value - result.parameters[1].value * $1.0, 2) / $1.1
    }
    let goodness = try #require(result.goodness)
    #expect(abs(goodness.statistic / chi - 1) < 1e-12 && goodness.perDegreeOfFreedom == goodness.statistic / 4)
    #expect(abs(goodness.pValue - ChiSquare.upperTail(chi, degreesOfFreedom: 4)) < 1e-12)
    fit.options.objective = .poissonLikelihood
    #expect(try Self.fault(fit, ["x": Self.x, "y": Self.y]).code == "fit.sigmaWithPoisson")
  }

  @Test("rows without a value are left out and counted")
  func missingRows() throws {
    let fit = Self.fit("b1*(1-exp(-b2*x))", start: [("b1", 100), ("b2", 0.75)])
    let whole = try fit.run(on: ["x": Self.x, "y": Self.y])
    let holes = try fit.run(on: [
      "x": Self.x + [.nan, 4, 12], "y": Self.y + [3, .infinity, .nan], "other": Array(repeating: .nan, count: 9),
    ])
    #expect(holes.parameters == whole.parameters && holes.count == 6)
    #expect(holes.warnings.map(\.code) == ["fit.rowsLeftOut"] && holes.warnings[0].message.hasPrefix("3 of 9"))
    let empty = try fit.run(on: ["x": [.nan], "y": [1]])
    #expect(empty.state == .emptyInput && empty.parameters.allSatisfy { $0.value.isNaN })
  }

  @Test("columns that are not named as predictors may still be used, parameters come first")
  func names() throws {
    let columns = ["x": Self.x, "y": Self.y, "b1": Self.x, "k": Self.x.map { $0 * 0 + 2 }]
    let result = try Self.fit("b1*x*k", x: [], start: [("b1", 1)]).run(on: columns)
    #expect(result.parameters.map(\.name) == ["b1"] && result.state == .converged)
    let idle = try Self.fit("b1*x", x: ["x", "k"], start: [("b1", 1)]).run(on: columns)
    #expect(idle.warnings.map(\.code) == ["fit.unusedPredictor"])
    #expect(try Self.fit("b1*x", start: [("b1", 1)]).neededColumns(among: ["k", "x", "y"]) == ["x", "y"])
  }

  @Test("requests that make no sense are refused with the nearest names")
  func refusals() throws {
    let columns = ["x": Self.x, "y": Self.y, "current": Self.x]
    func code(_ fit: FormulaFit) throws -> String { try Self.fault(fit, columns).code }
    let unknown = try Self.fault(Self.fit("a*curent + b", start: [("a", 1), ("b", 1)]), columns)
    #expect(unknown.code == "fit.unknownName" && unknown.nearest == ["current"] && unknown.column == 3)
    let missing = try Self.fault(Self.fit("a*exp(-tau*x)", start: [("a", 1)]), columns)
    #expect(missing.code == "fit.unknownName" && missing.hint?.contains("--start tau=") == true)
    #expect(try code(Self.fit("a*x", start: [("a", 1), ("b", 1)])) == "fit.unusedParameter")
    #expect(try code(Self.fit("a*x", start: [("a", 1), ("a", 2)])) == "fit.duplicateStart")
    #expect(try code(Self.fit("a*x", start: [("a", .nan)])) == "fit.badStart")
    #expect(try code(Self.fit("2*x", start: [])) == "fit.noParameters")
    #expect(try code(Self.fit("a*x", x: ["z"], start: [("a", 1)])) == "fit.unknownColumn")
    #expect(try code(Self.fit("a*x", y: "z", start: [("a", 1)])) == "fit.unknownColumn")
    #expect(try code(Self.fit("x*y", start: [("x", 1)])) == "fit.ambiguousName")
    #expect(try code(Self.fit("a*exq(x)", start: [("a", 1)])) == "formula.unknownFunction")
    #expect(try code(Self.fit("= a*x", start: [("a", 1)])) == "formula.equals")
    #expect(try code(Self.fit("y = a*x = 2", start: [("a", 1)])) == "formula.equals")
    var bad = Self.fit("a*x", start: [("a", 1)])
    bad.lower = ["a": 2]
    bad.upper = ["a": 1]
    #expect(try code(bad) == "fit.badBounds")
    bad.upper = ["b": 1]
    #expect(try code(bad) == "fit.unknownParameter")
    var poisson = Self.fit("a*x", start: [("a", 1)])
    poisson.options.objective = .poissonLikelihood
    let negative = try Self.fault(poisson, ["x": [1, 2], "y": [1, -1]])
    #expect(negative.code == "fit.negativeCount" && negative.exit == .badData)
    #expect(try Self.fault(poisson, ["x": [1, 2], "y": [1]]).code == "fit.unequalColumns")
  }

  @Test("the JSON result has the fields that scripts rely on, null where there is no number")
  func json() throws {
    var fit = Self.fit("b1*(1-exp(-b2*x))", start: [("b1", 100), ("b2", 0.75)])
    let json = try fit.run(on: ["x": Self.x, "y": Self.y]).json
    #expect(json["state"]?.stringValue == "converged")
    #expect(json["parameters"]?[1]?["name"]?.stringValue == "b2")
    let value = try #require(json["parameters"]?[1]?["value"]?.doubleValue)
    let error = try #require(json["parameters"]?[1]?["standardError"]?.doubleValue)
    #expect(abs(value / 0.54723748542 - 1) < 1e-10 && abs(error / 0.10455993237 - 1) < 1e-10)
    #expect(
      json["covariance"]?[1]?[1]?.doubleValue == error * error
        || abs((json["covariance"]?[1]?[1]?.doubleValue ?? 0) / (error * error) - 1) < 1e-14)
    #expect(json["correlation"]?[0]?[0]?.doubleValue == 1)
    #expect(json["degreesOfFreedom"]?.intValue == 4 && json["iterations"]?.intValue ?? 0 > 0)
    #expect(abs((json["residualSumOfSquares"]?.doubleValue ?? 0) / 1168.0088766 - 1) < 1e-10)
    #expect(json["goodness"] == nil)
    fit.fixed = ["b2"]
    let fixed = try fit.run(on: ["x": Self.x, "y": Self.y]).json.text(.compact)
    #expect(fixed.contains("\"name\":\"b2\",\"value\":0.75,\"standardError\":null,\"fixed\":true"))
  }
}
