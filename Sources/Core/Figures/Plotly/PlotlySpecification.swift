import Foundation
import JSON

/// Traces and layout of one figure as they are put together.
struct PlotlySpecification {
  var traces: [JSONValue] = []
  var layoutObject: JSONObject
  private var annotations: [JSONValue] = []
  private var shapes: [JSONValue] = []
  private var buttons: [JSONValue] = []
  private let page: FigureLayout

  /// Points of the page to pixels of the screen.
  static let pixels = 96.0 / 72.0
  /// Pixels above the figure for the tools of plotly.js.
  static let toolRoom = 30

  init(_ figure: Figure, _ layout: FigureLayout) {
    page = layout
    layoutObject = JSONObject([
      ("autosize", true), ("height", .integer(Int((layout.height * Self.pixels).rounded()) + Self.toolRoom)),
      ("margin", ["l": 0, "r": 0, "t": .integer(Self.toolRoom), "b": 0]), ("paper_bgcolor", "#ffffff"),
      ("plot_bgcolor", "#ffffff"),
      (
        "font",
        [
          "family": "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif", "color": "#000000",
          "size": .number(Self.round(layout.smallSize * Self.pixels)),
        ]
      ),
      ("hovermode", "closest"), ("showlegend", true), ("dragmode", "zoom"),
    ])
    for text in layout.header { label(text) }
    finish()
  }

  /// Adds a panel; `number` counts from 1.
  mutating func add(_ panel: Panel, _ place: PanelLayout, number: Int) {
    let suffix = number == 1 ? "" : "\(number)"
    let left = Self.round(place.left / page.width)
    let right = Self.round(place.right / page.width)
    let bottom = Self.round(place.bottom / page.height)
    let top = Self.round(place.top / page.height)
    var x = axis(panel.x, place.x, domain: (left, right), anchor: "y\(suffix)")
    let y = axis(panel.y, place.y, domain: (bottom, top), anchor: "x\(suffix)")
    if !place.showsXNumbers {
      x["showticklabels"] = false
    }
    layoutObject["xaxis\(suffix)"] = .object(x)
    layoutObject["yaxis\(suffix)"] = .object(y)
    var xTitle = place.xTitle
    xTitle.text = AxisLayout.title(panel.x.title, unit: Self.unit(panel.x), exponent: 0)
    var yTitle = place.yTitle
    yTitle.text = AxisLayout.title(panel.y.title, unit: Self.unit(panel.y), exponent: 0)
    // The numbers beside the axis change with the zoom, so the title keeps a fixed distance for them.
    yTitle.x = max(page.textSize * 0.75, min(yTitle.x, place.left - page.smallSize * 4.2))
    if place.showsXNumbers { label(xTitle) }
    label(yTitle, rotated: true)
    if let title = panel.title {
      label(.init(text: title, x: place.left, y: place.top + page.textSize * 0.8, size: page.textSize))
    }
    if let bar = place.colourBar { colourAxis(bar, place, suffix) }
    for annotation in panel.annotations { add(annotation, place, suffix) }
    legend(panel, place, suffix)
    if panel.offersLogarithmicY { logarithmButton(place, suffix) }
    let writer = PlotlyTraces(panel: panel, place: place, suffix: suffix)
    traces += writer.traces
    finish()
  }

  private mutating func finish() {
    layoutObject["annotations"] = .array(annotations)
    if !shapes.isEmpty { layoutObject["shapes"] = .array(shapes) }
    if !buttons.isEmpty { layoutObject["updatemenus"] = .array(buttons) }
  }

  private static func unit(_ axis: Axis) -> String? { axis.scale == .time ? "UTC" : axis.unit }

  private func axis(
    _ axis: Axis, _ place: AxisLayout, domain: (Double, Double), anchor: String
  ) -> JSONObject {
    var ends = [place.lower, place.upper]
    if place.isLogarithmic { ends = ends.map { log10($0) } }
    if axis.scale == .time { ends = ends.map { $0 * 1000 } }
    if place.isReversed { ends.reverse() }
    var object = JSONObject([
      ("domain", .numbers([domain.0, domain.1])), ("anchor", .string(anchor)),
      ("type", .string(place.isLogarithmic ? "log" : axis.scale == .time ? "date" : "linear")),
      ("range", .numbers(ends)), ("showgrid", false), ("zeroline", false), ("showline", true), ("mirror", "ticks"),
      ("linecolor", "#000000"), ("linewidth", 1), ("ticks", "inside"), ("ticklen", 7), ("tickcolor", "#000000"),
      ("minor", ["ticks": "inside", "ticklen": 4, "tickcolor": "#000000", "showgrid": false]),
      ("exponentformat", "power"), ("nticks", .integer(max(place.ticks.count + 2, 4))),
    ])
    if axis.ticks != nil {
      object["tickmode"] = "array"
      object["tickvals"] = .numbers(place.ticks.map(\.value))
      object["ticktext"] = .array(place.ticks.map { .string(Self.escaped($0.label)) })
    }
    if place.isLogarithmic { object["dtick"] = place.upper / place.lower > 30 ? 1 : "D2" }
    return object
  }

  private mutating func label(_ text: FigureLayout.PlacedText, rotated: Bool = false, colour: UInt32? = nil) {
    guard !text.text.isEmpty else { return }
    var shown = Self.escaped(text.text)
    if text.isBold { shown = "<b>\(shown)</b>" }
    if text.isItalic { shown = "<i>\(shown)</i>" }
    let side =
      switch text.alignment {
      case .left: "left"
      case .centre: "center"
      case .right: "right"
      }
    var font = JSONObject([("size", .number(Self.round(text.size * Self.pixels)))])
    if let colour { font["color"] = .string(Colour.rgb(colour).hexadecimal) }
    var object = JSONObject([
      ("text", .string(shown)), ("xref", "paper"), ("yref", "paper"), ("x", .number(Self.round(text.x / page.width))),
      ("y", .number(Self.round(text.y / page.height))), ("xanchor", .string(rotated ? "center" : side)),
      ("yanchor", .string(rotated ? "top" : "middle")), ("showarrow", false), ("font", .object(font)),
      ("borderpad", 0),
    ])
    if rotated { object["textangle"] = -90 }
    annotations.append(.object(object))
  }

  private mutating func legend(_ panel: Panel, _ place: PanelLayout, _ suffix: String) {
    guard place.legend != .none, place.legend != .automatic else { return }
    let isRight = place.legend == .topRight || place.legend == .bottomRight
    let isTop = place.legend == .topRight || place.legend == .topLeft
    layoutObject["legend\(suffix)"] = [
      "x": .number(Self.round(((isRight ? place.right - 6 : place.left + 6)) / page.width)),
      "y": .number(Self.round(((isTop ? place.top - 5 : place.bottom + 5)) / page.height)),
      "xanchor": isRight ? "right" : "left", "yanchor": isTop ? "top" : "bottom", "bgcolor": "rgba(255,255,255,0.6)",
      "borderwidth": 0, "tracegroupgap": 0,
      "font": ["size": .number(Self.round(page.smallSize * Self.pixels))],
    ]
  }

  private mutating func colourAxis(_ bar: PanelLayout.ColourBar, _ place: PanelLayout, _ suffix: String) {
    let stops = bar.map.stops
    let scale = stops.enumerated().map { index, rgb -> JSONValue in
      [.number(Self.round(Double(index) / Double(stops.count - 1))), .string(Colour.rgb(rgb).hexadecimal)]
    }
    let isLogarithmic = bar.axis.isLogarithmic
    func shown(_ value: Double) -> Double { isLogarithmic ? log10(value) : value }
    var object = JSONObject([
      ("colorscale", .array(scale)), ("cmin", .number(shown(bar.axis.lower))),
      ("cmax", .number(shown(bar.axis.upper))), ("showscale", .bool(bar.isShown)),
    ])
    object["colorbar"] = [
      "x": .number(Self.round(bar.left / page.width)), "xanchor": "left", "xpad": 0,
      "y": .number(Self.round(place.bottom / page.height)), "yanchor": "bottom", "ypad": 0,
      "len": .number(Self.round((place.top - place.bottom) / page.height)), "lenmode": "fraction",
      "thickness": .number(Self.round(bar.width * Self.pixels)), "outlinewidth": 1, "ticks": "inside",
      "tickmode": "array", "tickvals": .numbers(bar.axis.ticks.map { shown($0.value) }),
      "ticktext": .array(bar.axis.ticks.map { .string($0.label) }),
    ]
    layoutObject["coloraxis\(suffix)"] = .object(object)
    if bar.isShown {
      label(
        .init(text: bar.axis.title, x: bar.titleX, y: place.top, size: page.textSize, alignment: .right), rotated: true)
    }
  }

  private mutating func logarithmButton(_ place: PanelLayout, _ suffix: String) {
    let axis = "yaxis\(suffix)"
    let linear: [JSONValue] =
      place.y.isLogarithmic
      ? [["\(axis).type": "linear", "\(axis).autorange": true]]
      : [["\(axis).type": "linear", "\(axis).range": .numbers([place.y.lower, place.y.upper])]]
    let logarithmic: [JSONValue] = [["\(axis).type": "log", "\(axis).autorange": true]]
    buttons.append([
      // In the left margin, where no title, label or note stands.
      "type": "buttons", "showactive": false, "xanchor": "left", "yanchor": "bottom", "x": 0,
      "y": .number(Self.round(place.bottom / page.height)), "pad": ["t": 0, "b": 0, "l": 0, "r": 0],
      "font": ["size": .number(Self.round(page.smallSize))],
      "buttons": [
        [
          "label": "linear / log", "method": "relayout",
          "args": .array(place.y.isLogarithmic ? linear : logarithmic),
          "args2": .array(place.y.isLogarithmic ? logarithmic : linear),
        ]
      ],
    ])
  }

  private mutating func add(_ annotation: Annotation, _ place: PanelLayout, _ suffix: String) {
    let size = page.smallSize
    func across(_ share: Double) -> Double { place.left + share * (place.right - place.left) }
    func up(_ share: Double) -> Double { place.bottom + share * (place.top - place.bottom) }
    func shape(_ kind: String, _ x: [Double]?, _ y: [Double]?, _ look: [(String, JSONValue)]) {
      shapes.append(
        .object(
          JSONObject(
            [
              ("type", .string(kind)), ("xref", .string(x == nil ? "x\(suffix) domain" : "x\(suffix)")),
              ("yref", .string(y == nil ? "y\(suffix) domain" : "y\(suffix)")), ("x0", .number(x?.first ?? 0)),
              ("x1", .number(x?.last ?? 1)), ("y0", .number(y?.first ?? 0)), ("y1", .number(y?.last ?? 1)),
            ] + look)))
    }
    func line(_ colour: Colour, _ dash: Dash) -> [(String, JSONValue)] {
      [("line", ["color": .string(colour.hexadecimal), "width": 1, "dash": .string(dash.plotlyName)])]
    }
    func shade(_ colour: Colour) -> [(String, JSONValue)] {
      [
        ("fillcolor", .string(colour.hexadecimal)), ("opacity", 0.18), ("line", ["width": 0]), ("layer", "below"),
      ]
    }
    func name(_ text: String?, upright share: Double, _ colour: Colour) {
      guard let text, share >= 0, share <= 1 else { return }
      label(
        .init(text: text, x: across(share) + size * 0.7, y: place.top - size * 0.5, size: size * 0.92), rotated: true,
        colour: colour.rgb)
    }
    func name(_ text: String?, level share: Double, _ colour: Colour) {
      guard let text, share >= 0, share <= 1 else { return }
      label(
        .init(
          text: text, x: place.right - size * 0.5, y: up(share) + size * 0.7, size: size * 0.92, alignment: .right),
        colour: colour.rgb)
    }
    let time = place.timeFactor
    switch annotation {
    case .text(let lines, let x, let y, let alignment):
      guard x.isFinite, y.isFinite else { return }
      for (index, text) in lines.enumerated() {
        label(
          .init(
            text: text, x: across(x), y: up(y) - size * (0.6 + 1.35 * Double(index)), size: size, alignment: alignment))
      }
    case .verticalLine(let x, let text, let colour, let dash):
      shape("line", [x * time.x, x * time.x], nil, line(colour, dash))
      name(text, upright: place.x.fraction(x), colour)
    case .horizontalLine(let y, let text, let colour, let dash):
      shape("line", nil, [y * time.y, y * time.y], line(colour, dash))
      name(text, level: place.y.fraction(y), colour)
    case .verticalBand(let from, let to, let text, let colour):
      shape("rect", [from * time.x, to * time.x], nil, shade(colour))
      name(text, upright: (place.x.fraction(from) + place.x.fraction(to)) / 2, colour)
    case .horizontalBand(let from, let to, let text, let colour):
      shape("rect", nil, [from * time.y, to * time.y], shade(colour))
      name(text, level: (place.y.fraction(from) + place.y.fraction(to)) / 2, colour)
    }
  }

  /// A fraction or size without digits that nobody sees.
  static func round(_ value: Double) -> Double { (value * 100_000).rounded() / 100_000 }

  /// Text that plotly.js shows as it is: no tags, no entities of its own, no template variables.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "{" where result.last == "%": result += "\u{2060}{"
      case "\n", "\r", "\t": result += " "
      default: if character.value >= 0x20, character.value != 0x7F { result.unicodeScalars.append(character) }
      }
    }
    return result
  }
}

extension Dash {
  /// The name plotly.js has for the pattern.
  var plotlyName: String {
    switch self {
    case .solid: "solid"
    case .dashed: "dash"
    case .dotted: "dot"
    case .dashDotted: "dashdot"
    }
  }
}

extension Marker {
  /// The name plotly.js has for the shape.
  var plotlyName: String {
    switch self {
    case .circle: "circle"
    case .square: "square"
    case .diamond: "diamond"
    case .triangleUp: "triangle-up"
    case .triangleDown: "triangle-down"
    case .openCircle: "circle-open"
    case .cross: "x-thin-open"
    }
  }
}
