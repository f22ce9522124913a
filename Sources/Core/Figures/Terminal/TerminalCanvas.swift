/// A field of letters in which curves are drawn with Braille dots, two across and four up in each letter.
struct TerminalCanvas {
  private let columns: Int
  private let rows: Int
  private let isASCII: Bool
  private var dots: [UInt8]
  private var letters: [Character?]
  private var colours: [UInt32?]

  init(columns: Int, rows: Int, isASCII: Bool) {
    (self.columns, self.rows, self.isASCII) = (max(columns, 1), max(rows, 1), isASCII)
    dots = Array(repeating: 0, count: self.columns * self.rows)
    letters = Array(repeating: nil, count: dots.count)
    colours = Array(repeating: nil, count: dots.count)
  }

  /// Draws a series; points stand as `letter`.
  mutating func draw(_ series: Series, _ x: AxisLayout, _ y: AxisLayout, colour: UInt32, letter: Character) {
    switch series.shape {
    case .line(let xs, let ys, _): line(xs, ys, x, y, colour, letter)
    case .steps(let edges, let values, _):
      let outline = StepLine(edges: edges, values: values)
      line(outline.x, outline.y, x, y, colour, letter)
    case .points(let xs, let ys, _, _, _, let errors):
      if let errors {
        for index in xs.indices where ys[index].isFinite {
          let low = ys[index] - (errors.lower[index].isFinite ? errors.lower[index] : 0)
          let high = ys[index] + (errors.upper[index].isFinite ? errors.upper[index] : 0)
          line([xs[index], xs[index]], [max(low, y.floor), high], x, y, colour, isASCII ? ":" : letter)
        }
      }
      for (across, up) in zip(xs, ys) { put(letter, x.fraction(across), y.fraction(up), colour) }
    case .band(let xs, let lower, let upper):
      line(xs, lower.map { max($0, y.floor) }, x, y, colour, letter)
      line(xs, upper, x, y, colour, letter)
    case .bars(let xs, let heights, let width):
      for (at, height) in zip(xs, heights) where height.isFinite {
        fill(
          (x.fraction(at - width / 2), x.fraction(at + width / 2)),
          (y.isLogarithmic ? 0 : y.fraction(0), y.fraction(height)), colour)
      }
    case .image(let map): image(map, x, y)
    case .bundle(let bundle):
      var extent = Extent()
      extent.include(bundle.members.map(\.value))
      for member in bundle.members {
        let share = extent.upper > extent.lower ? (member.value - extent.lower) / (extent.upper - extent.lower) : 0.5
        let rgb = bundle.scale.map.colour(at: share)
        if bundle.style.isLines {
          line(member.x, member.y, x, y, rgb, letter)
        } else {
          for (across, up) in zip(member.x, member.y) { dot(x.fraction(across), y.fraction(up), rgb, letter) }
        }
      }
    }
  }

  private mutating func line(
    _ xs: [Double], _ ys: [Double], _ x: AxisLayout, _ y: AxisLayout, _ colour: UInt32, _ letter: Character
  ) {
    var previous: (Double, Double)?
    for (across, up) in zip(xs, ys) {
      let point = (x.fraction(across), y.fraction(up))
      guard point.0.isFinite, point.1.isFinite else {
        previous = nil
        continue
      }
      // Far outside the field a line is cut short, or its length would decide the time it takes.
      let end = (min(max(point.0, -2), 3), min(max(point.1, -2), 3))
      let start = previous ?? end
      let steps = Int(
        max(abs(end.0 - start.0) * Double(columns * 2), abs(end.1 - start.1) * Double(rows * 4)).rounded(.up))
      for step in 0...max(steps, 1) {
        let share = Double(step) / Double(max(steps, 1))
        dot(start.0 + (end.0 - start.0) * share, start.1 + (end.1 - start.1) * share, colour, letter)
      }
      previous = end
    }
  }

  private func cell(_ x: Double, _ y: Double) -> (index: Int, dotX: Int, dotY: Int)? {
    guard x >= -1e-9, x <= 1 + 1e-9, y >= -1e-9, y <= 1 + 1e-9 else { return nil }
    let across = min(max(Int(x * Double(columns * 2)), 0), columns * 2 - 1)
    let down = min(max(Int((1 - y) * Double(rows * 4)), 0), rows * 4 - 1)
    return (down / 4 * columns + across / 2, across % 2, down % 4)
  }

  private mutating func dot(_ x: Double, _ y: Double, _ colour: UInt32, _ letter: Character) {
    guard let (index, across, down) = cell(x, y) else { return }
    colours[index] = colour
    if isASCII {
      letters[index] = letter
    } else {
      // Order of the dots in U+2800…U+28FF.
      let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]
      dots[index] |= bits[across][down]
    }
  }

  private mutating func put(_ letter: Character, _ x: Double, _ y: Double, _ colour: UInt32) {
    guard x.isFinite, y.isFinite, let (index, _, _) = cell(x, y) else { return }
    letters[index] = letter
    colours[index] = colour
  }

  private mutating func fill(_ x: (Double, Double), _ y: (Double, Double), _ colour: UInt32) {
    let low = min(max(min(y.0, y.1), 0), 1)
    let high = min(max(max(y.0, y.1), 0), 1)
    let left = min(max(min(x.0, x.1), 0), 1)
    let right = min(max(max(x.0, x.1), 0), 1)
    guard low.isFinite, high.isFinite, left.isFinite, right.isFinite else { return }
    let first = Int((left * Double(columns * 2)).rounded())
    let last = max(Int((right * Double(columns * 2)).rounded()), first + 1)
    for across in first..<last {
      for up in 0..<Int((high * Double(rows * 4)).rounded()) where Double(up) >= low * Double(rows * 4) {
        dot(
          (Double(across) + 0.5) / Double(columns * 2), (Double(up) + 0.5) / Double(rows * 4), colour, "#")
      }
    }
  }

  private mutating func image(_ map: HeatMap, _ x: AxisLayout, _ y: AxisLayout) {
    let width = map.xEdges.count - 1
    let height = map.yEdges.count - 1
    guard width > 0, height > 0, map.values.count == width * height else { return }
    var extent = Extent()
    extent.include(map.values)
    let axis = AxisLayout(
      Axis("", scale: map.scale.isLogarithmic ? .logarithmic : .linear, range: map.scale.range), data: extent,
      isTight: true, count: 2)
    let shades: [Character] = isASCII ? [".", ":", "-", "=", "+", "*", "#", "%", "@"] : ["░", "▒", "▓", "█"]
    // For each letter the largest value under it, so that single bright rectangles are not lost.
    var largest = Array(repeating: -Double.infinity, count: columns * rows)
    func span(_ from: Double, _ to: Double, _ count: Int) -> Range<Int> {
      let low = min(max(min(from, to), 0), 1) * Double(count)
      let high = min(max(max(from, to), 0), 1) * Double(count)
      guard low.isFinite, high.isFinite else { return 0..<0 }
      let first = min(Int(low), count - 1)
      return first..<max(min(Int(high.rounded(.up)), count), first + 1)
    }
    let across = (0..<width).map { span(x.fraction(map.xEdges[$0]), x.fraction(map.xEdges[$0 + 1]), columns) }
    let down = (0..<height).map { span(1 - y.fraction(map.yEdges[$0]), 1 - y.fraction(map.yEdges[$0 + 1]), rows) }
    for row in 0..<height {
      for column in 0..<width {
        let value = map.values[row * width + column]
        guard value.isFinite else { continue }
        for line in down[row] {
          for place in across[column] { largest[line * columns + place] = max(largest[line * columns + place], value) }
        }
      }
    }
    for index in largest.indices {
      let share = axis.fraction(largest[index])
      guard share.isFinite else { continue }
      let clamped = min(max(share, 0), 1)
      letters[index] = shades[min(Int(clamped * Double(shades.count)), shades.count - 1)]
      colours[index] = map.scale.map.colour(at: clamped)
    }
  }

  /// The field as lines, without blanks at their ends.
  func lines(usesColour: Bool) -> [String] {
    (0..<rows).map { row in
      var line = ""
      var blanks = ""
      var current: UInt32?
      for index in row * columns..<(row + 1) * columns {
        let letter: Character
        if let own = letters[index] {
          letter = own
        } else if dots[index] != 0, let scalar = Unicode.Scalar(0x2800 + UInt32(dots[index])) {
          letter = Character(scalar)
        } else {
          blanks += " "
          continue
        }
        line += blanks
        blanks = ""
        if usesColour, let colour = colours[index], colour != current {
          line += Self.sequence(colour)
          current = colour
        }
        line.append(letter)
      }
      return current == nil ? line : line + "\u{1B}[0m"
    }
  }

  /// A text in a colour.
  static func paint(_ text: String, _ rgb: UInt32) -> String { sequence(rgb) + text + "\u{1B}[0m" }

  private static func sequence(_ rgb: UInt32) -> String {
    "\u{1B}[38;2;\(rgb >> 16);\(rgb >> 8 & 255);\(rgb & 255)m"
  }
}
