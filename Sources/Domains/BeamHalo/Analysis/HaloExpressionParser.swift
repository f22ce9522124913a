import Errors

/// Takes conditions on hits apart, by recursive descent.
struct HaloExpressionParser {
  /// A word of the text with its column, from 1.
  private struct Token {
    enum Kind: Equatable {
      case name(String)
      case number(Double)
      case text(String)
      case sign(String)
      case end
    }
    var kind: Kind
    var column: Int
  }

  private let text: [Character]
  private var tokens: [Token] = []
  private var position = 0
  private var depth = 0
  /// Whether `time` or `ls` was named.
  private(set) var usesTime = false
  private(set) var usesFilling = false

  init(_ text: String) { self.text = Array(text) }

  /// The whole text.
  mutating func whole() throws(CavernError) -> HaloExpression.Node {
    try scan()
    let node = try anyOf()
    guard current.kind == .end else { throw unexpected("the end, 'and' or 'or'") }
    return node
  }

  // MARK: the grammar

  private mutating func anyOf() throws(CavernError) -> HaloExpression.Node {
    var nodes = [try allOf()]
    while takes("or", "|") { nodes.append(try allOf()) }
    return nodes.count == 1 ? nodes[0] : .any(nodes)
  }

  private mutating func allOf() throws(CavernError) -> HaloExpression.Node {
    var nodes = [try negation()]
    while takes("and", "&") { nodes.append(try negation()) }
    return nodes.count == 1 ? nodes[0] : .all(nodes)
  }

  private mutating func negation() throws(CavernError) -> HaloExpression.Node {
    depth += 1
    defer { depth -= 1 }
    guard depth < 200 else { throw fault("the expression is nested too deeply", at: current.column) }
    if takes("not", "~") { return .not(try negation()) }
    guard takesSign("(") else { return try comparison() }
    let inner = try anyOf()
    guard takesSign(")") else { throw unexpected("')'") }
    return inner
  }

  private mutating func comparison() throws(CavernError) -> HaloExpression.Node {
    var left = try operand()
    var nodes: [HaloExpression.Node] = []
    let isNegated = current.kind == .name("not")
    if isNegated || current.kind == .name("in") {
      position += 1
      if isNegated, !takes("in") { throw unexpected("'in'") }
      let membership = HaloExpression.Node.membership(left, try list(like: left))
      return isNegated ? .not(membership) : membership
    }
    while case .sign(let sign) = current.kind, let comparison = HaloExpression.Comparison(rawValue: sign) {
      let column = current.column
      position += 1
      let right = try operand()
      guard left.isText == right.isText else {
        throw fault("a number is compared with a text", at: column)
      }
      try check(left, right, column)
      try check(right, left, column)
      nodes.append(.comparison(left, comparison, right))
      left = right
    }
    guard !nodes.isEmpty else { throw unexpected("a comparison: == != < <= > >= or in") }
    return nodes.count == 1 ? nodes[0] : .all(nodes)
  }

  private mutating func list(like operand: HaloExpression.Operand) throws(CavernError) -> [HaloExpression.Operand] {
    guard takesSign("[") else { throw unexpected("'['") }
    var list: [HaloExpression.Operand] = []
    while true {
      let column = current.column
      let item = try self.operand()
      if case .variable = item { throw fault("a list holds numbers or texts, no names", at: column) }
      guard item.isText == operand.isText else { throw fault("a number is compared with a text", at: column) }
      try check(operand, item, column)
      list.append(item)
      if takesSign("]") { return list }
      guard takesSign(",") else { throw unexpected("',' or ']'") }
    }
  }

  private mutating func operand() throws(CavernError) -> HaloExpression.Operand {
    let token = current
    switch token.kind {
    case .number(let value):
      position += 1
      return .number(value)
    case .text(let value):
      position += 1
      return .text(value)
    case .name(let name):
      guard let variable = HaloExpression.Variable(rawValue: name) else {
        let names = HaloExpression.Variable.allCases.map(\.rawValue).sorted()
        throw fault(
          "there is no '\(name)'", at: token.column, expected: names.joined(separator: ", "),
          nearest: nearestNames(to: name, in: names))
      }
      if variable == .time || variable == .ls { usesTime = true }
      if variable.needsFilling { usesFilling = true }
      position += 1
      return .variable(variable)
    default:
      throw unexpected("a name, a number or a text in quotation marks")
    }
  }

  /// Texts that can never be equal are slips.
  private func check(
    _ operand: HaloExpression.Operand, _ other: HaloExpression.Operand, _ column: Int
  ) throws(CavernError) {
    guard case .variable(let variable) = operand, case .text(let value) = other else { return }
    let valid: [String]
    if variable == .side {
      valid = HaloSide.allCases.map(\.label)
    } else {
      valid = ["P", "M"].flatMap { end in
        ["N", "F"].flatMap { place in (1...10).map { "\(end)\(place)\($0 < 10 ? "0" : "")\($0)" } }
      }
    }
    guard !valid.contains(value) else { return }
    throw fault(
      "'\(value)' is no value of \(variable.rawValue)", at: column,
      expected: variable == .side ? "'+Z' or '-Z'" : "'PN01' … 'MF10'", nearest: nearestNames(to: value, in: valid))
  }

  // MARK: words

  private var current: Token { tokens[min(position, tokens.count - 1)] }

  private mutating func takes(_ words: String...) -> Bool {
    for word in words where current.kind == .name(word) || current.kind == .sign(word) {
      position += 1
      return true
    }
    return false
  }

  private mutating func takesSign(_ sign: String) -> Bool {
    guard current.kind == .sign(sign) else { return false }
    position += 1
    return true
  }

  private mutating func scan() throws(CavernError) {
    var place = 0
    func letter(_ character: Character) -> Bool { character.isASCII && (character.isLetter || character == "_") }
    func digit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
    while place < text.count {
      let character = text[place]
      let column = place + 1
      if character == " " || character == "\t" {
        place += 1
        continue
      }
      var end = place + 1
      if letter(character) {
        while end < text.count, letter(text[end]) || digit(text[end]) { end += 1 }
        tokens.append(Token(kind: .name(String(text[place..<end])), column: column))
      } else if digit(character) || character == "." || character == "-" || character == "+" {
        while end < text.count,
          digit(text[end]) || text[end] == "." || text[end] == "e" || text[end] == "E"
            || ((text[end] == "-" || text[end] == "+") && (text[end - 1] == "e" || text[end - 1] == "E"))
        {
          end += 1
        }
        guard let value = Double(String(text[place..<end])), value.isFinite else {
          throw fault("'\(String(text[place..<end]))' is no number", at: column)
        }
        tokens.append(Token(kind: .number(value), column: column))
      } else if character == "'" || character == "\"" {
        while end < text.count, text[end] != character { end += 1 }
        guard end < text.count else { throw fault("the text has no closing quotation mark", at: column) }
        tokens.append(Token(kind: .text(String(text[place + 1..<end])), column: column))
        end += 1
      } else {
        let two = place + 1 < text.count ? String(text[place...place + 1]) : ""
        if ["==", "!=", "<=", ">="].contains(two) {
          end = place + 2
        } else if !"<>()[],&|~".contains(character) {
          throw fault(
            "'\(character)' has no meaning here", at: column,
            expected: "comparisons, and, or, not, in, parentheses", hint: character == "=" ? "equality is ==" : nil)
        }
        tokens.append(Token(kind: .sign(String(text[place..<end])), column: column))
      }
      place = end
    }
    tokens.append(Token(kind: .end, column: text.count + 1))
  }

  private func unexpected(_ expected: String) -> CavernError {
    let what: String
    switch current.kind {
    case .end: what = "the expression ends too early"
    case .name(let name): what = "'\(name)' cannot stand here"
    case .number(let value): what = "the number \(value) cannot stand here"
    case .text(let value): what = "the text '\(value)' cannot stand here"
    case .sign(let sign): what = "'\(sign)' cannot stand here"
    }
    return fault(what, at: current.column, expected: expected)
  }

  private func fault(
    _ message: String, at column: Int, expected: String? = nil, nearest: [String] = [], hint: String? = nil
  ) -> CavernError {
    CavernError(
      "halo.badExpression", "column \(column): \(message)", exit: .usage, column: column, expected: expected,
      nearest: nearest, hint: hint)
  }
}
