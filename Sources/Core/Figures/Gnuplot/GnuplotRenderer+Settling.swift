import Foundation

extension GnuplotRenderer {
  /// A picture without what changes from run to run or depends on this machine.
  static func settled(_ bytes: [UInt8], _ format: Format) -> [UInt8] {
    switch format {
    case .png: return bytes
    case .svg:
      // The page may be read where DejaVu is not installed; these faces are of about the same width. The terminal
      // writes the face's style into the name of the family, and counts in points where pages count 96 to the inch.
      return onScreen(withCommonFaces(bytes))
    case .pdf: return withoutCreationDate(bytes)
    }
  }

  /// Enlarges the page from 72 to 96 units an inch and drops the line that names gnuplot's version.
  private static func onScreen(_ bytes: [UInt8]) -> [UInt8] {
    let headLength = min(bytes.count, 600)
    var head = String(decoding: bytes[..<headLength], as: UTF8.self)
    for name in ["width", "height"] {
      guard let start = head.range(of: " \(name)=\""),
        let end = head.range(of: "\"", range: start.upperBound..<head.endIndex),
        let points = Double(head[start.upperBound..<end.lowerBound])
      else { continue }
      head.replaceSubrange(start.upperBound..<end.lowerBound, with: NumberLabel.general(points * 4 / 3))
    }
    if let start = head.range(of: "<title>"),
      let end = head.range(of: "</desc>\n", range: start.upperBound..<head.endIndex)
    {
      head.removeSubrange(start.lowerBound..<end.upperBound)
    }
    return Array(head.utf8) + bytes[headLength...]
  }

  /// Sets `/CreationDate (D:…)` to 1970 without changing any length, so that the table of places stays right.
  private static func withoutCreationDate(_ bytes: [UInt8]) -> [UInt8] {
    let key = Array("/CreationDate (D:".utf8)
    var result = bytes
    guard let start = position(of: key, in: bytes) else { return bytes }
    let fixed = Array("19700101000000".utf8)
    for (index, byte) in fixed.enumerated() {
      let place = start + key.count + index
      guard place < result.count, (0x30...0x39).contains(result[place]) else { return result }
      result[place] = byte
    }
    return result
  }

  private static func position(of key: [UInt8], in bytes: [UInt8]) -> Int? {
    guard let first = key.first, bytes.count >= key.count else { return nil }
    // The dictionary stands near the end of the file.
    for start in stride(from: bytes.count - key.count, through: 0, by: -1)
    where bytes[start] == first && bytes[start..<start + key.count].elementsEqual(key) {
      return start
    }
    return nil
  }

  /// Names faces of about the same width beside the one that the letters were placed with, and puts the style where it belongs.
  private static func withCommonFaces(_ bytes: [UInt8]) -> [UInt8] {
    let start = Array("font-family=\"\(GnuplotScript.font)".utf8)
    let family = Array("font-family=\"DejaVu Sans, Verdana, Helvetica, Arial, sans-serif\"".utf8)
    let styles = [
      ("\"", ""), (":Bold\"", " font-weight=\"bold\""), (":Italic\"", " font-style=\"italic\""),
    ].map { (Array($0.utf8), Array($1.utf8)) }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 50)
    var copied = 0
    var index = 0
    while index + start.count < bytes.count {
      guard bytes[index] == start[0], bytes[index..<index + start.count].elementsEqual(start) else {
        index += 1
        continue
      }
      index += start.count
      guard let (style, attribute) = styles.first(where: { bytes[index...].starts(with: $0.0) }) else { continue }
      result += bytes[copied..<index - start.count]
      result += family
      result += attribute
      index += style.count
      copied = index
    }
    result += bytes[copied...]
    return result
  }
}
