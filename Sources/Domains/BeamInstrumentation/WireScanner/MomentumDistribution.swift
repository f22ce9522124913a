import Errors
import JSON

/// The shape of the distribution of relative momenta, for taking the dispersive part out of profiles.
///
/// A profile at a place with dispersion D is the betatron profile folded with the distribution of D·δ.
public struct MomentumDistribution: Sendable, Equatable {
  /// `gaussian`, `parabolic`, or where it comes from.
  public let name: String
  /// Momenta in units of their rms spread, with mean 0.
  public let places: [Double]
  /// Share of the beam at each, with sum 1.
  public let shares: [Double]

  /// A normal distribution, out to 4.5 sigmas.
  public static let gaussian = MomentumDistribution(
    evaluating: "gaussian", at: (-12...12).map { Double($0) * 0.375 }, density: { Scalar.exp(-0.5 * $0 * $0) })

  /// A parabola, as of a bunch in a linear bucket: density 1 − u².
  public static let parabolic = MomentumDistribution(
    evaluating: "parabolic", at: (0..<24).map { (Double($0) + 0.5) / 12 - 1 }, density: { 1 - $0 * $0 })

  /// The built-in shapes by name.
  public static let named = [gaussian, parabolic]

  /// A measured distribution; its mean and spread are taken out, the shape is kept.
  ///
  /// - Parameters:
  ///   - name: where it comes from.
  ///   - momenta: ascending, in any unit, at least 3.
  ///   - densities: beam per unit of momentum, not negative, in any unit.
  /// - Throws: `ws.badMomentumDistribution` (exit 65).
  public init(name: String, momenta: [Double], densities: [Double]) throws(CavernError) {
    func fault(_ message: String) -> CavernError {
      CavernError(
        "ws.badMomentumDistribution", "\(name): \(message)", exit: .badData,
        expected: "ascending momenta with densities that are not negative")
    }
    guard momenta.count == densities.count, momenta.count >= 3 else { throw fault("fewer than 3 points") }
    guard momenta.allSatisfy(\.isFinite), densities.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      throw fault("a momentum is not finite, or a density is not finite or is negative")
    }
    guard zip(momenta, momenta.dropFirst()).allSatisfy({ $0 < $1 }) else { throw fault("momenta do not ascend") }
    let widths = momenta.indices.map { index in
      (momenta[min(index + 1, momenta.count - 1)] - momenta[max(index - 1, 0)]) / 2
    }
    let normal = Self.normalised(momenta, zip(densities, widths).map { $0 * $1 })
    guard let normal else { throw fault("it has no spread") }
    self.name = name
    (places, shares) = normal
  }

  private init(evaluating name: String, at places: [Double], density: (Double) -> Double) {
    self.name = name
    (self.places, shares) = Self.normalised(places, places.map(density)) ?? ([0], [1])
  }

  /// Reads what `json` writes; `nil` for anything else.
  init?(json: JSONValue) {
    guard let name = json["name"]?.stringValue,
      let places = json["places"]?.arrayValue?.compactMap(\.doubleValue),
      let shares = json["shares"]?.arrayValue?.compactMap(\.doubleValue), places.count == shares.count,
      let normal = Self.normalised(places, shares)
    else { return nil }
    self.name = name
    (self.places, self.shares) = normal
  }

  /// The record in the outputs.
  public var json: JSONValue {
    ["name": .string(name), "places": .numbers(places), "shares": .numbers(shares)]
  }

  /// Mean 0, spread 1, sum of shares 1; `nil` without a spread.
  private static func normalised(_ places: [Double], _ shares: [Double]) -> (places: [Double], shares: [Double])? {
    let sum = shares.reduce(0, +)
    guard sum > 0 else { return nil }
    let mean = zip(places, shares).reduce(0) { $0 + $1.0 * $1.1 } / sum
    let square = zip(places, shares).reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1 } / sum
    guard square > 0 else { return nil }
    return (places.map { ($0 - mean) / square.squareRoot() }, shares.map { $0 / sum })
  }
}
