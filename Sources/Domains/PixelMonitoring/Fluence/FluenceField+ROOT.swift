import Errors
import Histograms

extension FluenceField {
  /// The field as ROOT's two-dimensional histograms `fluence_<kind>`, r along x and z along y, in cm.
  public func rootObjects() throws(CavernError) -> [ROOTObject] {
    guard let r = HistogramAxis.regular(grid.r.count, grid.r.lower, grid.r.upper, name: "r", unit: "cm"),
      let z = HistogramAxis.regular(grid.z.count, grid.z.lower, grid.z.upper, name: "z", unit: "cm")
    else { throw CavernError("fluence.gridMismatch", "the grid cannot be a histogram", exit: .internal) }
    var objects: [ROOTObject] = []
    for particle in particles {
      let component = try component(particle)
      var histogram = try Histogram([r, z])
      for rBin in 0..<grid.r.count {
        for zBin in 0..<grid.z.count {
          let index = grid.index(rBin, zBin)
          let error = component.uncertainties?[index] ?? 0
          histogram.set(component.values[index], variance: error * error, at: [rBin + 1, zBin + 1])
        }
      }
      objects.append(
        ROOTObject("fluence_\(particle.rawValue)", histogram, title: "fluence \(particle.rawValue)", isFloat: true))
    }
    return objects
  }

  /// Reads the histograms `fluence_<kind>` of a ROOT file.
  ///
  /// - Throws: `fluence.noField` when there is none of them, `fluence.gridMismatch` when their bins differ, and what the
  ///   reader of ROOT files throws.
  static func readROOT(_ path: String) throws(CavernError) -> (field: FluenceField, warnings: [CavernWarning]) {
    let contents = try ROOTFile.read(path: path)
    var scored: [FluenceParticle: Component] = [:]
    var grid: FluenceGrid?
    for particle in FluenceParticle.allCases {
      guard let histogram = contents["fluence_\(particle.rawValue)"]?.histogram, histogram.axes.count == 2,
        case .regular(let nr, let r0, let r1) = histogram.axes[0].kind,
        case .regular(let nz, let z0, let z1) = histogram.axes[1].kind
      else { continue }
      let found = FluenceGrid(
        r: FluenceGrid.Axis(lower: r0, upper: r1, count: nr), z: FluenceGrid.Axis(lower: z0, upper: z1, count: nz))
      guard grid == nil || grid == found else {
        throw CavernError(
          "fluence.gridMismatch", "'fluence_\(particle.rawValue)' has other bins than the histograms before it",
          exit: .badData, file: path)
      }
      grid = found
      var values = [Double](repeating: 0, count: found.count)
      var errors = values
      for r in 0..<nr {
        for z in 0..<nz {
          values[found.index(r, z)] = histogram[r + 1, z + 1] ?? 0
          errors[found.index(r, z)] = (histogram.variance(r + 1, z + 1) ?? 0).squareRoot()
        }
      }
      scored[particle] = Component(values: values, uncertainties: errors.contains { $0 > 0 } ? errors : nil)
    }
    guard let grid else { throw noField(contents, path) }
    let warnings = contents.warnings.map { CavernWarning($0.code, $0.message, file: path) }
    return (try FluenceField(grid: grid, scored: scored), warnings)
  }

  /// Why a file gives no field: bins that do not fit, what is wrong with its histograms, or that there are none.
  private static func noField(_ contents: ROOTContents, _ path: String) -> CavernError {
    let names = FluenceParticle.allCases.map { "fluence_\($0.rawValue)" }
    if let object = contents.objects.first(where: { names.contains($0.name) }) {
      return CavernError(
        "fluence.gridMismatch", "'\(object.name)' is no field in r and z with bins of equal width", exit: .badData,
        file: path, expected: "a TH2F or TH2D, r along x and z along y, each with bins of one width")
    }
    let damage = contents.damage.first { names.contains($0.name ?? "") } ?? contents.damage.first
    let found = contents.objects.map(\.name) + contents.others.map(\.name)
    return CavernError(
      "fluence.noField", "the file holds no histogram of a fluence field", exit: .badData, file: path,
      offset: damage?.bytes.lowerBound,
      expected: names.joined(separator: ", "), nearest: nearestNames(to: "fluence_allpart", in: found),
      hint: damage.map {
        "bytes \($0.bytes.lowerBound) to \($0.bytes.upperBound): \($0.name.map { "'\($0)': " } ?? "")\($0.reason)"
      })
  }
}
