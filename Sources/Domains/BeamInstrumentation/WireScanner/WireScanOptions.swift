import JSON

/// How wire scans are analysed; the defaults are those that scripts rely on.
public struct WireScanOptions: Sendable, Equatable {
  /// Which photomultiplier is analysed when all four were recorded.
  public enum Photomultiplier: Sendable, Equatable {
    /// The one with the best signal over noise that does not saturate, one per plane and scan.
    case best
    /// That one, from 1.
    case number(Int)
    /// In each row the one with the highest sample, as the earlier package did.
    case bestPerRow
  }

  /// Which optics turn sizes into emittances.
  public enum Optics: Sendable, Equatable {
    /// Recognised by the Lorentz factor at injection.
    case automatic
    /// That set.
    case set(OpticsSet)
  }

  /// Weights of the samples.
  public enum Weights: String, Sendable, CaseIterable {
    /// All samples count alike; errors are scaled with the residual variance.
    case none
    /// Inverse variances s₀² + g·signal, found from a first fit.
    case noise
  }

  /// Shape of the baseline in the Gaussian fit.
  public enum Baseline: String, Sendable, CaseIterable {
    /// One offset.
    case constant
    /// Offset and slope.
    case linear
  }

  /// Planes to analyse.
  public var planes: Set<Plane> = Set(Plane.allCases)
  /// Scans to analyse.
  public var scans: Set<ScanDirection> = Set(ScanDirection.allCases)
  /// Only devices whose name contains this.
  public var device: String?
  /// Photomultiplier.
  public var photomultiplier = Photomultiplier.best
  /// Share of the typical area from which on a row counts as filled, 0 to 1.
  public var threshold = 0.38
  /// Rows to analyse whatever they hold.
  public var rows: Set<Int>?
  /// Weights.
  public var weights = Weights.none
  /// Baseline.
  public var baseline = Baseline.constant
  /// Whether the q-Gaussian is fitted as well.
  public var fitsQGaussian = true
  /// Optics.
  public var optics = Optics.automatic
  /// RMS momentum spread.
  public var momentumSpread = 1e-3
  /// Shape of the momentum distribution with which a betatron profile is folded; `nil` takes the spread off in quadrature
  /// only.
  public var momentumShape: MomentumDistribution?
  /// Relative uncertainty of the momentum spread.
  public var momentumSpreadUncertainty = 0.1
  /// Relative uncertainty of the beta function.
  public var betaUncertainty = 0.05
  /// Relative uncertainty of the dispersion.
  public var dispersionUncertainty = 0.1
  /// Relative uncertainty of the position scale.
  public var positionScaleUncertainty = 0.01
  /// Lorentz factor to use in place of the recorded one.
  public var gamma: Double?
  /// What is subtracted from instrument times to get the time of the gamma function, in ms.
  public var cycleOffset = 0.0
  /// Threads of the fits; results do not depend on it.
  public var threads = 1

  /// The defaults.
  public init() {}
}

extension WireScanOptions {
  /// The options that shape results, for provenance; threads do not.
  public var json: JSONValue {
    let optics: JSONValue =
      switch self.optics {
      case .automatic: "automatic"
      case .set(let set): .string(set.name)
      }
    let channel: JSONValue =
      switch photomultiplier {
      case .best: "best"
      case .bestPerRow: "best-per-row"
      case .number(let number): .integer(number)
      }
    return [
      "planes": .array(planes.sorted().map { .string($0.rawValue) }),
      "scans": .array(scans.sorted().map { .string($0.rawValue) }), "device": .optional(device),
      "photomultiplier": channel, "threshold": .number(threshold),
      "rows": rows.map { .array($0.sorted().map { .integer($0) }) } ?? nil, "weights": .string(weights.rawValue),
      "baseline": .string(baseline.rawValue), "fitsQGaussian": .bool(fitsQGaussian), "optics": optics,
      "opticsTable": opticsRecord, "momentumSpread": .number(momentumSpread),
      "momentumShape": momentumShape?.json ?? nil,
      "momentumSpreadUncertainty": .number(momentumSpreadUncertainty), "betaUncertainty": .number(betaUncertainty),
      "dispersionUncertainty": .number(dispersionUncertainty),
      "positionScaleUncertainty": .number(positionScaleUncertainty), "gamma": .optional(gamma),
      "cycleOffset_ms": .number(cycleOffset),
    ]
  }

  private var opticsRecord: JSONValue {
    if case .set(let set) = optics { return OpticsTable(sets: [set]).json["sets"]?[0] ?? nil }
    return nil
  }
}
