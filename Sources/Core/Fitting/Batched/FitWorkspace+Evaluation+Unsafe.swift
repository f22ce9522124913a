extension FitWorkspace {
  /// One pass over the samples: the normal equations of a model at some parameters.
  ///
  /// Two kinds of loop per block: the model writes weighted derivatives and residuals into columns (pure arithmetic,
  /// no dependence between samples), then the columns are multiplied with each other, fifteen or twenty-one running
  /// sums. The order of summation depends on the number of samples alone. Where the model has two stages, three columns hold what
  /// the first has made until the second takes it.
  @inline(__always)
  func evaluate<Model: PeakModel, Pass: PassObjective>(
    _: Model.Type, _: Pass.Type, _ parameters: FitVector
  ) -> NormalEquations where Pass.Vector == Vector {
    let prepared = Model.prepare(parameters)
    let length = Self.blockLength
    let stride = Self.columnStride
    // Inside the allocation: six columns of `columnStride` vectors each (see the type's layout).
    let a = columns
    let b = columns + stride
    let c = columns + 2 * stride
    let d = columns + 3 * stride
    let e = columns + 4 * stride
    let r = columns + 5 * stride
    var sums = ColumnSums<Vector>()
    var deviance = Vector.zero
    var begin = 0
    while begin < vectors {
      let count = min(length, vectors - begin)
      if Model.hasTwoStages {
        for i in 0..<count { (b[i], c[i], d[i]) = Model.firstStage(u[begin + i], prepared) }
      }
      for i in 0..<count {
        var point =
          Model.hasTwoStages
          ? Model.secondStage(u[begin + i], (b[i], c[i], d[i]), prepared) : Model.evaluate(u[begin + i], prepared)
        var residual = Vector.zero
        deviance += Pass.apply(&point, data: v[begin + i], factor: factors[begin + i], residual: &residual)
        a[i] = point.derivatives.0
        b[i] = point.derivatives.1
        c[i] = point.derivatives.2
        d[i] = point.derivatives.3
        if Model.parameterCount > 4 { e[i] = point.derivatives.4 }
        r[i] = residual
      }
      begin += count
      if Pass.factorsOnlyPadding && begin == vectors {
        let i = count - 1
        let factor = factors[begin - 1]
        a[i] *= factor
        b[i] *= factor
        c[i] *= factor
        d[i] *= factor
        if Model.parameterCount > 4 { e[i] *= factor }
        r[i] *= factor
      }
      if Model.parameterCount > 4 {
        sums.addOfFive(a, b, c, d, e, r, count)
      } else {
        sums.addOfFour(a, b, c, d, r, count)
      }
    }
    return sums.equations(count: Model.parameterCount, deviance: deviance, Pass.self)
  }
}
