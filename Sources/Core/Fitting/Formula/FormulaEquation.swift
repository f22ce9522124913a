import Errors

/// A model as people write it: a formula, or an equation `response = formula`, perhaps with the error term `+ e` at its end.
struct FormulaEquation {
  /// What stands left of `=`, blanks trimmed; `nil` without `=`.
  let response: String?
  /// Names in the formula that are not called as functions, in order of appearance.
  let names: [String]
  private let text: String
  private let scanner: FormulaScanner
  private let tokens: [FormulaToken]
  private let range: Range<Int>

  /// Splits a model.
  ///
  /// The error term is recognised only in an equation (as in `y = b1*x + e`), where `e` is no known name.
  init(_ text: String, known: Set<String>) throws(CavernError) {
    var scanner = try FormulaScanner(text)
    let tokens = try scanner.tokens()
    var from = 0
    var to = tokens.count - 1
    var response: String?
    if let equals = tokens.firstIndex(where: { $0.kind == .symbol("=") }) {
      var left = String.UnicodeScalarView()
      left.append(contentsOf: scanner.characters[..<(tokens[equals].column - 1)])
      response = String(left).trimmingBlanks()
      guard equals > 0 else {
        throw scanner.fault(
          "formula.equals", "nothing stands left of '='", column: tokens[equals].column, expected: "a response")
      }
      from = equals + 1
      if to - from > 2, tokens[to - 1].kind == .name("e"), tokens[to - 2].kind == .symbol("+"), !known.contains("e") {
        to -= 2
      }
    }
    self.text = text
    self.scanner = scanner
    self.tokens = tokens
    self.response = response
    range = from..<to
    names = Self.names(tokens, range)
  }

  /// The formula right of `=`, with columns counted in the whole text.
  func formula(predictors: [String], parameters: [String]) throws(CavernError) -> Formula {
    try Formula(text, scanner, tokens, range, predictors: predictors, parameters: parameters)
  }

  /// The error for a name that is neither a column nor a parameter.
  func unknown(_ name: String, nearest: [String], advice: String) -> CavernError {
    let column = tokens.first { $0.kind == .name(name) }?.column ?? 1
    return scanner.fault(
      "fit.unknownName", "'\(name)' is neither a column nor a parameter with a start value", column: column,
      expected: "a column of the data or a parameter", nearest: nearest, advice: advice)
  }

  private static func names(_ tokens: [FormulaToken], _ range: Range<Int>) -> [String] {
    var names: [String] = []
    var seen: Set<String> = []
    for index in range {
      guard case .name(let name) = tokens[index].kind, seen.contains(name) == false else { continue }
      let follower = index + 1 < tokens.count ? tokens[index + 1].kind : .end
      if follower == .symbol("(") || follower == .symbol("[") { continue }
      seen.insert(name)
      names.append(name)
    }
    return names
  }
}

extension String {
  /// The text without blanks at both ends.
  func trimmingBlanks() -> String {
    let isBlank: (Character) -> Bool = { $0.isWhitespace }
    let start = drop(while: isBlank)
    guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
    return String(start[...last])
  }
}
