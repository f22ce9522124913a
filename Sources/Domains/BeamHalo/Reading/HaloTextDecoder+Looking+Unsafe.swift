import Glibc

/// What a line is. Bytes are those of `start..<end`, which lie in the text that the decoder was made for.
extension HaloTextDecoder {
  func isRule(_ start: Int, _ end: Int, atLeast least: Int) -> Bool {
    var last = end
    while last > start, base[last - 1] == 32 || base[last - 1] == 9 { last -= 1 }
    guard last - start >= least else { return false }
    for position in start..<last where base[position] != 45 { return false }
    return true
  }

  /// Whether the line holds `--- START`.
  func holdsStart(_ start: Int, _ end: Int) -> Bool {
    // Most lines hold no S at all.
    var from = start + 4
    while from + 5 <= end {
      // From `from` to `end`, both at most `count`; the letters compared lie in `start..<end`.
      guard let found = memchr(base + from, 83, end - from) else { return false }
      let place = base.distance(to: found.assumingMemoryBound(to: UInt8.self))
      if place + 5 <= end, base[place - 1] == 32, base[place - 2] == 45, base[place - 3] == 45, base[place - 4] == 45,
        base[place + 1] == 84, base[place + 2] == 65, base[place + 3] == 82, base[place + 4] == 84
      {
        return true
      }
      from = place + 1
    }
    return false
  }
}
