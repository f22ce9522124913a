extension GnuplotScript {
  /// The letters of pictures; Debian's `fonts-dejavu-core`, which set-up installs.
  static let font = "DejaVu Sans"

  /// Adds one picture: terminal, output and everything drawn.
  mutating func draw(_ figure: Figure, layout: FigureLayout, format: GnuplotRenderer.Format, output: String) {
    line("reset session")
    line(Self.terminal(layout, format, ends: figure.hasFinePoints ? "butt" : "rounded"))
    if format == .svg {
      // The first lines of an SVG depend on the pen that the picture before left: let that always be this one.
      line("set output 'before'")
      line("plot [0:1] [0:1] NaN notitle")
      line("unset output")
    }
    line("set output " + Self.quoted(output))
    line("set encoding utf8")
    line("set multiplot")
    for (panel, place) in zip(figure.panels, layout.panels) {
      draw(panel, place, layout, format)
    }
    drawHeader(layout)
    line("unset multiplot")
    line("unset output")
  }

  /// - Parameter ends: how lines end; with fine points at their length, which makes them squares.
  private static func terminal(
    _ layout: FigureLayout, _ format: GnuplotRenderer.Format, ends: String
  ) -> String {
    let font = "font \"\(font),\(place(layout.smallSize))\" noenhanced \(ends)"
    switch format {
    case .png(let resolution):
      let scale = Double(resolution) / 72
      let wide = Int((layout.width * scale).rounded())
      let high = Int((layout.height * scale).rounded())
      // pngcairo counts 96 pixels to the inch for letters and one pixel for a line of width 1.
      return "set terminal pngcairo size \(wide),\(high) \(font) fontscale \(place(scale * 0.75))"
        + " linewidth \(place(scale)) pointscale \(place(scale)) background rgb \"white\""
    case .svg:
      let wide = Int(layout.width.rounded())
      let high = Int(layout.height.rounded())
      return "set terminal svg size \(wide),\(high) \(font) linewidth 1 background rgb \"white\""
    case .pdf:
      return "set terminal pdfcairo size \(place(layout.width / 72))in,\(place(layout.height / 72))in \(font)"
        + " fontscale 0.75 linewidth 2 pointscale 1"
    }
  }

  private mutating func drawHeader(_ layout: FigureLayout) {
    guard !layout.header.isEmpty else { return }
    line("reset")
    line("unset border; unset tics; unset key; unset colorbox")
    line("set lmargin 0; set rmargin 0; set bmargin 0; set tmargin 0")
    line("set xrange [0:1]; set yrange [0:1]")
    for text in layout.header { label(text, layout) }
    line("plot NaN notitle")
  }

  /// A label at a place of the page.
  mutating func label(
    _ text: FigureLayout.PlacedText, _ layout: FigureLayout, rotated: Bool = false, colour: UInt32 = 0,
    isBoxed: Bool = false
  ) {
    guard !text.text.isEmpty else { return }
    let face = (text.isBold ? ":Bold" : "") + (text.isItalic ? ":Italic" : "")
    let side =
      switch text.alignment {
      case .left: "left"
      case .centre: "center"
      case .right: "right"
      }
    line(
      "set label \(Self.quoted(text.text)) at screen \(Self.place(text.x / layout.width)),"
        + "\(Self.place(text.y / layout.height)) \(side) \(rotated ? "rotate by 90 " : "norotate ")"
        + "font \"\(Self.font)\(face),\(Self.place(text.size))\" textcolor \(Self.colour(colour)) front"
        + (isBoxed ? " boxed" : ""))
  }

  private mutating func draw(
    _ panel: Panel, _ place: PanelLayout, _ layout: FigureLayout, _ format: GnuplotRenderer.Format
  ) {
    line("reset")
    line(
      "unset key; unset colorbox; set border 31 linewidth 0.8; set clip two; set errorbars 0; set style textbox opaque noborder fillcolor rgb \"#50FFFFFF\" margins 0.3,0.3"
    )
    let edges = [
      ("l", place.left / layout.width), ("r", place.right / layout.width), ("b", place.bottom / layout.height),
      ("t", place.top / layout.height),
    ]
    line(edges.map { "set \($0.0)margin at screen \(Self.place($0.1))" }.joined(separator: "; "))
    // The terminals differ in the length of ticks and in the distance of numbers from them.
    let isSVG = format == .svg
    let scale = isSVG ? "scale 0.62,0.31" : "scale 1,0.5"
    axis("x", place.x, showsNumbers: place.showsXNumbers, scale + (isSVG ? " offset 0,0.35" : ""), layout)
    axis("y", place.y, showsNumbers: true, scale + (isSVG ? " offset 0.35,0" : ""), layout)
    if place.showsXNumbers { label(place.xTitle, layout) }
    label(place.yTitle, layout, rotated: true)
    if let title = panel.title {
      label(
        .init(text: title, x: place.left, y: place.top + layout.textSize * 0.8, size: layout.textSize), layout)
    }
    colourBar(place, scale + (isSVG ? " offset -0.35,0" : ""), layout)
    for annotation in panel.annotations { draw(annotation, place, layout) }
    legend(panel, place, layout, spacing: isSVG ? 0.9 : 1.1)
    plot(panel, place)
  }

  private mutating func axis(
    _ name: String, _ axis: AxisLayout, showsNumbers: Bool, _ look: String, _ layout: FigureLayout
  ) {
    if axis.isLogarithmic { line("set logscale \(name) 10") }
    let ends = axis.isReversed ? (axis.upper, axis.lower) : (axis.lower, axis.upper)
    line("set \(name)range [\(ends.0):\(ends.1)]")
    ticks(name, axis, showsNumbers: showsNumbers, options: "mirror norotate \(look)", layout)
  }

  private mutating func ticks(
    _ name: String, _ axis: AxisLayout, showsNumbers: Bool, options: String, _ layout: FigureLayout
  ) {
    let major = axis.ticks.map { "\(showsNumbers ? Self.quotedTick($0.label) : "\"\"") \($0.value)" }
    let minor = axis.minorTicks.map { "\"\" \($0) 1" }
    let all = (major + minor).joined(separator: ", ")
    guard !all.isEmpty else {
      line("unset \(name)tics")
      return
    }
    line(
      "set \(name)tics in \(options) font \"\(Self.font),\(Self.place(layout.smallSize))\" (\(all))")
  }

  private mutating func colourBar(_ place: PanelLayout, _ look: String, _ layout: FigureLayout) {
    guard let bar = place.colourBar else { return }
    let stops = bar.map.stops
    let parts = stops.enumerated().map { index, rgb in
      "\(index) '#" + Colour.rgb(rgb).hexadecimal.dropFirst() + "'"
    }
    line("set palette maxcolors 256 defined (\(parts.joined(separator: ", ")))")
    if bar.axis.isLogarithmic { line("set logscale cb 10") }
    line("set cbrange [\(bar.axis.lower):\(bar.axis.upper)]")
    guard bar.isShown else { return }
    line(
      "set colorbox vertical user origin screen \(Self.place(bar.left / layout.width)),"
        + "\(Self.place(place.bottom / layout.height)) size screen \(Self.place(bar.width / layout.width)),"
        + "\(Self.place((place.top - place.bottom) / layout.height))")
    ticks("cb", bar.axis, showsNumbers: true, options: "nomirror norotate \(look)", layout)
    label(
      .init(
        text: bar.axis.title, x: bar.titleX, y: place.top, size: layout.textSize, alignment: .right), layout,
      rotated: true)
  }

  private mutating func legend(
    _ panel: Panel, _ place: PanelLayout, _ layout: FigureLayout, spacing: Double
  ) {
    let corner: String
    switch place.legend {
    case .automatic, .none: return
    case .topLeft: corner = "left top"
    case .topRight: corner = "right top"
    case .bottomLeft: corner = "left bottom"
    case .bottomRight: corner = "right bottom"
    }
    // gnuplot takes letters for narrower than capitals and signs are: names of two or three reach the ticks.
    let longest = panel.series.compactMap { $0.name?.count }.max() ?? 0
    line(
      "set key inside \(corner) vertical Left reverse noenhanced nobox noautotitle maxrows \(panel.series.count + 1)"
        + "\(longest < 4 ? " width 1" : "") samplen 1.6 spacing \(spacing) font \"\(Self.font),\(Self.place(layout.smallSize))\""
    )
  }

  private mutating func draw(_ annotation: Annotation, _ place: PanelLayout, _ layout: FigureLayout) {
    let size = layout.smallSize
    func across(_ fraction: Double) -> Double { place.left + fraction * (place.right - place.left) }
    func up(_ fraction: Double) -> Double { place.bottom + fraction * (place.top - place.bottom) }
    func isShown(_ fraction: Double) -> Bool { fraction >= 0 && fraction <= 1 }
    switch annotation {
    case .text(let lines, let x, let y, let alignment):
      guard x.isFinite, y.isFinite else { return }
      for (index, text) in lines.enumerated() {
        label(
          .init(
            text: text, x: across(x), y: up(y) - size * (0.6 + 1.35 * Double(index)), size: size, alignment: alignment),
          layout)
      }
    case .verticalLine(let x, let name, let colour, let dash):
      let fraction = place.x.fraction(x)
      guard isShown(fraction) else { return }
      line(
        "set arrow from \(x), graph 0 to \(x), graph 1 nohead linewidth 1 \(Self.dash(dash))"
          + " linecolor \(Self.colour(colour.rgb))")
      label(
        .init(
          text: name ?? "", x: across(fraction) + size * 0.7, y: place.top - size * 0.5, size: size * 0.92,
          alignment: .right), layout, rotated: true, colour: colour.rgb, isBoxed: true)
    case .horizontalLine(let y, let name, let colour, let dash):
      let fraction = place.y.fraction(y)
      guard isShown(fraction) else { return }
      line(
        "set arrow from graph 0, first \(y) to graph 1, first \(y) nohead linewidth 1 \(Self.dash(dash))"
          + " linecolor \(Self.colour(colour.rgb))")
      label(
        .init(
          text: name ?? "", x: place.right - size * 0.5, y: up(fraction) + size * 0.7, size: size * 0.92,
          alignment: .right), layout, colour: colour.rgb, isBoxed: true)
    case .verticalBand(let from, let to, let name, let colour):
      guard let (low, high) = Self.clipped(from, to, place.x) else { return }
      line("set object rectangle from \(low), graph 0 to \(high), graph 1 \(Self.shade(colour))")
      let middle = (place.x.fraction(low) + place.x.fraction(high)) / 2
      label(
        .init(
          text: name ?? "", x: across(middle), y: place.top - size * 0.5, size: size * 0.92, alignment: .right),
        layout, rotated: true, colour: colour.rgb, isBoxed: true)
    case .horizontalBand(let from, let to, let name, let colour):
      guard let (low, high) = Self.clipped(from, to, place.y) else { return }
      line("set object rectangle from graph 0, first \(low) to graph 1, first \(high) \(Self.shade(colour))")
      let middle = (place.y.fraction(low) + place.y.fraction(high)) / 2
      label(
        .init(text: name ?? "", x: place.right - size * 0.5, y: up(middle), size: size * 0.92, alignment: .right),
        layout, colour: colour.rgb, isBoxed: true)
    }
  }

  /// The part of a range that lies on the axis.
  private static func clipped(_ from: Double, _ to: Double, _ axis: AxisLayout) -> (Double, Double)? {
    let low = max(min(from, to), axis.lower)
    let high = min(max(from, to), axis.upper)
    return low < high ? (low, high) : nil
  }

  private static func shade(_ colour: Colour) -> String {
    "behind fillcolor \(Self.colour(colour.rgb, opacity: 0.18)) fillstyle solid 1 noborder"
  }

  static func dash(_ dash: Dash) -> String {
    switch dash {
    case .solid: "dashtype solid"
    case .dashed: "dashtype (9,7)"
    case .dotted: "dashtype (0.5,4)"
    case .dashDotted: "dashtype (9,5,0.5,5)"
    }
  }
}

extension Figure {
  /// Whether points are drawn as strokes.
  fileprivate var hasFinePoints: Bool {
    panels.contains { panel in
      panel.series.contains { series in
        if case .bundle(let bundle) = series.shape, case .points(_, let size) = bundle.style {
          return size < GnuplotScript.fineSize
        }
        return false
      }
    }
  }
}
