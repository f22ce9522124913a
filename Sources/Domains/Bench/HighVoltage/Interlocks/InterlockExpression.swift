import Errors

/// A condition over live values, such as `gas.age < 60 and abs(v('drift') - v('mesh')) <= 1300`.
///
/// Parsed, never executed as code. Operators: `or`, `and`, `not`, `< <= > >= == !=`, `in LOW..HIGH`, `+ - * /`, parentheses;
/// functions `abs(x)`, `min(x, y)`, `max(x, y)`; readings of channels by name `v('mesh')` (signed volts), `i('mesh')`
/// (microampere), `vset('mesh')`, `iset('mesh')`, `on('mesh')`, `tripped('mesh')`; other values by name, `gas.pressure`. A
/// value that is missing makes the condition false.
public struct InterlockExpression: Sendable, Hashable {
  /// The text as configured.
  public let text: String
  let root: Node

  /// A part of an expression.
  indirect enum Node: Sendable, Hashable {
    case number(Double)
    case value(String)
    case reading(String, channel: String)
    case call(String, [Node])
    case unary(String, Node)
    case binary(String, Node, Node)
    case within(Node, Node, Node)
  }

  /// Parses a condition.
  ///
  /// - Throws: `hv.badInterlock` (exit 78) with the column.
  public init(_ text: String) throws(CavernError) {
    self.text = text
    var parser = InterlockParser(text)
    root = try parser.parse()
  }

  /// The names of channels in it.
  public var channelNames: Set<String> { Self.names(root) }

  /// Whether it holds; a missing value counts as not holding.
  ///
  /// - Parameters:
  ///   - value: a value by name, `nil` when missing or too old.
  ///   - reading: a reading (`v`, `i`, `vset`, `iset`, `on`, `tripped`) of a channel by name.
  public func holds(
    value: (String) -> Double?, reading: (_ quantity: String, _ channel: String) -> Double?
  ) -> Bool {
    guard let result = Self.evaluate(root, value, reading) else { return false }
    return result != 0
  }

  private static func names(_ node: Node) -> Set<String> {
    switch node {
    case .number, .value: []
    case .reading(_, let channel): [channel]
    case .call(_, let arguments): arguments.reduce(into: []) { $0.formUnion(names($1)) }
    case .unary(_, let inner): names(inner)
    case .binary(_, let left, let right): names(left).union(names(right))
    case .within(let value, let low, let high): names(value).union(names(low)).union(names(high))
    }
  }

  /// Numbers, with 1 and 0 for true and false; `nil` when something is missing that matters.
  private static func evaluate(
    _ node: Node, _ value: (String) -> Double?, _ reading: (String, String) -> Double?
  ) -> Double? {
    func inner(_ node: Node) -> Double? { evaluate(node, value, reading) }
    switch node {
    case .number(let number): return number
    case .value(let name): return value(name)
    case .reading(let quantity, let channel): return reading(quantity, channel)
    case .call(let name, let arguments):
      let values = arguments.compactMap(inner)
      guard values.count == arguments.count else { return nil }
      return switch name {
      case "abs": abs(values[0])
      case "min": min(values[0], values[1])
      default: max(values[0], values[1])
      }
    case .unary(let sign, let operand):
      guard let x = inner(operand) else { return nil }
      return sign == "-" ? -x : x == 0 ? 1 : 0
    case .within(let operand, let low, let high):
      guard let x = inner(operand), let a = inner(low), let b = inner(high) else { return nil }
      return a <= x && x <= b ? 1 : 0
    case .binary(let sign, let left, let right):
      let (x, y) = (inner(left), inner(right))
      if sign == "and" {
        if x == 0 || y == 0 { return 0 }
      } else if sign == "or" {
        if x.map({ $0 != 0 }) == true || y.map({ $0 != 0 }) == true { return 1 }
      }
      guard let x, let y else { return nil }
      return switch sign {
      case "and": 1
      case "or": 0
      case "+": x + y
      case "-": x - y
      case "*": x * y
      case "/": x / y
      case "<": x < y ? 1 : 0
      case "<=": x <= y ? 1 : 0
      case ">": x > y ? 1 : 0
      case ">=": x >= y ? 1 : 0
      case "==": x == y ? 1 : 0
      default: x != y ? 1 : 0
      }
    }
  }
}
