import Errors
import Foundation

/// What a sensor has suffered after every step of a radiation profile.
///
/// Effective doping and depletion voltage by the Hamburg model (M. Moll, thesis, Hamburg 1999, chapter 5), leakage current
/// with its annealing (ibid., chapter 4). Arrays have one value a step of the profile, at its end.
public struct DamagePrediction: Sendable {
  /// Accumulated fluence, in n_eq/cm².
  public var fluence: [Double] = []
  /// Effective doping, in 1/cm³: negative before type inversion, positive after it.
  public var effectiveDoping: [Double] = []
  /// Full depletion voltage, in V.
  public var depletionVoltage: [Double] = []
  /// Leakage current per volume at the reference temperature of the parameters (20 °C), in A/cm³.
  public var leakageAt20C: [Double] = []

  /// How the leakage current is summed over the history.
  public enum Summation: Sendable {
    /// Every step against every earlier one: O(N²), to compare with.
    case exact
    /// Old steps of nearly equal age together: O(N log N), to about 10⁻⁶.
    case grouped
  }

  /// How annealing is averaged in the constant part of the current.
  public enum Averaging: Sendable {
    /// Time scaled to the reference temperature: α₀* − β ln θ.
    case scaledTime
    /// Mean inverse temperature: α₀ = −8.9·10⁻¹⁷ + 4.6·10⁻¹⁴ ⟨1/T⟩ A/cm and β = 2.9·10⁻¹⁸ A/cm with plain time.
    case meanInverseTemperature
  }

  /// Runs the model over a profile.
  ///
  /// - Parameters:
  ///   - profile: steps in order of time; fluxes in n_eq/cm²/s, temperatures in K, durations in s.
  ///   - parameters: constants.
  ///   - scale: factor on all fluxes.
  ///   - shift: added to all temperatures, in K.
  ///   - includesDoping: whether doping and depletion voltage are wanted.
  public init(
    _ profile: RadiationProfile, parameters: DamageParameters, scale: Double = 1, shift: Double = 0,
    summation: Summation = .grouped, averaging: Averaging = .scaledTime, includesDoping: Bool = true
  ) {
    let count = profile.rows.count
    fluence.reserveCapacity(count)
    leakageAt20C.reserveCapacity(count)
    var total = 0.0
    for row in profile.rows {
      total += scale * row.fluenceRate * row.duration
      fluence.append(total)
    }
    if includesDoping { addDoping(profile, parameters, scale, shift) }
    addLeakage(profile, parameters, scale, shift, summation, averaging)
  }

  private mutating func addDoping(
    _ profile: RadiationProfile, _ p: DamageParameters, _ scale: Double, _ shift: Double
  ) {
    var acceptors = 0.0
    var stable = 0.0
    var reverse = 0.0
    var precursors = 0.0
    var removable = p.removableShare * p.donors
    let fixed = (1 - p.removableShare) * p.donors
    effectiveDoping.reserveCapacity(profile.rows.count)
    for row in profile.rows {
      let flux = scale * row.fluenceRate
      let time = row.duration
      let temperature = row.temperature + shift
      let kA = p.kA * exp(-p.energyA / (p.boltzmann * temperature))
      let kY = p.kY * exp(-p.energyY / (p.boltzmann * temperature))
      // 1 − e^(−kt) by expm1 stays accurate for tiny k t.
      let lossA = -expm1(-kA * time)
      let lossY = -expm1(-kY * time)
      acceptors = p.gA * flux * (kA > 0 ? lossA / kA : time) + acceptors * (1 - lossA)
      stable += p.gC * flux * time
      reverse += p.gY * flux * Self.delayed(kY, time) + precursors * lossY
      precursors = p.gY * flux * (kY > 0 ? lossY / kY : time) + precursors * (1 - lossY)
      removable *= exp(-p.donorRemoval * flux * time)
      let doping = acceptors + stable + reverse - removable - fixed
      effectiveDoping.append(doping)
      depletionVoltage.append(p.depletionVoltage(doping))
    }
  }

  /// (k t + e^(−kt) − 1)/k: what has reacted of a constant production over a time; by its series where terms cancel.
  private static func delayed(_ k: Double, _ time: Double) -> Double {
    let x = k * time
    if x < 1e-3 { return time * x * (0.5 - x / 6 * (1 - x / 4 * (1 - x / 5))) }
    return (x + expm1(-x)) / k
  }

  private mutating func addLeakage(
    _ profile: RadiationProfile, _ p: DamageParameters, _ scale: Double, _ shift: Double, _ summation: Summation,
    _ averaging: Averaging
  ) {
    var decaying = 0.0
    var aged = AgedLogarithm()
    var age = 0.0
    var time = 0.0
    var inverseTime = 0.0
    var steps: [(weight: Double, place: Double)] = []
    for (index, row) in profile.rows.enumerated() {
      let temperature = row.temperature + shift
      let weight = scale * row.fluenceRate * row.duration
      let inverse = 1 / temperature
      let start: Double
      switch averaging {
      case .scaledTime:
        start = age
        age +=
          row.duration / 60
          * exp(-p.energyStar / p.boltzmann * (inverse - 1 / p.referenceTemperature))
      case .meanInverseTemperature:
        start = age
        age += row.duration / 60
      }
      time += row.duration
      inverseTime += row.duration * inverse
      let decay = p.k01 * exp(-p.energy1 / (p.boltzmann * temperature)) * row.duration
      decaying = (decaying + weight) * exp(-decay)
      let logarithms: Double
      switch summation {
      case .grouped:
        aged.add(weight: weight, at: start)
        logarithms = aged.sum(at: age)
      case .exact:
        if weight > 0 { steps.append((weight, start)) }
        var sum = 0.0
        for step in steps { sum += step.weight * log(age - step.place) }
        logarithms = sum
      }
      let total = fluence[index]
      switch averaging {
      case .scaledTime:
        let unit = log(p.timeUnitMinutes)
        leakageAt20C.append(p.alpha1 * decaying + p.alpha0 * total - p.beta * (logarithms - total * unit))
      case .meanInverseTemperature:
        let alpha0 = time > 0 ? -8.9e-17 + 4.6e-14 * (inverseTime / time) : 0
        leakageAt20C.append(p.alpha1 * decaying + alpha0 * total - 2.9e-18 * logarithms)
      }
    }
  }

  /// The first step after which the effective doping is no longer negative; `nil` when that never happens.
  public var typeInversion: Int? { effectiveDoping.firstIndex { $0 >= 0 } }
}
