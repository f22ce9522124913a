/// How a tomoscope file is read: what the command line says in place of the header, and how strict the reader is.
public struct TomoscopeReadOptions: Sendable, Equatable {
  /// Lines before the numbers; `nil` expects the 98 of the tomography program.
  public var headerLines: Int?
  /// Frames in the data.
  public var frameCount: Int?
  /// Bins in a frame.
  public var binCount: Int?
  /// Width of a bin in s.
  public var binWidth: Double?
  /// Machine turns between frames.
  public var turnsBetweenFrames: Int?
  /// Dipole field in T.
  public var field: Double?
  /// Rate of the dipole field in T/s.
  public var fieldRate: Double?
  /// Mean radius in m.
  public var machineRadius: Double?
  /// Bending radius in m.
  public var bendingRadius: Double?
  /// Rest energy in eV.
  public var restEnergy: Double?
  /// Charge in elementary charges.
  public var charge: Double?
  /// Harmonic number.
  public var harmonic: Int?
  /// Voltage in V.
  public var voltage: Double?
  /// Lorentz factor at transition.
  public var gammaTransition: Double?
  /// Whether a number of values that is not frames × bins is an error.
  public var isStrict = false

  /// Everything from the header.
  public init() {}
}

/// How bunches are found and fitted.
public struct BunchLengthOptions: Sendable, Equatable {
  /// Time in the cycle of the first frame in s.
  public var injectionTime = 0.234
  /// Time from first to last frame in s; `nil` takes the header's turns between frames.
  public var span: Double?
  /// Whether the earlier program's fit is made: one window from the first bin to 100 bins after the highest.
  public var isCompatible = false
  /// Height of a peak over the saddle beside it, in noise sigmas, from which on it counts as a bunch.
  public var prominence = 8.0
  /// Smallest distance of two bunches as a part of the bucket length.
  public var separation = 1.0 / 3
  /// Frames in the rolling mean.
  public var rollingFrames = 5
  /// Threads; results do not depend on it.
  public var threads = 1

  /// The defaults.
  public init() {}
}
