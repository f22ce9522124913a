/// Tracks test particles turn by turn, eight at a time.
///
/// Phases count in turns of RF and energies as phase advance a turn, slip·ΔE, both of order one or less, so that single precision
/// keeps a thousandth of a bin over ten thousand turns.
struct ParticleTracker: Sendable {
  /// One turn in these units.
  struct Step: Sendable {
    var kick: Float
    var secondKick: Float
    var gain: Float
    /// slip of the next turn over that of this one.
    var growth: Float
    /// slip of the turn before over that of this one.
    var shrink: Float
  }

  typealias Lanes = SIMD8<Float>

  let grid: PhaseSpaceGrid
  let steps: [Step]
  /// Bins per turn of RF at each frame.
  let scales: [Float]
  /// Bin of phase 0 at each frame, from the first bin of the window.
  let origins: [Float]
  let turnsBetweenFrames: Int
  let frames: Int
  let start: Int
  let side: Int
  let firstTurn: Int
  let slip: Double
  let ratio: Float
  let secondPhase: Float
  let hasSecond: Bool

  init(grid: PhaseSpaceGrid, motion: LongitudinalMotion, firstFrame: Int, frames: Int, start: Int, side: Int) {
    self.grid = grid
    self.frames = frames
    self.start = start
    self.side = side
    turnsBetweenFrames = motion.turnsBetweenFrames
    firstTurn = firstFrame * motion.turnsBetweenFrames
    let turns = motion.turns
    steps = turns.indices.map { index in
      let now = turns[index]
      return Step(
        kick: Float(now.slip * now.kick), secondKick: Float(now.slip * now.secondKick),
        gain: Float(now.slip * now.gain),
        growth: index + 1 < turns.count ? Float(turns[index + 1].slip / now.slip) : 1,
        shrink: index > 0 ? Float(turns[index - 1].slip / now.slip) : 1)
    }
    slip = turns[(firstFrame + start) * motion.turnsBetweenFrames].slip
    ratio = Float(motion.ratio)
    secondPhase = Float(motion.secondPhase)
    hasSecond = turns.contains { $0.secondKick != 0 }
    // The place of phase 0 in time is the same in every frame.
    let reference =
      grid.synchronousPhase * turns[(firstFrame + start) * motion.turnsBetweenFrames].period / grid.binWidth
    let zero = grid.synchronousBin - reference - Double(grid.firstBin)
    scales = (0..<frames).map { Float(turns[(firstFrame + $0) * motion.turnsBetweenFrames].period / grid.binWidth) }
    // Half a bin more, so that rounding down gives the bin whose centre is nearest.
    origins = (0..<frames).map { _ in Float(zero + 0.5) }
  }

  /// sin 2πx for |x| up to some turns: whole turns off, then r(¼ − r²)Q(r²), right at 0 and ±½ to the last bit and
  /// elsewhere to 4·10⁻⁹ before rounding.
  ///
  /// Coefficients by interpolation in Chebyshev points.
  @inline(__always)
  static func sine(_ x: Lanes) -> Lanes {
    let r = x - x.rounded(.toNearestOrEven)
    let u = r * r
    var q = Lanes(repeating: -3.161605785249839)
    q = q * u + Lanes(repeating: 14.04966593550033)
    q = q * u + Lanes(repeating: -38.49587928343057)
    q = q * u + Lanes(repeating: 67.07662741067578)
    q = q * u + Lanes(repeating: -64.83582285732935)
    q = q * u + Lanes(repeating: 25.132741155391123)
    return r * (Lanes(repeating: 0.25) - u) * q
  }

  @inline(__always)
  private func force(_ phase: Lanes, _ step: Step) -> Lanes {
    var force = Self.sine(phase) * Lanes(repeating: step.kick) - Lanes(repeating: step.gain)
    if hasSecond {
      let second = (phase - Lanes(repeating: secondPhase)) * Lanes(repeating: ratio)
      force += Self.sine(second) * Lanes(repeating: step.secondKick)
    }
    return force
  }

  /// One turn forward of four vectors at once, which hides the latency of the arithmetic.
  @inline(__always)
  private func advance(
    _ phases: UnsafeMutableBufferPointer<Lanes>, _ energies: UnsafeMutableBufferPointer<Lanes>, _ at: Int,
    _ range: Range<Int>
  ) {
    var (a, b, c, d) = (phases[at], phases[at + 1], phases[at + 2], phases[at + 3])
    var (p, q, r, s) = (energies[at], energies[at + 1], energies[at + 2], energies[at + 3])
    for turn in range {
      let step = steps[turn]
      let growth = Lanes(repeating: step.growth)
      a += p
      b += q
      c += r
      d += s
      p = (p + force(a, step)) * growth
      q = (q + force(b, step)) * growth
      r = (r + force(c, step)) * growth
      s = (s + force(d, step)) * growth
    }
    (phases[at], phases[at + 1], phases[at + 2], phases[at + 3]) = (a, b, c, d)
    (energies[at], energies[at + 1], energies[at + 2], energies[at + 3]) = (p, q, r, s)
  }

  /// One turn back: the exact inverse of `advance`.
  @inline(__always)
  private func retreat(
    _ phases: UnsafeMutableBufferPointer<Lanes>, _ energies: UnsafeMutableBufferPointer<Lanes>, _ at: Int,
    _ range: Range<Int>
  ) {
    var (a, b, c, d) = (phases[at], phases[at + 1], phases[at + 2], phases[at + 3])
    var (p, q, r, s) = (energies[at], energies[at + 1], energies[at + 2], energies[at + 3])
    for turn in range.reversed() {
      let shrink = Lanes(repeating: turn + 1 < steps.count ? steps[turn + 1].shrink : 1)
      let step = steps[turn]
      p = p * shrink - force(a, step)
      q = q * shrink - force(b, step)
      r = r * shrink - force(c, step)
      s = s * shrink - force(d, step)
      a -= p
      b -= q
      c -= r
      d -= s
    }
    (phases[at], phases[at + 1], phases[at + 2], phases[at + 3]) = (a, b, c, d)
    (energies[at], energies[at + 1], energies[at + 2], energies[at + 3]) = (p, q, r, s)
  }

  /// The map of some cells.
  func block(_ cells: ArraySlice<SIMD2<Int32>>, firstCell: Int) -> ParticleMap.Block {
    let perCell = side * side
    let particles = cells.count * perCell
    let vectors = (particles + 31) / 32 * 4
    var block = ParticleMap.Block(firstCell: firstCell, count: cells.count, entries: [], offsets: [])
    var bins = [Int32](repeating: -1, count: frames * particles)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 4 * vectors) { memory in
      memory.initialize(repeating: .zero)
      // Four quarters of `memory`: places now and at the start, both phases and energies.
      let phases = UnsafeMutableBufferPointer(rebasing: memory[0..<vectors])
      let energies = UnsafeMutableBufferPointer(rebasing: memory[vectors..<2 * vectors])
      let firstPhases = UnsafeMutableBufferPointer(rebasing: memory[2 * vectors..<3 * vectors])
      let firstEnergies = UnsafeMutableBufferPointer(rebasing: memory[3 * vectors..<4 * vectors])
      place(cells, firstPhases, firstEnergies)
      for (directionStart, isForward) in [(start, true), (start - 1, false)] {
        for vector in 0..<vectors {
          phases[vector] = firstPhases[vector]
          energies[vector] = firstEnergies[vector]
        }
        if isForward {
          for frame in directionStart..<frames {
            if frame > start {
              let range = turns(from: frame - 1)
              for at in stride(from: 0, to: vectors, by: 4) { advance(phases, energies, at, range) }
            }
            record(phases, particles, frame, &bins)
          }
        } else {
          for frame in stride(from: directionStart, through: 0, by: -1) {
            let range = turns(from: frame)
            for at in stride(from: 0, to: vectors, by: 4) { retreat(phases, energies, at, range) }
            record(phases, particles, frame, &bins)
          }
        }
      }
    }
    compress(bins, cells.count, perCell, &block)
    return block
  }

  /// The turns between a frame and the next.
  private func turns(from frame: Int) -> Range<Int> {
    let first = firstTurn + frame * turnsBetweenFrames
    return first..<first + turnsBetweenFrames
  }

  /// Puts the particles of the cells on a regular grid inside each cell.
  private func place(
    _ cells: ArraySlice<SIMD2<Int32>>, _ phases: UnsafeMutableBufferPointer<Lanes>,
    _ energies: UnsafeMutableBufferPointer<Lanes>
  ) {
    var particle = 0
    for cell in cells {
      for i in 0..<side {
        let column = Double(cell.x) + (Double(i) + 0.5) / Double(side) - 0.5
        let phase = Float(grid.phase(column))
        for j in 0..<side {
          let row = Double(cell.y) - Double(grid.rows / 2) + (Double(j) + 0.5) / Double(side) - 0.5
          // `particle` stays below cells · side², and the vectors hold at least as many lanes.
          phases[particle / 8][particle % 8] = phase
          energies[particle / 8][particle % 8] = Float(row * grid.rowHeight * slip)
          particle += 1
        }
      }
    }
  }

  /// Notes the bins of all particles in a frame; −1 outside the window.
  private func record(
    _ phases: UnsafeMutableBufferPointer<Lanes>, _ particles: Int, _ frame: Int, _ bins: inout [Int32]
  ) {
    let (scale, origin) = (Lanes(repeating: scales[frame]), Lanes(repeating: origins[frame]))
    let last = Lanes(repeating: Float(grid.columns))
    let none = Lanes(repeating: -1)
    bins.withUnsafeMutableBufferPointer { bins in
      for vector in 0..<(particles + 7) / 8 {
        let place = (phases[vector] * scale + origin).rounded(.down)
        // NaN fails both comparisons and counts as outside.
        let isInside = (place .>= Lanes(repeating: 0)) .& (place .< last)
        let found = SIMD8<Int32>(truncatingIfNeeded: SIMD8<Int32>(none.replacing(with: place, where: isInside)))
        let base = frame * particles + vector * 8
        for lane in 0..<min(8, particles - vector * 8) { bins[base + lane] = found[lane] }
      }
    }
  }

  /// Counts the particles of each cell per bin and frame.
  private func compress(_ bins: [Int32], _ cells: Int, _ perCell: Int, _ block: inout ParticleMap.Block) {
    block.offsets.reserveCapacity(frames * cells + 1)
    block.entries.reserveCapacity(frames * cells * 3)
    bins.withUnsafeBufferPointer { bins in
      var base = 0
      for _ in 0..<frames * cells {
        let first = block.entries.count
        block.offsets.append(Int32(first))
        // `base + perCell` never passes frames · cells · perCell, the count of `bins`.
        for index in base..<base + perCell {
          let bin = bins[index]
          guard bin >= 0 else { continue }
          var place = first
          while place < block.entries.count, block.entries[place] >> 8 != bin { place += 1 }
          if place == block.entries.count {
            block.entries.append(bin << 8 | 1)
          } else {
            block.entries[place] += 1
          }
        }
        base += perCell
      }
    }
    block.offsets.append(Int32(block.entries.count))
  }
}
