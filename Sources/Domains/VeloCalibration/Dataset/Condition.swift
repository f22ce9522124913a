import Errors

/// A condition on acquisitions in the small language of dataset files: `(thr == 1494 and acq == 18) or thr in (1527, 1528)`.
///
/// Parsed, never executed as program text. Names are `thr` and `acq`; there are integers, `True`, `False`, the operators
/// `+ - * // %`, chained comparisons, `in` and `not in` with a list, `not`, `and`, `or` and parentheses. Quotients round to
/// minus infinity. Empty text is false.
public struct Condition: Sendable, Equatable {
  /// The text.
  public let text: String
  private let root: Node

  /// Never true.
  public static let never = Condition(text: "False", root: .number(0))

  private init(text: String, root: Node) {
    self.text = text
    self.root = root
  }

  /// Parses a condition.
  ///
  /// - Throws: `velo.condition` (exit 78) with the column of the fault, from 1.
  public init(_ text: String) throws(CavernError) {
    var parser = ConditionParser(text)
    root = try parser.parse()
    self.text = text
  }

  /// Whether the condition holds for an acquisition.
  ///
  /// - Throws: `velo.condition` when a number does not fit 64 bits or something is divided by 0.
  public func holds(threshold: Int, acquisition: Int) throws(CavernError) -> Bool {
    try value(root, threshold, acquisition) != 0
  }

  /// A node of the parsed text; truth values are 1 and 0.
  ///
  /// Chains are lists, so that long ones take no stack.
  indirect enum Node: Sendable, Equatable {
    case number(Int)
    case threshold
    case acquisition
    case arithmetic(Node, [(operation: Character, operand: Node, column: Int)])
    case negative(Node, column: Int)
    case comparison(Node, [(operation: String, operand: Node)])
    case membership(Node, [Node], isNegated: Bool)
    case not(Node)
    case and([Node])
    case or([Node])

    static func == (left: Node, right: Node) -> Bool { "\(left)" == "\(right)" }
  }

  private func value(_ node: Node, _ thr: Int, _ acq: Int) throws(CavernError) -> Int {
    switch node {
    case .number(let number): return number
    case .threshold: return thr
    case .acquisition: return acq
    case .negative(let inner, let column):
      let (result, overflow) = 0.subtractingReportingOverflow(try value(inner, thr, acq))
      if overflow { throw ConditionParser.fault("the number does not fit 64 bits", column) }
      return result
    case .arithmetic(let first, let rest):
      var left = try value(first, thr, acq)
      for (operation, operand, column) in rest {
        left = try Self.arithmetic(operation, left, value(operand, thr, acq), column)
      }
      return left
    case .comparison(let first, let rest):
      var left = try value(first, thr, acq)
      for (operation, operand) in rest {
        let right = try value(operand, thr, acq)
        guard Self.compare(operation, left, right) else { return 0 }
        left = right
      }
      return 1
    case .membership(let left, let list, let isNegated):
      let wanted = try value(left, thr, acq)
      var isFound = false
      for element in list {
        if try value(element, thr, acq) == wanted { isFound = true }
      }
      return isFound != isNegated ? 1 : 0
    case .not(let inner): return try value(inner, thr, acq) == 0 ? 1 : 0
    case .and(let parts):
      // The value of a chain is that of the part that decides it, as in Python.
      var last = 1
      for part in parts {
        last = try value(part, thr, acq)
        if last == 0 { break }
      }
      return last
    case .or(let parts):
      var last = 0
      for part in parts {
        last = try value(part, thr, acq)
        if last != 0 { break }
      }
      return last
    }
  }

  private static func compare(_ operation: String, _ left: Int, _ right: Int) -> Bool {
    switch operation {
    case "==": left == right
    case "!=": left != right
    case "<": left < right
    case "<=": left <= right
    case ">": left > right
    default: left >= right
    }
  }

  private static func arithmetic(_ operation: Character, _ left: Int, _ right: Int, _ column: Int) throws(CavernError)
    -> Int
  {
    let (result, overflow): (Int, Bool)
    switch operation {
    case "+": (result, overflow) = left.addingReportingOverflow(right)
    case "-": (result, overflow) = left.subtractingReportingOverflow(right)
    case "*": (result, overflow) = left.multipliedReportingOverflow(by: right)
    default:
      if right == 0 { throw ConditionParser.fault("a number is divided by 0", column) }
      let (quotient, isOver) = left.dividedReportingOverflow(by: right)
      // Division cuts towards 0; one less where the remainder has the other sign.
      let remainder = isOver ? 0 : left % right
      let isBelow = remainder != 0 && (remainder < 0) != (right < 0)
      if operation == "%" { return isBelow ? remainder + right : remainder }
      (result, overflow) = (isBelow ? quotient - 1 : quotient, isOver)
    }
    if overflow { throw ConditionParser.fault("the number does not fit 64 bits", column) }
    return result
  }
}

/// Recursive descent over the words of a condition.
struct ConditionParser {
  private struct Token {
    var text: String
    var column: Int
  }

  private var tokens: [Token] = []
  private var position = 0
  private var depth = 0
  private let end: Int
  private var scanFault: CavernError?

  init(_ text: String) {
    let scalars = Array(text.unicodeScalars)
    end = scalars.count + 1
    var index = 0
    func isDigit(_ s: Unicode.Scalar) -> Bool { ("0"..."9").contains(s) }
    func isLetter(_ s: Unicode.Scalar) -> Bool { s == "_" || s.properties.isAlphabetic }
    while index < scalars.count {
      let scalar = scalars[index]
      if scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" {
        index += 1
        continue
      }
      let column = index + 1
      var word = String.UnicodeScalarView()
      if isDigit(scalar) || isLetter(scalar) {
        while index < scalars.count, isDigit(scalars[index]) || isLetter(scalars[index]) {
          word.append(scalars[index])
          index += 1
        }
      } else {
        let pair = index + 1 < scalars.count ? String(String.UnicodeScalarView([scalar, scalars[index + 1]])) : ""
        if ["==", "!=", "<=", ">=", "//", "**"].contains(pair) {
          word.append(contentsOf: pair.unicodeScalars)
          index += 2
        } else {
          word.append(scalar)
          index += 1
        }
      }
      tokens.append(Token(text: String(word), column: column))
    }
  }

  static func fault(
    _ message: String, _ column: Int, expected: String? = nil, nearest: [String] = []
  ) -> CavernError {
    CavernError(
      "velo.condition", "condition, column \(column): \(message)", exit: .configuration, column: column,
      expected: expected, nearest: nearest)
  }

  mutating func parse() throws(CavernError) -> Condition.Node {
    if tokens.isEmpty { return .number(0) }
    let node = try disjunction()
    if let token = current {
      throw Self.fault(
        "'\(token.text)' does not belong here", token.column, expected: "an operator or the end of the condition")
    }
    return node
  }

  private var current: Token? { position < tokens.count ? tokens[position] : nil }

  private mutating func accept(_ text: String) -> Token? {
    guard let token = current, token.text == text else { return nil }
    position += 1
    return token
  }

  private mutating func disjunction() throws(CavernError) -> Condition.Node {
    let first = try conjunction()
    var parts = [first]
    while accept("or") != nil { parts.append(try conjunction()) }
    return parts.count == 1 ? first : .or(parts)
  }

  private mutating func conjunction() throws(CavernError) -> Condition.Node {
    let first = try negation()
    var parts = [first]
    while accept("and") != nil { parts.append(try negation()) }
    return parts.count == 1 ? first : .and(parts)
  }

  private mutating func negation() throws(CavernError) -> Condition.Node {
    guard let token = accept("not") else { return try comparison() }
    try enter(token.column)
    defer { depth -= 1 }
    return .not(try negation())
  }

  /// Deep nesting would use up the stack.
  private mutating func enter(_ column: Int) throws(CavernError) {
    depth += 1
    if depth > 100 { throw Self.fault("the condition is nested too deeply", column, expected: "at most 100 levels") }
  }

  private mutating func comparison() throws(CavernError) -> Condition.Node {
    let first = try sum()
    if let token = current, token.text == "in" || token.text == "not" {
      let isNegated = token.text == "not"
      position += 1
      if isNegated, accept("in") == nil {
        throw Self.fault("'not' stands between two values", token.column, expected: "'not in'")
      }
      let node = Condition.Node.membership(first, try list(), isNegated: isNegated)
      if let next = current, Self.comparisons.contains(next.text) || next.text == "in" {
        throw Self.fault("a list cannot be compared further", next.column)
      }
      return node
    }
    var rest: [(operation: String, operand: Condition.Node)] = []
    while let token = current, Self.comparisons.contains(token.text) {
      position += 1
      rest.append((token.text, try sum()))
    }
    return rest.isEmpty ? first : .comparison(first, rest)
  }

  private static let comparisons: Set<String> = ["==", "!=", "<", "<=", ">", ">="]

  private mutating func list() throws(CavernError) -> [Condition.Node] {
    guard let open = current, open.text == "(" || open.text == "[" else {
      throw Self.fault("a list is missing", current?.column ?? end, expected: "'in (1494, 1527)'")
    }
    position += 1
    let close = open.text == "(" ? ")" : "]"
    var elements: [Condition.Node] = []
    while accept(close) == nil {
      elements.append(try sum())
      if accept(",") == nil {
        guard accept(close) != nil else {
          throw Self.fault("the list does not end", current?.column ?? end, expected: "',' or '\(close)'")
        }
        break
      }
    }
    return elements
  }

  private mutating func sum() throws(CavernError) -> Condition.Node {
    let first = try product()
    var rest: [(operation: Character, operand: Condition.Node, column: Int)] = []
    while let token = current, token.text == "+" || token.text == "-" {
      position += 1
      rest.append((token.text == "+" ? "+" : "-", try product(), token.column))
    }
    return rest.isEmpty ? first : .arithmetic(first, rest)
  }

  private mutating func product() throws(CavernError) -> Condition.Node {
    let first = try signed()
    var rest: [(operation: Character, operand: Condition.Node, column: Int)] = []
    while let token = current, ["*", "//", "%"].contains(token.text) {
      position += 1
      let operation: Character = token.text == "*" ? "*" : token.text == "%" ? "%" : "/"
      rest.append((operation, try signed(), token.column))
    }
    return rest.isEmpty ? first : .arithmetic(first, rest)
  }

  private mutating func signed() throws(CavernError) -> Condition.Node {
    if let token = accept("-") {
      try enter(token.column)
      defer { depth -= 1 }
      return .negative(try signed(), column: token.column)
    }
    if let token = accept("+") {
      try enter(token.column)
      defer { depth -= 1 }
      return try signed()
    }
    return try primary()
  }

  private mutating func primary() throws(CavernError) -> Condition.Node {
    guard let token = current else {
      throw Self.fault("the condition ends too early", end, expected: "a number, 'thr', 'acq' or '('")
    }
    position += 1
    switch token.text {
    case "thr": return .threshold
    case "acq": return .acquisition
    case "True": return .number(1)
    case "False": return .number(0)
    case "(":
      try enter(token.column)
      defer { depth -= 1 }
      let node = try disjunction()
      guard accept(")") != nil else {
        throw Self.fault("a parenthesis is not closed", current?.column ?? end, expected: "')'")
      }
      return node
    default:
      if token.text.utf8.allSatisfy({ (48...57).contains($0) }) {
        guard let number = Int(token.text) else {
          throw Self.fault("the number does not fit 64 bits", token.column)
        }
        return .number(number)
      }
      let names = ["thr", "acq", "True", "False", "and", "or", "not", "in"]
      let isWord = token.text.unicodeScalars.first?.properties.isAlphabetic == true
      throw Self.fault(
        isWord ? "'\(token.text)' is not known" : "'\(token.text)' does not belong here", token.column,
        expected: "a number, 'thr', 'acq', 'True', 'False' or '('",
        nearest: isWord ? nearestNames(to: token.text, in: names) : [])
    }
  }
}
