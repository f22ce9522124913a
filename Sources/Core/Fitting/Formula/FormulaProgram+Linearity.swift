extension FormulaProgram {
  /// Parameters in which the formula is jointly affine: f = f₀ + Σ cⱼ bⱼ with c free of all of them.
  ///
  /// Read off the program, not tried numerically. When parameters multiply each other the earlier ones are kept.
  func linearParameters(count: Int) -> [Int] {
    var chosen: [Int] = []
    for parameter in 0..<count where degree(in: [parameter]) == 1 && degree(in: chosen + [parameter]) == 1 {
      chosen.append(parameter)
    }
    return chosen
  }

  /// 0 when the formula does not contain the parameters, 1 when it is affine in them, otherwise 2.
  private func degree(in parameters: [Int]) -> Int {
    var degrees = [Int](repeating: 0, count: count)
    for (register, step) in steps.enumerated() {
      let left = Int(step.left)
      let right = Int(step.right)
      switch step.operation {
      case .constant, .predictor: degrees[register] = 0
      case .parameter: degrees[register] = parameters.contains(left) ? 1 : 0
      case .add, .subtract: degrees[register] = max(degrees[left], degrees[right])
      case .negate: degrees[register] = degrees[left]
      case .multiply: degrees[register] = min(2, degrees[left] + degrees[right])
      case .divide: degrees[register] = degrees[right] > 0 ? 2 : degrees[left]
      default:
        let deepest = step.operation.arity == 2 ? max(degrees[left], degrees[right]) : degrees[left]
        degrees[register] = deepest > 0 ? 2 : 0
      }
    }
    return degrees[result]
  }
}
