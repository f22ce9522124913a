/// Breaking text into lines.
public enum TextWrap {
  /// Breaks one paragraph at blanks.
  ///
  /// - Parameters:
  ///   - text: the paragraph; line ends in it count as blanks.
  ///   - width: the longest line in characters; a longer word stands alone.
  ///   - indent: blanks before every line.
  /// - Returns: the lines, without a line end after the last.
  public static func wrap(_ text: String, width: Int, indent: Int = 0) -> String {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    var length = 0
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      let count = word.count
      if length > 0, indent + length + 1 + count > width {
        lines.append(margin + line)
        line = ""
        length = 0
      }
      line += length == 0 ? String(word) : " " + word
      length += length == 0 ? count : count + 1
    }
    lines.append(margin + line)
    return lines.joined(separator: "\n")
  }

  /// Breaks paragraphs that are parted by empty lines; one whose first line is indented is kept as it stands.
  public static func paragraphs(_ text: String, width: Int) -> String {
    split(text).map { $0.hasPrefix("  ") ? $0 : wrap($0, width: width) }.joined(separator: "\n\n")
  }

  /// The paragraphs of a text.
  static func split(_ text: String) -> [String] {
    var blocks: [[Substring]] = [[]]
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty { blocks.append([]) } else { blocks[blocks.count - 1].append(line) }
    }
    return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
  }
}
