/// A formula as a flat list of steps, each of which writes the register of its own number.
///
/// Operands always have smaller numbers than the step that uses them, so evaluation runs forwards over the list, automatic
/// differentiation backwards, and nothing is ever recursive. Equal steps are stored once and constants are folded.
struct FormulaProgram: Sendable, Equatable {
  /// One step: what to do with which registers.
  ///
  /// For leaves `left` is the index of the constant, predictor or parameter.
  struct Step: Sendable, Hashable {
    var operation: FormulaOperation
    var left: Int32 = 0
    var right: Int32 = 0
  }

  /// Steps in order of evaluation; the last one is the value of the formula once the program is finished.
  private(set) var steps: [Step] = []
  /// The constants that `constant` steps name.
  private(set) var constants: [Double] = []
  /// Whether the value of a step changes from point to point.
  private(set) var varies: [Bool] = []
  /// Whether the value of a step changes with a parameter.
  private(set) var dependsOnParameters: [Bool] = []
  /// Which step holds the value of the formula.
  private(set) var result = 0

  private var known: [Step: Int] = [:]
  private var knownConstants: [UInt64: Int] = [:]

  /// Number of registers.
  var count: Int { steps.count }

  /// Adds a number.
  mutating func constant(_ value: Double) -> Int {
    if let step = knownConstants[value.bitPattern] { return step }
    constants.append(value)
    let step = append(Step(operation: .constant, left: Int32(constants.count - 1)))
    knownConstants[value.bitPattern] = step
    return step
  }

  /// Adds a predictor or parameter by its index.
  mutating func variable(_ operation: FormulaOperation, _ index: Int) -> Int {
    append(Step(operation: operation, left: Int32(index)))
  }

  /// Adds a function of one operand.
  mutating func unary(_ operation: FormulaOperation, _ operand: Int) -> Int {
    if let value = constantValue(operand) { return constant(FormulaArithmetic.unary(operation, value)) }
    if operation == .negate, steps[operand].operation == .negate { return Int(steps[operand].left) }
    return append(Step(operation: operation, left: Int32(operand)))
  }

  /// Adds a function of two operands.
  mutating func binary(_ operation: FormulaOperation, _ left: Int, _ right: Int) -> Int {
    if let first = constantValue(left), let second = constantValue(right) {
      return constant(FormulaArithmetic.binary(operation, first, second))
    }
    if operation == .power, let exponent = constantValue(right) { return power(left, exponent, right) }
    let isSwapped = operation.isCommutative && left > right
    return append(
      Step(operation: operation, left: Int32(isSwapped ? right : left), right: Int32(isSwapped ? left : right)))
  }

  /// Small whole and half exponents become products and roots, which are faster and no less exact.
  private mutating func power(_ base: Int, _ exponent: Double, _ right: Int) -> Int {
    switch exponent {
    case 1: return base
    case 2: return unary(.square, base)
    case 3: return binary(.multiply, base, unary(.square, base))
    case 4: return unary(.square, unary(.square, base))
    case -1: return binary(.divide, constant(1), base)
    case -2: return binary(.divide, constant(1), unary(.square, base))
    case 0.5: return unary(.sqrt, base)
    default: return append(Step(operation: .power, left: Int32(base), right: Int32(right)))
    }
  }

  /// Names the step that holds the value and drops the tables that only building needs.
  mutating func finish(_ step: Int) {
    result = step
    known = [:]
    knownConstants = [:]
  }

  private func constantValue(_ step: Int) -> Double? {
    steps[step].operation == .constant ? constants[Int(steps[step].left)] : nil
  }

  private mutating func append(_ step: Step) -> Int {
    if let number = known[step] { return number }
    let number = steps.count
    known[step] = number
    steps.append(step)
    switch step.operation {
    case .constant: mark(false, false)
    case .predictor: mark(true, false)
    case .parameter: mark(false, true)
    default:
      let left = Int(step.left)
      let right = step.operation.arity == 2 ? Int(step.right) : left
      mark(varies[left] || varies[right], dependsOnParameters[left] || dependsOnParameters[right])
    }
    return number
  }

  private mutating func mark(_ varies: Bool, _ dependsOnParameters: Bool) {
    self.varies.append(varies)
    self.dependsOnParameters.append(dependsOnParameters)
  }

  static func == (left: FormulaProgram, right: FormulaProgram) -> Bool {
    left.steps == right.steps && left.result == right.result
      && left.constants.map(\.bitPattern) == right.constants.map(\.bitPattern)
  }
}
