import Errors

/// Fluence per collision over r and z by kind of particle: 1-MeV-neutron equivalents per cm² and pp collision.
public struct FluenceField: Sendable, Equatable {
  /// Values of one kind of particle, r running fastest.
  public struct Component: Sendable, Equatable {
    /// n_eq/cm² per collision, one a bin.
    public var values: [Double]
    /// Standard uncertainties in the unit of the values; `nil` when the file had none.
    public var uncertainties: [Double]?

    /// Values with or without uncertainties.
    public init(values: [Double], uncertainties: [Double]? = nil) {
      self.values = values
      self.uncertainties = uncertainties
    }
  }

  /// The bins.
  public let grid: FluenceGrid
  /// What is known, by kind of particle; sums included where all their parts are known.
  public let components: [FluenceParticle: Component]
  /// Where it comes from: titles, flags.
  public var notes: [String]

  /// A field of scored kinds; the sums `charged` and `neutral` are formed here.
  ///
  /// Uncertainties of sums combine in quadrature: kinds are scored independently of each other.
  ///
  /// - Throws: `fluence.gridMismatch` when a component has another number of bins than the grid.
  public init(
    grid: FluenceGrid, scored: [FluenceParticle: Component], notes: [String] = []
  ) throws(CavernError) {
    for (particle, component) in scored {
      guard component.values.count == grid.count, component.uncertainties.map({ $0.count == grid.count }) ?? true else {
        throw CavernError(
          "fluence.gridMismatch", "'\(particle.rawValue)' has \(component.values.count) values", exit: .badData,
          expected: "\(grid.count) values, \(grid.r.count) in r by \(grid.z.count) in z")
      }
    }
    var all = scored
    for sum in [FluenceParticle.charged, .neutral] where all[sum] == nil {
      let parts = sum.parts.compactMap { scored[$0] }
      guard parts.count == sum.parts.count, let first = parts.first else { continue }
      var values = first.values
      var variances = first.uncertainties?.map { $0 * $0 }
      for part in parts.dropFirst() {
        for bin in values.indices { values[bin] += part.values[bin] }
        guard let errors = part.uncertainties, variances != nil else {
          variances = nil
          continue
        }
        for bin in values.indices { variances?[bin] += errors[bin] * errors[bin] }
      }
      all[sum] = Component(values: values, uncertainties: variances?.map { $0.squareRoot() })
    }
    self.grid = grid
    components = all
    self.notes = notes
  }

  /// The kinds that are known, in the usual order.
  public var particles: [FluenceParticle] { FluenceParticle.allCases.filter { components[$0] != nil } }

  /// The values of a kind.
  ///
  /// - Throws: `fluence.noParticle` with those there are.
  public func component(_ particle: FluenceParticle) throws(CavernError) -> Component {
    if let found = components[particle] { return found }
    throw CavernError(
      "fluence.noParticle", "the field has no '\(particle.rawValue)'", exit: .badData,
      expected: particles.map(\.rawValue).joined(separator: ", "))
  }
}
