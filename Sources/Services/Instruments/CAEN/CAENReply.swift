/// Reads reply lines of the 1470 protocol against the request they must belong to.
///
/// A reply names neither parameter nor channel, so that only the request can say how it is to be read.
public enum CAENReply {
  /// What a whole reply line says.
  ///
  /// - Parameters:
  ///   - line: from `#` on, without its end.
  ///   - request: what was asked.
  /// - Returns: `ok`, `device_error`, `malformed` or, for the reply of another board, `desync`.
  public static func read(_ line: String, to request: CAENRequest) -> CAENOutcome {
    guard line.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }), line.hasPrefix("#BD:") else {
      return .malformed("not a reply: \(printable(line))")
    }
    let fields = line.dropFirst(4).split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count >= 2, fields[0].utf8.count == 2, fields[0].utf8.allSatisfy(isDigit), let board = Int(fields[0]),
      board < 32
    else { return .malformed("no board address: \(printable(line))") }
    // The reply of another board answers another request.
    if let asked = request.board, asked != board {
      return .desync("board \(board) answered in place of board \(asked)")
    }
    if fields.count == 2, fields[1].hasSuffix(":ERR") {
      let code = String(fields[1].dropLast(4))
      guard ["CMD", "CH", "PAR", "VAL", "LOC"].contains(code) else {
        return .malformed("unknown error '\(code)'")
      }
      return .deviceError(code)
    }
    guard fields[1] == "CMD:OK" else { return .malformed("neither OK nor an error: \(printable(line))") }
    guard fields.count == 3 else {
      return request.action == .monitor ? .malformed("a reading without a value") : .ok([])
    }
    guard fields[2].hasPrefix("VAL:") else { return .malformed("a field that is no value: \(printable(line))") }
    guard !request.mayChange else { return .malformed("a value in the reply to a SET") }
    return values(fields[2].dropFirst(4), of: request)
  }

  private static func values(_ text: Substring, of request: CAENRequest) -> CAENOutcome {
    var texts = text.split(separator: ";", omittingEmptySubsequences: false)
    // A list may end with a semicolon.
    if texts.count > 1, texts.last?.isEmpty == true { texts.removeLast() }
    let definition = request.definition
    if texts.count > 1 {
      let isBoard = definition?.scope == .board
      guard let channel = request.channel, channel == texts.count, !isBoard else {
        return .malformed("\(texts.count) values in place of \(expectedCount(request, isBoard: isBoard))")
      }
    }
    var values: [CAENValue] = []
    for text in texts {
      guard let value = value(text, definition) else {
        return .malformed("'\(printable(String(text)))' is no value of \(request.parameter)")
      }
      values.append(value)
    }
    return .ok(values)
  }

  private static func expectedCount(_ request: CAENRequest, isBoard: Bool) -> Int {
    guard let channel = request.channel, !isBoard, channel >= 4 else { return 1 }
    return channel
  }

  private static func value(_ text: Substring, _ definition: CAENParameter?) -> CAENValue? {
    guard !text.isEmpty else { return nil }
    let plain = CAENValue(text: String(text))
    switch definition?.form {
    case .text: return plain
    case .word(let words): return words.contains(plain.text) ? plain : nil
    case .integer:
      guard let read = CAENNumber.parse(text), read.decimals == 0, (0...65535).contains(read.value) else { return nil }
      return CAENValue(text: plain.text, number: read.value, decimals: 0)
    case .number:
      guard let read = CAENNumber.parse(text) else { return nil }
      return CAENValue(text: plain.text, number: read.value, decimals: read.decimals)
    case .some(.none), nil:
      // A parameter that no table knows: a number when it looks like one.
      let read = CAENNumber.parse(text)
      return CAENValue(text: plain.text, number: read?.value, decimals: read?.decimals)
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  /// The text with what cannot be printed replaced, shortened.
  static func printable(_ text: String) -> String {
    let shown = text.unicodeScalars.prefix(80).map { (32..<127).contains($0.value) ? Character($0) : "?" }
    return String(shown)
  }
}
