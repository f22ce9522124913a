import Errors

/// Reads interlock conditions by recursive descent; depth and length are bounded.
struct InterlockParser {
  private enum Token: Equatable {
    case number(Double)
    case name(String)
    case quoted(String)
    case sign(String)
    case end
  }

  private let text: [Character]
  private var tokens: [(token: Token, column: Int)] = []
  private var position = 0
  private var depth = 0

  static let readings: Set<String> = ["v", "i", "vset", "iset", "on", "tripped"]
  static let functions = ["abs": 1, "min": 2, "max": 2]

  init(_ text: String) { self.text = Array(text) }

  mutating func parse() throws(CavernError) -> InterlockExpression.Node {
    guard text.count <= 1000 else { throw fault("longer than 1000 letters", 1) }
    try scan()
    let node = try disjunction()
    guard current == .end else { throw fault("text after the end of the condition", column) }
    return node
  }

  // MARK: Tokens

  private mutating func scan() throws(CavernError) {
    var index = 0
    while index < text.count {
      let letter = text[index]
      let start = index
      if letter.isWhitespace {
        index += 1
        continue
      }
      if letter.isASCII, letter.isNumber {
        var digits = ""
        while index < text.count, text[index].isNumber || text[index] == "." {
          // Two points are a range.
          if text[index] == ".", index + 1 < text.count, text[index + 1] == "." { break }
          digits.append(text[index])
          index += 1
        }
        guard let value = Double(digits) else { throw fault("'\(digits)' is no number", start + 1) }
        tokens.append((.number(value), start + 1))
      } else if letter.isLetter || letter == "_" {
        var name = ""
        while index < text.count, text[index].isLetter || text[index].isNumber || "_.".contains(text[index]) {
          if text[index] == ".", index + 1 < text.count, text[index + 1] == "." { break }
          name.append(text[index])
          index += 1
        }
        tokens.append((.name(name), start + 1))
      } else if letter == "'" || letter == "\"" {
        guard let end = text[(index + 1)...].firstIndex(of: letter) else {
          throw fault("a name without its closing quote", start + 1)
        }
        tokens.append((.quoted(String(text[(index + 1)..<end])), start + 1))
        index = end + 1
      } else {
        let pair = index + 1 < text.count ? String(text[index...(index + 1)]) : ""
        if ["<=", ">=", "==", "!=", ".."].contains(pair) {
          tokens.append((.sign(pair), start + 1))
          index += 2
        } else if "<>+-*/(),".contains(letter) {
          tokens.append((.sign(String(letter)), start + 1))
          index += 1
        } else {
          throw fault("'\(letter)' has no meaning here", start + 1)
        }
      }
    }
    tokens.append((.end, text.count + 1))
  }

  private var current: Token { tokens[min(position, tokens.count - 1)].token }
  private var column: Int { tokens[min(position, tokens.count - 1)].column }

  private mutating func accept(_ token: Token) -> Bool {
    guard current == token else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ sign: String) throws(CavernError) {
    guard accept(.sign(sign)) else { throw fault("expected '\(sign)'", column) }
  }

  // MARK: Grammar

  private mutating func disjunction() throws(CavernError) -> InterlockExpression.Node {
    depth += 1
    defer { depth -= 1 }
    guard depth < 60 else { throw fault("nested too deeply", column) }
    var node = try conjunction()
    while accept(.name("or")) { node = .binary("or", node, try conjunction()) }
    return node
  }

  private mutating func conjunction() throws(CavernError) -> InterlockExpression.Node {
    var node = try negation()
    while accept(.name("and")) { node = .binary("and", node, try negation()) }
    return node
  }

  private mutating func negation() throws(CavernError) -> InterlockExpression.Node {
    guard current == .name("not") else { return try comparison() }
    depth += 1
    defer { depth -= 1 }
    guard depth < 60 else { throw fault("nested too deeply", column) }
    position += 1
    return .unary("not", try negation())
  }

  private mutating func comparison() throws(CavernError) -> InterlockExpression.Node {
    let left = try sum()
    if accept(.name("in")) {
      let low = try sum()
      try expect("..")
      return .within(left, low, try sum())
    }
    for sign in ["<", "<=", ">", ">=", "==", "!="] where accept(.sign(sign)) { return .binary(sign, left, try sum()) }
    return left
  }

  private mutating func sum() throws(CavernError) -> InterlockExpression.Node {
    var node = try product()
    while true {
      if accept(.sign("+")) {
        node = .binary("+", node, try product())
      } else if accept(.sign("-")) {
        node = .binary("-", node, try product())
      } else {
        return node
      }
    }
  }

  private mutating func product() throws(CavernError) -> InterlockExpression.Node {
    var node = try operand()
    while true {
      if accept(.sign("*")) {
        node = .binary("*", node, try operand())
      } else if accept(.sign("/")) {
        node = .binary("/", node, try operand())
      } else {
        return node
      }
    }
  }

  private mutating func operand() throws(CavernError) -> InterlockExpression.Node {
    let place = column
    switch current {
    case .number(let value):
      position += 1
      return .number(value)
    case .sign("-"):
      depth += 1
      defer { depth -= 1 }
      guard depth < 60 else { throw fault("nested too deeply", place) }
      position += 1
      return .unary("-", try operand())
    case .sign("("):
      position += 1
      let node = try disjunction()
      try expect(")")
      return node
    case .name(let name):
      position += 1
      guard accept(.sign("(")) else { return .value(name) }
      if Self.readings.contains(name) { return .reading(name, channel: try channelName()) }
      guard let count = Self.functions[name] else {
        var error = fault("there is no function '\(name)'", place)
        error.nearest = nearestNames(to: name, in: Self.readings.sorted() + Self.functions.keys.sorted())
        throw error
      }
      var arguments = [try disjunction()]
      while accept(.sign(",")) { arguments.append(try disjunction()) }
      try expect(")")
      guard arguments.count == count else { throw fault("\(name) takes \(count) values", place) }
      return .call(name, arguments)
    default: throw fault("expected a value", place)
    }
  }

  private mutating func channelName() throws(CavernError) -> String {
    let name: String
    switch current {
    case .name(let word), .quoted(let word): name = word
    default: throw fault("expected the name of a channel", column)
    }
    position += 1
    try expect(")")
    return name
  }

  private func fault(_ message: String, _ column: Int) -> CavernError {
    CavernError(
      "hv.badInterlock", "interlock '\(String(text.prefix(100)))', column \(column): \(message)", exit: .configuration)
  }
}
