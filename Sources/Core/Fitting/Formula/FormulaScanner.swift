import Errors

/// A word of a formula.
struct FormulaToken: Equatable {
  enum Kind: Equatable {
    case number(Double)
    case name(String)
    case symbol(String)
    case end
  }
  var kind: Kind
  /// Column of the first character, from 1.
  var column: Int

  /// The word as a person would quote it.
  var quoted: String {
    switch kind {
    case .number(let value): "\(value)"
    case .name(let name): "'\(name)'"
    case .symbol(let symbol): "'\(symbol)'"
    case .end: "the end"
    }
  }
}

/// Cuts the text of a formula into numbers, names and symbols.
struct FormulaScanner {
  /// The most characters a formula may have.
  static let maximumLength = 16_384

  let characters: [Unicode.Scalar]
  private var position = 0

  init(_ text: String) throws(CavernError) {
    // The byte count bounds the work before anything is copied.
    guard text.utf8.count <= 4 * Self.maximumLength else { throw Self.tooLong }
    characters = Array(text.unicodeScalars)
    guard characters.count <= Self.maximumLength else { throw Self.tooLong }
  }

  private static var tooLong: CavernError {
    CavernError(
      "formula.tooLong", "the formula is longer than \(maximumLength) characters", exit: .usage,
      expected: "a formula of at most \(maximumLength) characters")
  }

  /// An error at a column, with the place in the formula marked below the advice.
  func fault(
    _ code: String, _ message: String, column: Int, expected: String? = nil, nearest: [String] = [],
    advice: String? = nil
  ) -> CavernError {
    let from = max(0, column - 1 - 40)
    let to = min(characters.count, column - 1 + 40)
    var excerpt = from > 0 ? "…" : ""
    let blanks = excerpt.count + (column - 1 - from)
    for scalar in characters[from..<max(from, to)] {
      // Line ends and control characters would break the mark off its place.
      excerpt.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
    }
    if to < characters.count { excerpt += "…" }
    let mark = "  \(excerpt)\n  \(String(repeating: " ", count: blanks))^"
    return CavernError(
      code, message, exit: .usage, column: column, expected: expected, nearest: nearest,
      hint: "\(advice ?? "see the mark")\n\(mark)")
  }

  /// All words, with `end` as the last.
  mutating func tokens() throws(CavernError) -> [FormulaToken] {
    var tokens: [FormulaToken] = []
    while true {
      let token = try next()
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private var current: Unicode.Scalar? { position < characters.count ? characters[position] : nil }

  private func isDigit(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { ("0"..."9").contains($0) } ?? false }

  private func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
      || (scalar.value >= 0x80 && scalar.properties.isAlphabetic)
  }

  private mutating func next() throws(CavernError) -> FormulaToken {
    while let scalar = current, scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" { position += 1 }
    let column = position + 1
    guard let scalar = current else { return FormulaToken(kind: .end, column: column) }
    if isDigit(scalar) || (scalar == "." && isDigit(at(position + 1))) { return try number(column) }
    if isNameStart(scalar) { return name(column) }
    if scalar == "`" { return try quotedName(column) }
    position += 1
    switch scalar {
    case "*" where current == "*":
      position += 1
      return FormulaToken(kind: .symbol("^"), column: column)
    case "+", "-", "*", "/", "^", "(", ")", "[", "]", ",", "=":
      return FormulaToken(kind: .symbol(String(Character(scalar))), column: column)
    default: throw unexpected(scalar, column)
    }
  }

  private func unexpected(_ scalar: Unicode.Scalar, _ column: Int) -> CavernError {
    let replacements: [Unicode.Scalar: String] = [
      "−": "write '-'", "–": "write '-'", "×": "write '*'", "·": "write '*'", "÷": "write '/'", "²": "write '^2'",
      "³": "write '^3'", "{": "write '('", "}": "write ')'", "√": "write 'sqrt(…)'",
      ";": "separate arguments with ','", "!": "write 'gamma(n+1)' for a factorial",
      "%": "remainders are not supported", "\"": "put names with blanks between backquotes: `beam current`",
    ]
    let isVisible = scalar.value > 0x20 && scalar.value != 0x7F && scalar.properties.generalCategory != .format
    let shown = isVisible ? "'\(Character(scalar))'" : "U+\(String(scalar.value, radix: 16, uppercase: true))"
    return fault(
      "formula.character", "unexpected character \(shown)", column: column,
      expected: "a number, a name, an operator + - * / ^ ** or a parenthesis", advice: replacements[scalar])
  }

  private func at(_ position: Int) -> Unicode.Scalar? { position < characters.count ? characters[position] : nil }

  private mutating func number(_ column: Int) throws(CavernError) -> FormulaToken {
    let start = position
    while isDigit(current) { position += 1 }
    if current == "." {
      position += 1
      while isDigit(current) { position += 1 }
    }
    if current == "e" || current == "E" {
      let sign = at(position + 1) == "+" || at(position + 1) == "-" ? 1 : 0
      if isDigit(at(position + 1 + sign)) {
        position += 1 + sign
        while isDigit(current) { position += 1 }
      }
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: characters[start..<position])
    guard let value = Double(String(text)), value.isFinite else {
      throw fault(
        "formula.number", "the number \(String(text).prefix(40)) does not fit a double", column: column,
        expected: "a number below 1.8e308")
    }
    if current == "." {
      throw fault("formula.number", "a second decimal point in a number", column: position + 1, expected: "an operator")
    }
    return FormulaToken(kind: .number(value), column: column)
  }

  private mutating func name(_ column: Int) -> FormulaToken {
    var text = String.UnicodeScalarView()
    while let scalar = current, isNameStart(scalar) || isDigit(scalar) || (scalar == "." && continuesName) {
      text.append(scalar)
      position += 1
    }
    return FormulaToken(kind: .name(String(text)), column: column)
  }

  /// A full stop belongs to a name when a letter or digit follows, as in `beam.current`.
  private var continuesName: Bool { at(position + 1).map { isNameStart($0) || isDigit($0) } ?? false }

  private mutating func quotedName(_ column: Int) throws(CavernError) -> FormulaToken {
    position += 1
    var text = String.UnicodeScalarView()
    while let scalar = current, scalar != "`" {
      text.append(scalar)
      position += 1
    }
    guard current == "`", !text.isEmpty else {
      throw fault("formula.quote", "a name in backquotes does not end", column: column, expected: "a closing '`'")
    }
    position += 1
    return FormulaToken(kind: .name(String(text)), column: column)
  }
}
