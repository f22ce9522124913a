/// The 98 lines before the numbers of a tomoscope file: the standard input of the CERN tomography program.
///
/// Units are those of the file (V, T, m, eV, s). Values that a file may lack are optional; those that the reading of the frames
/// needs are not.
public struct TomoscopeHeader: Sendable, Equatable {
  /// Free text of the first lines.
  public var title: String
  /// Where the numbers come from (line 13).
  public var dataSource: String
  /// Number of frames (17).
  public var frameCount: Int
  /// Frames to ignore at the start (19).
  public var ignoredFrames: Int
  /// Bins per frame (21).
  public var binCount: Int
  /// Width of a bin in s (23).
  public var binWidth: Double
  /// Machine turns between frames (25).
  public var turnsBetweenFrames: Int?
  /// Bins to cut at the start (27) and at the end (29) of a frame.
  public var cutBins: (start: Int, end: Int)
  /// Bins to be treated as empty at the reconstructed time, at the start (32) and at the end (35).
  public var emptyBins: (start: Int, end: Int)
  /// How many bins become one (37).
  public var rebin: Int
  /// Place of the synchronous phase in bins after cutting and rebinning (40); negative asks for a fit.
  public var synchronousBin: Double?
  /// Highest energy of the reconstructed phase space in eV (42); not positive leaves it to the program.
  public var maximumEnergy: Double?
  /// First and last frame to reconstruct, from 1, and the step between them (44, 46, 48).
  public var reconstructedFrames: (first: Int, last: Int, step: Int)?
  /// Iterations of the reconstruction (50).
  public var iterations: Int?
  /// Square root of the number of test particles per cell (52).
  public var particlesPerCellSide: Int?
  /// Whether the region of phase space is extended (54).
  public var extendsRegion: Bool
  /// Frame, from 1, to which the synchronous place (56) and the machine parameters (58) belong.
  public var referenceFrames: (beam: Int, machine: Int)
  /// Voltage of the main RF system in V (62) and its rate in V/s (64).
  public var voltage: (value: Double, rate: Double)?
  /// Voltage of the second RF system in V (66) and its rate in V/s (68).
  public var secondVoltage: (value: Double, rate: Double)
  /// Harmonic number of the main system (70).
  public var harmonic: Int?
  /// Harmonic of the second system over that of the first (72).
  public var harmonicRatio: Double
  /// Phase between the systems in rad of the main harmonic (74).
  public var phaseDifference: Double
  /// Dipole field in T (76) and its rate in T/s (78).
  public var field: (value: Double, rate: Double)?
  /// Mean radius of the machine in m (80).
  public var machineRadius: Double?
  /// Bending radius in m (82).
  public var bendingRadius: Double?
  /// Lorentz factor at transition (84).
  public var gammaTransition: Double?
  /// Rest energy in eV (86).
  public var restEnergy: Double?
  /// Charge in elementary charges (88).
  public var charge: Double?
  /// Whether self-fields are to be included (92).
  public var includesSelfFields: Bool
  /// Geometrical coupling coefficient (94).
  public var couplingCoefficient: Double?
  /// Reactive impedance in Ω per mode number (96).
  public var reactiveImpedance: Double?
  /// Sensitivity of the pick-up in digitiser units per ampere (98).
  public var pickUpSensitivity: Double?

  /// Equal when all values are.
  public static func == (left: TomoscopeHeader, right: TomoscopeHeader) -> Bool { left.lines == right.lines }
}

extension TomoscopeHeader {
  /// A header as it follows from what a frame needs; the machine is not known.
  public init(frameCount: Int, binCount: Int, binWidth: Double) {
    title = ""
    dataSource = ""
    self.frameCount = frameCount
    ignoredFrames = 0
    self.binCount = binCount
    self.binWidth = binWidth
    turnsBetweenFrames = nil
    cutBins = (0, 0)
    emptyBins = (0, 0)
    rebin = 1
    synchronousBin = nil
    maximumEnergy = nil
    reconstructedFrames = nil
    iterations = nil
    particlesPerCellSide = nil
    extendsRegion = false
    referenceFrames = (1, 1)
    voltage = nil
    secondVoltage = (0, 0)
    harmonic = nil
    harmonicRatio = 2
    phaseDifference = 0
    field = nil
    machineRadius = nil
    bendingRadius = nil
    gammaTransition = nil
    restEnergy = nil
    charge = nil
    includesSelfFields = false
    couplingCoefficient = nil
    reactiveImpedance = nil
    pickUpSensitivity = nil
  }
}
