import JSON

/// A remark on one profile, with the number that triggered it.
public struct ProfileFlag: Sendable, Equatable {
  /// What can be remarked; the raw values are the names in `flags` of the outputs.
  public enum Kind: String, Sendable, CaseIterable {
    /// Constant row: nothing to fit. Number: the constant value.
    case empty
    /// Fewer than 8 finite samples, or a length that fits neither the positions nor a multiple of them. Number: finite samples.
    case unusableRow
    /// A bunch whose area is below the threshold. Number: area over the typical area.
    case weakBunch
    /// Clipped at the top; fitted without the clipped samples. Number: clipped samples.
    case saturated
    /// Samples that are not finite, left out. Number: how many.
    case nonFiniteSamples
    /// One sample far from its neighbours and the fit; left out of the fit when it towers over the bunch itself.
    /// Number: distance in local noise sigmas.
    case outlierSample
    /// A second maximum. Number: its height over that of the main one.
    case secondaryPeak
    /// The profile does not reach its baseline on one side. Number: fitted height at the edge over the peak height.
    case truncatedProfile
    /// The baseline is inclined. Number: slope in units of its error.
    case slopedBaseline
    /// Signal below ten noise sigmas. Number: signal over noise.
    case lowSignal
    /// Fewer than two samples per sigma. Number: samples per sigma.
    case undersampled
    /// Skewed beyond what noise explains. Number: skewness.
    case asymmetric
    /// The fit did not end in a minimum. Number: iterations.
    case fitNotConverged
    /// q is 5/3 or more: the q-Gaussian has no finite variance. Number: q.
    case qUndefinedVariance
    /// The dispersive part is larger than the measured size. Number: dispersive over measured size.
    case dispersionExceedsSize
    /// The scan lies outside the gamma function; its end value was taken. Number: distance in ms.
    case gammaExtrapolated
    /// Gamma changes by more than 1e-3 within 50 ms. Number: relative change.
    case gammaTimeSensitive
    /// Incoming and outgoing sizes differ by more than 3 errors and 3 %. Number: relative difference.
    case inOutMismatch
    /// Two photomultipliers are almost equally good. Number: their ratio of signal to noise.
    case channelAmbiguous
    /// More than 1 % of the position steps go backwards. Number: share of reversals.
    case positionJumps
    /// Positions and data have different lengths; the common part was used. Number: samples left out.
    case lengthMismatch
  }

  /// What was remarked.
  public var kind: Kind
  /// The number that triggered it; its meaning stands with the kind.
  public var value: Double

  /// A remark with its number.
  public init(_ kind: Kind, _ value: Double) {
    self.kind = kind
    self.value = value
  }

  /// Whether rows with this flag stay out of averages.
  public var excludesFromAverages: Bool {
    switch kind {
    case .empty, .unusableRow, .weakBunch, .saturated, .secondaryPeak, .fitNotConverged: true
    default: false
    }
  }
}

extension Sequence<ProfileFlag> {
  /// The names, in order.
  public var names: JSONValue { .array(map { .string($0.kind.rawValue) }) }

  /// The triggering numbers by name.
  public var values: JSONValue { .object(JSONObject(map { ($0.kind.rawValue, .number($0.value)) })) }
}
