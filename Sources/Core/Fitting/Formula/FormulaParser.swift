import Errors

/// Reads the words of a formula into a program, by precedence:
/// `+ -` below `* /` below the unary signs below `^ **`, which group to the right.
struct FormulaParser {
  /// The deepest nesting of parentheses, calls and powers.
  static let maximumDepth = 200
  /// The most steps a program may have.
  static let maximumSteps = 4096

  private let scanner: FormulaScanner
  private let tokens: [FormulaToken]
  private let variables: [String: FormulaProgram.Step]
  private var program = FormulaProgram()
  private var position: Int
  private let end: Int
  private var depth = 0

  /// A parser of the words in `range`, which must end before an `end` word or a symbol that ends an expression.
  init(
    _ scanner: FormulaScanner, _ tokens: [FormulaToken], _ range: Range<Int>, predictors: [String],
    parameters: [String]
  ) {
    self.scanner = scanner
    self.tokens = tokens
    position = range.lowerBound
    end = range.upperBound
    var variables: [String: FormulaProgram.Step] = [:]
    for (index, name) in predictors.enumerated() {
      variables[name] = FormulaProgram.Step(operation: .predictor, left: Int32(index))
    }
    for (index, name) in parameters.enumerated() {
      variables[name] = FormulaProgram.Step(operation: .parameter, left: Int32(index))
    }
    self.variables = variables
  }

  /// The program of the whole expression.
  mutating func parse() throws(CavernError) -> FormulaProgram {
    let value = try sum()
    let token = current
    guard position == end else {
      if case .symbol(let symbol) = token.kind, symbol == ")" || symbol == "]" {
        throw fault("formula.parenthesis", "'\(symbol)' closes nothing", token, expected: "an operator or the end")
      }
      if token.kind == .symbol("=") {
        throw fault("formula.equals", "unexpected '='", token, expected: "at most one '=', after the response")
      }
      if token.kind == .symbol(",") {
        throw fault("formula.comma", "unexpected ','", token, expected: "an operator or the end")
      }
      throw implicitMultiplication(token)
    }
    program.finish(value)
    return program
  }

  private var current: FormulaToken {
    position < end ? tokens[position] : FormulaToken(kind: .end, column: tokens[min(end, tokens.count - 1)].column)
  }

  private func fault(
    _ code: String, _ message: String, _ token: FormulaToken, expected: String? = nil, nearest: [String] = [],
    advice: String? = nil
  ) -> CavernError {
    scanner.fault(code, message, column: token.column, expected: expected, nearest: nearest, advice: advice)
  }

  private func implicitMultiplication(_ token: FormulaToken) -> CavernError {
    fault(
      "formula.implicitMultiplication", "an operator is missing before \(token.quoted)", token,
      expected: "an operator + - * / ^ **", advice: "products are written with '*', as in 2*x")
  }

  private mutating func accept(_ symbol: String) -> Bool {
    guard current.kind == .symbol(symbol) else { return false }
    position += 1
    return true
  }

  private mutating func checked(_ step: Int) throws(CavernError) -> Int {
    guard program.count <= Self.maximumSteps else {
      throw fault(
        "formula.tooLong", "the formula has more than \(Self.maximumSteps) steps", current,
        expected: "at most \(Self.maximumSteps) operations")
    }
    return step
  }

  private mutating func sum() throws(CavernError) -> Int {
    var left = try product()
    while true {
      if accept("+") {
        let right = try product()
        left = try checked(program.binary(.add, left, right))
      } else if accept("-") {
        let right = try product()
        left = try checked(program.binary(.subtract, left, right))
      } else {
        return left
      }
    }
  }

  private mutating func product() throws(CavernError) -> Int {
    var left = try signed()
    while true {
      if accept("*") {
        let right = try signed()
        left = try checked(program.binary(.multiply, left, right))
      } else if accept("/") {
        let right = try signed()
        left = try checked(program.binary(.divide, left, right))
      } else {
        return left
      }
    }
  }

  private mutating func signed() throws(CavernError) -> Int {
    var isNegative = false
    while true {
      if accept("-") { isNegative.toggle() } else if !accept("+") { break }
    }
    let value = try power()
    return try checked(isNegative ? program.unary(.negate, value) : value)
  }

  private mutating func power() throws(CavernError) -> Int {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else {
      throw fault(
        "formula.tooDeep", "the formula is nested deeper than \(Self.maximumDepth) levels", current,
        expected: "at most \(Self.maximumDepth) levels of parentheses and powers")
    }
    let base = try primary()
    switch current.kind {
    case .number, .name, .symbol("("), .symbol("["): throw implicitMultiplication(current)
    default: break
    }
    guard accept("^") else { return base }
    let exponent = try signed()
    return try checked(program.binary(.power, base, exponent))
  }

  private mutating func primary() throws(CavernError) -> Int {
    let token = current
    switch token.kind {
    case .number(let value):
      position += 1
      return try checked(program.constant(value))
    case .name(let name):
      position += 1
      // A name before a parenthesis is a call even when a column has the same name.
      let isCall = current.kind == .symbol("(") || current.kind == .symbol("[")
      if isCall || variables[name] == nil, let operation = FormulaFunctions.operation(named: name) {
        return try call(operation, name, token)
      }
      return try checked(variable(name, token))
    case .symbol("("): return try enclosed("(", ")")
    case .symbol("["): return try enclosed("[", "]")
    case .symbol, .end:
      let isEmpty = token.kind == .end && position == 0
      throw fault(
        isEmpty ? "formula.empty" : "formula.operand",
        isEmpty ? "the formula is empty" : "a value is missing before \(token.quoted)", token,
        expected: "a number, a name, a function or a parenthesis")
    }
  }

  private mutating func enclosed(_ open: String, _ close: String) throws(CavernError) -> Int {
    let opening = current
    position += 1
    let value = try sum()
    try expectClose(close, opening)
    return value
  }

  private mutating func expectClose(_ close: String, _ opening: FormulaToken) throws(CavernError) {
    guard accept(close) else {
      throw fault(
        "formula.parenthesis", "\(opening.quoted) at column \(opening.column) is not closed before \(current.quoted)",
        current, expected: "'\(close)'")
    }
  }

  private mutating func call(
    _ operation: FormulaOperation, _ name: String, _ token: FormulaToken
  ) throws(CavernError) -> Int {
    let opening = current
    let isSquare = opening.kind == .symbol("[")
    guard opening.kind == .symbol("(") || isSquare else {
      throw fault(
        "formula.call", "the function '\(name)' has no argument", opening, expected: "'(' after '\(name)'",
        advice: "write \(name)(…)")
    }
    position += 1
    var arguments: [Int] = []
    repeat { arguments.append(try sum()) } while accept(",")
    try expectClose(isSquare ? "]" : ")", opening)
    let isOpenEnded = operation == .minimum || operation == .maximum
    guard arguments.count == operation.arity || (isOpenEnded && arguments.count >= 2) else {
      let count = isOpenEnded ? "2 or more arguments" : operation.arity == 1 ? "1 argument" : "2 arguments"
      throw fault("formula.argumentCount", "'\(name)' takes \(count), not \(arguments.count)", token, expected: count)
    }
    if operation.arity == 1 { return try checked(program.unary(operation, arguments[0])) }
    var value = arguments[0]
    for argument in arguments.dropFirst() { value = try checked(program.binary(operation, value, argument)) }
    return value
  }

  private mutating func variable(_ name: String, _ token: FormulaToken) throws(CavernError) -> Int {
    if let step = variables[name] { return program.variable(step.operation, Int(step.left)) }
    if let value = FormulaFunctions.constants[name] { return program.constant(value) }
    if current.kind == .symbol("(") || current.kind == .symbol("[") {
      throw fault(
        "formula.unknownFunction", "unknown function '\(name)'", token, expected: "a function",
        nearest: nearestNames(to: name, in: FormulaFunctions.table.map(\.name)))
    }
    let names =
      variables.keys.sorted() + FormulaFunctions.constants.keys.sorted() + FormulaFunctions.table.map(\.name)
    throw fault(
      "formula.unknownName", "unknown name '\(name)'", token, expected: "a predictor, a parameter or 'pi'",
      nearest: nearestNames(to: name, in: names),
      advice: name == "e"
        ? "an error term is not part of the model, leave it out; write exp(1) for Euler's number" : nil)
  }
}
