import Errors
import Fitting
import Foundation

/// A generator of tomoscope files from a bunch whose distribution in phase space is known.
///
/// Macro-particles on a fine grid carry the density (1 − G/G₀)^μ, a function of the trajectory and so matched to the bucket, then are
/// displaced and stretched in energy as asked for, and tracked in double precision turn by turn with Foundation's sine: nothing is
/// shared with the reconstruction but the equations of motion.
public struct PhaseSpaceSimulation: Sendable, Equatable {
  /// The header.
  public var header: TomoscopeHeader
  /// Half length of the bunch as a part of that of the bucket.
  public var filling = 0.6
  /// The power μ; 0.5 gives parabolic profiles.
  public var exponent = 1.5
  /// Factor on all energies: 1 is matched.
  public var stretch = 1.0
  /// Shift in phase in turns of RF: 0 is matched.
  public var phaseShift = 0.0
  /// Place of the synchronous phase in bins, bin centres being whole.
  public var synchronousBin: Double
  /// Macro-particles along each axis.
  public var density = 160
  /// Height of the highest bin of the first frame.
  public var amplitude = 1000.0
  /// Pedestal.
  public var baseline = 20.0
  /// Root-mean-square noise.
  public var noise = 0.0
  /// Seed of the noise.
  public var seed: UInt64 = 1

  /// A proton bunch in the PS with 100 frames over about one period of the synchrotron oscillation.
  public init() {
    header = TomoscopeHeader(frameCount: 100, binCount: 160, binWidth: 2e-9)
    header.title = "PS protons, tracked simulation"
    header.turnsBetweenFrames = 8
    header.voltage = (120e3, 0)
    header.harmonic = 8
    header.field = (0.1013, 0)
    header.machineRadius = 100
    header.bendingRadius = 70.079
    header.gammaTransition = 6.1
    header.restEnergy = 0.938272e9
    header.charge = 1
    synchronousBin = 79.5
  }

  /// What was generated.
  public struct Outcome: Sendable {
    /// All values, frame after frame.
    public var values: [Double]
    /// Frames without noise and pedestal, each with sum 1.
    public var profiles: [Double]
    /// π√(⟨t²⟩⟨E²⟩ − ⟨tE⟩²) in eV s per frame.
    public var emittances: [Double]
    /// Standard deviation in energy in eV per frame.
    public var energySpreads: [Double]
  }

  /// Tracks and records.
  ///
  /// - Throws: as `LongitudinalMotion.init`.
  public func callAsFunction() throws(CavernError) -> Outcome {
    let motion = try LongitudinalMotion(header, frames: header.frameCount)
    guard let centre = motion.synchronousPhase(turn: 0), let ends = motion.bucket(turn: 0),
      let first = motion.turns.first
    else { throw CavernError("tomoscope.noBucket", "there is no bucket", exit: .badData) }
    let inner = motion.level(centre, 0, first)
    let edge = centre + filling * min(ends.upper - centre, centre - ends.lower)
    let outer = motion.level(edge, 0, first)
    let reach = edge - centre
    let highest = (2 * (outer - inner) / abs(first.slip)).squareRoot()
    var particles: [(phase: Double, energy: Double, weight: Double)] = []
    for i in 0..<density {
      for j in 0..<density {
        let phase = centre + 1.6 * reach * (2 * (Double(i) + 0.5) / Double(density) - 1)
        let energy = highest * (2 * (Double(j) + 0.5) / Double(density) - 1)
        guard phase > ends.lower, phase < ends.upper else { continue }
        let share = 1 - (motion.level(phase, energy, first) - inner) / (outer - inner)
        if share > 0 { particles.append((phase + phaseShift, energy * stretch, pow(share, exponent))) }
      }
    }
    var outcome = Outcome(values: [], profiles: [], emittances: [], energySpreads: [])
    let origin = synchronousBin - centre * first.period / header.binWidth
    for frame in 0..<header.frameCount {
      let turn = frame * motion.turnsBetweenFrames
      record(particles, motion.turns[turn].period, origin, &outcome)
      guard frame + 1 < header.frameCount else { break }
      for number in turn..<turn + motion.turnsBetweenFrames {
        let now = motion.turns[number]
        for index in particles.indices {
          particles[index].phase += now.slip * particles[index].energy
          particles[index].energy += motion.force(particles[index].phase, now)
        }
      }
    }
    var random = RandomSource(seed: seed)
    let scale = amplitude / (outcome.profiles.prefix(header.binCount).max() ?? 1)
    outcome.values = outcome.profiles.map { baseline + scale * $0 + noise * random.normal() }
    return outcome
  }

  /// The file as the acquisition writes it.
  ///
  /// - Throws: as `callAsFunction`.
  public func text() throws(CavernError) -> String {
    let outcome = try self()
    return TomoscopeSimulation.text(header, outcome.values)
  }

  /// One frame: every particle shared between the two nearest bins, and the moments.
  private func record(
    _ particles: [(phase: Double, energy: Double, weight: Double)], _ period: Double, _ origin: Double,
    _ outcome: inout Outcome
  ) {
    var profile = [Double](repeating: 0, count: header.binCount)
    var sums = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for particle in particles {
      let time = particle.phase * period
      let (w, e) = (particle.weight, particle.energy)
      sums.0 += w
      sums.1 += w * time
      sums.2 += w * e
      sums.3 += w * time * time
      sums.4 += w * e * e
      sums.5 += w * time * e
      let place = time / header.binWidth + origin
      let lower = place.rounded(.down)
      guard lower >= 0, lower + 1 < Double(header.binCount) else { continue }
      profile[Int(lower)] += w * (1 - (place - lower))
      profile[Int(lower) + 1] += w * (place - lower)
    }
    let total = profile.reduce(0, +)
    outcome.profiles += profile.map { $0 / total }
    let (t, e) = (sums.1 / sums.0, sums.2 / sums.0)
    let (tt, ee, te) = (sums.3 / sums.0 - t * t, sums.4 / sums.0 - e * e, sums.5 / sums.0 - t * e)
    outcome.emittances.append(.pi * max(0, tt * ee - te * te).squareRoot())
    outcome.energySpreads.append(ee.squareRoot())
  }
}
