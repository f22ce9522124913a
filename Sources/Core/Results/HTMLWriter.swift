/// Puts a page together; text is escaped on the way.
struct HTMLWriter {
  private(set) var text = ""

  /// Adds markup as it is.
  mutating func raw(_ markup: String) { text += markup }

  /// Adds text.
  mutating func escaped(_ content: String) { text += Self.escape(content) }

  /// Adds an element that holds a text.
  mutating func element(_ name: String, _ content: String) {
    text += "<\(name)>"
    escaped(content)
    text += "</\(name)>"
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
