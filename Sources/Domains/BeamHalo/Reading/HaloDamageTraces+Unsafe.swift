/// What damaged lines since the last header or hit leave of a header that they may hide.
///
/// A run of zeros or junk over several lines takes their line ends too: what is left of them is one line, and the hits
/// after it are of an event whose header is gone. A record is at most 88 bytes long, and before a header stands a rule, so a header
/// is gone only where more than that is damaged, or where a piece of a rule or of the line after a header is left.
struct HaloDamageTraces {
  /// Bytes from the first to the last unprintable one of each line.
  private var damaged = 0
  /// Hits that were kept before these lines.
  private var hits = -1
  /// The line after the last header.
  private var captionLine = 0
  /// The three letters at its end; 0 when it ends otherwise.
  private var captionEnd: UInt32 = 0

  /// Damaged bytes that can be in lines of one hit.
  private static let mostOfOneHit = 90
  /// Blanks in a row that no board writes.
  private static let longGap = 40

  /// Whether a damaged line, or the line after a header, can be what is left of a header and others.
  ///
  /// - Parameters:
  ///   - base: the text, of which the bytes `start..<end` exist.
  ///   - line: number of the line.
  ///   - isCaption: whether it is the line after a header, which may hold anything.
  ///   - hits: hits that were kept before it.
  mutating func hideHeader(
    _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, line: Int, isCaption: Bool, hits: Int
  ) -> Bool {
    if isCaption || hits != self.hits { damaged = 0 }
    self.hits = hits
    let tail = Self.lastLetters(base, start, end)
    if isCaption {
      (captionLine, captionEnd) = (line, tail)
      // Every event has such a line: most are looked at no further.
      guard end - start > Self.mostOfOneHit else { return false }
    }
    let hasDashes = look(base, start, end)
    if damaged > Self.mostOfOneHit { return true }
    return !isCaption && (hasDashes || tail != 0 && tail == captionEnd && line > captionLine + 1)
  }

  /// Adds the damaged bytes of a line, and says whether it has three dashes in a row.
  private mutating func look(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
    var (first, last, dashes, gap, hasDashes) = (-1, -1, 0, 0, false)
    for position in start..<end {
      let byte = base[position]
      dashes = byte == 45 ? dashes + 1 : 0
      if dashes >= 3 { hasDashes = true }
      gap = byte == 32 ? gap + 1 : 0
      if byte &- 32 >= 95 && byte != 9 || gap >= Self.longGap {
        if first < 0 { first = gap > 0 ? position - gap + 1 : position }
        last = position
      }
    }
    if first >= 0 { damaged += last - first + 1 }
    return hasDashes
  }

  /// The last three bytes before blanks at the end as one number; 0 when they are not letters.
  private static func lastLetters(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> UInt32 {
    var last = end
    while last > start, base[last - 1] == 32 || base[last - 1] == 9 { last -= 1 }
    guard last - start >= 3 else { return 0 }
    var letters: UInt32 = 0
    for position in last - 3..<last {
      guard (base[position] | 32) &- 97 < 26 else { return 0 }
      letters = letters << 8 | UInt32(base[position])
    }
    return letters
  }
}
