import Errors

/// The hits of one side with an account of what was lost.
public struct HaloSideData: Sendable {
  /// The end of CMS.
  public var side: HaloSide
  /// The hits; orbits with the turns of the counter added.
  public var hits = HaloHits()
  /// What became of the hits, file by file.
  public var tallies: [HaloTally] = []
  /// Damaged places with the name of the file.
  public var diagnostics: [(file: String, entry: HaloDiagnostic)] = []
  /// Positions of hits before which the orbit counter jumped back.
  public var jumps: [Int] = []
  /// Whether event numbers go back somewhere.
  public var isOutOfOrder = false
  /// First orbits of runs whose first hits are no longer kept, as `HaloFollower` drops the oldest.
  var earlierOrbits: [UInt32: UInt64] = [:]

  /// The first orbit of each run.
  public func firstOrbits() -> [UInt32: UInt64] {
    var first = earlierOrbits
    var hit = 0
    while hit < hits.count {
      // Runs come in long stretches.
      let run = hits.run[hit]
      var smallest = hits.orbit[hit]
      while hit < hits.count, hits.run[hit] == run {
        smallest = min(smallest, hits.orbit[hit])
        hit += 1
      }
      first[run] = min(first[run] ?? smallest, smallest)
    }
    return first
  }
}

/// A capture: the hits of both sides, or of one.
public struct HaloCapture: Sendable {
  /// The sides that have files, +Z first.
  public var sides: [HaloSideData] = []
  /// Remarks on files, order and time.
  public var warnings: [CavernWarning] = []

  /// The data of a side; nil when it has no file.
  public subscript(side: HaloSide) -> HaloSideData? { sides.first { $0.side == side } }

  /// Number of hits on both sides.
  public var count: Int { sides.reduce(0) { $0 + $1.hits.count } }

  /// Hits lost to damage over all hits that were there.
  public var lossShare: Double {
    let tallies = sides.flatMap(\.tallies)
    let lost = tallies.reduce(0) { $0 + $1.lost }
    let kept = tallies.reduce(0) { $0 + $1.kept }
    return lost == 0 ? 0 : Double(lost) / Double(lost + kept)
  }

  /// Reads the files of a capture and adds the turns of the orbit counter, on both sides alike.
  ///
  /// - Parameters:
  ///   - pieces: the files in order.
  ///   - reader: how text is decoded.
  ///   - each: called after each file with its name.
  /// - Throws: the faults of files and of the binary form.
  public init(
    reading pieces: HaloPieces, reader: HaloFileReader = HaloFileReader(), each: (String) -> Void = { _ in }
  ) throws(CavernError) {
    warnings = pieces.warnings
    for side in HaloSide.allCases {
      let own = pieces.pieces.filter { $0.side == side }
      guard !own.isEmpty else { continue }
      var data = HaloSideData(side: side)
      for piece in own {
        warnings += Self.join(try Self.part(piece, reader), piece, to: &data)
        each(piece.name)
      }
      data.jumps = OrbitClock.unwrap(&data.hits.orbit)
      sides.append(data)
    }
    try finish(pieces)
  }

  /// A capture of sides that were read before; the turns of the counter are added already.
  init(sides: [HaloSideData], pieces: HaloPieces, warnings: [CavernWarning]) throws(CavernError) {
    self.sides = sides
    self.warnings = pieces.warnings + warnings
    try finish(pieces)
  }

  private mutating func finish(_ pieces: HaloPieces) throws(CavernError) {
    alignSides()
    if count == 0 {
      throw CavernError(
        "halo.noHits", "the files hold no hit that can be used", exit: .badData, file: pieces.pieces.first?.path,
        expected: "events with headers, samples and times",
        hint: sides.flatMap(\.diagnostics).first.map {
          "line \($0.entry.line) of \($0.file): \($0.entry.kind.rawValue)"
        })
    }
  }

  /// What a file holds, orbits as read.
  static func part(_ piece: HaloPiece, _ reader: HaloFileReader) throws(CavernError) -> HaloTextPart {
    guard piece.form == .binary else { return try reader.text(piece.path) }
    var part = HaloTextPart()
    part.hits = try HaloBinary.read(piece.path, keepsSamples: reader.keepsSamples)
    part.tally.kept = part.hits.count
    part.tally.bytes = piece.bytes
    part.stepsBack = stepsBack(part.hits)
    return part
  }

  /// Adds what a file gave to its side, orbits as read; remarks on its order and damage.
  static func join(_ read: HaloTextPart, _ piece: HaloPiece, to data: inout HaloSideData) -> [CavernWarning] {
    var part = read
    var warnings: [CavernWarning] = []
    part.tally.file = piece.name
    for entry in part.diagnostics { data.diagnostics.append((piece.name, entry)) }
    if part.tally.damagedPlaces > part.diagnostics.count {
      warnings.append(
        CavernWarning(
          "halo.manyDiagnostics",
          "\(part.tally.damagedPlaces) damaged places; the first \(part.diagnostics.count) are listed", file: piece.path
        ))
    }
    data.tallies.append(part.tally)
    var steps = part.stepsBack
    if let lastEvent = data.hits.event.last, let lastOrbit = data.hits.orbit.last, part.hits.count > 0 {
      let isEvent = part.hits.event[0] < lastEvent
      let isOrbit = part.hits.orbit[0] < lastOrbit
      if isEvent || isOrbit {
        steps.insert(HaloStepBack(hit: 0, line: part.firstHitLine, isEvent: isEvent, isOrbit: isOrbit), at: 0)
      }
    }
    warnings += Self.remarks(steps, part.hits, after: data.hits.orbit.last, piece.path, &data)
    if data.hits.count == 0 { data.hits = part.hits } else { data.hits.append(part.hits) }
    return warnings
  }

  /// Turns steps back into remarks, the first ten a file.
  private static func remarks(
    _ steps: [HaloStepBack], _ hits: HaloHits, after previous: UInt64?, _ path: String, _ data: inout HaloSideData
  ) -> [CavernWarning] {
    var warnings: [CavernWarning] = []
    var noted = 0
    for step in steps {
      let before = step.hit > 0 ? hits.orbit[step.hit - 1] : previous ?? 0
      let isJump = step.isOrbit && !OrbitClock.isTurn(from: before, to: hits.orbit[step.hit])
      if step.isEvent { data.isOutOfOrder = true }
      guard isJump || step.isEvent else { continue }
      noted += 1
      guard noted <= 10 else { continue }
      let line = step.line > 0 ? step.line : nil
      if step.isEvent {
        warnings.append(
          CavernWarning(
            "halo.outOfOrder", "event numbers go back to \(hits.event[step.hit])", file: path, line: line))
      }
      if isJump {
        warnings.append(
          CavernWarning(
            "halo.orbitJump",
            "the orbit goes back from \(before) to \(hits.orbit[step.hit]), which is no turn of the counter; a new segment starts",
            file: path, line: line))
      }
    }
    if noted > 10 {
      warnings.append(
        CavernWarning("halo.outOfOrder", "\(noted - 10) further places where events or orbits go back", file: path))
    }
    return warnings
  }

  private static func stepsBack(_ hits: HaloHits) -> [HaloStepBack] {
    var steps: [HaloStepBack] = []
    for hit in 0..<hits.count where hit > 0 && steps.count < HaloTextPart.stepLimit {
      let isEvent = hits.event[hit] < hits.event[hit - 1]
      let isOrbit = hits.orbit[hit] < hits.orbit[hit - 1]
      if isEvent || isOrbit { steps.append(HaloStepBack(hit: hit, line: 0, isEvent: isEvent, isOrbit: isOrbit)) }
    }
    return steps
  }

  /// Shifts a side that began after a turn of the counter which the other side saw.
  private mutating func alignSides() {
    guard sides.count == 2,
      let turns = OrbitClock.turnsBetween(sides[0].firstOrbits(), sides[1].firstOrbits())
    else { return }
    let late = turns > 0 ? 0 : 1
    let shift = UInt64(abs(turns)) &* HaloTime.counterPeriod
    for hit in sides[late].hits.orbit.indices {
      let (sum, isOver) = sides[late].hits.orbit[hit].addingReportingOverflow(shift)
      if !isOver { sides[late].hits.orbit[hit] = sum }
    }
    sides[late].earlierOrbits = sides[late].earlierOrbits.mapValues { $0 &+ shift }
    warnings.append(
      CavernWarning(
        "halo.sidesAligned",
        "orbits of \(sides[late].side.label) are raised by \(abs(turns)) turns of the counter, which that side did not see"
      ))
  }
}

extension HaloCapture {
  /// Keeps only hits whose orbit fulfils a condition.
  public mutating func keep(_ isWanted: (_ orbit: UInt64) -> Bool) {
    for place in sides.indices {
      let hits = sides[place].hits
      let chosen = (0..<hits.count).filter { isWanted(hits.orbit[$0]) }
      guard chosen.count < hits.count else { continue }
      sides[place].hits = hits.selecting(chosen)
    }
  }
}
