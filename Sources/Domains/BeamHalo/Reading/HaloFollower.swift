import Errors

/// A capture that is still being written: each look reads only what was added since the one before.
///
/// Of each text file the events that are over are kept as hits; the last one, which may go on, is read again from its header.
/// A record that is half written counts once it is whole. A file that was replaced, cut or written anew is read from its start;
/// one that was renamed is known by its number; one that is gone takes its hits along. So a look gives what reading the
/// files whole would give, except that of more than `keep` hits the oldest are dropped: clocks and counts go on over them.
public struct HaloFollower: Sendable {
  /// The folder or file.
  public let path: String
  /// Most hits that are kept; the oldest beyond are dropped.
  public let keep: Int
  /// Bytes read so far, of all looks.
  public private(set) var bytesRead = 0
  /// Hits that were dropped because there were too many.
  public var droppedHits: Int { files.reduce(0) { $0 + $1.dropped.hits } }

  private let unknownSide: HaloSide?
  private let reader: HaloFileReader
  private var pieces: HaloPieces?
  private var files: [FollowedFile] = []

  /// A follower that has not looked yet.
  ///
  /// - Parameters:
  ///   - path: the folder or file.
  ///   - unknownSide: the side of files whose name tells none.
  ///   - keep: most hits that are kept, at least 1000; 24 bytes a hit, twice while a look is worked out.
  ///   - threads: how many decode text; nil for the number of cores.
  public init(_ path: String, unknownSide: HaloSide? = nil, keep: Int = 2_000_000, threads: Int? = nil) {
    self.path = path
    self.unknownSide = unknownSide
    self.keep = max(1000, keep)
    reader = HaloFileReader(threads: threads, keepsSamples: false)
  }

  /// Reads what was added since the last look.
  ///
  /// - Returns: whether anything changed.
  /// - Throws: the faults of `HaloPieces`, of files and of the binary form.
  public mutating func look() throws(CavernError) -> Bool {
    let found = try HaloPieces(path, unknownSide: unknownSide)
    var isChanged = pieces == nil || found.pieces.map(\.path) != files.map(\.piece.path)
    var followed: [FollowedFile] = []
    for piece in found.pieces {
      let file: OpenFile
      do throws(CavernError) {
        file = try OpenFile(piece.path)
      } catch {
        // It was moved between the listing and now; the next look finds it under its new name.
        guard error.code == "file.missing" else { throw error }
        isChanged = true
        continue
      }
      defer { file.close() }
      var entry = files.first { $0.identity == file.identity } ?? FollowedFile(piece, file.identity)
      entry.piece = piece
      let read = try entry.read(file, reader)
      bytesRead += read
      if read > 0 { isChanged = true }
      followed.append(entry)
    }
    files = followed
    pieces = found
    dropOldest()
    return isChanged
  }

  /// What is known after the last look.
  ///
  /// - Throws: `halo.noHits`, `halo.noData`.
  public func capture() throws(CavernError) -> HaloCapture {
    guard let pieces else { throw CavernError("halo.noData", "no look was taken yet", exit: .noInput, file: path) }
    var sides: [HaloSideData] = []
    var warnings: [CavernWarning] = []
    for side in HaloSide.allCases {
      let own = files.filter { $0.piece.side == side }
      guard !own.isEmpty else { continue }
      var data = HaloSideData(side: side)
      var ends: [Int] = []
      for file in own {
        warnings += HaloCapture.join(file.part(), file.piece, to: &data)
        ends.append(data.hits.count)
        if file.wasReplaced {
          warnings.append(
            CavernWarning("halo.fileReplaced", "the file was written anew and is read again", file: file.piece.path))
        }
      }
      var reading = OrbitClock.Reading()
      var hit = 0
      for (file, end) in zip(own, ends) {
        file.dropped.pass(&reading, &data.earlierOrbits)
        while hit < end {
          let (orbit, isJump) = reading.unwrapped(data.hits.orbit[hit])
          if isJump { data.jumps.append(hit) }
          data.hits.orbit[hit] = orbit
          hit += 1
        }
      }
      data.isOutOfOrder = data.isOutOfOrder || own.contains(where: \.dropped.isOutOfOrder)
      sides.append(data)
    }
    if droppedHits > 0 {
      warnings.append(
        CavernWarning(
          "halo.oldestDropped",
          "the oldest \(droppedHits) hits are no longer looked at, so that memory stays bounded; --keep says how many are"
        ))
    }
    return try HaloCapture(sides: sides, pieces: pieces, warnings: warnings)
  }

  /// Drops the first hits of each side, a quarter more than needed so that it is not done at every look.
  private mutating func dropOldest() {
    let total = files.reduce(0) { $0 + $1.settled.hits.count }
    guard total > keep else { return }
    let share = Double(total - keep * 3 / 4) / Double(total)
    for side in HaloSide.allCases {
      // Files are in the order in which they were written.
      let own = files.indices.filter { files[$0].piece.side == side }
      var left = Int((Double(own.reduce(0) { $0 + files[$1].settled.hits.count }) * share).rounded(.up))
      for index in own {
        let number = min(left, files[index].settled.hits.count)
        files[index].drop(number)
        left -= number
      }
    }
  }
}

/// One file of a capture that is still being written.
private struct FollowedFile: Sendable {
  var piece: HaloPiece
  let identity: OpenFile.Identity
  /// The events that are over.
  private(set) var settled = HaloTextPart()
  private(set) var dropped = DroppedHits()
  private(set) var wasReplaced = false
  /// The event that may go on.
  private var open = HaloTextPart()
  /// Where it begins.
  private var offset = 0
  /// The bytes before that place, by which a file that was written anew is told.
  private var before: [UInt8] = []
  /// Bytes at the last look.
  private var size = -1

  init(_ piece: HaloPiece, _ identity: OpenFile.Identity) {
    self.piece = piece
    self.identity = identity
  }

  /// What is known of the file.
  func part() -> HaloTextPart {
    var whole = settled
    if open.tally.bytes > 0 { whole.append(open) }
    whole.settleDoubts()
    return whole
  }

  /// Reads what was added; the number of bytes read.
  mutating func read(_ file: OpenFile, _ reader: HaloFileReader) throws(CavernError) -> Int {
    let isSame = try isContinued(file)
    if isSame && file.size == size { return 0 }
    if !isSame {
      self = FollowedFile(piece, identity)
      wasReplaced = true
    }
    size = file.size
    guard piece.form == .text, !file.isCompressed else { return try readWhole(reader) }
    let from = offset
    var end = from
    open = HaloTextPart()
    try reader.blocks(of: file, from: from, isGrowing: true) { part, place in
      end += part.tally.bytes
      if let place {
        settled.append(part)
        offset = place
      } else {
        open = part
      }
    }
    before = try Self.bytes(file, before: offset)
    return end - from
  }

  /// Binary and compressed files do not grow line by line.
  private mutating func readWhole(_ reader: HaloFileReader) throws(CavernError) -> Int {
    dropped = DroppedHits()
    settled = try HaloCapture.part(piece, reader)
    return piece.bytes
  }

  /// Whether the file still begins with what was read of it.
  private func isContinued(_ file: OpenFile) throws(CavernError) -> Bool {
    if size < 0 { return true }
    guard file.size >= size else { return false }
    return before.isEmpty ? true : try Self.bytes(file, before: offset) == before
  }

  private static func bytes(_ file: OpenFile, before offset: Int) throws(CavernError) -> [UInt8] {
    let count = min(offset, 256)
    return count > 0 ? try file.bytes(at: offset - count, count) : []
  }

  /// Drops the first hits.
  mutating func drop(_ number: Int) {
    guard number > 0 else { return }
    dropped.add(settled, number)
    settled.hits.removeFirst(number)
    settled.doubts = settled.doubts.filter { $0.hits.lowerBound >= number }.map { doubt in
      var moved = doubt
      moved.hits = doubt.hits.lowerBound - number..<doubt.hits.upperBound - number
      return moved
    }
    settled.stepsBack = settled.stepsBack.filter { $0.hit >= number }.map { step in
      var moved = step
      moved.hit -= number
      return moved
    }
  }
}

/// What the clock needs to know of hits that are no longer kept.
private struct DroppedHits: Sendable {
  private(set) var hits = 0
  private(set) var isOutOfOrder = false
  private var first: UInt64?
  private var reading = OrbitClock.Reading()
  /// The first orbit of each run, counted from the start of the file.
  private var runs: [UInt32: UInt64] = [:]

  /// Takes up the first hits of a part.
  mutating func add(_ part: HaloTextPart, _ number: Int) {
    if first == nil { first = part.hits.orbit.first }
    for hit in 0..<min(number, part.hits.count) {
      let (orbit, isJump) = reading.unwrapped(part.hits.orbit[hit])
      isOutOfOrder = isOutOfOrder || isJump
      let run = part.hits.run[hit]
      if orbit < runs[run] ?? .max { runs[run] = orbit }
    }
    isOutOfOrder = isOutOfOrder || part.stepsBack.contains { $0.hit < number && $0.isEvent }
    hits += number
  }

  /// Moves a clock over them, and notes the first orbits of runs.
  func pass(_ clock: inout OrbitClock.Reading, _ firsts: inout [UInt32: UInt64]) {
    guard let first, let last = reading.last else { return }
    _ = clock.unwrapped(first)
    for (run, orbit) in runs { firsts[run] = min(firsts[run] ?? .max, orbit &+ clock.offset) }
    clock.offset &+= reading.offset
    clock.last = last
  }
}
