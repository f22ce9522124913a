import Foundation

/// Evaluates one formula over fixed columns, block by block, without allocating.
///
/// Every register holds a block of points. Registers that do not vary from point to point are filled once per call, so that
/// the steps are plain loops over blocks, which the compiler turns into vector instructions. Derivatives come from reverse
/// accumulation over the block: one sweep gives all parameters.
///
/// Bounds: `values`, `adjoints` hold `program.count` blocks of `block` numbers and `scratch` one; every access below is at
/// `register * block + k` with `register < program.count` (operands precede the step that uses them) and `k < length <= block`.
final class FormulaEvaluator {
  private static let block = 128

  let pointCount: Int
  let parameterCount: Int
  let program: FormulaProgram
  let columns: [[Double]]
  private let values: UnsafeMutablePointer<Double>
  private let adjoints: UnsafeMutablePointer<Double>
  private let scratch: UnsafeMutablePointer<Double>

  /// An evaluator over columns of equal length; shorter columns shorten the evaluation.
  init(_ formula: Formula, columns: [[Double]], count: Int) {
    program = formula.program
    self.columns = columns
    parameterCount = formula.parameters.count
    // Every predictor must have its column: without it there is no point to evaluate.
    pointCount =
      formula.predictors.isEmpty
      ? max(0, count)
      : (columns.count >= formula.predictors.count ? columns.map(\.count).min() ?? 0 : 0)
    let size = max(1, program.count) * Self.block
    values = .allocate(capacity: size)
    values.initialize(repeating: 0, count: size)
    adjoints = .allocate(capacity: size)
    adjoints.initialize(repeating: 0, count: size)
    scratch = .allocate(capacity: Self.block)
    scratch.initialize(repeating: 0, count: Self.block)
    for (register, step) in program.steps.enumerated() where step.operation == .constant {
      (values + register * Self.block).update(repeating: program.constants[Int(step.left)], count: Self.block)
    }
  }

  deinit {
    values.deallocate()
    adjoints.deallocate()
    scratch.deallocate()
  }

  /// The points sorted by their predictors, the first one first; equal points stay in order.
  func pointsInOrder() -> [Int] {
    (0..<pointCount).sorted { a, b in
      for column in columns where column[a] != column[b] { return column[a] < column[b] }
      return a < b
    }
  }

  /// The values at all points into `output`, which has room for `pointCount` numbers.
  func evaluate(_ parameters: [Double], into output: inout [Double]) {
    fillUniform(parameters)
    output.withUnsafeMutableBufferPointer { output in
      guard let target = output.baseAddress else { return }
      var from = 0
      while from < pointCount {
        let length = min(Self.block, pointCount - from)
        forward(from, length)
        // from + length <= pointCount <= output.count.
        (target + from).update(from: values + program.result * Self.block, count: length)
        from += length
      }
    }
  }

  /// The values, and the derivatives column after column (parameter j at j × pointCount), into arrays with that room.
  func evaluate(_ parameters: [Double], into output: inout [Double], derivatives: inout [Double]) {
    fillUniform(parameters)
    output.withUnsafeMutableBufferPointer { output in
      derivatives.withUnsafeMutableBufferPointer { derivatives in
        guard let target = output.baseAddress else { return }
        var from = 0
        while from < pointCount {
          let length = min(Self.block, pointCount - from)
          forward(from, length)
          (target + from).update(from: values + program.result * Self.block, count: length)
          if let gradient = derivatives.baseAddress { backward(from, length, gradient) }
          from += length
        }
      }
    }
  }

  /// Computes the registers that are the same for all points.
  private func fillUniform(_ parameters: [Double]) {
    for (register, step) in program.steps.enumerated() where !program.varies[register] {
      let value: Double
      switch step.operation {
      case .constant, .predictor: continue
      case .parameter: value = parameters[Int(step.left)]
      default:
        let left = values[Int(step.left) * Self.block]
        value =
          step.operation.arity == 1
          ? FormulaArithmetic.unary(step.operation, left)
          : FormulaArithmetic.binary(step.operation, left, values[Int(step.right) * Self.block])
      }
      (values + register * Self.block).update(repeating: value, count: Self.block)
    }
  }

  private func forward(_ from: Int, _ length: Int) {
    for (register, step) in program.steps.enumerated() where program.varies[register] {
      let output = values + register * Self.block
      if step.operation == .predictor {
        columns[Int(step.left)].withUnsafeBufferPointer { column in
          // from + length <= pointCount <= column.count.
          guard let source = column.baseAddress else { return }
          output.update(from: source + from, count: length)
        }
        continue
      }
      let left = values + Int(step.left) * Self.block
      let right = values + Int(step.right) * Self.block
      switch step.operation {
      case .add: for k in 0..<length { output[k] = left[k] + right[k] }
      case .subtract: for k in 0..<length { output[k] = left[k] - right[k] }
      case .multiply: for k in 0..<length { output[k] = left[k] * right[k] }
      case .divide: for k in 0..<length { output[k] = left[k] / right[k] }
      case .negate: for k in 0..<length { output[k] = -left[k] }
      case .square: for k in 0..<length { output[k] = left[k] * left[k] }
      case .sqrt: for k in 0..<length { output[k] = left[k].squareRoot() }
      case .abs: for k in 0..<length { output[k] = Swift.abs(left[k]) }
      case .exp: Self.exponentials(left, output, length)
      case .log: for k in 0..<length { output[k] = Foundation.log(left[k]) }
      case .sin: for k in 0..<length { output[k] = Foundation.sin(left[k]) }
      case .cos: for k in 0..<length { output[k] = Foundation.cos(left[k]) }
      case .power: for k in 0..<length { output[k] = Foundation.pow(left[k], right[k]) }
      default:
        if step.operation.arity == 1 {
          for k in 0..<length { output[k] = FormulaArithmetic.unary(step.operation, left[k]) }
        } else {
          for k in 0..<length { output[k] = FormulaArithmetic.binary(step.operation, left[k], right[k]) }
        }
      }
    }
  }

  /// e^x four at a time; registers hold whole blocks, so the last four may reach past `length` but not past the block.
  private static func exponentials(
    _ input: UnsafeMutablePointer<Double>, _ output: UnsafeMutablePointer<Double>, _ length: Int
  ) {
    let source = UnsafeRawPointer(input)
    let target = UnsafeMutableRawPointer(output)
    // 8 · (k + 4) <= 8 · block, because block is a multiple of 4 and k < length <= block.
    for k in stride(from: 0, to: length, by: 4) {
      let x = source.loadUnaligned(fromByteOffset: 8 * k, as: Lanes.self)
      target.storeBytes(of: VectorMath.exp(x), toByteOffset: 8 * k, as: Lanes.self)
    }
  }

  /// Reverse accumulation over one block; repeated with care for 0 × ∞ when a derivative is not a number.
  private func backward(_ from: Int, _ length: Int, _ gradient: UnsafeMutablePointer<Double>) {
    sweep(length, absorbing: false)
    var sum = 0.0
    for (register, step) in program.steps.enumerated() where step.operation == .parameter {
      let adjoint = adjoints + register * Self.block
      for k in 0..<length { sum += adjoint[k] * 0 }
      _ = step
    }
    if sum.isNaN { sweep(length, absorbing: true) }
    // Parameters that the formula does not use keep derivative 0. Index: j < parameterCount, from + k < pointCount.
    for parameter in 0..<parameterCount {
      (gradient + parameter * pointCount + from).update(repeating: 0, count: length)
    }
    for (register, step) in program.steps.enumerated() where step.operation == .parameter {
      (gradient + Int(step.left) * pointCount + from).update(from: adjoints + register * Self.block, count: length)
    }
  }

  private func sweep(_ length: Int, absorbing: Bool) {
    for register in 0..<program.count where program.dependsOnParameters[register] {
      (adjoints + register * Self.block).update(repeating: 0, count: length)
    }
    guard program.dependsOnParameters[program.result] else { return }
    (adjoints + program.result * Self.block).update(repeating: 1, count: length)
    for register in stride(from: program.result, through: 0, by: -1) where program.dependsOnParameters[register] {
      let step = program.steps[register]
      guard step.operation.arity > 0 else { continue }
      let adjoint = adjoints + register * Self.block
      let value = values + register * Self.block
      let first = Int(step.left)
      let second = Int(step.right)
      let left = values + first * Self.block
      let right = values + second * Self.block
      let toLeft = program.dependsOnParameters[first]
      let toRight = step.operation.arity == 2 && program.dependsOnParameters[second]
      switch step.operation {
      case .add, .subtract, .negate:
        if toLeft { pass(adjoint, step.operation == .negate ? -1 : 1, first, length) }
        if toRight { pass(adjoint, step.operation == .add ? 1 : -1, second, length) }
      case .multiply:
        if toLeft { pass(adjoint, right, first, length, absorbing) }
        if toRight { pass(adjoint, left, second, length, absorbing) }
      case .divide:
        if toLeft {
          for k in 0..<length { scratch[k] = 1 / right[k] }
          pass(adjoint, scratch, first, length, absorbing)
        }
        if toRight {
          for k in 0..<length { scratch[k] = -value[k] / right[k] }
          pass(adjoint, scratch, second, length, absorbing)
        }
      case .exp: pass(adjoint, value, first, length, absorbing)
      case .square:
        for k in 0..<length { scratch[k] = 2 * left[k] }
        pass(adjoint, scratch, first, length, absorbing)
      case .power:
        if toLeft {
          for k in 0..<length { scratch[k] = FormulaArithmetic.powerSlope(left[k], right[k], value: value[k]) }
          pass(adjoint, scratch, first, length, absorbing)
        }
        if toRight {
          for k in 0..<length { scratch[k] = FormulaArithmetic.powerGrowth(left[k], right[k], value: value[k]) }
          pass(adjoint, scratch, second, length, absorbing)
        }
      case .atan2, .hypot, .minimum, .maximum:
        if toLeft {
          for k in 0..<length { scratch[k] = Self.slope(step.operation, left[k], right[k], value[k]).0 }
          pass(adjoint, scratch, first, length, absorbing)
        }
        if toRight {
          for k in 0..<length { scratch[k] = Self.slope(step.operation, left[k], right[k], value[k]).1 }
          pass(adjoint, scratch, second, length, absorbing)
        }
      default:
        for k in 0..<length { scratch[k] = FormulaArithmetic.derivative(step.operation, left[k], value: value[k]) }
        pass(adjoint, scratch, first, length, absorbing)
      }
    }
  }

  /// Derivatives of the functions of two arguments other than the operators.
  private static func slope(_ operation: FormulaOperation, _ x: Double, _ y: Double, _ value: Double) -> (
    Double, Double
  ) {
    switch operation {
    case .atan2:
      let square = x * x + y * y
      return (y / square, -x / square)
    case .hypot: return value == 0 ? (0, 0) : (x / value, y / value)
    case .minimum: return x <= y ? (1, 0) : (0, 1)
    case .maximum: return x >= y ? (1, 0) : (0, 1)
    default: return (.nan, .nan)
    }
  }

  /// Adds ±`adjoint` to the adjoint of `register`.
  private func pass(_ adjoint: UnsafeMutablePointer<Double>, _ sign: Double, _ register: Int, _ length: Int) {
    let target = adjoints + register * Self.block
    for k in 0..<length { target[k] += sign * adjoint[k] }
  }

  /// Adds `adjoint` × `slope` to the adjoint of `register`; absorbing means that 0 times anything is 0.
  private func pass(
    _ adjoint: UnsafeMutablePointer<Double>, _ slope: UnsafeMutablePointer<Double>, _ register: Int, _ length: Int,
    _ absorbing: Bool
  ) {
    let target = adjoints + register * Self.block
    if absorbing {
      for k in 0..<length where adjoint[k] != 0 && slope[k] != 0 { target[k] += adjoint[k] * slope[k] }
    } else {
      for k in 0..<length { target[k] += adjoint[k] * slope[k] }
    }
  }
}
