/// What became of the fit of a pixel; the numbers are those of the earlier program, and more of their kind.
public enum PixelCategory: Int, Sendable, CaseIterable {
  /// A fit that passes all checks.
  case good = 1
  /// A fit that fails a check; `PixelReason` says which.
  case bad = 0
  /// The fit did not converge.
  case notConverged = -1
  /// At most a fifth of the thresholds has hits.
  case tooFewHits = -2
  /// Masked.
  case masked = -3
  /// Not in the group.
  case outsideGroup = -4
  /// Noisy.
  case noisy = -5

  /// The word for tables and counts.
  public var name: String {
    switch self {
    case .good: "good"
    case .bad: "bad"
    case .notConverged: "not-converged"
    case .tooFewHits: "too-few-hits"
    case .masked: "masked"
    case .outsideGroup: "outside-group"
    case .noisy: "noisy"
    }
  }

  /// The code of the earlier program, which knows 1, 0, −1 and −2.
  public var legacyCode: Int {
    switch self {
    case .masked, .outsideGroup: -2
    case .noisy: 0
    default: rawValue
    }
  }
}

/// Why a fit is bad or did not converge, as bits.
public struct PixelReason: OptionSet, Sendable {
  /// The bits.
  public let rawValue: Int

  /// Bits as they are.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// χ² too large, or p-value too small.
  public static let chiSquare = PixelReason(rawValue: 1)
  /// A parameter at or over its bound; with `notConverged`, the width running to 0 because at most
  /// one threshold lies on the edge.
  public static let bound = PixelReason(rawValue: 2)
  /// E0 outside the scan.
  public static let position = PixelReason(rawValue: 4)
  /// The covariance is not positive definite.
  public static let covariance = PixelReason(rawValue: 8)
  /// A threshold without hits between others (earlier program only).
  public static let zeroWeight = PixelReason(rawValue: 16)
}
