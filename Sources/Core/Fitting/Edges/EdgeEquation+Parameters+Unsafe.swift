extension EdgeEquation {
  /// The parameters at some coordinates.
  func parameters(_ c: EdgeCoordinates) -> [Double] { derivatives(c, count: parameterCount).values }

  /// The parameters at some coordinates and their derivatives, `count` rows of `count`, as `write` gives them.
  func derivatives(_ c: EdgeCoordinates, count: Int) -> (values: [Double], jacobian: [Double]) {
    var lanes = EdgeLanes<EdgeDoubles>(origin: 0)
    lanes.set(0, c, pivot: 0)
    var values = [EdgeDoubles](repeating: .zero, count: count)
    var jacobian = [EdgeDoubles](repeating: .zero, count: count * count)
    values.withUnsafeMutableBufferPointer { values in
      jacobian.withUnsafeMutableBufferPointer { jacobian in
        // Both are as long as `write` asks for.
        guard let a = values.baseAddress, let b = jacobian.baseAddress else { return }
        write(lanes, count: count, values: a, jacobian: b)
      }
    }
    return (values.map { $0[0] }, jacobian.map { $0[0] })
  }

  /// The parameters at some coordinates, and their derivatives with respect to ln tail, ln line, ln s, E0/s, and, where they
  /// exist, ln s2 and ln background; with two widths, to ln(tail·s2/s), ln line, ln s, E0/s2, ln s2.
  ///
  /// `values` must hold `count` vectors, `jacobian` `count` rows of `count`, where `count` is `parameterCount`, plus one
  /// with a background.
  @inline(__always)
  func write(
    _ c: EdgeLanes<EdgeDoubles>, count: Int, values: UnsafeMutablePointer<EdgeDoubles>,
    jacobian: UnsafeMutablePointer<EdgeDoubles>
  ) {
    let tail = c.tail * EdgeDoubles.all(1 / tailScale.factor) * Self.power(c.s, -tailScale.power)
    let lineWidth = hasTwoWidths ? c.s2 : c.s
    let line = c.line * EdgeDoubles.all(1 / lineScale.factor) * Self.power(lineWidth, -lineScale.power)
    // Both amplitudes are measured by the line's width.
    let widthColumn = hasTwoWidths ? 4 : 2
    for i in 0..<count * count { jacobian[i] = .zero }
    let dTail = EdgeDoubles.all(-Double(tailScale.power))
    let dLine = EdgeDoubles.all(-Double(lineScale.power))
    if hasFraction {
      let sum = tail + line
      let f = tail / sum
      let g = f * (line / sum)
      values[0] = f
      jacobian[0] = g
      jacobian[1] = .zero - g
      jacobian[widthColumn] = g * dTail
      jacobian[widthColumn] -= g * dLine
      values[1] = sum + sum
      jacobian[count] = tail + tail
      jacobian[count + 1] = line + line
      jacobian[count + widthColumn] = (tail + tail) * dTail
      jacobian[count + widthColumn] += (line + line) * dLine
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
    values[last] = c.position + EdgeDoubles.all(c.origin)
    jacobian[last * count + 3] = lineWidth
    if count > parameterCount {
      values[count - 1] = c.background
      jacobian[count * count - 1] = c.background
    }
  }

  private static func power(_ x: EdgeDoubles, _ p: Int) -> EdgeDoubles {
    p == 0 ? EdgeDoubles.all(1) : p > 0 ? x : EdgeDoubles.all(1) / x
  }
}
