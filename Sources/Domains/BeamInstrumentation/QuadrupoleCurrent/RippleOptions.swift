import Transforms

/// How the ripple of a current is analysed.
///
/// The defaults are those that scripts rely on.
public struct RippleOptions: Sendable, Equatable {
  /// What is taken off the samples before the transform.
  public enum Detrend: String, Sendable, CaseIterable {
    /// Nothing.
    case none
    /// The mean.
    case mean
    /// The straight line of least squares.
    case linear
  }

  /// Start of the window in s; `nil` takes 5 s, or 0 when the record ends before 25 s.
  public var from: Double?
  /// End of the window in s; `nil` takes 25 s, or the end of the record.
  public var to: Double?
  /// What is taken off.
  public var detrend = Detrend.linear
  /// Weights along the window.
  public var taper = Taper.none
  /// Base frequencies of the families in Hz: the mains, and the 68 Hz of the static converters.
  public var families: [Double] = [50, 68]
  /// Highest frequency in Hz that is looked at.
  public var maximumFrequency = 1500.0
  /// How far from a multiple of the base frequency a line is looked for, in Hz.
  public var tolerance = 2.5
  /// A line is listed when it stands this many times above the median of the spectrum around it.
  public var significance = 5.0
  /// Half width in Hz of the surroundings from which the median is taken.
  public var surroundings = 25.0
  /// Optics whose factors turn current into strength.
  public var optics = "q26"

  /// The defaults.
  public init() {}
}
