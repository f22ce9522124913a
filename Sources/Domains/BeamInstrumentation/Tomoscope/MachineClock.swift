/// What the machine does from turn to turn: velocity, revolution period, field, and the time of every frame.
public struct MachineClock: Sendable, Equatable {
  /// Dipole field in T at the reference frame, and its rate in T/s.
  public var field: Double
  /// Rate of the field in T/s.
  public var fieldRate: Double
  /// Mean radius in m.
  public var machineRadius: Double
  /// Bending radius in m.
  public var bendingRadius: Double
  /// Rest energy in eV.
  public var restEnergy: Double
  /// Charge in elementary charges.
  public var charge: Double
  /// Turns between frames.
  public var turnsBetweenFrames: Int
  /// Frame, from 0, at which the field has its stated value.
  public var referenceFrame: Int

  /// The clock of a header; `nil` when the header does not know the machine.
  public init?(_ header: TomoscopeHeader) {
    guard let field = header.field, let radius = header.machineRadius, let bend = header.bendingRadius,
      let energy = header.restEnergy, let charge = header.charge, let turns = header.turnsBetweenFrames,
      field.value > 0, radius > 0, bend > 0, energy > 0, charge > 0
    else { return nil }
    self.field = field.value
    fieldRate = field.rate
    machineRadius = radius
    bendingRadius = bend
    restEnergy = energy
    self.charge = charge
    turnsBetweenFrames = turns
    referenceFrame = max(0, header.referenceFrames.machine - 1)
  }

  /// Momentum in GeV/c at a field in T.
  func momentum(field: Double) -> Double { Relativity.momentum(rigidity: field * bendingRadius, charge: charge) }

  /// Lorentz factor at a time in s from the reference frame.
  public func gamma(at time: Double) -> Double {
    Relativity.gamma(momentum: momentum(field: max(field + fieldRate * time, 1e-9)), restEnergy: restEnergy / 1e9)
  }

  /// Velocity over that of light at a time in s from the reference frame.
  public func beta(at time: Double) -> Double { Relativity.beta(gamma: gamma(at: time)) }

  /// Revolution period in s at a time in s from the reference frame.
  public func revolutionPeriod(at time: Double) -> Double {
    2 * .pi * machineRadius / (beta(at: time) * Relativity.speedOfLight)
  }

  /// Whether the field stays above a thousandth of its stated value over so many frames: below, the period has no meaning.
  public func holds(frames count: Int) -> Bool {
    let times = frameTimes(count: count)
    guard let first = times.first, let last = times.last, first.isFinite, last.isFinite else { return false }
    // The field changes evenly, so its ends are its extremes; a rate that ends the beam also ends the order of the times.
    return min(field + fieldRate * first, field + fieldRate * last) > 1e-3 * field
      && zip(times, times.dropFirst()).allSatisfy { $0 < $1 }
  }

  /// Times of the frames in s from the reference frame: `turnsBetweenFrames` revolutions apart, the period following the field.
  ///
  /// Each step solves ∫ dt / T(t) = turns with Simpson's rule, by fixed point: the period changes little within a step.
  public func frameTimes(count: Int) -> [Double] {
    let turns = Double(turnsBetweenFrames)
    func step(from start: Double, turns: Double) -> Double {
      var length = turns * revolutionPeriod(at: start)
      for _ in 0..<(fieldRate == 0 ? 0 : 6) {
        let ends = 1 / revolutionPeriod(at: start) + 1 / revolutionPeriod(at: start + length)
        length = turns / ((ends + 4 / revolutionPeriod(at: start + length / 2)) / 6)
      }
      return length
    }
    var times = [Double](repeating: 0, count: max(count, referenceFrame + 1))
    for frame in stride(from: referenceFrame + 1, to: times.count, by: 1) {
      times[frame] = times[frame - 1] + step(from: times[frame - 1], turns: turns)
    }
    for frame in stride(from: referenceFrame - 1, through: 0, by: -1) {
      times[frame] = times[frame + 1] + step(from: times[frame + 1], turns: -turns)
    }
    return Array(times.prefix(count))
  }
}
