/// A command line as typed, with a row of carets under one word.
enum CommandLineExcerpt {
  /// Two lines; a long command line is shortened around the word.
  ///
  /// - Parameters:
  ///   - program: the program's name.
  ///   - words: the words after it.
  ///   - position: the word to mark.
  ///   - width: the longest line.
  static func text(program: String, words: [String], marking position: Int, width: Int = 76) -> String? {
    guard words.indices.contains(position) else { return nil }
    let quoted = ([program] + words).map(quote)
    let marked = quoted[position + 1]
    var before = quoted[...position].joined(separator: " ") + " "
    var after = quoted[(position + 2)...].map { " " + $0 }.joined()
    if before.count + marked.count > width { before = "... " + quoted[position] + " " }
    if before.count + marked.count + after.count > width {
      let room = max(0, width - before.count - marked.count - 4)
      after = after.isEmpty ? "" : after.prefix(room) + " ..."
    }
    let blanks = String(repeating: " ", count: before.count)
    let carets = String(repeating: "^", count: max(1, marked.count))
    return "\(before)\(marked)\(after)\n\(blanks)\(carets)"
  }

  /// A word as a shell would need it: in single quotes when it holds anything unusual; control characters shown as `?`.
  static func quote(_ word: String) -> String {
    let plain = word.unicodeScalars.allSatisfy {
      ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
        || "-_=+./,:@%^".unicodeScalars.contains($0)
    }
    if plain, !word.isEmpty { return word }
    let shown = String(
      String.UnicodeScalarView(word.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : $0 }))
    return "'\(shown)'"
  }
}
