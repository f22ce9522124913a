import Errors
import Foundation

/// The longitudinal motion of particles in the buckets of one or two RF systems, turn by turn.
///
/// A particle has the RF phase φ, in turns of the main system (1 is 2π), and the energy ΔE above that of the synchronous particle.
/// A turn is φ → φ + slip·ΔE, then ΔE → ΔE + Z[V₁ sin 2πφ + V₂ sin 2πr(φ − φ₁₂)] − gain, where Z is the charge and gain is what
/// the synchronous particle gets from the rising field, 2πRρZḂ. S. Hancock, P. Knaus and M. Lindroos, "Tomographic measurements of
/// longitudinal phase space density", EPAC 1998; S. Hancock, S. Koscielniak and M. Lindroos, Phys. Rev. ST Accel. Beams 3 (2000)
/// 124202.
public struct LongitudinalMotion: Sendable, Equatable {
  /// One turn.
  public struct Turn: Sendable, Equatable {
    /// Phase in turns of RF per eV of energy and turn of the machine.
    public var slip: Double
    /// Energy from the main system at its crest, Z·V₁, in eV.
    public var kick: Double
    /// Energy from the second system at its crest, Z·V₂, in eV.
    public var secondKick: Double
    /// Energy gain of the synchronous particle in eV.
    public var gain: Double
    /// Revolution period over harmonic number in s: one turn of RF.
    public var period: Double
    /// β²E of the synchronous particle in eV.
    public var stiffness: Double
  }

  /// Turn 0 is at the first frame of the file.
  public var turns: [Turn]
  /// Harmonic of the second system over that of the first.
  public var ratio: Double
  /// Phase of the second system in turns of the main one.
  public var secondPhase: Double
  /// Turns between frames.
  public var turnsBetweenFrames: Int
  /// Whether the energy is below transition.
  public var isBelowTransition: Bool

  /// The motion over the frames of a header.
  ///
  /// - Throws: `tomoscope.noMachine` when the header lacks something; `tomoscope.noBucket` without a synchronous phase.
  public init(_ header: TomoscopeHeader, frames: Int) throws(CavernError) {
    guard let clock = MachineClock(header), let voltage = header.voltage, let harmonic = header.harmonic,
      let transition = header.gammaTransition, transition > 0, voltage.value != 0 || header.secondVoltage.value != 0
    else {
      throw CavernError(
        "tomoscope.noMachine", "the header does not tell voltage, harmonic, transition and the machine", exit: .badData,
        hint: "options such as '--voltage' stand in for the header")
    }
    ratio = header.harmonicRatio
    secondPhase = header.phaseDifference / (2 * .pi)
    turnsBetweenFrames = clock.turnsBetweenFrames
    let times = clock.frameTimes(count: max(frames, 2))
    let charge = clock.charge
    let gain = 2 * .pi * clock.machineRadius * clock.bendingRadius * charge * clock.fieldRate
    var turns: [Turn] = []
    let count = (max(frames, 2) - 1) * clock.turnsBetweenFrames + 1
    turns.reserveCapacity(count)
    let isConstant = clock.fieldRate == 0 && voltage.rate == 0 && header.secondVoltage.rate == 0
    for turn in 0..<count {
      if isConstant, let first = turns.first {
        turns.append(first)
        continue
      }
      let frame = min(turn / clock.turnsBetweenFrames, times.count - 2)
      let share = Double(turn - frame * clock.turnsBetweenFrames) / Double(clock.turnsBetweenFrames)
      let time = times[frame] + share * (times[frame + 1] - times[frame])
      let gamma = clock.gamma(at: time)
      let beta = clock.beta(at: time)
      let stiffness = beta * beta * gamma * clock.restEnergy
      let slippage = 1 / (transition * transition) - 1 / (gamma * gamma)
      turns.append(
        Turn(
          slip: Double(harmonic) * slippage / stiffness, kick: charge * (voltage.value + voltage.rate * time),
          secondKick: charge * (header.secondVoltage.value + header.secondVoltage.rate * time), gain: gain,
          period: clock.revolutionPeriod(at: time) / Double(harmonic), stiffness: stiffness))
    }
    self.turns = turns
    isBelowTransition = (turns.first?.slip ?? 0) < 0
    guard let first = turns.first, first.slip != 0 else {
      throw CavernError("tomoscope.noBucket", "at transition there is no bucket", exit: .badData)
    }
    guard synchronousPhase(turn: 0) != nil else {
      throw CavernError(
        "tomoscope.noBucket", "the voltage is too low for the rise of the field: there is no bucket", exit: .badData,
        expected: "at least \(gain / charge) V")
    }
  }

  /// The energy from both systems less the gain of the synchronous particle, in eV.
  func force(_ phase: Double, _ turn: Turn) -> Double {
    turn.kick * sin(2 * .pi * phase) + turn.secondKick * sin(2 * .pi * ratio * (phase - secondPhase)) - turn.gain
  }

  /// The potential U with force = −dU/dφ, in eV times turns of RF.
  func potential(_ phase: Double, _ turn: Turn) -> Double {
    let main = turn.kick * cos(2 * .pi * phase)
    let second = ratio == 0 ? 0 : turn.secondKick * cos(2 * .pi * ratio * (phase - secondPhase)) / ratio
    return (main + second) / (2 * .pi) + turn.gain * phase
  }

  /// G(φ, ΔE) = sign(slip)·(slip ΔE²/2 + U): grows from the middle of the bucket outwards and is constant on a trajectory.
  func level(_ phase: Double, _ energy: Double, _ turn: Turn) -> Double {
    (turn.slip < 0 ? -1 : 1) * (turn.slip * energy * energy / 2 + potential(phase, turn))
  }

  /// The stable fixed point: where the force vanishes and pulls back; with several, the deepest.
  ///
  /// In turns of RF, −½ to 1.
  public func synchronousPhase(turn number: Int) -> Double? {
    let turn = turns[min(max(number, 0), turns.count - 1)]
    let sign = turn.slip < 0 ? 1.0 : -1.0
    // Below transition a late particle must gain: the force grows with phase. Above it is the other way round.
    let centre = turn.slip < 0 ? 0.0 : 0.5
    var best: (phase: Double, level: Double)?
    let steps = 2000
    for step in 0..<steps {
      let low = centre - 0.5 + Double(step) / Double(steps)
      let high = low + 1 / Double(steps)
      guard sign * force(low, turn) <= 0, sign * force(high, turn) > 0 else { continue }
      var (a, b) = (low, high)
      for _ in 0..<60 {
        let middle = (a + b) / 2
        if sign * force(middle, turn) <= 0 { a = middle } else { b = middle }
      }
      let found = level((a + b) / 2, 0, turn)
      if best.map({ found < $0.level }) ?? true { best = ((a + b) / 2, found) }
    }
    return best?.phase
  }

  /// The ends of the bucket: the highest potential barriers within a turn of RF to either side of the synchronous phase.
  func bucket(turn number: Int) -> (lower: Double, upper: Double)? {
    guard let centre = synchronousPhase(turn: number) else { return nil }
    let turn = turns[min(max(number, 0), turns.count - 1)]
    func barrier(_ direction: Double) -> Double {
      var best = centre
      var highest = level(centre, 0, turn)
      for step in 1...2000 {
        let phase = centre + direction * Double(step) / 2000
        let value = level(phase, 0, turn)
        if value >= highest { (best, highest) = (phase, value) }
        // Beyond the first barrier the potential only matters when no bucket has been closed yet.
        if value < highest, abs(phase - centre) > 0.45 { break }
      }
      return best
    }
    return (barrier(-1), barrier(1))
  }
}
