import Errors

/// The cells of phase space that a reconstruction fills: columns are the bins of the frames, rows are energies.
public struct PhaseSpaceGrid: Sendable, Equatable {
  /// First bin of the frames that is used.
  public var firstBin: Int
  /// Number of columns, and of bins used.
  public var columns: Int
  /// Number of rows, odd: the middle one holds the synchronous energy.
  public var rows: Int
  /// Width of a bin in s.
  public var binWidth: Double
  /// Height of a row in eV.
  public var rowHeight: Double
  /// Place of the synchronous phase in bins from the start of the frame, bin centres being whole.
  public var synchronousBin: Double
  /// Phase of RF at the synchronous place, in turns.
  public var synchronousPhase: Double
  /// Turns of RF per bin.
  public var phasePerBin: Double
  /// Column and row of each cell, column by column.
  public var cells: [SIMD2<Int32>]
  /// G of the outermost trajectory that stays inside, and of the synchronous particle.
  public var limits: (outer: Double, inner: Double)

  /// Equal when geometry and cells are.
  public static func == (left: PhaseSpaceGrid, right: PhaseSpaceGrid) -> Bool {
    left.firstBin == right.firstBin && left.columns == right.columns && left.rows == right.rows
      && left.binWidth == right.binWidth && left.rowHeight == right.rowHeight && left.cells == right.cells
  }

  /// The cells within the largest closed trajectory that fits the frame and the bucket at one turn.
  ///
  /// - Throws: `tomoscope.noBucket` when no bucket is there, `tomoscope.smallBucket` when it covers fewer than 8 bins.
  init(
    motion: LongitudinalMotion, turn: Int, synchronousBin: Double, binCount: Int, binWidth: Double
  ) throws(CavernError) {
    guard let phase = motion.synchronousPhase(turn: turn), let ends = motion.bucket(turn: turn) else {
      throw CavernError("tomoscope.noBucket", "there is no bucket at the frame to reconstruct", exit: .badData)
    }
    let now = motion.turns[turn]
    self.binWidth = binWidth
    self.synchronousBin = synchronousBin
    synchronousPhase = phase
    phasePerBin = binWidth / now.period
    // The frame begins half a bin before the centre of bin 0.
    let frameStart = phase + (-0.5 - synchronousBin) * phasePerBin
    let frameEnd = phase + (Double(binCount) - 0.5 - synchronousBin) * phasePerBin
    let lower = max(ends.lower, frameStart)
    let upper = min(ends.upper, frameEnd)
    guard lower < phase, upper > phase, (upper - lower) / phasePerBin >= 8 else {
      throw CavernError(
        "tomoscope.smallBucket", "the frame shows \(Int(max(0, (upper - lower) / phasePerBin))) bins of the bucket",
        exit: .badData, expected: "at least 8 bins around the synchronous phase")
    }
    let inner = motion.level(phase, 0, now)
    let outer = min(motion.level(lower, 0, now), motion.level(upper, 0, now))
    limits = (outer, inner)
    let scale = phasePerBin
    func bin(_ value: Double) -> Int { Int(((value - phase) / scale + synchronousBin).rounded()) }
    firstBin = max(0, bin(lower))
    columns = min(binCount - 1, bin(upper)) - firstBin + 1
    let highest = (2 * (outer - inner) / abs(now.slip)).squareRoot()
    // Rows as high as make the small oscillations round; at least 32 to either side when the bucket has a flat bottom.
    let step = 1e-4
    let stiffness = (motion.force(phase + step, now) - motion.force(phase - step, now)) / (2 * step)
    let round = phasePerBin * abs(stiffness / now.slip).squareRoot()
    rowHeight = min(max(round, highest / 400), highest / 16)
    let half = Int((highest / rowHeight).rounded(.up))
    rows = 2 * half + 1
    cells = []
    for column in 0..<columns {
      let place = phase + (Double(firstBin + column) - synchronousBin) * phasePerBin
      guard place > ends.lower, place < ends.upper else { continue }
      for row in 0..<rows {
        let energy = Double(row - half) * rowHeight
        if motion.level(place, energy, now) <= outer { cells.append(SIMD2(Int32(column), Int32(row))) }
      }
    }
  }

  /// Energy at the middle of a row in eV.
  public func energy(_ row: Int) -> Double { Double(row - rows / 2) * rowHeight }

  /// Time at the middle of a column in s from the start of the frame.
  public func time(_ column: Int) -> Double { Double(firstBin + column) * binWidth }

  /// Phase at the middle of a column in turns of RF.
  func phase(_ column: Double) -> Double {
    synchronousPhase + (Double(firstBin) + column - synchronousBin) * phasePerBin
  }

  /// Area of a cell in eV s.
  public var cellArea: Double { binWidth * rowHeight }
}
