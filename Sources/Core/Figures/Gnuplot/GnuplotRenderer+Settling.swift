import Foundation

extension GnuplotRenderer {
  /// A picture without what changes from run to run or depends on this machine.
  static func settled(_ bytes: [UInt8], _ format: Format) -> [UInt8] {
    switch format {
    case .png: return bytes
    case .svg:
      // The page may be read where DejaVu is not installed; these faces are of about the same width. The terminal
      // writes the face's style into the name of the family, and counts in points where pages count 96 to the inch.
      let family = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
      var result = bytes
      for (style, attribute) in [
        ("", ""), (":Bold", " font-weight=\"bold\""), (":Italic", " font-style=\"italic\""),
      ] {
        result = replacing(
          result, "font-family=\"\(GnuplotScript.font)\(style)\"", with: "font-family=\"\(family)\"\(attribute)")
      }
      return onScreen(result)
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

  private static func replacing(_ bytes: [UInt8], _ old: String, with new: String) -> [UInt8] {
    let old = Array(old.utf8)
    let new = Array(new.utf8)
    guard let first = old.first else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 50)
    var index = 0
    while let next = bytes[index...].firstIndex(of: first) {
      result.append(contentsOf: bytes[index..<next])
      if bytes.count - next >= old.count, bytes[next..<next + old.count].elementsEqual(old) {
        result.append(contentsOf: new)
        index = next + old.count
      } else {
        result.append(first)
        index = next + 1
      }
    }
    result.append(contentsOf: bytes[index...])
    return result
  }
}
