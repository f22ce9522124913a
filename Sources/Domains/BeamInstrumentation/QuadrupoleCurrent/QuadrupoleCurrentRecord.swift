import Errors
import Tables

/// The current of a main quadrupole family as its DC current transformer saw it.
public struct QuadrupoleCurrentRecord: Sendable, Equatable {
  /// A family of main quadrupoles.
  public enum Family: String, Sendable, CaseIterable {
    /// Focusing in the horizontal plane.
    case focusing = "QF"
    /// Defocusing in the horizontal plane.
    case defocusing = "QD"
  }

  /// The file's path as given.
  public var path: String
  /// Row of the acquisition in the file, from 0.
  public var acquisition: Int
  /// Device, the first part of the file's name: `SPSMAINPS.QF`.
  public var device: String
  /// Title in the manner of the file's name: `QF DCCT, 10 kHz`.
  public var title: String
  /// Family, from the device's name; `nil` when the name has neither QF nor QD.
  public var family: Family?
  /// Name of the signal as recorded.
  public var signalName: String?
  /// Moment of the acquisition, UTC.
  public var time: AcquisitionTime?
  /// Samples a second.
  public var samplingRate: Double
  /// Current in A from the start of the record.
  public var samples: [Double]
  /// What the user should know.
  public var warnings: [CavernWarning]

  /// A record from its parts.
  public init(
    path: String, acquisition: Int = 0, device: String, title: String = "", family: Family?,
    signalName: String? = nil, time: AcquisitionTime? = nil, samplingRate: Double = 10_000, samples: [Double],
    warnings: [CavernWarning] = []
  ) {
    self.path = path
    self.acquisition = acquisition
    self.device = device
    self.title = title
    self.family = family
    self.signalName = signalName
    self.time = time
    self.samplingRate = samplingRate
    self.samples = samples
    self.warnings = warnings
  }

  /// Length in s.
  public var duration: Double { Double(samples.count) / samplingRate }
}
