extension EdgeEquation {
  /// The parameters at some coordinates.
  func parameters(_ c: EdgeCoordinates) -> [Double] {
    let count = parameterCount
    var values = [Double](repeating: 0, count: count)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count * count) { jacobian in
      values.withUnsafeMutableBufferPointer { values in
        // Both are as long as `write` asks for.
        guard let a = values.baseAddress, let b = jacobian.baseAddress else { return }
        write(c, count: count, values: a, jacobian: b)
      }
    }
    return values
  }

  /// The parameters at some coordinates, and their derivatives with respect to ln tail, ln line, ln s, E0/s, and, where they
  /// exist, ln s2 and ln background; with two widths, to ln(tail·s2/s), ln line, ln s, E0/s2, ln s2.
  ///
  /// `values` must hold `count` numbers, `jacobian` `count` rows of `count`, where `count` is `parameterCount`, plus one
  /// with a background.
  @inline(__always)
  func write(
    _ c: EdgeCoordinates, count: Int, values: UnsafeMutablePointer<Double>, jacobian: UnsafeMutablePointer<Double>
  ) {
    let tail = c.tail / tailScale.factor * Self.power(c.s, -tailScale.power)
    let lineWidth = hasTwoWidths ? c.s2 : c.s
    let line = c.line / lineScale.factor * Self.power(lineWidth, -lineScale.power)
    // Both amplitudes are measured by the line's width.
    let widthColumn = hasTwoWidths ? 4 : 2
    for i in 0..<count * count { jacobian[i] = 0 }
    let dTail = -Double(tailScale.power)
    let dLine = -Double(lineScale.power)
    if hasFraction {
      let sum = tail + line
      let f = tail / sum
      let g = f * (line / sum)
      values[0] = f
      jacobian[0] = g
      jacobian[1] = -g
      jacobian[widthColumn] = g * dTail
      jacobian[widthColumn] -= g * dLine
      values[1] = 2 * sum
      jacobian[count] = 2 * tail
      jacobian[count + 1] = 2 * line
      jacobian[count + widthColumn] = 2 * tail * dTail
      jacobian[count + widthColumn] += 2 * line * dLine
    } else {
      values[0] = line
      jacobian[1] = line
      jacobian[widthColumn] = line * dLine
      values[1] = tail
      jacobian[count] = tail
      jacobian[count + widthColumn] = tail * dTail
    }
    values[2] = c.s
    jacobian[2 * count + 2] = c.s
    if hasTwoWidths {
      values[3] = c.s2
      jacobian[3 * count + 4] = c.s2
    }
    let last = parameterCount - 1
    values[last] = c.position
    jacobian[last * count + 3] = lineWidth
    if count > parameterCount {
      values[count - 1] = c.background
      jacobian[count * count - 1] = c.background
    }
  }
}
