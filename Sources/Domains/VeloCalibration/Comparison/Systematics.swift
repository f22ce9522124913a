import Errors
import JSON

/// How far results of other analyses lie from a reference.
///
/// For the mean of K and of the target over good pixels: the quadrature sum √Σ(ref − i)², the root mean square, the largest and the
/// mean absolute difference over the variants.
public struct Systematics: Sendable {
  /// One variant.
  public struct Variant: Sendable {
    /// Its name: the folder.
    public var name: String
    /// Equation, method and baseline route, so that the source of the difference is seen.
    public var what: String
    /// Mean gain, and its difference from the reference.
    public var gain: (value: Double, difference: Double)
    /// Mean target, and its difference from the reference.
    public var target: (value: Double, difference: Double)
  }

  /// Mean gain of the reference.
  public let referenceGain: Double
  /// Mean target of the reference.
  public let referenceTarget: Double
  /// The variants in order.
  public let variants: [Variant]

  /// Compares variants with a reference, all for the same scan.
  public init(reference: PixelMaps, variants: [(name: String, maps: PixelMaps)]) {
    func mean(_ maps: PixelMaps, _ name: String) -> Double {
      maps.json["good"]?[name]?["mean"]?.doubleValue ?? .nan
    }
    let gain = mean(reference, "K_e_per_DAC")
    let target = mean(reference, "target_DAC")
    referenceGain = gain
    referenceTarget = target
    self.variants = variants.map { name, maps in
      let words = ["equation", "method", "baseline", "group"].compactMap { maps.json[$0]?.stringValue }
      let (k, t) = (mean(maps, "K_e_per_DAC"), mean(maps, "target_DAC"))
      return Variant(
        name: name, what: words.joined(separator: ", "), gain: (k, gain - k), target: (t, target - t))
    }
  }

  /// Quadrature sum, root mean square, largest and mean absolute difference.
  public static func combine(_ differences: [Double]) -> (
    quadrature: Double, rms: Double, largest: Double, mean: Double
  ) {
    let known = differences.filter(\.isFinite)
    guard !known.isEmpty else { return (.nan, .nan, .nan, .nan) }
    let sum = known.reduce(0) { $0 + $1 * $1 }
    return (
      sum.squareRoot(), (sum / Double(known.count)).squareRoot(), known.map(abs).max() ?? .nan,
      known.map(abs).reduce(0, +) / Double(known.count)
    )
  }

  /// The table and its combinations as JSON.
  public var json: JSONValue {
    func combined(_ differences: [Double]) -> JSONValue {
      let result = Self.combine(differences)
      return [
        "quadrature": .number(result.quadrature), "rms": .number(result.rms), "largest": .number(result.largest),
        "meanAbsolute": .number(result.mean),
      ]
    }
    return [
      "reference": ["K_e_per_DAC": .number(referenceGain), "target_DAC": .number(referenceTarget)],
      "variants": .array(
        variants.map {
          [
            "name": .string($0.name), "analysis": .string($0.what), "K_e_per_DAC": .number($0.gain.value),
            "K_difference": .number($0.gain.difference), "target_DAC": .number($0.target.value),
            "target_difference": .number($0.target.difference),
          ]
        }), "K": combined(variants.map(\.gain.difference)), "target": combined(variants.map(\.target.difference)),
    ]
  }
}
