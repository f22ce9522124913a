/// How delimited text is taken apart.
public struct CSVOptions: Sendable {
  /// What stands between cells.
  public enum Delimiter: Sendable, Equatable {
    /// Found out from the first lines: comma, semicolon, tab or blanks.
    case detect
    /// One character, for example `,`.
    case character(UInt8)
    /// Any number of blanks and tabs.
    case blanks
  }

  /// Where the names of the columns come from.
  public enum Header: Sendable, Equatable {
    /// The first record when none of its cells is a number; otherwise a comment above it with as many words.
    case detect
    /// The first record.
    case present
    /// Nowhere: the columns are called `column1`, `column2`, ….
    case absent
    /// From here; the first record is data.
    case names([String])
  }

  /// The type of a column.
  public enum Kind: Sendable, Equatable {
    /// 64-bit whole numbers.
    case integer
    /// Doubles.
    case double
    /// Truth values.
    case bool
    /// Text.
    case string
  }

  /// What stands between cells.
  public var delimiter: Delimiter
  /// Where the names come from.
  public var header: Header
  /// A line whose first character other than a blank is this one is left out; nil keeps all lines.
  public var comment: UInt8?
  /// Types that are not to be guessed, by column name.
  public var kinds: [String: Kind]
  /// Words that mean a missing number or truth value; an empty cell always does.
  public var missingWords: Set<String>

  /// Options; what is left out is found out from the text.
  public init(
    delimiter: Delimiter = .detect, header: Header = .detect, comment: UInt8? = UInt8(ascii: "#"),
    kinds: [String: Kind] = [:], missingWords: Set<String> = ["NA", "N/A", "n/a", "null", "NULL", "None"]
  ) {
    self.delimiter = delimiter
    self.header = header
    self.comment = comment
    self.kinds = kinds
    self.missingWords = missingWords
  }
}
