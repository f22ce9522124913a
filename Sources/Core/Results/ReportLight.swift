/// How good something is: a colour, and a sign for those who do not see it.
public enum ReportLevel: String, Sendable, Equatable, CaseIterable {
  /// As it should be.
  case good
  /// Not known.
  case unknown
  /// Worth a look.
  case warning
  /// Needs somebody now.
  case alarm

  /// The sign.
  var sign: String {
    switch self {
    case .good: "\u{2713}"
    case .unknown: "?"
    case .warning: "\u{25B2}"
    case .alarm: "\u{2716}"
    }
  }
}

/// A card that answers one question at a glance.
public struct ReportLight: Sendable, Equatable {
  /// What is asked, in a word or two.
  public var title: String
  /// How good it is.
  public var level: ReportLevel
  /// The answer, a few words in large letters.
  public var answer: String
  /// What it rests on, a line each.
  public var lines: [String]

  /// A card.
  public init(_ title: String, _ level: ReportLevel, _ answer: String, lines: [String] = []) {
    self.title = title
    self.level = level
    self.answer = answer
    self.lines = lines
  }
}

/// Rows of small tiles, one for each of many parts of the same kind.
public struct ReportTiles: Sendable, Equatable {
  /// One part.
  public struct Tile: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// How good it is.
    public var level: ReportLevel
    /// A word or number under the name.
    public var detail: String

    /// A tile.
    public init(_ name: String, _ level: ReportLevel, _ detail: String) {
      self.name = name
      self.level = level
      self.detail = detail
    }
  }

  /// Tiles that belong together.
  public struct Row: Sendable, Equatable {
    /// What stands before them.
    public var title: String
    /// The tiles from the left.
    public var tiles: [Tile]

    /// A row.
    public init(_ title: String, _ tiles: [Tile]) {
      self.title = title
      self.tiles = tiles
    }
  }

  /// The rows from the top.
  public var rows: [Row]

  /// Rows of tiles.
  public init(_ rows: [Row]) { self.rows = rows }
}

extension HTMLWriter {
  /// Cards side by side.
  mutating func write(_ lights: [ReportLight]) {
    raw("<div class=\"lights\">\n")
    for light in lights {
      raw("<div class=\"light \(light.level.rawValue)\">")
      element("h3", light.title)
      raw("<strong>")
      escaped(light.level.sign + " " + light.answer)
      raw("</strong>")
      for line in light.lines { element("p", line) }
      raw("</div>\n")
    }
    raw("</div>\n")
  }

  /// Rows of tiles.
  mutating func write(_ tiles: ReportTiles) {
    raw("<div class=\"tiles\">\n")
    for row in tiles.rows {
      raw("<div class=\"row\">")
      element("span", row.title)
      for tile in row.tiles {
        raw("<div class=\"tile \(tile.level.rawValue)\"><b>")
        escaped(tile.level == .good ? tile.name : tile.level.sign + " " + tile.name)
        raw("</b>")
        element("i", tile.detail)
        raw("</div>")
      }
      raw("</div>\n")
    }
    raw("</div>\n")
  }
}
