/// The valid names nearest to a name that is not valid, best first.
///
/// Distance counts insertions, deletions, replacements and swaps of neighbouring letters (Damerau and Levenshtein),
/// upper and lower case taken as equal. A name qualifies when its distance is at most a third of its length plus one, or
/// when one begins with the other.
///
/// - Parameters:
///   - name: what was given.
///   - valid: what could have been given.
///   - limit: how many to return at the most.
/// - Complexity: O(length² × number of valid names).
public func nearestNames(to name: String, in valid: some Sequence<String>, limit: Int = 3) -> [String] {
  let given = Array(name.lowercased())
  let ranked = valid.compactMap { candidate -> (distance: Int, name: String)? in
    let letters = Array(candidate.lowercased())
    let distance = editDistance(given, letters)
    let isPrefix = given.count >= 2 && (letters.starts(with: given) || given.starts(with: letters))
    guard distance <= max(given.count, letters.count) / 3 + 1 && distance < max(given.count, letters.count) || isPrefix
    else { return nil }
    return (distance, candidate)
  }
  return ranked.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(limit).map(\.name)
}

private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...right.count)
  for (row, letter) in left.enumerated() {
    var current = [row + 1]
    current.reserveCapacity(right.count + 1)
    for (column, other) in right.enumerated() {
      var best = min(previous[column + 1] + 1, current[column] + 1, previous[column] + (letter == other ? 0 : 1))
      if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
        best = min(best, beforePrevious[column - 1] + 1)
      }
      current.append(best)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[right.count]
}
