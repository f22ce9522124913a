import Dispatch
import Fitting
import Foundation
import Synchronization

/// How far the prediction may be off: the model run many times with its parameters varied by their uncertainties.
public struct DamageToys: Sendable {
  /// What is varied, each quantity once a run and the same for all steps.
  public struct Options: Sendable, Equatable {
    /// Number of runs.
    public var count: Int
    /// Seed of the random numbers.
    public var seed: UInt64
    /// Relative standard uncertainty of all fluxes: field and cross section.
    public var fluence: Double
    /// Standard uncertainty of all temperatures, in K.
    public var temperature: Double
    /// Whether the annealing parameters are varied by their quoted uncertainties.
    public var annealing: Bool

    /// Runs with the uncertainties of the published parameters, 10 % on the fluence and 1 K.
    public init(
      count: Int = 100, seed: UInt64 = 1, fluence: Double = 0.1, temperature: Double = 1, annealing: Bool = true
    ) {
      self.count = count
      self.seed = seed
      self.fluence = fluence
      self.temperature = temperature
      self.annealing = annealing
    }
  }

  /// Standard deviation of the leakage current at 20 °C after each step, in A/cm³.
  public private(set) var leakage: [Double]
  /// Standard deviation of the depletion voltage after each step, in V.
  public private(set) var depletionVoltage: [Double]

  /// Runs the model with varied parameters; the result does not depend on the number of threads.
  public init(
    _ profile: RadiationProfile, parameters: DamageParameters, options: Options, threads: Int = 1,
    isCancelled: @Sendable () -> Bool = { false }
  ) {
    let rows = profile.rows.count
    var sums = [[Double]](repeating: [Double](repeating: 0, count: rows), count: 4)
    var random = RandomSource(seed: options.seed)
    let variations = (0..<options.count).map { _ in Variation(parameters, options, &random) }
    var first = 0
    while first < variations.count, !isCancelled() {
      let last = min(first + max(threads, 1), variations.count)
      let batch = Mutex([DamagePrediction?](repeating: nil, count: last - first))
      let start = first
      DispatchQueue.concurrentPerform(iterations: last - first) { index in
        let variation = variations[start + index]
        let prediction = DamagePrediction(
          profile, parameters: variation.parameters, scale: variation.scale, shift: variation.shift)
        batch.withLock { $0[index] = prediction }
      }
      // In the order of the runs, so that sums are the same for any number of threads.
      for prediction in batch.withLock({ $0 }) {
        guard let prediction else { continue }
        for row in 0..<rows {
          let (current, voltage) = (prediction.leakageAt20C[row], prediction.depletionVoltage[row])
          sums[0][row] += current
          sums[1][row] += current * current
          sums[2][row] += voltage
          sums[3][row] += voltage * voltage
        }
      }
      first = last
    }
    let count = Double(max(first, 1))
    func spread(_ sum: [Double], _ squares: [Double]) -> [Double] {
      zip(sum, squares).map { sum, square in
        count > 1 ? (max(0, square - sum * sum / count) / (count - 1)).squareRoot() : 0
      }
    }
    leakage = spread(sums[0], sums[1])
    depletionVoltage = spread(sums[2], sums[3])
  }

  /// Parameters of one run.
  private struct Variation: Sendable {
    var parameters: DamageParameters
    var scale: Double
    var shift: Double

    init(_ standard: DamageParameters, _ options: Options, _ random: inout RandomSource) {
      parameters = standard
      // All are drawn in every case, so that leaving one out does not change the others.
      let draws = (0..<6).map { _ in random.normal() }
      if options.annealing {
        parameters.alpha1 += draws[0] * standard.alpha1Sigma
        parameters.beta += draws[1] * standard.betaSigma
        // Frequency factors are tied to the energies by the measurements at the reference temperature: the rate there
        // stays, and only its change with temperature varies.
        let shift = draws[2] * standard.energy1Sigma
        parameters.energy1 += shift
        parameters.k01 *= exp(shift / (standard.boltzmann * standard.referenceTemperature))
        parameters.energyStar += draws[3] * standard.energyStarSigma
      }
      scale = max(0, 1 + draws[4] * options.fluence)
      shift = draws[5] * options.temperature
    }
  }
}
