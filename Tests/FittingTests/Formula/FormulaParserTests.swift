import Errors
import Foundation
import TestSupport
import Testing

@testable import Fitting

@Suite("Formula text")
struct FormulaParserTests {
  /// The value of a formula in x = 3, y = 2 and the parameter a = 5.
  static func value(_ text: String) throws -> Double {
    try Formula(text, predictors: ["x", "y"], parameters: ["a"]).values(at: [[3], [2]], parameters: [5])[0]
  }

  static let values: [(text: String, expected: Double)] = [
    ("1 + 2*3", 7.0), ("(1 + 2)*3", 9), ("-x^2", -9), ("-x**2", -9), ("(-x)^2", 9), ("2^3^2", 512), ("2**3**2", 512),
    ("2^-1", 0.5), ("2^-3^2", 1.0 / 512), ("-2^-2", -0.25), ("--x", 3), ("- -x", 3), ("+x", 3), ("x - -y", 5),
    ("x/y/2", 0.75), ("x/(y/2)", 3), ("x - y - 1", 0), ("x*-y", -6), ("2*x^y", 18), ("x^y*2", 18), ("a", 5),
    ("1e-3*1E3", 1), (".5 + 5.", 5.5), ("1.5e+2", 150), ("exp[0]", 1), ("[x + y]*2", 10), ("x^1", 3), ("x^3", 27),
    ("x^4", 81), ("x^-1", 1.0 / 3), ("x^-2", 1.0 / 9), ("9^.5", 3), ("x^0", 1), ("0^0", 1), ("min(x, y, a)", 2),
    ("max(x, y, a)", 5), ("pow(x, y)", 9), ("hypot(3, 4)", 5), ("atan2(1, 1)*4 - pi", 0), ("ln(exp(2))", 2),
    ("log(exp(2))", 2), ("log10(1000)", 3), ("log2(8)", 3), ("gamma(5)", 24), ("abs(-x)", 3),
    ("step(-1) + step(0)", 1),
    ("sign(-x)", -1), ("cbrt(27)", 3), ("arctan(1)*4 - pi", 0), ("erf(0) + erfc(0)", 1), ("sqrt(x + 1)", 2),
  ]

  static let faulty: [(text: String, code: String, column: Int)] = [
    ("", "formula.empty", 1), ("   ", "formula.empty", 4), ("2x", "formula.implicitMultiplication", 2),
    ("x y", "formula.implicitMultiplication", 3), ("(x)(y)", "formula.implicitMultiplication", 4),
    ("x(y)", "formula.implicitMultiplication", 2), ("2 3", "formula.implicitMultiplication", 3),
    ("x^2y", "formula.implicitMultiplication", 4), ("x + ", "formula.operand", 5), ("* x", "formula.operand", 1),
    ("x + * y", "formula.operand", 5), ("(x", "formula.parenthesis", 3), ("x)", "formula.parenthesis", 2),
    ("(x]", "formula.parenthesis", 3), ("()", "formula.operand", 2), ("exp", "formula.call", 4),
    ("exp()", "formula.operand", 5), ("exp(x, y)", "formula.argumentCount", 1),
    ("atan2(x)", "formula.argumentCount", 1),
    ("a*exq(x)", "formula.unknownFunction", 3), ("x + zz", "formula.unknownName", 5), ("1.2.3", "formula.number", 4),
    ("1e999", "formula.number", 1), ("x @ y", "formula.character", 3), ("x × y", "formula.character", 3),
    ("x = y", "formula.equals", 3), ("x, y", "formula.comma", 2), ("`x", "formula.quote", 1),
    ("e*x", "formula.unknownName", 1), ("x²", "formula.character", 2),
  ]

  @Test(
    "operators bind as in mathematics",
    arguments: values)
  func precedence(text: String, expected: Double) throws {
    #expect(abs(try Self.value(text) - expected) <= 1e-14 * abs(expected) + 1e-15, "\(text)")
  }

  @Test(
    "a fault has a code and the column of its first character",
    arguments: faulty)
  func faults(text: String, code: String, column: Int) throws {
    let error = try #require(caught { try Self.value(text) })
    #expect(error.code == code, "\(text)")
    #expect(error.column == column, "\(text)")
    #expect(error.exit == .usage)
    let mark = try #require(error.hint?.split(separator: "\n").last)
    #expect(mark.last == "^" && mark.count == column + 2, "\(text)")
  }

  @Test("an unknown name comes with the nearest valid ones")
  func nearest() throws {
    let function = try #require(caught { try Self.value("exq(x)") })
    #expect(function.nearest.first == "exp")
    let name = try #require(
      caught {
        try Formula("amplitud*x", predictors: ["x"], parameters: ["amplitude"])
      })
    #expect(name.nearest == ["amplitude"])
  }

  @Test("the mark stays below its place in a long formula")
  func longExcerpt() throws {
    let text = String(repeating: "x + ", count: 100) + "q + x"
    let error = try #require(caught { try Self.value(text) })
    let lines = try #require(error.hint).split(separator: "\n").map(Array.init)
    #expect(lines.count == 3 && lines[1][lines[2].count - 1] == "q")
  }

  @Test("predictors and parameters hide constants, and functions where they are not called")
  func hiding() throws {
    let formula = try Formula("e*pi + gamma(gamma)", predictors: ["gamma"], parameters: ["e", "pi"])
    #expect(formula.values(at: [[5]], parameters: [2, 3]) == [30])
  }

  @Test("names may hold letters of any script, full stops and, between backquotes, blanks")
  func names() throws {
    let formula = try Formula("σ*beam.current + `a b`", predictors: ["beam.current", "a b"], parameters: ["σ"])
    #expect(formula.values(at: [[3], [4]], parameters: [2]) == [10])
  }

  @Test("nesting and length are limited")
  func limits() throws {
    let code = { (text: String) in
      do {
        _ = try Self.value(text)
        return "none"
      } catch let error as CavernError { return error.code }
    }
    #expect(try code(String(repeating: "(", count: 150) + "x" + String(repeating: ")", count: 150)) == "none")
    #expect(try code(String(repeating: "(", count: 8000)) == "formula.tooDeep")
    #expect(try code(String(repeating: "x^", count: 8000) + "x") == "formula.tooDeep")
    #expect(try code(String(repeating: "sin(", count: 4000)) == "formula.tooDeep")
    #expect(try code(String(repeating: "-", count: 16_000) + "x") == "none")
    #expect(try code(String(repeating: "x", count: 20_000)) == "formula.tooLong")
    let many = (0..<3000).map { "x*\($0).5" }.joined(separator: "+")
    #expect(try code(String(many.prefix(16_000)) + "0") != "none")
    // A long sum of equal terms is a chain, not a nest.
    #expect(try Self.value((0..<4000).map { _ in "x" }.joined(separator: "+")) == 12_000)
  }

  @Test("no byte string makes the parser crash, and what it accepts it accepts again")
  func fuzz() throws {
    let alphabet = Array("xya0123456789.eE+-*/^()[],= `exp(log(sin(atan2(min(pi\u{0}\n\u{200B}é²−σ".unicodeScalars)
    var random = SplitMix(seed: 11)
    for round in 0..<30_000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int(random.next() % 40) {
        if round % 2 == 0 {
          text.append(alphabet[Int(random.next() % UInt64(alphabet.count))])
        } else {
          text.append(Unicode.Scalar(UInt8(truncatingIfNeeded: random.next())))
        }
      }
      let first = Result { try Self.value(String(text)) }
      let second = Result { try Self.value(String(text)) }
      switch (first, second) {
      case (.success(let a), .success(let b)): #expect(a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN))
      case (.failure(let a as CavernError), .failure(let b as CavernError)):
        #expect(a == b && a.code.hasPrefix("formula.") && (a.column ?? 1) >= 1)
      default: Issue.record("two outcomes for one text")
      }
    }
  }
}

/// A small seeded generator for tests.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  /// Uniform in (0, 1).
  mutating func uniform() -> Double { (Double(next() >> 11) + 0.5) / 9_007_199_254_740_992 }
  /// Standard normal (Box and Muller).
  mutating func normal() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * Double.pi * uniform()) }
  /// A Poisson number: transformed rejection from a mean of 10 on, inversion below.
  ///
  /// W. Hörmann, Insurance: Mathematics and Economics 12 (1993) 39.
  mutating func poisson(_ mean: Double) -> Double {
    if mean < 10 {
      var k = 0.0
      var term = exp(-mean)
      var u = uniform() - term
      while u > 0, k < 200 {
        k += 1
        term *= mean / k
        u -= term
      }
      return k
    }
    let b = 0.931 + 2.53 * mean.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let cut = 0.9277 - 3.6224 / (b - 2)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let us = 0.5 - abs(u)
      let k = ((2 * a / us + b) * u + mean + 0.43).rounded(.down)
      if us >= 0.07, v <= cut { return k }
      if k < 0 || (us < 0.013 && v > us) { continue }
      let bound = -mean + k * log(mean) - lgamma(k + 1)
      if log(v) + log(inverseAlpha) - log(a / (us * us) + b) <= bound { return k }
    }
  }
}
