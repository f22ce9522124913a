import Glibc

/// Takes the text of the boards apart, line by line, and recovers from damage at the next line that can be trusted.
///
/// Two rules hold for any input: a hit is kept only when both of its lines and the header before it are whole, and whatever is
/// left out is counted with its line. The order of tests is that of the state machine {expecting samples, expecting times};
/// well-formed lines take a short way through `fastHit` and `fastTdc`, every other line goes through `slowLine`.
///
/// Bytes are read through a pointer. Every read is in bounds because of one invariant, set up in `decode`: the byte at
/// `count` is a line feed, and the 16 bytes from there exist. Every loop below stops at a line feed, or compares its
/// position with an end that is at most `count`.
struct HaloTextDecoder {
  /// What the last header said, and whether it can be trusted.
  private enum Trust {
    /// No header yet, or a block whose header is gone; the position of the group's diagnostic once it has one.
    case unknown(group: Int?)
    /// A damaged header; the position of its diagnostic, nil when that was not kept.
    case bad(diagnostic: Int?)
    /// A good header.
    case good
  }

  let base: UnsafePointer<UInt8>
  private let count: Int
  private let endsFile: Bool
  private let isGrowing: Bool
  private let keepsSamples: Bool
  /// The 22 numbers of the samples' line that awaits its times.
  private let values: UnsafeMutablePointer<UInt8>
  private var part = HaloTextPart()
  private var line = 0

  private var trust = Trust.unknown(group: nil)
  private var event: UInt32 = 0
  private var bunchSlot: UInt16 = 0
  private var orbit: UInt64 = 0
  private var run: UInt32 = 0
  private var headerLine = 0
  /// Whether the header ended with its run number, as in older files.
  private var isBareHeader = false
  /// Whether no hit was taken since the header.
  private var isFreshHeader = false

  private var skipsNext = false
  private var swallowedHit = false
  /// Whether the line after a header that ended with its run number is empty.
  private var hasEmptyCaption = false
  /// Whether the run of this event must be confirmed by another event.
  private var isDoubtful = false
  private var followsRule = false
  /// Whether that rule stands between the two lines of a hit.
  private var ruleCutHit = false
  private var consumesTimes = false
  private var pendingLine = 0
  private var pendingStart = 0
  private var pendingPieces = 22
  /// Damage since the last header or hit, which may hide a header.
  private var traces = HaloDamageTraces()

  private init(
    _ base: UnsafePointer<UInt8>, count: Int, endsFile: Bool, isGrowing: Bool, keepsSamples: Bool,
    values: UnsafeMutablePointer<UInt8>
  ) {
    self.base = base
    self.count = count
    self.endsFile = endsFile
    self.isGrowing = isGrowing
    self.keepsSamples = keepsSamples
    self.values = values
  }

  /// Takes a block apart.
  ///
  /// - Parameters:
  ///   - storage: the bytes, of which the first `count` are text; after them at least 16 more, the first a line feed.
  ///   - count: bytes of text. A block begins at the start of the file or at a header, and ends at the end of the file or
  ///     before a header, so that blocks can be taken apart in any order.
  ///   - endsFile: whether the file ends with the block.
  ///   - isGrowing: whether more will follow, so that a record without its second line is not lost but awaited.
  ///   - keepsSamples: whether all samples of a hit are kept, not only their peak.
  static func decode(
    _ storage: [UInt8], count: Int, endsFile: Bool, isGrowing: Bool = false, keepsSamples: Bool = true
  ) -> HaloTextPart {
    precondition(count >= 0 && storage.count >= count + 16 && storage[count] == 10, "the block lacks its padding")
    return storage.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return HaloTextPart() }
      let values = UnsafeMutablePointer<UInt8>.allocate(capacity: 32)
      values.initialize(repeating: 0, count: 32)
      defer { values.deallocate() }
      var decoder = HaloTextDecoder(
        base, count: count, endsFile: endsFile, isGrowing: isGrowing, keepsSamples: keepsSamples, values: values)
      decoder.decodeLines()
      return decoder.part
    }
  }

  private mutating func decodeLines() {
    // A hit takes about 200 bytes with its header and 70 without.
    part.hits.reserve(count / 190 + 16, withSamples: keepsSamples)
    var position = 0
    while position < count {
      let first = base[position]
      if !skipsNext {
        if pendingLine != 0 {
          if let next = fastTdc(position) {
            line += 1
            position = next
            continue
          }
        } else if first &- 48 < 10 && !consumesTimes {
          if let next = fastHit(position) {
            line += 1
            pendingLine = line
            pendingStart = position
            pendingPieces = 22
            followsRule = false
            swallowedHit = false
            hasEmptyCaption = false
            position = next
            continue
          }
        } else if first == 45 {
          // `position` < `count`, so three more bytes exist.
          if base[position + 3] == 32 {
            if let next = fastHeader(position) {
              line += 1
              position = next
              passHeader()
              trust = .good
              continue
            }
          } else if let next = fastRule(position) {
            line += 1
            passRule()
            position = next
            continue
          }
        }
      }
      // From `position` < `count` to the line feed at `count` at the latest.
      let end =
        memchr(base + position, 10, count - position + 1).map {
          base.distance(to: $0.assumingMemoryBound(to: UInt8.self))
        } ?? count
      line += 1
      slowLine(position, end, hasLineEnd: end < count)
      position = end + 1
    }
    finish()
  }

  private mutating func finish() {
    if pendingLine != 0, !isGrowing {
      if endsFile {
        losePending(.truncatedTail)
      } else {
        losePending(.missingTdcLine)
      }
    }
    part.tally.bytes = count
    part.tally.lines = line
    part.tally.kept = part.hits.count
  }

  // MARK: the short ways

  /// A samples' line of 22 numbers of up to three digits; the position after it, nil for anything else.
  @inline(__always)
  private func fastHit(_ start: Int) -> Int? {
    var p = base + start
    for index in 0..<22 {
      var value = UInt32(p[0]) &- 48
      guard value < 10 else { return nil }
      var digit = UInt32(p[1]) &- 48
      p += 1
      if digit < 10 {
        value = value &* 10 &+ digit
        digit = UInt32(p[1]) &- 48
        p += 1
        if digit < 10 {
          value = value &* 10 &+ digit
          p += 1
          guard value < 256 else { return nil }
        }
      }
      values[index] = UInt8(truncatingIfNeeded: value)
      guard p[0] == 32 else {
        if index == 21 { break }
        return nil
      }
      p += 1
      while p[0] == 32 || p[0] == 9 { p += 1 }
    }
    return lineEnd(p)
  }

  /// A line with one time, or an empty one; the position after it, nil for anything else.
  @inline(__always)
  private mutating func fastTdc(_ start: Int) -> Int? {
    var p = base + start
    if p[0] == 10 {
      pendingLine = 0
      part.tally.withoutTdc += 1
      return start + 1
    }
    var value = UInt32(p[0]) &- 48
    guard value < 10 else { return nil }
    p += 1
    while true {
      let digit = UInt32(p[0]) &- 48
      guard digit < 10 else { break }
      value = value &* 10 &+ digit
      guard value < 256 else { return nil }
      p += 1
    }
    while p[0] == 32 || p[0] == 9 { p += 1 }
    guard let next = lineEnd(p) else { return nil }
    keep(tdc: UInt8(truncatingIfNeeded: value), second: -1)
    return next
  }

  /// A line of dashes; the position after it, nil for anything else.
  @inline(__always)
  private func fastRule(_ start: Int) -> Int? {
    var p = base + start
    // Eight bytes from `p` exist while `p` is at most `count`; the line feed there ends the loop.
    while UnsafeRawPointer(p).loadUnaligned(as: UInt64.self) == 0x2D2D_2D2D_2D2D_2D2D { p += 8 }
    while p[0] == 45 { p += 1 }
    guard base.distance(to: p) - start >= 3 else { return nil }
    return lineEnd(p)
  }

  /// A header as the boards write it, words and numbers parted by single blanks; the position after it, nil for anything else,
  /// good or bad, which `readHeader` judges.
  @inline(__always)
  private mutating func fastHeader(_ start: Int) -> Int? {
    guard let header = HaloHeaderLine(base + start), let after = lineEnd(header.end) else { return nil }
    event = header.event
    bunchSlot = header.bunchSlot
    orbit = header.orbit
    run = header.run
    isBareHeader = header.isBare
    return after
  }

  /// The position after a line end at `p`; nil when there is none, or only the one that stands after the text.
  @inline(__always)
  private func lineEnd(_ p: UnsafePointer<UInt8>) -> Int? {
    var position = base.distance(to: p)
    if p[0] == 13 && position < count { position += 1 }
    return base[position] == 10 && position < count ? position + 1 : nil
  }

  // MARK: any line

  private mutating func slowLine(_ start: Int, _ lineFeed: Int, hasLineEnd: Bool) {
    var end = lineFeed
    if end > start, base[end - 1] == 13 { end -= 1 }
    if holdsStart(start, end) { return header(start, end, hasLineEnd) }
    if !skipsNext, isRule(start, end, atLeast: hasLineEnd ? 3 : 1) {
      let cutsHit = pendingLine != 0
      if cutsHit { losePending(hasLineEnd ? .missingTdcLine : .truncatedTail) }
      passRule()
      ruleCutHit = cutsHit
      return
    }
    let (isCaption, isUnread, places) = (skipsNext, consumesTimes, part.tally.damagedPlaces)
    readLine(start, end, hasLineEnd)
    guard isCaption || isUnread || part.tally.damagedPlaces > places, case .good = trust else { return }
    if traces.hideHeader(base, start, end, line: line, isCaption: isCaption, hits: part.hits.count) {
      trust = .unknown(group: nil)
    }
  }

  /// Any line but a header or a rule.
  private mutating func readLine(_ start: Int, _ end: Int, _ hasLineEnd: Bool) {
    if skipsNext { return skip(start, end) }
    if !hasLineEnd && endsFile { return tail(start, end) }
    let pieces = Pieces(base, start, end)
    if pieces.resemblesHeader {
      if pendingLine != 0 { losePending(.missingTdcLine) }
      return distrust(start, end)
    }
    if pendingLine != 0 { return times(pieces, start, end) }
    if consumesTimes {
      consumesTimes = false
      if pieces.isHit { begin(pieces, start) }
      return
    }
    if pieces.count == 0 { return }
    if pieces.isHit { return begin(pieces, start) }
    if pieces.integers >= 3 {
      followsRule = false
      report(.badAdcLine, line, lost: 1, start, end)
      consumesTimes = true
      return
    }
    // The times of a hit whose samples were swallowed by the line that is always skipped.
    let isSwallowed = swallowedHit && pieces.integers == pieces.count
    report(.strayLine, line, lost: isSwallowed ? 1 : 0, start, end)
    swallowedHit = false
    // Times after a rule that got in between the two lines of their hit: the event goes on.
    let isCutOff = ruleCutHit && pieces.integers == pieces.count && pieces.count <= 2
    // A rule, then text that is no header: the header of this block is gone, and with it the event of its hits.
    if followsRule, !isCutOff, case .good = trust { trust = .unknown(group: nil) }
    if isCutOff { followsRule = false }
  }

  private mutating func passRule() {
    // Between two rules stands a header; where it is gone, the hits that follow are of an event that nobody knows.
    if followsRule, case .good = trust { trust = .unknown(group: nil) }
    (consumesTimes, swallowedHit, followsRule) = (false, false, true)
    ruleCutHit = false
    // Where a rule follows a header at once, an empty line between them can be the rest of a run number that lost its last
    // digit to a line end.
    if hasEmptyCaption { isDoubtful = true }
    hasEmptyCaption = false
  }

  /// The line after the samples' line.
  private mutating func times(_ pieces: Pieces, _ start: Int, _ end: Int) {
    if pieces.integers >= 22 {
      let isJoined = pieces.count > pendingPieces && pieces.count <= pendingPieces + 2
      losePending(.missingTdcLine)
      // Times and samples joined by a lost line end look like a hit with all values shifted or with a fibre that does not
      // exist; where times are missing a hit is believed only if it cannot be that.
      if pieces.isHit && !isJoined && pieces.hasPlainFibre { return begin(pieces, start) }
      report(.badAdcLine, line, lost: 1, start, end)
      consumesTimes = true
      return
    }
    if pieces.count >= 20 && pieces.integers >= 15 {
      // Damaged times joined with damaged samples: two hits.
      pendingLine = 0
      report(.badTdcLine, line, lost: 1, start, end)
      report(.badAdcLine, line, lost: 1, start, end)
      consumesTimes = true
      return
    }
    guard pieces.integers == pieces.count else {
      pendingLine = 0
      report(.badTdcLine, line, lost: 1, start, end)
      return
    }
    switch pieces.count {
    case 0:
      pendingLine = 0
      part.tally.withoutTdc += 1
    case 1, 2:
      let second = pieces.count == 2 ? pieces.second : -1
      guard (0...255).contains(pieces.first), (-128...127).contains(second) else {
        pendingLine = 0
        report(.badTdcLine, line, lost: 1, start, end)
        return
      }
      keep(tdc: UInt8(truncatingIfNeeded: pieces.first), second: Int8(truncatingIfNeeded: second))
    default:
      pendingLine = 0
      part.tally.withManyTdcs += 1
    }
  }

  /// The last line when it has no line end: it may have lost anything.
  private mutating func tail(_ start: Int, _ end: Int) {
    if pendingLine != 0 { return losePending(.truncatedTail) }
    let pieces = Pieces(base, start, end)
    guard pieces.count > 0 else { return }
    if consumesTimes && !pieces.isHit { return }
    report(.truncatedTail, line, lost: pieces.integers > 0 && pieces.integers == pieces.count ? 1 : 0, start, end)
  }

  private mutating func begin(_ pieces: Pieces, _ start: Int) {
    pieces.copyValues(base, to: values)
    pendingLine = line
    pendingStart = start
    pendingPieces = pieces.count
    followsRule = false
    swallowedHit = false
    hasEmptyCaption = false
  }

  // MARK: headers

  private mutating func header(_ start: Int, _ end: Int, _ hasLineEnd: Bool) {
    if pendingLine != 0 { losePending(.missingTdcLine) }
    passHeader()
    if readHeader(start, end) {
      trust = .good
    } else if !hasLineEnd && endsFile {
      trust = .bad(diagnostic: report(.truncatedTail, line, lost: 0, start, end))
    } else {
      trust = .bad(diagnostic: report(.badHeader, line, lost: 0, start, end))
    }
  }

  /// What every header begins, whether it can be trusted or not.
  private mutating func passHeader() {
    (consumesTimes, swallowedHit, followsRule) = (false, false, false)
    hasEmptyCaption = false
    skipsNext = true
    isDoubtful = false
    headerLine = line
    isFreshHeader = true
  }

  /// A line that was a header before it was damaged.
  private mutating func distrust(_ start: Int, _ end: Int) {
    (consumesTimes, swallowedHit, followsRule) = (false, false, false)
    skipsNext = true
    trust = .bad(diagnostic: report(.badHeader, line, lost: 0, start, end))
  }

  /// The line after a header.
  private mutating func skip(_ start: Int, _ end: Int) {
    skipsNext = false
    var p = start
    while p < end, base[p] == 32 || base[p] == 9 { p += 1 }
    if isBareHeader, case .good = trust {
      // A header cut in two inside its run number goes on here: with digits and perhaps a comma, or with nothing when the
      // last digit is gone.
      var q = p
      while q < end, base[q] &- 48 < 10 { q += 1 }
      if q < end && base[q] == 44 || q == end && q > p && q - p < 10 {
        trust = .bad(diagnostic: report(.badHeader, headerLine, lost: 0, start, end))
      }
      hasEmptyCaption = p == end
    }
    guard p < end, base[p] != 45 || base[end - 1] != 45 else { return }
    if end - start >= 45, Pieces(base, start, end).integers >= 20 { swallowedHit = true }
  }

  /// Reads the four numbers of a header by the position of its pieces.
  private mutating func readHeader(_ start: Int, _ end: Int) -> Bool {
    var piece = -1
    var position = start
    var numbers: (UInt64, UInt64, UInt64) = (0, 0, 0)
    var hasRun = false
    isBareHeader = false
    while position < end {
      while position < end, base[position] == 32 { position += 1 }
      guard position < end else { break }
      piece += 1
      let from = position
      var value: UInt64 = 0
      var isNumber = true
      var digits = 0
      while position < end, base[position] != 32 {
        let byte = base[position]
        if byte == 0 || byte >= 0x80 { return false }
        position += 1
        guard byte &- 48 < 10 else {
          // A comma may end the piece.
          if byte != 44 || position < end && base[position] != 32 { isNumber = false }
          continue
        }
        digits += 1
        if digits < 20 {
          value = value &* 10 &+ UInt64(byte &- 48)
        } else {
          let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
          let (sum, over) = product.addingReportingOverflow(UInt64(byte &- 48))
          if tooLarge || over { isNumber = false }
          value = sum
        }
      }
      let hasComma = base[position - 1] == 44
      guard piece == 3 || piece == 5 || piece == 7 || piece == 9 else { continue }
      guard isNumber, digits > 0, hasComma || piece == 9, digits + (hasComma ? 1 : 0) == position - from else {
        return false
      }
      switch piece {
      case 3: numbers.0 = value
      case 5: numbers.1 = value
      case 7: numbers.2 = value
      default:
        hasRun = true
        isBareHeader = !hasComma && position == end
        guard value <= UInt64(UInt32.max) else { return false }
        run = UInt32(value)
      }
    }
    guard hasRun, numbers.0 <= UInt64(UInt32.max), numbers.1 <= 3564 else { return false }
    event = UInt32(numbers.0)
    bunchSlot = UInt16(numbers.1)
    orbit = numbers.2
    return true
  }

  // MARK: what becomes of hits

  @inline(__always)
  private mutating func keep(tdc: UInt8, second: Int8) {
    let hitLine = pendingLine
    pendingLine = 0
    guard case .good = trust else { return loseUntrusted(hitLine) }
    if isFreshHeader {
      isFreshHeader = false
      if let lastOrbit = part.hits.orbit.last, let lastEvent = part.hits.event.last {
        if orbit < lastOrbit || event < lastEvent { stepBack(lastEvent, lastOrbit) }
      } else {
        part.firstHitLine = headerLine
      }
    }
    var best: UInt32 = 0
    for index in 0..<20 { best = max(best, UInt32(values[index + 2]) << 8 | UInt32(31 - index)) }
    part.hits.event.append(event)
    part.hits.bunchSlot.append(bunchSlot)
    part.hits.orbit.append(orbit)
    part.hits.run.append(run)
    part.hits.fibre.append(values[0])
    part.hits.channel.append(values[1])
    part.hits.tdc.append(tdc)
    part.hits.secondTdc.append(second)
    part.hits.peak.append(UInt8(truncatingIfNeeded: best >> 8))
    part.hits.peakSample.append(UInt8(truncatingIfNeeded: 31 - best & 0xFF))
    // `values` holds 32 bytes.
    if keepsSamples { part.hits.samples.append(contentsOf: UnsafeBufferPointer(start: values + 2, count: 20)) }
    if isDoubtful { doubt(hitLine) }
  }

  /// Notes the hit just kept as one whose run is not certain.
  private mutating func doubt(_ hitLine: Int) {
    let hit = part.hits.count - 1
    if let last = part.doubts.last, last.hits.upperBound == hit, last.headerLine == headerLine {
      part.doubts[part.doubts.count - 1].hits = last.hits.lowerBound..<hit + 1
      return
    }
    // `pendingStart` and the end of its line lie in 0...count.
    let length = max(0, lineEndPosition(pendingStart) - pendingStart)
    part.doubts.append(
      HaloDoubt(
        hits: hit..<hit + 1, run: run, headerLine: headerLine, line: hitLine,
        text: HaloDiagnostic.excerpt(UnsafeBufferPointer(start: base + pendingStart, count: length))))
  }

  private mutating func stepBack(_ lastEvent: UInt32, _ lastOrbit: UInt64) {
    guard part.stepsBack.count < HaloTextPart.stepLimit else { return }
    part.stepsBack.append(
      HaloStepBack(
        hit: part.hits.count, line: headerLine, isEvent: event < lastEvent, isOrbit: orbit < lastOrbit))
  }

  /// A whole hit of an event that is not known.
  private mutating func loseUntrusted(_ hitLine: Int) {
    switch trust {
    case .good: break
    case .bad(let diagnostic): count(1, at: diagnostic)
    case .unknown(let group?): count(1, at: group)
    case .unknown(nil):
      let place = report(.recordWithoutHeader, hitLine, lost: 1, pendingStart, lineEndPosition(pendingStart))
      trust = .unknown(group: place ?? -1)
    }
  }

  private mutating func losePending(_ kind: HaloDiagnostic.Kind) {
    report(kind, pendingLine, lost: 1, pendingStart, lineEndPosition(pendingStart))
    pendingLine = 0
  }

  private func lineEndPosition(_ start: Int) -> Int {
    var end = start
    while base[end] != 10, base[end] != 13, end < count { end += 1 }
    return end
  }

  /// Adds a diagnostic and gives its position; nil when there are too many to keep.
  @discardableResult
  private mutating func report(
    _ kind: HaloDiagnostic.Kind, _ line: Int, lost: Int, _ start: Int, _ end: Int
  ) -> Int? {
    part.tally.lost += lost
    part.tally.damagedPlaces += 1
    part.tally.byKind[HaloDiagnostic.Kind.allCases.firstIndex(of: kind) ?? 0] += 1
    guard part.diagnostics.count < HaloTextPart.diagnosticLimit else { return nil }
    // `start` and `end` lie in 0...count, `end` not before `start`.
    let bytes = UnsafeBufferPointer(start: base + start, count: max(0, end - start))
    part.diagnostics.append(
      HaloDiagnostic(kind, line: line, hitsLost: lost, text: HaloDiagnostic.excerpt(bytes)))
    return part.diagnostics.count - 1
  }

  private mutating func count(_ hits: Int, at diagnostic: Int?) {
    part.tally.lost += hits
    if let diagnostic, part.diagnostics.indices.contains(diagnostic) { part.diagnostics[diagnostic].hitsLost += hits }
  }
}
