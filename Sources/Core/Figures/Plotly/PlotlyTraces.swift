import Foundation
import JSON

/// The traces of one panel.
struct PlotlyTraces {
  let panel: Panel
  let place: PanelLayout
  let suffix: String

  /// All traces in the order in which they are drawn.
  var traces: [JSONValue] {
    panel.series.enumerated().flatMap { index, series in
      self.traces(series, (series.colour ?? .cycle(index)), index: index).map { JSONValue.object($0) }
    }
  }

  private func base(_ series: Series, kind: String = "scatter") -> JSONObject {
    var object = JSONObject([
      ("type", .string(kind)), ("xaxis", .string("x\(suffix)")), ("yaxis", .string("y\(suffix)")),
    ])
    if kind != "heatmap" {
      object["legend"] = .string("legend\(suffix)")
      object["name"] = .string(PlotlySpecification.escaped(series.name ?? ""))
      object["showlegend"] = .bool(series.name != nil && place.legend != .none)
    }
    if series.opacity < 1, kind != "heatmap" { object["opacity"] = .number(series.opacity) }
    return object
  }

  private func traces(_ series: Series, _ colour: Colour, index: Int) -> [JSONObject] {
    var trace = base(series)
    let rgb = JSONValue.string(colour.hexadecimal)
    switch series.shape {
    case .line(let x, let y, let dash):
      trace["mode"] = "lines"
      let line = thinned(x, y)
      trace["x"] = numbers(line.x, place.x, isX: true)
      trace["y"] = numbers(line.y, place.y, isX: false)
      trace["line"] = stroke(rgb, series.width, dash)
      trace["hovertemplate"] = hover(series)
    case .points(let x, let y, let marker, let size, let xError, let yError):
      trace["mode"] = "markers"
      trace["x"] = numbers(x, place.x, isX: true)
      trace["y"] = numbers(y, place.y, isX: false)
      trace["marker"] = [
        "color": rgb, "symbol": .string(marker.plotlyName), "size": pixels(size),
      ]
      if let xError { trace["error_x"] = errors(xError, place.x, isX: true, rgb) }
      if let yError { trace["error_y"] = errors(yError, place.y, isX: false, rgb) }
      if series.pointLabels.count == x.count {
        trace["text"] = .array(series.pointLabels.map { .string(PlotlySpecification.escaped($0)) })
      }
      trace["hovertemplate"] = hover(series)
    case .steps(let edges, let values, let isFilled):
      let outline = StepLine(edges: edges, values: values)
      trace["mode"] = "lines"
      trace["x"] = numbers(outline.x, place.x, isX: true)
      trace["y"] = numbers(outline.y, place.y, isX: false)
      trace["line"] = stroke(rgb, series.width, .solid)
      if isFilled {
        trace["fill"] = "tozeroy"
        trace["fillcolor"] = .string(Self.faded(colour, 0.5))
      }
      trace["hovertemplate"] = hover(series)
    case .band(let x, let lower, let upper): return band(series, colour, x, lower, upper, index)
    case .bars(let x, let height, let width):
      trace = base(series, kind: "bar")
      trace["x"] = numbers(x, place.x, isX: true)
      trace["y"] = numbers(height, place.y, isX: false)
      trace["width"] = .number(width * place.timeFactor.x)
      trace["marker"] = ["color": rgb]
      if series.pointLabels.count == x.count {
        trace["hovertext"] = .array(series.pointLabels.map { .string(PlotlySpecification.escaped($0)) })
      }
      trace["hovertemplate"] = hover(series)
    case .image(let map): return [image(map, series)]
    case .bundle(let bundle): return members(bundle, series, index)
    }
    return [trace]
  }

  private func band(
    _ series: Series, _ colour: Colour, _ x: [Double], _ lower: [Double], _ upper: [Double], _ index: Int
  ) -> [JSONObject] {
    // One closed outline for each run without gaps.
    var outlines: (x: [Double], y: [Double]) = ([], [])
    var run: [Int] = []
    func close() {
      guard run.count > 1 else { return run.removeAll() }
      if !outlines.x.isEmpty {
        outlines.x.append(.nan)
        outlines.y.append(.nan)
      }
      outlines.x += run.map { x[$0] } + run.reversed().map { x[$0] }
      outlines.y += run.map { upper[$0] } + run.reversed().map { max(lower[$0], place.y.floor) }
      run.removeAll()
    }
    for point in x.indices {
      if place.x.hides(x[point]) || place.y.hides(upper[point]) || !lower[point].isFinite {
        close()
      } else {
        run.append(point)
      }
    }
    close()
    var trace = base(series)
    trace["opacity"] = nil
    trace["mode"] = "lines"
    trace["x"] = numbers(outlines.x, place.x, isX: true)
    trace["y"] = numbers(outlines.y, place.y, isX: false)
    trace["line"] = ["width": 0]
    trace["fill"] = "toself"
    trace["fillcolor"] = .string(Self.faded(colour, series.opacity))
    trace["hoverinfo"] = "skip"
    return [trace]
  }

  private func image(_ map: HeatMap, _ series: Series) -> JSONObject {
    var trace = base(series, kind: "heatmap")
    let columns = map.xEdges.count - 1
    let bar = place.colourBar
    let isLogarithmic = bar?.axis.isLogarithmic ?? false
    trace["x"] = numbers(map.xEdges, place.x, isX: true)
    trace["y"] = numbers(map.yEdges, place.y, isX: false)
    let digits = Rounding(isLogarithmic ? 20 : (bar.map { $0.axis.upper - $0.axis.lower } ?? 1))
    let rows = columns > 0 ? map.values.count / columns : 0
    trace["z"] = .array(
      (0..<rows).map { row in
        .array(
          map.values[row * columns..<(row + 1) * columns].map { value in
            let shown = isLogarithmic ? (value > 0 ? log10(value) : .nan) : value
            return shown.isFinite ? .number(digits.rounded(shown)) : .null
          })
      })
    trace["coloraxis"] = .string("coloraxis\(suffix)")
    trace["hoverongaps"] = false
    let unit = map.scale.unit.map { " " + PlotlySpecification.escaped($0) } ?? ""
    let value =
      isLogarithmic ? "log₁₀ %{z:.4g} (\(map.scale.unit.map(PlotlySpecification.escaped) ?? ""))" : "%{z:.5g}\(unit)"
    trace["hovertemplate"] = .string(place(panel.x, "x") + "<br>" + place(panel.y, "y") + "<br>\(value)<extra></extra>")
    return trace
  }

  private func members(_ bundle: CurveBundle, _ series: Series, _ index: Int) -> [JSONObject] {
    let count = bundle.members.reduce(0) { $0 + $1.x.count }
    var result = bundle.members.map { member -> JSONObject in
      var trace = base(series)
      trace["showlegend"] = false
      trace["legendgroup"] = .string("series\(suffix)-\(index)")
      let rgb = JSONValue.string((series.colour ?? .rgb(place.colourBar?.colour(member.value) ?? 0)).hexadecimal)
      switch bundle.style {
      case .lines(let dash):
        let line = thinned(member.x, member.y)
        trace["x"] = numbers(line.x, place.x, isX: true)
        trace["y"] = numbers(line.y, place.y, isX: false)
        trace["mode"] = "lines"
        trace["line"] = stroke(rgb, series.width, dash)
      case .points(let marker, let size):
        trace["x"] = numbers(member.x, place.x, isX: true)
        trace["y"] = numbers(member.y, place.y, isX: false)
        // Thousands of single points make a page slow; thin lines through them do not.
        if count > 4000 {
          trace["mode"] = "lines"
          trace["line"] = stroke(rgb, 0.5, .solid)
        } else {
          trace["mode"] = "markers"
          trace["marker"] = ["color": rgb, "symbol": .string(marker.plotlyName), "size": pixels(size)]
        }
      }
      let unit = bundle.scale.unit.map { " " + PlotlySpecification.escaped($0) } ?? ""
      let value =
        member.label.isEmpty
        ? PlotlySpecification.escaped(bundle.scale.title) + " " + NumberLabel.general(member.value) + unit
        : PlotlySpecification.escaped(member.label)
      trace["hovertemplate"] = .string(
        place(panel.x, "x") + "<br>" + place(panel.y, "y") + "<extra>\(value)</extra>")
      return trace
    }
    result.append(key(bundle, series, index))
    if bundle.scale.showsBar { result.append(colourBarCarrier) }
    return result
  }

  /// A trace without data that carries the legend entry and the colour bar of a bundle.
  private func key(_ bundle: CurveBundle, _ series: Series, _ index: Int) -> JSONObject {
    var trace = base(series)
    let middle = JSONValue.string((series.colour ?? .rgb(bundle.scale.map.colour(at: 0.5))).hexadecimal)
    trace["legendgroup"] = .string("series\(suffix)-\(index)")
    trace["x"] = [nil]
    trace["y"] = [nil]
    switch bundle.style {
    case .lines(let dash):
      trace["mode"] = "lines"
      trace["line"] = stroke(middle, max(series.width, 1.2), dash)
    case .points(let marker, let size):
      trace["mode"] = "markers"
      trace["marker"] = ["color": middle, "symbol": .string(marker.plotlyName), "size": pixels(max(size, 4))]
    }
    return trace
  }

  /// A trace without data that makes plotly.js draw the colour bar of lines, which cannot refer to a scale themselves.
  private var colourBarCarrier: JSONObject {
    JSONObject([
      ("type", "scatter"), ("xaxis", .string("x\(suffix)")), ("yaxis", .string("y\(suffix)")), ("mode", "markers"),
      ("x", [nil]), ("y", [nil]), ("showlegend", false), ("hoverinfo", "skip"),
      (
        "marker",
        [
          "color": .numbers([place.colourBar?.axis.lower ?? 0]), "coloraxis": .string("coloraxis\(suffix)"),
        ]
      ),
    ])
  }

  private func hover(_ series: Series) -> JSONValue {
    let name = PlotlySpecification.escaped(series.name ?? "")
    let label = series.pointLabels.isEmpty ? "" : "<br>%{text}"
    return .string(place(panel.x, "x") + "<br>" + place(panel.y, "y") + label + "<extra>\(name)</extra>")
  }

  /// `Position: %{x} mm` for the pointer.
  private func place(_ axis: Axis, _ name: String) -> String {
    let title = axis.title.isEmpty ? name : PlotlySpecification.escaped(axis.title)
    let unit = axis.unit.map { " " + PlotlySpecification.escaped($0) } ?? ""
    switch axis.scale {
    case .time: return "\(title): %{\(name)|%Y-%m-%d %H:%M:%S} UTC"
    default: return "\(title): %{\(name):.5g}\(unit)"
    }
  }

  private func stroke(_ colour: JSONValue, _ width: Double, _ dash: Dash) -> JSONValue {
    var line = JSONObject([("color", colour), ("width", pixels(width))])
    if dash != .solid { line["dash"] = .string(dash.plotlyName) }
    return .object(line)
  }

  private func pixels(_ points: Double) -> JSONValue {
    .number((points * PlotlySpecification.pixels * 100).rounded() / 100)
  }

  private func errors(_ bars: ErrorBars, _ axis: AxisLayout, isX: Bool, _ colour: JSONValue) -> JSONValue {
    let factor = isX ? place.timeFactor.x : place.timeFactor.y
    let digits = Rounding(axis.upper - axis.lower)
    func lengths(_ values: [Double]) -> JSONValue {
      .array(values.map { $0.isFinite ? .number(digits.rounded($0) * factor) : 0 })
    }
    return [
      "type": "data", "symmetric": false, "array": lengths(bars.upper), "arrayminus": lengths(bars.lower),
      "color": colour, "thickness": 1.2, "width": 0,
    ]
  }

  private func thinned(_ x: [Double], _ y: [Double]) -> (x: [Double], y: [Double]) {
    let thin = Thinning.line(x, y, columns: Int((place.right - place.left) * 8))
    let across = thin.x.map { place.x.fraction($0) * (place.right - place.left) }
    let up = thin.y.map { place.y.fraction($0) * (place.top - place.bottom) }
    let kept = Thinning.straight(across, up, tolerance: 0.02)
    return (kept.map { thin.x[$0] }, kept.map { thin.y[$0] })
  }

  private func numbers(_ values: [Double], _ axis: AxisLayout, isX: Bool) -> JSONValue {
    let factor = isX ? place.timeFactor.x : place.timeFactor.y
    if axis.isLogarithmic { return .array(values.map { axis.hides($0) ? .null : .number(Rounding.significant($0)) }) }
    let digits = Rounding((axis.upper - axis.lower) * factor)
    return .array(values.map { $0.isFinite ? .number(digits.rounded($0 * factor)) : .null })
  }

  private static func faded(_ colour: Colour, _ opacity: Double) -> String {
    let rgb = colour.rgb
    return "rgba(\(rgb >> 16),\(rgb >> 8 & 255),\(rgb & 255),\(NumberLabel.general(opacity, digits: 3)))"
  }
}

/// Rounds numbers of a range to a hundred-thousandth of it, so that they are short to write.
struct Rounding {
  private let up: Double
  private let down: Double

  /// For numbers that lie in a range of this width.
  init(_ span: Double) {
    let exponent = span > 0 && span.isFinite ? Int(log10(span).rounded(.down)) - 5 : -6
    // Powers of ten up to 22 are exact, so that dividing by them gives the double nearest to the short decimal.
    up = exponent < 0 ? pow(10, Double(min(-exponent, 300))) : 1
    down = exponent > 0 ? pow(10, Double(exponent)) : 1
  }

  func rounded(_ value: Double) -> Double {
    let result = ((value / down) * up).rounded() / up * down
    return result == 0 ? 0 : result.isFinite ? result : value
  }

  /// A number rounded to six significant digits.
  static func significant(_ value: Double) -> Double {
    guard value != 0, value.isFinite else { return value }
    return Rounding(abs(value)).rounded(value)
  }
}

extension PanelLayout {
  /// What a number is multiplied by for plotly.js, which counts time in milliseconds.
  var timeFactor: (x: Double, y: Double) { (x.isTime ? 1000 : 1, y.isTime ? 1000 : 1) }
}

extension AxisLayout {
  /// The least value that has a place: for areas that reach down to zero on a logarithmic axis.
  var floor: Double { isLogarithmic ? lower : -Double.infinity }
}
