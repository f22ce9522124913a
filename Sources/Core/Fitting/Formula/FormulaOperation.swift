/// One step of a compiled formula.
enum FormulaOperation: UInt8, Sendable {
  // Leaves.
  case constant, predictor, parameter
  // Operators.
  case add, subtract, multiply, divide, negate, square, power
  // Functions of one argument.
  case sqrt, cbrt, exp, expm1, log, log1p, log2, log10, abs
  case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh
  case erf, erfc, gamma, lgamma, step, sign
  // Functions of two arguments.
  case atan2, hypot, minimum, maximum

  /// Number of operands: 0, 1 or 2.
  var arity: Int {
    switch self {
    case .constant, .predictor, .parameter: 0
    case .add, .subtract, .multiply, .divide, .power, .atan2, .hypot, .minimum, .maximum: 2
    default: 1
    }
  }

  /// Whether swapping the operands leaves the value as it is.
  var isCommutative: Bool {
    switch self {
    case .add, .multiply, .hypot: true
    default: false
    }
  }
}

/// The functions that formulas may call, by name.
enum FormulaFunctions {
  /// Name and operation of every function; several names may stand for one.
  static let table: [(name: String, operation: FormulaOperation)] = [
    ("abs", .abs), ("acos", .acos), ("acosh", .acosh), ("arccos", .acos), ("arccosh", .acosh), ("arcsin", .asin),
    ("arcsinh", .asinh), ("arctan", .atan), ("arctan2", .atan2), ("arctanh", .atanh), ("asin", .asin),
    ("asinh", .asinh), ("atan", .atan), ("atan2", .atan2), ("atanh", .atanh), ("cbrt", .cbrt), ("cos", .cos),
    ("cosh", .cosh), ("erf", .erf), ("erfc", .erfc), ("exp", .exp), ("expm1", .expm1), ("fabs", .abs),
    ("gamma", .gamma), ("gammaln", .lgamma), ("heaviside", .step), ("hypot", .hypot), ("lgamma", .lgamma), ("ln", .log),
    ("log", .log), ("log10", .log10), ("log1p", .log1p),
    ("log2", .log2), ("max", .maximum), ("min", .minimum), ("pow", .power), ("sign", .sign), ("sin", .sin),
    ("sinh", .sinh), ("sqrt", .sqrt), ("step", .step), ("tan", .tan), ("tanh", .tanh),
    ("tgamma", .gamma),
  ]

  private static let byName = Dictionary(uniqueKeysWithValues: table.map { ($0.name, $0.operation) })

  /// The operation behind a name; `nil` for names that are no function.
  static func operation(named name: String) -> FormulaOperation? { byName[name] }

  /// Named constants.
  ///
  /// A predictor or parameter of the same name wins.
  static let constants: [String: Double] = ["pi": Double.pi, "π": Double.pi]
}
