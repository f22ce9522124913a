extension HaloTextDecoder {
  /// What the blank-separated pieces of a line are.
  struct Pieces {
    /// Number of pieces.
    private(set) var count = 0
    /// Those that are whole numbers.
    private(set) var integers = 0
    /// The first two numbers; far out of range when too long.
    private(set) var first = 0
    private(set) var second = 0
    /// Whether the first 22 pieces are numbers in 0…255.
    private(set) var isInRange = true
    /// Whether the first piece is one digit.
    private(set) var hasPlainFibre = false
    /// Numbers with a comma after them, as in headers.
    private var withComma = 0
    private let start: Int
    private let end: Int

    /// Whether the line gives all samples of a hit.
    var isHit: Bool { count == integers && count >= 22 && isInRange }

    /// Whether the line was a header before it was damaged: two or more numbers with a comma after them.
    var resemblesHeader: Bool { withComma >= 2 }

    /// Looks at the bytes `start..<end` of `base`, which must exist.
    init(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) {
      self.start = start
      self.end = end
      var position = start
      while let piece = Self.next(base, &position, end) {
        if count == 0 { hasPlainFibre = piece.length == 1 }
        if piece.isInteger {
          if count == 0 { first = piece.value }
          if count == 1 { second = piece.value }
          integers += 1
        }
        if count < 22, !piece.isInteger || !(0...255).contains(piece.value) { isInRange = false }
        if piece.hasComma { withComma += 1 }
        count += 1
      }
    }

    /// Writes the first 22 numbers of a hit to `values`, which has room for them.
    func copyValues(_ base: UnsafePointer<UInt8>, to values: UnsafeMutablePointer<UInt8>) {
      var position = start
      var index = 0
      while index < 22, let piece = Self.next(base, &position, end) {
        values[index] = UInt8(truncatingIfNeeded: piece.value)
        index += 1
      }
    }

    private struct Piece {
      var value: Int
      var length: Int
      var isInteger: Bool
      var hasComma: Bool
    }

    @inline(__always)
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte >= 9 && byte <= 13 }

    /// The piece from `position` on, which moves behind it; nil at the end of the line.
    private static func next(_ base: UnsafePointer<UInt8>, _ position: inout Int, _ end: Int) -> Piece? {
      while position < end, isBlank(base[position]) { position += 1 }
      guard position < end else { return nil }
      let start = position
      let isNegative = base[position] == 45
      if isNegative { position += 1 }
      var value = 0
      var digits = 0
      while position < end, base[position] &- 48 < 10 {
        // Longer numbers are out of every range; they stay so.
        value = min(value * 10 + Int(base[position] - 48), 1_000_000)
        digits += 1
        position += 1
      }
      let numberEnd = position
      while position < end, !isBlank(base[position]) { position += 1 }
      let isInteger = digits > 0 && position == numberEnd
      return Piece(
        value: isNegative ? -value : value, length: position - start, isInteger: isInteger,
        hasComma: digits > 0 && !isNegative && position == numberEnd + 1 && base[numberEnd] == 44)
    }
  }
}
