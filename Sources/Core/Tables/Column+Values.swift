import Errors

/// Rows of numbers of unequal length, stored one after another.
public struct ListRows: Sendable, Equatable {
  /// The numbers of all rows; missing ones are NaN.
  public var values: [Double]
  /// Row `r` is `values[offsets[r]..<offsets[r + 1]]`; one more entry than rows, the first is 0.
  public var offsets: [Int]

  /// Rows from their values and boundaries.
  public init(values: [Double], offsets: [Int]) {
    self.values = values
    self.offsets = offsets
  }

  /// Number of rows.
  public var count: Int { max(offsets.count - 1, 0) }

  /// The numbers of one row; empty for a row that does not exist.
  public subscript(row: Int) -> ArraySlice<Double> {
    guard row >= 0, row < count, offsets[row] >= 0, offsets[row] <= offsets[row + 1], offsets[row + 1] <= values.count
    else { return [] }
    return values[offsets[row]..<offsets[row + 1]]
  }

  /// The length of all rows when they have one, otherwise nil.
  public var commonLength: Int? {
    guard count > 0 else { return nil }
    let length = offsets[1] - offsets[0]
    return (1..<count).allSatisfy { offsets[$0 + 1] - offsets[$0] == length } ? length : nil
  }
}

extension Column {
  /// The number in a row, from any numeric type; true and false give 1 and 0; nil when missing or not a number.
  ///
  /// Times give their count in the unit of the type.
  public func double(at row: Int) -> Double? { hasValue(row) ? node.double(row) : nil }

  /// The whole number in a row, from any numeric type; nil when missing, not whole or beyond 64 bits with sign.
  public func int(at row: Int) -> Int? { hasValue(row) ? node.int(row) : nil }

  /// The truth value in a row; the numbers 1 and 0 count as true and false, anything else gives nil.
  public func bool(at row: Int) -> Bool? {
    switch int(at: row) {
    case 0: false
    case 1: true
    default: nil
    }
  }

  /// The text in a row; nil when missing, not text or not UTF-8.
  public func string(at row: Int) -> String? { hasValue(row) ? node.string(row) : nil }

  /// All rows as numbers; missing ones are NaN.
  ///
  /// - Throws: `table.notNumeric` when the column holds something else.
  /// - Complexity: a block copy for float64 without gaps.
  public func doubles() throws(CavernError) -> [Double] {
    guard var values = node.numbers(0..<count) else {
      // One word among numbers makes the whole column text: it is what people look for.
      let word = (0..<count).lazy.compactMap { row in self.string(at: row).map { (row, text: $0) } }.first {
        Double($0.text.filter { !$0.isWhitespace }) == nil
      }
      throw CavernError(
        "table.notNumeric",
        "column '\(name)' holds \(type), not numbers" + (word.map { ": '\($0.text)' in row \($0.0 + 1)" } ?? ""),
        exit: .badData, expected: "a column of numbers")
    }
    if hasMissingRecords {
      for row in values.indices where !hasValue(row) { values[row] = .nan }
    }
    return values
  }

  /// The numbers of list `row` as one array, nested lists one after another; missing numbers are NaN.
  ///
  /// - Returns: nil when the list is missing or holds something else than numbers.
  public func doubles(at row: Int) -> [Double]? {
    guard hasValue(row), var child = node.child(0), node.isList else { return nil }
    var range = node.elements(row)
    while child.isList, let below = child.child(0) {
      guard range.upperBound <= child.count else { return nil }
      if !child.hasContiguousLists(range) { return listRows(at: row)?.values }
      range = child.span(range)
      child = below
    }
    guard range.upperBound <= child.count else { return nil }
    return child.numbers(range)
  }

  /// The rows of a list of lists of numbers; a missing inner list is an empty row, missing numbers are NaN.
  ///
  /// - Returns: nil when the outer list is missing or the column holds something else.
  /// - Complexity: a block copy for float64 without gaps, plus one step per row.
  public func listRows(at row: Int) -> ListRows? {
    guard hasValue(row), node.isList, let inner = node.child(0), inner.isList, let leaf = inner.child(0),
      !leaf.isList, leaf.isNumericLayout
    else { return nil }
    let lists = node.elements(row)
    guard lists.upperBound <= inner.count else { return nil }
    var offsets = [0]
    offsets.reserveCapacity(lists.count + 1)
    if inner.hasContiguousLists(lists) {
      let span = inner.span(lists)
      guard span.upperBound <= leaf.count, let values = leaf.numbers(span) else { return nil }
      for list in lists { offsets.append(inner.elements(list).upperBound - span.lowerBound) }
      return ListRows(values: values, offsets: offsets)
    }
    var values: [Double] = []
    for list in lists {
      let range = inner.elements(list)
      guard range.upperBound <= leaf.count, let part = leaf.numbers(range) else { return nil }
      values += part
      offsets.append(values.count)
    }
    return ListRows(values: values, offsets: offsets)
  }

  /// The texts of list `row`; missing texts are nil.
  ///
  /// - Returns: nil when the list is missing or holds no text.
  public func strings(at row: Int) -> [String?]? {
    guard let elements = elements(at: row), elements.type.isText else { return nil }
    return (0..<elements.count).map { elements.string(at: $0) }
  }

  /// All rows as text; missing ones are nil.
  ///
  /// - Throws: `table.notText` when the column holds something else.
  public func strings() throws(CavernError) -> [String?] {
    guard type.isText || type == .null else {
      throw CavernError(
        "table.notText", "column '\(name)' holds \(type), not text", exit: .badData, expected: "a column of text")
    }
    return (0..<count).map { string(at: $0) }
  }
}

extension ArrowNode {
  /// Whether the lists in `rows` follow each other without missing lists that hide values; `rows` is in `0..<count`.
  func hasContiguousLists(_ rows: Range<Int>) -> Bool {
    guard validity != nil else { return true }
    return rows.allSatisfy { isValid($0) }
  }

  /// The elements of the lists in `rows`, which are contiguous.
  func span(_ rows: Range<Int>) -> Range<Int> {
    guard let first = rows.first, let last = rows.last else { return 0..<0 }
    let lower = elements(first).lowerBound
    return lower..<max(lower, elements(last).upperBound)
  }
}
