import Errors
import Figures
import Fitting

/// What a figure of flux against threshold shows.
public struct FluxChoice: Sendable {
  /// Whether the mean flux of all live pixels is shown.
  public var showsAsic = true
  /// Whether the mean flux of the good pixels is shown.
  public var showsAsicGood = true
  /// Single pixels, row and column.
  public var pixels: [(row: Int, column: Int)] = []
  /// Whether residuals are shown below.
  public var showsResiduals = false
  /// Whether pulls are shown below.
  public var showsPulls = true
  /// Whether thresholds are counted from the baseline.
  public var isAboveBaseline = false
  /// Whether the flux is on a logarithmic axis.
  public var isLogarithmic = false
  /// Whether the differential spectrum −dF/dE is shown in place of the flux.
  public var isDifferential = false

  /// Both curves of the ASIC with pulls.
  public init() {}
}

extension CalibrationFigures {
  /// One curve: flux with errors, and its fit.
  private struct Curve {
    var name: String
    var x: [Double]
    var flux: [Double]
    var errors: [Double]
    var parameters: [Double]?
    /// Standard errors of the parameters, NaN where there is none.
    var parameterErrors: [Double]
    var colour: Colour
  }

  /// Flux against threshold with fits, residuals and pulls.
  ///
  /// - Throws: `velo.noCurve` (exit 65) without sums or for a pixel outside the matrix.
  public func fluxCurves(_ choice: FluxChoice) throws(CavernError) -> Figure {
    guard let counts else { throw CavernError("velo.noCurve", "the result holds no sums", exit: .badData) }
    var curves: [Curve] = []
    let categories = try maps.values("category")
    if choice.showsAsic {
      // Pixels that are neither masked nor outside the group nor noisy.
      let live = categories.indices.filter { ![-3, -4, -5].contains(categories[$0]) && counts.total($0) > 0 }
      curves.append(mean("ASIC", live, counts, .rgb(0xE42536)))
    }
    if choice.showsAsicGood {
      curves.append(
        mean("ASICgood", categories.indices.filter { categories[$0] == 1 }, counts, .rgb(0x7A21DD)))
    }
    for (index, place) in choice.pixels.enumerated() {
      guard (0..<PixelMatrix.side).contains(place.row), (0..<PixelMatrix.side).contains(place.column) else {
        throw CavernError("velo.noCurve", "there is no pixel \(place.row),\(place.column)", exit: .badData)
      }
      curves.append(try pixel(place.row, place.column, counts, index))
    }
    if choice.isAboveBaseline { curves = try shifted(curves, choice) }
    var panels = [choice.isDifferential ? differential(curves) : fluxPanel(curves, choice)]
    if choice.showsResiduals { panels.append(differences(curves, arePulls: false)) }
    if choice.showsPulls { panels.append(differences(curves, arePulls: true)) }
    return Figure(
      name: "flux_over_thresholdscan_\(stem())",
      title: "Flux against threshold", rightLabel: place, size: .inches(8, 4.2 + 1.6 * Double(panels.count)),
      arrangement: .stacked(heights: [3, 1.2, 1.2], sharedX: true), panels: panels)
  }

  /// Up to five good pixels evenly spread over rows [row − r, row + r) and columns [column − r, column + r).
  ///
  /// - Throws: as `PixelMaps.values`.
  public func area(row: Int, column: Int, radius: Int) throws(CavernError) -> [(row: Int, column: Int)] {
    let isGood = try maps.isGood()
    var found: [(Int, Int)] = []
    for r in max(0, row - radius)..<min(PixelMatrix.side, max(row + radius, 0)) {
      for c in max(0, column - radius)..<min(PixelMatrix.side, max(column + radius, 0))
      where isGood[r * PixelMatrix.side + c] { found.append((r, c)) }
    }
    guard found.count > 5 else { return found }
    return (0..<5).map { found[$0 * found.count / 5] }
  }

  private func mean(_ name: String, _ pixels: [Int], _ counts: ScanCounts, _ colour: Colour) -> Curve {
    let live = counts.liveSeconds
    var curve = Curve(
      name: name, x: [], flux: [], errors: [], parameters: maps.asicParameters(name),
      parameterErrors: maps.equation.parameterNames.map { maps.asic(name, $0)?.error ?? .nan }, colour: colour)
    for k in counts.thresholds.indices where live[k] > 0 && !pixels.isEmpty {
      let sum = pixels.reduce(0.0) { $0 + Double(counts.hits[k * PixelMatrix.count + $1]) }
      let exposure = live[k] * Double(maps.isLegacy && name == "ASIC" ? PixelMatrix.count : pixels.count)
      curve.x.append(Double(counts.thresholds[k]))
      curve.flux.append(sum / exposure)
      curve.errors.append(sum.squareRoot() / exposure)
    }
    return curve
  }

  private func pixel(_ row: Int, _ column: Int, _ counts: ScanCounts, _ index: Int) throws(CavernError) -> Curve {
    let pixel = row * PixelMatrix.side + column
    let live = counts.liveSeconds
    var values: [Double] = []
    var errors: [Double] = []
    for name in maps.equation.parameterNames where maps.names.contains(name) {
      values.append(try maps.values(name)[pixel])
      errors.append(maps.errors(of: name)?[pixel] ?? .nan)
    }
    let isFitted = values.count == maps.equation.parameterCount && values.allSatisfy(\.isFinite)
    var curve = Curve(
      name: "pixel \(row),\(column)", x: [], flux: [], errors: [], parameters: isFitted ? values : nil,
      parameterErrors: errors, colour: .cycle([0, 1, 3, 4, 5][index % 5]))
    for k in counts.thresholds.indices where live[k] > 0 {
      let hits = Double(counts.hits[k * PixelMatrix.count + pixel])
      curve.x.append(Double(counts.thresholds[k]))
      curve.flux.append(hits / live[k])
      curve.errors.append(max(hits, 1).squareRoot() / live[k])
    }
    return curve
  }

  /// Curves on an axis that counts from the baseline: of the pixel, or the mean one.
  private func shifted(_ curves: [Curve], _ choice: FluxChoice) throws(CavernError) -> [Curve] {
    let difference = zip(try maps.values("E0"), try maps.values("target")).map { $0 - $1 }
    let mean = RobustStatistics.mean(difference.filter(\.isFinite))
    let lines = curves.count - choice.pixels.count
    return curves.enumerated().map { index, curve in
      let place = index >= lines ? choice.pixels[index - lines] : nil
      let own = place.map { difference[$0.row * PixelMatrix.side + $0.column] } ?? mean
      let shift = own.isFinite ? own : mean
      var moved = curve
      moved.x = curve.x.map { $0 - shift }
      if let parameters = curve.parameters, let last = parameters.last {
        moved.parameters = parameters.dropLast() + [last - shift]
      }
      return moved
    }
  }

  private func fluxPanel(_ curves: [Curve], _ choice: FluxChoice) -> Panel {
    var series: [Series] = []
    for curve in curves {
      series.append(
        .points(
          x: curve.x, y: curve.flux, yError: ErrorBars(curve.errors), name: legend(curve), colour: curve.colour,
          size: 3))
      if let parameters = curve.parameters, let first = curve.x.first, let last = curve.x.last {
        let x = (0...400).map { first + (last - first) * Double($0) / 400 }
        series.append(.line(x: x, y: x.map { maps.equation.value($0, parameters) }, colour: curve.colour))
      }
    }
    return Panel(
      x: thresholdAxis(choice.isAboveBaseline),
      y: Axis(
        "Flux", unit: "hits/s", scale: choice.isLogarithmic ? .logarithmic : .linear,
        includesZero: !choice.isLogarithmic),
      series: series, legend: .topRight, offersLogarithmicY: true)
  }

  private func thresholdAxis(_ isAbove: Bool) -> Axis {
    Axis(isAbove ? "Threshold above baseline" : "Threshold", unit: "DAC")
  }

  private func legend(_ curve: Curve) -> String {
    guard let parameters = curve.parameters else { return curve.name }
    let names = maps.equation.parameterNames
    let values = [("E0", 1), (names.contains("f") ? "f" : "A", 5), ("s", 2)].compactMap { name, decimals in
      names.firstIndex(of: name).map {
        "\(name) = \(measured(parameters[$0], curve.parameterErrors[$0], decimals: decimals))"
      }
    }
    return "\(curve.name): \(values.joined(separator: ", "))"
  }

  private func differences(_ curves: [Curve], arePulls: Bool) -> Panel {
    var series: [Series] = []
    for curve in curves {
      guard let parameters = curve.parameters else { continue }
      let residuals = curve.x.indices.map { curve.flux[$0] - maps.equation.value(curve.x[$0], parameters) }
      let y = arePulls ? zip(residuals, curve.errors).map { $1 > 0 ? $0 / $1 : .nan } : residuals
      series.append(
        .points(
          x: curve.x, y: y, yError: arePulls ? nil : ErrorBars(curve.errors), colour: curve.colour, size: 3))
    }
    let largest =
      series.flatMap { series -> [Double] in
        if case .points(_, let y, _, _, _, _) = series.shape { y.filter(\.isFinite).map(abs) } else { [] }
      }.max() ?? 1
    return Panel(
      x: Axis("Threshold", unit: "DAC"),
      y: arePulls
        ? Axis("Pulls", range: -max(5, min(10, largest * 1.1))...max(5, min(10, largest * 1.1)))
        : Axis("Residuals", unit: "hits/s"),
      series: series, annotations: [.horizontalLine(y: 0, name: nil, colour: .grey, dash: .dashed)], legend: .none)
  }

  /// −dF/dE by differences, with the derivative of the fit.
  private func differential(_ curves: [Curve]) -> Panel {
    var series: [Series] = []
    for curve in curves where curve.x.count > 1 {
      var x: [Double] = [], y: [Double] = [], errors: [Double] = []
      for k in 1..<curve.x.count {
        let width = curve.x[k] - curve.x[k - 1]
        let (a, b) = (curve.errors[k - 1], curve.errors[k])
        x.append((curve.x[k] + curve.x[k - 1]) / 2)
        y.append((curve.flux[k - 1] - curve.flux[k]) / width)
        errors.append((a * a + b * b).squareRoot() / width)
      }
      series.append(
        .points(x: x, y: y, yError: ErrorBars(errors), name: curve.name, colour: curve.colour, size: 3))
      if let parameters = curve.parameters, let first = curve.x.first, let last = curve.x.last {
        let places = (0...400).map { first + (last - first) * Double($0) / 400 }
        let slope = places.map {
          (maps.equation.value($0 - 0.05, parameters) - maps.equation.value($0 + 0.05, parameters)) / 0.1
        }
        series.append(.line(x: places, y: slope, colour: curve.colour))
      }
    }
    return Panel(
      x: Axis("Threshold", unit: "DAC"), y: Axis("−dF/dE", unit: "hits/s/DAC"), series: series, legend: .topRight)
  }
}
