import Errors
import Figures
import JSON

/// A report as a value; `html()` makes it one page that works without a network.
public struct Report: Sendable {
  /// What stands at the top and in the title bar.
  public var title: String
  /// Names and values under the title, for example device and time.
  public var facts: [Fact]
  /// The sections in order.
  public var sections: [Section]
  /// What was skipped or should be known, listed before the provenance.
  public var warnings: [CavernWarning]
  /// Where the result comes from; `nil` leaves the footer out.
  public var provenance: Provenance?
  /// After how many seconds a browser loads the page anew; `nil` for never.
  public var refreshSeconds: Int?

  /// A name with its value.
  public struct Fact: Sendable, Equatable {
    /// What it is.
    public var name: String
    /// Its value with unit.
    public var value: String

    /// A name with its value.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// A part of the report under a heading.
  public struct Section: Sendable {
    /// The heading.
    public var title: String
    /// What stands under it.
    public var blocks: [Block]

    /// A section.
    public init(_ title: String, _ blocks: [Block]) {
      self.title = title
      self.blocks = blocks
    }
  }

  /// A piece of a section.
  public enum Block: Sendable {
    /// A paragraph of plain text.
    case paragraph(String)
    /// Names and values.
    case facts([Fact])
    /// A table.
    case table(ReportTable)
    /// An interactive figure.
    case figure(Figure)
    /// Cards side by side that answer at a glance.
    case lights([ReportLight])
    /// Small tiles in rows, one for each of many parts.
    case tiles(ReportTiles)
  }

  /// A report; everything but the title may be left out.
  public init(
    title: String, facts: [Fact] = [], sections: [Section] = [], warnings: [CavernWarning] = [],
    provenance: Provenance? = nil
  ) {
    self.title = title
    self.facts = facts
    self.sections = sections
    self.warnings = warnings
    self.provenance = provenance
  }

  /// The figures of all sections in order.
  public var figures: [Figure] {
    sections.flatMap(\.blocks).compactMap { block in
      if case .figure(let figure) = block { figure } else { nil }
    }
  }
}

/// A table of a report: sortable by a click on a heading, copied as CSV or TSV by a button.
public struct ReportTable: Sendable, Equatable {
  /// What stands above the table; `nil` for nothing.
  public var title: String?
  /// The columns from the left.
  public var columns: [Column]
  /// The rows from the top, one cell for each column.
  public var rows: [[Cell]]

  /// A column.
  public struct Column: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// Its unit; `nil` for none.
    public var unit: String?

    /// A column.
    public init(_ name: String, unit: String? = nil) {
      self.name = name
      self.unit = unit
    }
  }

  /// A cell.
  public enum Cell: Sendable, Equatable {
    /// Plain text.
    case text(String)
    /// A number with its digits after the decimal point, or in its shortest form; NaN shows as missing.
    case number(Double, decimals: Int? = nil)
    /// A value with its uncertainties; sorted by the value.
    case measured(MeasuredValue)
    /// Short words shown as badges: an empty list is an unremarkable row.
    case flags([String])
    /// A word with the colour of its level.
    case level(String, ReportLevel)
    /// No value.
    case missing
  }

  /// A table.
  public init(title: String? = nil, columns: [Column], rows: [[Cell]]) {
    self.title = title
    self.columns = columns
    self.rows = rows
  }
}
