import Errors
import JSON
import Tables

/// The threshold code for a wanted charge, and what it means for the pixels.
public struct ThresholdRecipe: Sendable {
  /// Label of the scan whose gain is used.
  public let label: String
  /// Wanted charge in electrons.
  public let charge: Double
  /// Baseline of the ASIC in DAC codes: mean over its pixels.
  public let baseline: Double
  /// Gain of the ASIC in electrons per DAC code.
  public let gain: Double
  /// The code: baseline + charge/gain, rounded up.
  public let code: Int
  /// Threshold of each pixel in electrons at that code, (code − baseline)·K; NaN where it is not known.
  public let thresholds: [Double]
  /// Pixels nearer to their baseline than the wanted number of noise widths, which should be masked.
  public let maskedPixels: [Int]
  /// Pixels with baseline and width.
  public let known: Int

  /// A recipe.
  ///
  /// - Parameters:
  ///   - maps: a calibrated scan.
  ///   - inputs: its baseline and width.
  ///   - charge: in electrons.
  ///   - usesPixelGains: whether each pixel's own gain gives its threshold in electrons; the ASIC's otherwise.
  ///   - minimumSigma: least distance from the baseline in noise widths.
  /// - Throws: `velo.noBaseline` without a baseline, `velo.noCurve` without a gain (exit 65).
  public init(
    _ maps: PixelMaps, inputs: ScanInputs, charge: Double, usesPixelGains: Bool, minimumSigma: Double
  ) throws(CavernError) {
    guard let base = inputs.baseline else {
      throw CavernError("velo.noBaseline", "scan '\(maps.label)' names no baseline", exit: .badData)
    }
    let own = try maps.goodValues("K")
    let mean = RobustStatistics.mean(own.filter(\.isFinite))
    let gain = maps.asic("ASIC", "K")?.value ?? maps.asic("ASICgood", "K")?.value ?? mean
    guard gain.isFinite, gain > 0 else {
      throw CavernError("velo.noCurve", "the result of '\(maps.label)' has no gain", exit: .badData)
    }
    let isUsed = base.indices.map { base[$0] > 0 && !inputs.isMasked[$0] }
    let average = RobustStatistics.mean(zip(base, isUsed).compactMap { $1 ? $0 : nil })
    let code = Int((average + charge / gain).rounded(.up))
    label = maps.label
    self.charge = charge
    self.gain = gain
    baseline = average
    self.code = code
    thresholds = base.indices.map { pixel in
      guard isUsed[pixel] else { return .nan }
      return (Double(code) - base[pixel]) * (usesPixelGains && own[pixel].isFinite ? own[pixel] : gain)
    }
    let width = inputs.width
    maskedPixels = base.indices.filter { pixel in
      guard isUsed[pixel], let width, width[pixel] > 0 else { return false }
      return Double(code) - base[pixel] < minimumSigma * width[pixel]
    }
    known = isUsed.count { $0 }
  }

  /// Mean and standard deviation of the pixels' thresholds in electrons.
  public var spread: (mean: Double, deviation: Double) {
    let list = thresholds.filter(\.isFinite)
    return (RobustStatistics.mean(list), RobustStatistics.deviation(list))
  }

  /// `module,asic,label,charge_e,baseline,K,dac,threshold_mean_e,threshold_rms_e,masked`, a row for each recipe.
  public static func table(
    _ recipes: [ThresholdRecipe], module: String, asic: String
  ) throws(CavernError) -> Table {
    try Table(columns: [
      Column("module", recipes.map { _ in module }), Column("asic", recipes.map { _ in asic }),
      Column("label", recipes.map(\.label)), Column("charge_e", recipes.map(\.charge)),
      Column("baseline", recipes.map(\.baseline)), Column("K", recipes.map(\.gain)), Column("dac", recipes.map(\.code)),
      Column("threshold_mean_e", recipes.map(\.spread.mean)),
      Column("threshold_rms_e", recipes.map(\.spread.deviation)), Column("masked", recipes.map(\.maskedPixels.count)),
    ])
  }

  /// The recipe as JSON.
  public var json: JSONValue {
    [
      "label": .string(label), "charge_e": .number(charge), "baseline": .number(baseline), "K": .number(gain),
      "dac": .integer(code), "threshold_mean_e": .number(spread.mean), "threshold_rms_e": .number(spread.deviation),
      "masked": .integer(maskedPixels.count),
      "fractionTooClose": .number(known > 0 ? Double(maskedPixels.count) / Double(known) : .nan),
      "maskedPixels": .array(
        maskedPixels.prefix(10_000).map {
          .array([.integer($0 / PixelMatrix.side), .integer($0 % PixelMatrix.side)])
        }),
    ]
  }
}
