import Errors

/// Cuts delimited text into cells: where each begins and ends, nothing decoded yet.
///
/// Cells follow RFC 4180: a cell that begins with a quotation mark runs to the next single one, over delimiters and line
/// ends, and two marks stand for one. Lines end with LF, CR LF or CR.
struct CSVScanner {
  /// Where a cell lies in the text, quotation marks excluded.
  struct Cell {
    var start: Int
    var length: Int
    var isQuoted: Bool
    /// Holds doubled quotation marks.
    var isEscaped: Bool
  }

  /// The cells of all records, one after another.
  private(set) var cells: [Cell] = []
  /// Number of the first cell of each record, and the number of cells at the end.
  private(set) var recordStarts: [Int] = [0]
  /// The last comment line above the first record, without its mark.
  private(set) var comment: Range<Int>?

  /// Number of records.
  var recordCount: Int { recordStarts.count - 1 }
  /// The cells of a record.
  func record(_ index: Int) -> Range<Int> { recordStarts[index]..<recordStarts[index + 1] }

  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed: UInt8 = 10
  private static let carriageReturn: UInt8 = 13

  /// Scans the text from byte `start` on.
  ///
  /// - Parameter limit: stop after so many records.
  /// - Throws: `csv.unterminatedQuote`, `csv.strayQuote`.
  init(
    _ text: [UInt8], from start: Int, delimiter: CSVOptions.Delimiter, comment mark: UInt8?, limit: Int = .max
  ) throws(CavernError) {
    var fault: (code: String, message: String, offset: Int)?
    text.withUnsafeBufferPointer { bytes in
      switch delimiter {
      case .blanks: fault = scanBlanks(bytes, start, mark, limit)
      case .character(let letter): fault = scan(bytes, start, letter, mark, limit)
      case .detect: fault = scan(bytes, start, UInt8(ascii: ","), mark, limit)
      }
    }
    if let fault { throw csvFault(fault.code, fault.message, text, fault.offset) }
  }

  private typealias Fault = (code: String, message: String, offset: Int)

  // All positions below stay in 0..<bytes.count: every loop tests `place < end` before it reads.

  private mutating func scan(
    _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ delimiter: UInt8, _ mark: UInt8?, _ limit: Int
  ) -> Fault? {
    var place = start
    let end = bytes.count
    while place < end, recordCount < limit {
      if skipLine(bytes, &place, mark) { continue }
      // One record.
      while true {
        if place < end, bytes[place] == Self.quote {
          if let fault = quoted(bytes, &place) { return fault }
          while place < end, bytes[place] == 32, delimiter != 32 { place += 1 }
          if place < end, bytes[place] != delimiter, bytes[place] != Self.lineFeed, bytes[place] != Self.carriageReturn
          {
            return ("csv.strayQuote", "text follows the closing quotation mark", place)
          }
        } else {
          let begin = place
          while place < end, bytes[place] != delimiter, bytes[place] != Self.lineFeed,
            bytes[place] != Self.carriageReturn
          { place += 1 }
          append(begin, place)
        }
        guard place < end, bytes[place] == delimiter else { break }
        place += 1
      }
      endLine(bytes, &place)
      recordStarts.append(cells.count)
    }
    return nil
  }

  private mutating func scanBlanks(
    _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ mark: UInt8?, _ limit: Int
  ) -> Fault? {
    var place = start
    let end = bytes.count
    while place < end, recordCount < limit {
      if skipLine(bytes, &place, mark) { continue }
      while true {
        while place < end, bytes[place] == 32 || bytes[place] == 9 { place += 1 }
        guard place < end, bytes[place] != Self.lineFeed, bytes[place] != Self.carriageReturn else { break }
        if bytes[place] == Self.quote {
          if let fault = quoted(bytes, &place) { return fault }
          continue
        }
        let begin = place
        while place < end, bytes[place] > 32 { place += 1 }
        // Another control byte is kept as a cell of its own and fails as a number later.
        if place == begin { place += 1 }
        append(begin, place)
      }
      endLine(bytes, &place)
      recordStarts.append(cells.count)
    }
    return nil
  }

  private mutating func append(_ begin: Int, _ place: Int) {
    cells.append(Cell(start: begin, length: place - begin, isQuoted: false, isEscaped: false))
  }

  /// Takes a quoted cell; `place` is at its opening mark and ends behind its closing one.
  private mutating func quoted(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int) -> Fault? {
    let opening = place
    let end = bytes.count
    var isEscaped = false
    place += 1
    while place < end {
      if bytes[place] == Self.quote {
        guard place + 1 < end, bytes[place + 1] == Self.quote else { break }
        isEscaped = true
        place += 1
      }
      place += 1
    }
    guard place < end else { return ("csv.unterminatedQuote", "the quotation mark is never closed", opening) }
    cells.append(
      Cell(
        start: opening + 1, length: place - opening - 1, isQuoted: true, isEscaped: isEscaped))
    place += 1
    return nil
  }

  /// Passes over an empty line or a comment; false when a record begins here.
  private mutating func skipLine(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int, _ mark: UInt8?) -> Bool {
    let end = bytes.count
    var look = place
    while look < end, bytes[look] == 32 || bytes[look] == 9 { look += 1 }
    guard look < end else {
      place = end
      return true
    }
    if bytes[look] == Self.lineFeed || bytes[look] == Self.carriageReturn {
      // Blanks alone are an empty line; a tab may be a record of empty cells.
      if look > place, bytes[place..<look].contains(9) { return false }
      place = look
      endLine(bytes, &place)
      return true
    }
    guard let mark, bytes[look] == mark else { return false }
    let begin = look + 1
    while look < end, bytes[look] != Self.lineFeed, bytes[look] != Self.carriageReturn { look += 1 }
    if recordCount == 0 { comment = begin..<look }
    place = look
    endLine(bytes, &place)
    return true
  }

  private func endLine(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int) {
    guard place < bytes.count else { return }
    let isReturn = bytes[place] == Self.carriageReturn
    place += 1
    if isReturn, place < bytes.count, bytes[place] == Self.lineFeed { place += 1 }
  }
}

/// An error at a byte of a text, with line and column counted from 1; columns count characters.
func csvFault(
  _ code: String, _ message: String, _ text: [UInt8], _ offset: Int, expected: String? = nil, hint: String? = nil
) -> CavernError {
  var line = 1
  var begin = 0
  for place in 0..<min(offset, text.count) {
    let isReturn = text[place] == 13 && !(place + 1 < text.count && text[place + 1] == 10)
    if text[place] == 10 || isReturn {
      line += 1
      begin = place + 1
    }
  }
  let column = text[begin..<max(begin, min(offset, text.count))].count { $0 & 0xc0 != 0x80 } + 1
  return CavernError(
    code, message, exit: .badData, line: line, column: column, offset: offset, expected: expected, hint: hint)
}
