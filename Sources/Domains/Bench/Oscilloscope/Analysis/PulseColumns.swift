import Errors
import Tables

/// Measured pulses in columns, one value a segment in each.
///
/// What could not be measured is NaN.
public struct PulseColumns: Sendable, Equatable {
  /// Sweep in the run and segment in the sweep.
  public var sweep: [Int] = [], segment: [Int] = []
  /// Channel, from 1.
  public var channel: [UInt8] = []
  /// Mean and standard deviation of the baseline in volts.
  public var baseline: [Double] = [], noise: [Double] = []
  /// Height above the baseline in volts, positive for pulses that go the expected way.
  public var amplitude: [Double] = []
  /// Charge of the fast peak in picocoulomb.
  public var charge: [Double] = []
  /// Seconds from 10 to 90 % of the amplitude.
  public var rise: [Double] = []
  /// Seconds from the trigger to the peak, and arrivals by the three methods.
  public var peak: [Double] = [], leadingEdge: [Double] = [], constantFraction: [Double] = [], sigmoid: [Double] = []
  /// Standard error of the arrival by the fit, in seconds.
  public var sigmoidError: [Double] = []
  /// What is noteworthy.
  public var flags: [PulseFlags] = []

  /// No pulses.
  public init() {}

  /// Number of segments.
  public var count: Int { flags.count }

  /// Adds other pulses after these.
  public mutating func append(_ other: PulseColumns) {
    sweep += other.sweep
    segment += other.segment
    channel += other.channel
    baseline += other.baseline
    noise += other.noise
    amplitude += other.amplitude
    charge += other.charge
    rise += other.rise
    peak += other.peak
    leadingEdge += other.leadingEdge
    constantFraction += other.constantFraction
    sigmoid += other.sigmoid
    sigmoidError += other.sigmoidError
    flags += other.flags
  }

  /// Arrivals by a method.
  public func arrivals(_ method: PulseOptions.Method) -> [Double] {
    switch method {
    case .leadingEdge: leadingEdge
    case .constantFraction: constantFraction
    case .sigmoid: sigmoid
    }
  }

  /// The table `pulses.parquet`.
  public func table() throws(CavernError) -> Table {
    try Table(columns: [
      Column("sweep", sweep.map { UInt64(max(0, $0)) }), Column("segment", segment.map { UInt32(max(0, $0)) }),
      Column("channel", channel), Column("baseline_V", baseline, unit: "V"), Column("noise_V", noise, unit: "V"),
      Column("amplitude_V", amplitude, unit: "V"), Column("charge_pC", charge, unit: "pC"),
      Column("rise_s", rise, unit: "s"), Column("t_peak_s", peak, unit: "s"), Column("t_le_s", leadingEdge, unit: "s"),
      Column("t_cfd_s", constantFraction, unit: "s"), Column("t_sigmoid_s", sigmoid, unit: "s"),
      Column("t_sigmoid_error_s", sigmoidError, unit: "s"), Column("flags", flags.map(\.rawValue)),
    ])
  }
}
