import Errors
import Fitting
import Tables

extension ScanCalibration {
  /// The pixels as a table: the columns of the earlier program's values or of the likelihood, and `category` and `reason`.
  public func pixelTable() throws(CavernError) -> Table {
    let count = PixelMatrix.count
    let isLegacy = fits.options.method == .legacy
    var columns = [
      Column("row", (0..<count).map { Int32($0 / PixelMatrix.side) }),
      Column("col", (0..<count).map { Int32($0 % PixelMatrix.side) }),
    ]
    if isLegacy { columns.append(Column("fittype", fits.categories.map { Int32($0.legacyCode) })) }
    let names = fits.fits.parameterNames
    let isBefore = isLegacy && fits.options.baseline == .before
    for (index, name) in names.enumerated() {
      if isBefore, index == fits.positionIndex { continue }
      columns.append(Column(name, legacy(isLegacy) { fits.value($0, index) }))
      // Errors that do not exist are infinite in the earlier program's tables.
      columns.append(Column("u\(name)", legacy(isLegacy) { fits.error($0, index) ?? (isLegacy ? .infinity : nil) }))
    }
    func fitted(_ values: [Double]) -> [Double?] {
      (0..<count).map { pixel in
        let place = Int(fits.places[pixel])
        return place >= 0 && values[place].isFinite ? values[place] : nil
      }
    }
    if !isLegacy {
      let s = 2
      let e = fits.positionIndex
      let correlations = fits.fits.pixels.indices.map { fits.fits.correlation($0, s, e) }
      columns.append(Column("rho_s_E0", fitted(correlations)))
      columns.append(Column("deviance", fitted(fits.fits.objective)))
      columns.append(
        Column(
          "ndf",
          (0..<count).map { fits.places[$0] >= 0 ? Int32(fits.fits.degreesOfFreedom[Int(fits.places[$0])]) : nil }))
    }
    let zero: Double? = isLegacy ? 0 : nil
    columns.append(Column("target", gains.target.map { $0 ?? zero }, unit: "DAC"))
    columns.append(Column(isLegacy ? "utarget" : "utarget_stat", gains.targetError.map { $0 ?? zero }, unit: "DAC"))
    columns.append(Column("K", gains.gain.map { $0 ?? zero }, unit: "e-/DAC"))
    columns.append(Column(isLegacy ? "uK" : "uK_stat", gains.gainError.map { $0 ?? zero }, unit: "e-/DAC"))
    if !isLegacy {
      columns.append(Column("converged", (0..<count).map { Int32(fits.hasConverged($0) ? 1 : 0) }))
      columns.append(Column("chi2_merged", fitted(fits.fits.mergedChiSquare)))
      columns.append(
        Column(
          "ndf_merged",
          (0..<count).map { fits.places[$0] >= 0 ? Int32(fits.fits.mergedDegreesOfFreedom[Int(fits.places[$0])]) : nil }
        ))
      columns.append(Column("p", fitted(fits.fits.probability)))
      for i in 0..<names.count {
        for j in 0..<i {
          columns.append(
            Column(
              "cov_\(names[j])_\(names[i])", fitted(fits.fits.pixels.indices.map { fits.fits.covariance($0, j, i) })))
        }
      }
      columns.append(
        Column(
          "iterations", (0..<count).map { fits.places[$0] >= 0 ? fits.fits.iterations[Int(fits.places[$0])] : nil }))
      columns.append(
        Column("restarts", (0..<count).map { fits.places[$0] >= 0 ? fits.fits.restarts[Int(fits.places[$0])] : nil }))
      columns.append(Column("edm", fitted(fits.fits.distance)))
    }
    columns.append(Column("category", fits.categories.map { Int32($0.rawValue) }))
    columns.append(Column("reason", fits.reasons.map { Int32($0.rawValue) }))
    return try Table(columns: columns)
  }

  /// Values of good pixels only and 0 elsewhere for the earlier program's tables; all values otherwise.
  private func legacy(_ isLegacy: Bool, _ value: (Int) -> Double?) -> [Double?] {
    (0..<PixelMatrix.count).map { pixel in
      if isLegacy { return fits.categories[pixel] == .good ? (value(pixel) ?? 0) : 0 }
      return value(pixel)
    }
  }
}
