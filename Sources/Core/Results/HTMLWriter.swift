/// Puts a page together; text is escaped on the way.
///
/// It grows in pieces, since a long page that grows as one text takes three times its room.
struct HTMLWriter {
  private static let pieceLength = 1 << 18

  private var whole: [[UInt8]] = []
  private var last: [UInt8] = []

  /// The page so far.
  var pieces: [[UInt8]] { whole + [last] }

  /// Adds markup as it is.
  mutating func raw(_ markup: String) {
    last += markup.utf8
    if last.count > Self.pieceLength { close() }
  }

  /// Adds markup as it is, as a piece of its own.
  mutating func raw(_ markup: [UInt8]) {
    close()
    whole.append(markup)
  }

  private mutating func close() {
    whole.append(last)
    last = []
  }

  /// Adds text.
  mutating func escaped(_ content: String) { raw(Self.escape(content)) }

  /// Adds an element that holds a text.
  mutating func element(_ name: String, _ content: String) {
    raw("<\(name)>")
    escaped(content)
    raw("</\(name)>")
  }

  /// Text that shows as it is in elements and in quoted attributes.
  ///
  /// Control characters, which HTML does not allow, become U+FFFD.
  static func escape(_ content: String) -> String {
    var result = ""
    result.reserveCapacity(content.utf8.count)
    for scalar in content.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      default:
        let value = scalar.value
        result.unicodeScalars.append(value < 0x20 || (0x7F...0x9F).contains(value) ? "\u{FFFD}" : scalar)
      }
    }
    return result
  }
}
