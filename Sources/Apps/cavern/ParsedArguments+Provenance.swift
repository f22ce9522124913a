import Arguments

extension ParsedArguments {
  /// The command line as a result records it: without what does not shape the numbers (where they go, how many threads
  /// worked on them, what was said meanwhile), so that results can be compared byte by byte.
  var provenanceWords: [String] {
    let withValue: Set<String> = ["--threads", "--output", "-o", "--color"]
    let alone: Set<String> = ["--force", "--quiet", "--verbose", "-v", "--json", "--csv"]
    var kept = ["cavern"]
    var skipsNext = false
    for word in words {
      if skipsNext {
        skipsNext = false
      } else if withValue.contains(word) {
        skipsNext = true
      } else if !alone.contains(word), !withValue.contains(where: { word.hasPrefix($0 + "=") }) {
        kept.append(word)
      }
    }
    return kept
  }
}
