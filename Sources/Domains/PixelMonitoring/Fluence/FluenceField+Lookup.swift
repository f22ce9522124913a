import Errors
import Foundation

/// A value with its standard uncertainty in the same unit.
public struct FluenceValue: Sendable, Equatable {
  /// n_eq/cm², per collision or scaled.
  public var value: Double
  /// Standard uncertainty in the same unit; `nil` when unknown.
  public var uncertainty: Double?

  /// A value; the uncertainty may be unknown.
  public init(_ value: Double, _ uncertainty: Double? = nil) {
    self.value = value
    self.uncertainty = uncertainty
  }

  /// The value times a factor that is taken as exact.
  public func scaled(by factor: Double) -> FluenceValue {
    FluenceValue(value * factor, uncertainty.map { $0 * abs(factor) })
  }
}

/// How a value between the middles of bins is found.
public enum FluenceInterpolation: String, Sendable, CaseIterable {
  /// The value of the bin that holds the place.
  case bin
  /// Linear in r and z between the middles of four bins.
  case bilinear
  /// Linear in r and z between the logarithms of four bins.
  case log
}

extension FluenceField {
  /// The fluence at a place.
  ///
  /// Between the outermost middles of bins and the edge the field is continued flat. Uncertainties of bins are taken as
  /// independent.
  ///
  /// - Parameters:
  ///   - r: distance from the beam, in cm.
  ///   - z: place along the beam, in cm.
  /// - Returns: n_eq/cm² per collision.
  /// - Throws: `fluence.outside` with the limits, `fluence.noParticle`, `fluence.notPositive` when a logarithm is asked
  ///   of a bin without fluence.
  public func value(
    of particle: FluenceParticle, r: Double, z: Double, interpolation: FluenceInterpolation = .bin
  ) throws(CavernError) -> FluenceValue {
    let component = try component(particle)
    guard let rBin = grid.r.bin(of: r), let zBin = grid.z.bin(of: z) else { throw grid.outside(r: r, z: z) }
    if interpolation == .bin {
      let index = grid.index(rBin, zBin)
      return FluenceValue(component.values[index], component.uncertainties?[index])
    }
    let (r0, r1, u) = Self.neighbours(grid.r, r)
    let (z0, z1, v) = Self.neighbours(grid.z, z)
    let corners = [
      (grid.index(r0, z0), (1 - u) * (1 - v)), (grid.index(r1, z0), u * (1 - v)), (grid.index(r0, z1), (1 - u) * v),
      (grid.index(r1, z1), u * v),
    ]
    var weights: [Int: Double] = [:]
    for (index, weight) in corners { weights[index, default: 0] += weight }
    let isLogarithmic = interpolation == .log
    var sum = 0.0
    var variance = 0.0
    for (index, weight) in weights.sorted(by: { $0.key < $1.key }) where weight > 0 {
      let value = component.values[index]
      guard !isLogarithmic || value > 0 else {
        throw CavernError(
          "fluence.notPositive", "a bin beside (\(r), \(z)) cm holds no fluence, its logarithm does not exist",
          exit: .badData, hint: "use --interpolation bilinear")
      }
      sum += weight * (isLogarithmic ? Foundation.log(value) : value)
      let error = (component.uncertainties?[index] ?? 0) / (isLogarithmic ? value : 1)
      variance += weight * weight * error * error
    }
    let value = isLogarithmic ? exp(sum) : sum
    let error = component.uncertainties == nil ? nil : variance.squareRoot() * (isLogarithmic ? value : 1)
    return FluenceValue(value, error)
  }

  /// The two bins whose middles lie around a place, and how far it is from the first to the second.
  private static func neighbours(_ axis: FluenceGrid.Axis, _ place: Double) -> (Int, Int, Double) {
    let position = (place - axis.lower) / axis.width - 0.5
    let low = min(max(Int(position.rounded(.down)), 0), axis.count - 1)
    let high = min(low + 1, axis.count - 1)
    return (low, high, min(max(position - Double(low), 0), 1))
  }

  /// The mean over a line of constant r: each bin counts with the length that it covers.
  ///
  /// - Parameters:
  ///   - r: distance from the beam, in cm.
  ///   - from: where the line begins along z, in cm.
  ///   - to: where it ends, above `from`.
  /// - Throws: as `value(of:r:z:interpolation:)`.
  public func mean(
    of particle: FluenceParticle, r: Double, zFrom from: Double, to: Double
  ) throws(CavernError) -> FluenceValue {
    try FluenceWeights(grid, r: r, zFrom: from, to: to).mean(try component(particle))
  }

  /// The mean over a line of constant z: each bin counts with the length that it covers.
  ///
  /// - Throws: as `value(of:r:z:interpolation:)`.
  public func mean(
    of particle: FluenceParticle, z: Double, rFrom from: Double, to: Double
  ) throws(CavernError) -> FluenceValue {
    try FluenceWeights(grid, z: z, rFrom: from, to: to).mean(try component(particle))
  }
}
