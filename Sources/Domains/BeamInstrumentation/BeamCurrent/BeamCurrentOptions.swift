/// How bunch intensities are analysed.
///
/// The defaults are those that scripts rely on.
public struct BeamCurrentOptions: Sendable, Equatable {
  /// From which intensity on a slot holds a bunch.
  public enum Threshold: Sendable, Equatable {
    /// 4e9 charges (40 counts of 1e8), at least eight noise sigmas; a quarter of the largest sample where no slot with beam reaches
    /// that.
    case automatic
    /// So many charges.
    case charges(Double)
    /// So many counts, whatever a count is worth.
    case counts(Double)
  }

  /// Weights in the fit of a lifetime.
  public enum Weights: String, Sendable, CaseIterable {
    /// All samples of ln(intensity) count alike; errors come from the scatter of the residuals.
    case none
    /// Inverse variances of ln(intensity) from the noise of the empty slots.
    case noise
  }

  /// Slots are selected by their samples before this time in the cycle in s; later, batches may slip through each other.
  public var selectionEnd = 50.0
  /// Intensity above which a slot is selected.
  public var threshold = Threshold.automatic
  /// Only these bunches, as numbers in the list of selected slots, from 0.
  public var bunches: [Int]?
  /// End of the analysis in s of cycle time; `nil` takes all measurements with beam.
  public var end: Double?
  /// Share of a bunch's maximum above which samples enter the fit of its lifetime.
  public var lifetimeLevel = 0.4
  /// Weights of the lifetime that is reported first.
  public var weights = Weights.none
  /// Samples that are averaged for the first and the last intensity of a bunch.
  public var edgeSamples = 3
  /// Noise sigmas that a sudden loss has at the least.
  public var lossSigmas = 5.0
  /// Share of the intensity before it that a sudden loss has at the least.
  public var lossFraction = 0.03
  /// Charges per ion; `nil` leaves intensities in charges.
  public var chargeState: Double?

  /// The defaults.
  public init() {}

  /// The threshold in charges unless a file asks for less: 40 counts of the SPS transformer at its usual range.
  public static let standardThreshold = 4e9
}
