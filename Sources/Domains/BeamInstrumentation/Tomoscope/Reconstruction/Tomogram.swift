import Errors
import Foundation

/// The distribution of a bunch in longitudinal phase space, from its projections in many frames.
///
/// Test particles are tracked from the cells of phase space at one frame to all others; the measured frames are projected back along
/// them, the result is projected forward, and the differences are projected back in turn, normalised by the number of particles in
/// each bin, with weights kept from becoming negative: the hybrid algebraic reconstruction of S. Hancock, P. Knaus and M. Lindroos
/// (EPAC 1998) and S. Hancock et al., Phys. Rev. ST Accel. Beams 3 (2000) 124202. The update is that of the simultaneous
/// iterative technique (Gregor and Benson, IEEE Trans. Med. Imaging 27 (2008) 918), sped up by the momentum of Beck and Teboulle
/// (SIAM J. Imaging Sci. 2 (2009) 183), which needs the square root of the iterations.
public struct Tomogram: Sendable, Equatable {
  /// Number in the file of the frame whose time the distribution belongs to.
  public var frame: Int
  /// Number in the file of the first frame used.
  public var firstFrame: Int
  /// The cells.
  public var grid: PhaseSpaceGrid
  /// Share of the bunch per cell, in the order of `grid.cells`; the sum is 1.
  public var weights: [Double]
  /// Measured frames in the window, baseline off, each with sum 1: frames × columns.
  public var measured: [Double]
  /// Projections of the result, frames × columns.
  public var projected: [Double]
  /// Root mean square of measured − projected after each iteration, the first before any.
  public var discrepancies: [Double]
  /// Test particles.
  public var particleCount: Int
  /// Entries of the sparse map.
  public var mapEntries: Int
  /// What follows from the distribution.
  public var emittance: LongitudinalEmittance
  /// What the user should know.
  public var warnings: [CavernWarning]

  /// Number of frames used.
  public var frameCount: Int { measured.count / max(1, grid.columns) }

  /// Reconstructs a bunch.
  ///
  /// - Throws: `tomoscope.noMachine`, `tomoscope.noBucket`, `tomoscope.smallBucket`, `tomoscope.noFrame` for a frame that does not
  ///   exist, `tomoscope.noBunch` without the bunch, `tomoscope.fewFrames` for less than two frames.
  public init(_ analysis: BunchLengthAnalysis, options: ReconstructionOptions = ReconstructionOptions())
    throws(CavernError)
  {
    let record = analysis.record
    func fault(_ code: String, _ message: String, _ exit: ExitStatus = .badData, expected: String? = nil) -> CavernError
    {
      CavernError("tomoscope.\(code)", message, exit: exit, file: record.path, expected: expected)
    }
    guard record.frameCount >= 2 else { throw fault("fewFrames", "one frame is not enough to reconstruct phase space") }
    let wanted = options.frame ?? max(record.firstFrame, (record.header.reconstructedFrames?.first ?? 1) - 1)
    let start = wanted - record.firstFrame
    guard start >= 0, start < record.frameCount else {
      throw fault(
        "noFrame", "there is no frame \(wanted)", .usage,
        expected: "\(record.firstFrame) to \(record.firstFrame + record.frameCount - 1)")
    }
    let motion: LongitudinalMotion
    do {
      motion = try LongitudinalMotion(record.header, frames: record.firstFrame + record.frameCount)
    } catch {
      throw error.inFile(record.path)
    }
    let centre = try Self.centre(analysis, options, fault)
    let grid: PhaseSpaceGrid
    do {
      grid = try PhaseSpaceGrid(
        motion: motion, turn: wanted * motion.turnsBetweenFrames, synchronousBin: centre, binCount: record.binCount,
        binWidth: record.binWidth)
    } catch {
      throw error.inFile(record.path)
    }
    self.grid = grid
    frame = wanted
    firstFrame = record.firstFrame
    let side = min(max(options.particlesPerSide ?? record.header.particlesPerCellSide ?? 4, 1), 15)
    let map = ParticleMap(
      grid: grid, motion: motion, firstFrame: record.firstFrame, frames: record.frameCount, start: start, side: side,
      threads: options.threads)
    particleCount = grid.cells.count * side * side
    mapEntries = map.blocks.reduce(0) { $0 + $1.entries.count }
    warnings = []
    let profiles = Self.profiles(analysis, grid)
    guard let profiles else { throw fault("noBunch", "a frame has no signal in the bucket") }
    measured = profiles
    let solution = Self.solve(
      map, profiles, iterations: max(0, options.iterations ?? record.header.iterations ?? 20), threads: options.threads)
    weights = solution.weights
    projected = solution.projected
    discrepancies = solution.discrepancies
    emittance = LongitudinalEmittance(
      grid: grid, weights: solution.weights, motion: motion, turn: wanted * motion.turnsBetweenFrames)
  }

  /// The synchronous place: as told, as in the header, or the mean centre of the bunch: oscillations average out.
  private static func centre(
    _ analysis: BunchLengthAnalysis, _ options: ReconstructionOptions,
    _ fault: (String, String, ExitStatus, String?) -> CavernError
  ) throws(CavernError) -> Double {
    if let bin = options.synchronousBin { return bin }
    // The tomography program counts from the start of bin 0, Cavern from its centre.
    if let bin = analysis.record.header.synchronousBin { return bin - 0.5 }
    let width = analysis.record.binWidth * 1e9
    var sum = (weight: 0.0, value: 0.0)
    for (index, frame) in analysis.frames.enumerated() where frame.bunches.indices.contains(options.bunch) {
      let fit = frame.bunches[options.bunch]
      guard fit.state.isUsable else { continue }
      let samples = analysis.record.frame(index)
      var moments = (0.0, 0.0)
      for bin in fit.window where abs(Double(bin) - fit.position.value / width) < 5 * fit.sigma.value / width {
        let value = samples[samples.startIndex + bin] - frame.pedestal
        moments.0 += value
        moments.1 += value * Double(bin)
      }
      guard moments.0 > 0 else { continue }
      sum.weight += 1
      sum.value += moments.1 / moments.0
    }
    guard sum.weight > 0 else {
      throw fault("noBunch", "there is no bunch \(options.bunch)", .usage, nil)
    }
    return sum.value / sum.weight
  }

  /// The frames in the window, baseline off, with sum 1 each; `nil` when one has none.
  private static func profiles(_ analysis: BunchLengthAnalysis, _ grid: PhaseSpaceGrid) -> [Double]? {
    var profiles: [Double] = []
    for (index, frame) in analysis.frames.enumerated() {
      let samples = analysis.record.frame(index).dropFirst(grid.firstBin).prefix(grid.columns).map {
        $0 - frame.pedestal
      }
      let sum = samples.reduce(0, +)
      guard sum > 0 else { return nil }
      profiles += samples.map { $0 / sum }
    }
    return profiles
  }

  /// Particles of a bin that counts, as a share of those of the fullest bin.
  private static let fewestParticles: Float = 0.05

  /// The iterations.
  private static func solve(
    _ map: ParticleMap, _ measured: [Double], iterations: Int, threads: Int
  ) -> (weights: [Double], projected: [Double], discrepancies: [Double]) {
    let cells = map.blocks.reduce(0) { $0 + $1.count }
    let target = measured.map(Float.init)
    // Reciprocals of the particles per bin and per cell: the norms of the simultaneous technique.
    var perBin = [Float](repeating: 0, count: target.count)
    map.project([Float](repeating: 1, count: cells), into: &perBin, threads: threads)
    // A bin that hardly any particle reaches, at an end of the window, would put its noise, or the flank of the next bunch, on these
    // few: it is left out.
    let fewest = Self.fewestParticles * (perBin.max() ?? 0)
    let rowNorms = perBin.map { $0 > fewest ? 1 / $0 : 0 }
    var perCell = [Float](repeating: 0, count: cells)
    map.backProject(rowNorms.map { $0 > 0 ? 1 : 0 }, into: &perCell, threads: threads)
    let columnNorms = perCell.map { $0 > 0 ? 1 / $0 : 0 }

    var step = [Float](repeating: 0, count: cells)
    var projection = [Float](repeating: 0, count: target.count)
    map.backProject(zip(target, rowNorms).map { $0 * $1 }, into: &step, threads: threads)
    var weights = zip(step, columnNorms).map { max(0, $0 * $1) }
    var leading = weights
    var momentum = 1.0
    var discrepancies: [Double] = []
    var differences = [Float](repeating: 0, count: target.count)
    for iteration in 0...iterations {
      map.project(leading, into: &projection, threads: threads)
      if iteration == iterations { break }
      for index in target.indices { differences[index] = (target[index] - projection[index]) * rowNorms[index] }
      discrepancies.append(Self.discrepancy(target, projection))
      map.backProject(differences, into: &step, threads: threads)
      let next = (1 + (1 + 4 * momentum * momentum).squareRoot()) / 2
      let carry = Float((momentum - 1) / next)
      momentum = next
      for cell in 0..<cells {
        let updated = max(0, leading[cell] + step[cell] * columnNorms[cell])
        leading[cell] = max(0, updated + carry * (updated - weights[cell]))
        weights[cell] = updated
      }
    }
    if iterations > 0 { map.project(weights, into: &projection, threads: threads) }
    let sum = weights.reduce(0.0) { $0 + Double($1) }
    let scale = sum > 0 ? 1 / sum : 0
    discrepancies.append(Self.discrepancy(target, projection))
    return (weights.map { Double($0) * scale }, projection.map { Double($0) * scale }, discrepancies)
  }

  private static func discrepancy(_ target: [Float], _ projection: [Float]) -> Double {
    var sum = 0.0
    for index in target.indices {
      let difference = Double(target[index] - projection[index])
      sum += difference * difference
    }
    return (sum / Double(max(1, target.count))).squareRoot()
  }
}
