import Errors

/// Draws figures as text for a terminal: Braille dots for curves, shades for maps, axes with numbers and units, a legend.
public struct TerminalRenderer: Sendable {
  /// Columns of the terminal; at least 30.
  public var width: Int
  /// Lines for each panel, axis and titles included; at least 8.
  public var panelHeight: Int
  /// Letters to draw with.
  public var characters: Characters
  /// Whether colours are switched on with ANSI sequences.
  public var usesColour: Bool

  /// Letters to draw with.
  public enum Characters: Sendable {
    /// Unicode Braille, lines and shades.
    case unicode
    /// Only ASCII, for terminals and logs that know no more.
    case ascii
  }

  /// A renderer, by default for a terminal of 80 columns.
  public init(width: Int = 80, panelHeight: Int = 20, characters: Characters = .unicode, usesColour: Bool = false) {
    self.width = max(width, 30)
    self.panelHeight = max(panelHeight, 8)
    self.characters = characters
    self.usesColour = usesColour
  }

  /// The figure as lines of text, each ending with a line end; panels one below the other.
  ///
  /// No line is wider than `width`; control characters in texts are dropped.
  ///
  /// - Throws: as `Figure.check()`.
  public func text(_ figure: Figure) throws(CavernError) -> String {
    try figure.check()
    var lines: [String] = []
    let head = [figure.title, figure.qualifier].map(plain).filter { !$0.isEmpty }.joined(separator: "  ")
    let right = plain(figure.rightLabel)
    if head.count + right.count + 2 <= width {
      let gap = String(repeating: " ", count: right.isEmpty ? 0 : width - head.count - right.count)
      if !(head + right).isEmpty { lines.append(head + gap + right) }
    } else {
      lines += [head, right].map { clipped($0, width) }
    }
    lines += figure.labels.map { clipped(plain($0), width) }
    var shared: (data: Extent, isTight: Bool)?
    if case .stacked(_, sharedX: true) = figure.arrangement { shared = FigureLayout.sharedX(figure.panels) }
    for panel in figure.panels { lines += self.lines(panel, shared) }
    return lines.map { $0 + "\n" }.joined()
  }

  private func lines(_ panel: Panel, _ shared: (data: Extent, isTight: Bool)?) -> [String] {
    let names = panel.series.contains { $0.name != nil }
    let rows = max(panelHeight - 4 - (names ? 1 : 0), 3)
    let y = PanelLayout.axis(panel.y, panel.series, \.y, \.y, count: max(rows / 3, 2))
    let labelWidth = min(y.ticks.map { plain($0.label).count }.max() ?? 0, width / 3)
    let columns = width - labelWidth - 3
    var x = PanelLayout.axis(panel.x, panel.series, \.x, \.x, count: max(columns / 12, 2), shared: shared)
    if let own = panel.x.ticks, own.count > columns / 4 {
      let every = (own.count * 4 + columns - 1) / max(columns, 1)
      x.ticks = x.ticks.enumerated().filter { $0.offset.isMultiple(of: max(every, 1)) }.map(\.element)
    }
    var canvas = TerminalCanvas(columns: columns, rows: rows, isASCII: characters == .ascii)
    for (index, series) in panel.series.enumerated() {
      canvas.draw(series, x, y, colour: (series.colour ?? .cycle(index)).rgb, letter: letter(index))
    }
    var result = [clipped(heading(panel, y), width)]
    result += canvas.lines(usesColour: usesColour).enumerated().map { row, content in
      let tick = y.ticks.first { rowOf($0.value, y, rows) == row }
      let label = clipped(plain(tick?.label ?? ""), labelWidth)
      let edge = characters == .ascii ? (tick == nil ? "|" : "+") : (tick == nil ? "│" : "┤")
      let gap = String(repeating: " ", count: labelWidth - label.count)
      return gap + label + " " + edge + content
    }
    result += foot(x, labelWidth, columns)
    if names { result.append(legend(panel)) }
    return result
  }

  private func heading(_ panel: Panel, _ y: AxisLayout) -> String {
    let title = plain(y.title)
    guard let name = panel.title else { return title }
    return title + "   " + plain(name)
  }

  /// The lower edge with ticks, the numbers and the title of the horizontal axis.
  private func foot(_ x: AxisLayout, _ labelWidth: Int, _ columns: Int) -> [String] {
    let (corner, bar, mark) = characters == .ascii ? ("+", "-", "+") : ("└", "─", "┬")
    var edge = Array(repeating: bar, count: columns)
    var numbers = Array(repeating: " ", count: width)
    var free = 0
    for tick in x.ticks {
      let share = x.fraction(tick.value)
      guard share >= -1e-9, share <= 1 + 1e-9 else { continue }
      let column = min(max(Int(share * Double(columns)), 0), columns - 1)
      edge[column] = mark
      let label = plain(tick.label)
      let start = min(max(labelWidth + 2 + column - label.count / 2, 0), width - label.count)
      guard start >= free, label.count <= width else { continue }
      for (offset, letter) in label.enumerated() { numbers[start + offset] = String(letter) }
      free = start + label.count + 1
    }
    let title = clipped(plain(x.title), width)
    return [
      String(repeating: " ", count: labelWidth + 1) + corner + edge.joined(), trimmed(numbers.joined()),
      String(repeating: " ", count: width - title.count) + title,
    ]
  }

  private func legend(_ panel: Panel) -> String {
    var shown = ""
    var used = 0
    for (index, series) in panel.series.enumerated() {
      guard let name = series.name else { continue }
      let entry = "\(sample(series, index)) \(plain(name))"
      guard used + entry.count + 3 <= width else { break }
      shown += (used == 0 ? "  " : "   ") + painted(entry, (series.colour ?? .cycle(index)).rgb)
      used += entry.count + 3
    }
    return shown
  }

  private func sample(_ series: Series, _ index: Int) -> String {
    switch series.shape {
    case .points: String(letter(index))
    case .image, .bars, .band, .steps(_, _, isFilled: true): characters == .ascii ? "#" : "▒"
    case .line, .steps, .bundle: characters == .ascii ? String(letter(index)) : "⠤⠤"
    }
  }

  private func letter(_ index: Int) -> Character {
    let letters: [Character] = characters == .ascii ? ["*", "o", "+", "x", "@", "%"] : ["●", "○", "◆", "◇", "■", "□"]
    return letters[index % letters.count]
  }

  private func painted(_ text: String, _ rgb: UInt32) -> String {
    usesColour ? TerminalCanvas.paint(text, rgb) : text
  }

  private func rowOf(_ value: Double, _ axis: AxisLayout, _ rows: Int) -> Int {
    let share = axis.fraction(value)
    return min(max(Int((1 - share) * Double(rows)), 0), rows - 1)
  }

  private func plain(_ text: String) -> String {
    var result = ""
    var isRaised = false
    for scalar in text.unicodeScalars where scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) {
      guard characters == .ascii, !scalar.isASCII else {
        result.unicodeScalars.append(scalar)
        isRaised = false
        continue
      }
      if let digit = Self.raised[scalar] {
        result += isRaised ? digit : "^" + digit
        isRaised = true
      } else {
        result += Self.spelled[scalar] ?? "?"
        isRaised = false
      }
    }
    return result
  }

  private static let raised: [Unicode.Scalar: String] = [
    "⁻": "-", "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9",
  ]
  private static let spelled: [Unicode.Scalar: String] = [
    "µ": "u", "μ": "u", "σ": "sigma", "ε": "epsilon", "γ": "gamma", "β": "beta", "±": "+-", "×": "x", "·": ".",
    "°": "deg", "–": "-", "−": "-",
  ]

  private func clipped(_ text: String, _ limit: Int) -> String {
    guard text.count > limit else { return text }
    return limit < 2 ? String(text.prefix(limit)) : text.prefix(limit - 1) + (characters == .ascii ? "~" : "…")
  }

  private func trimmed(_ text: String) -> String {
    var text = Substring(text)
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
