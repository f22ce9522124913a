/// A readout group with its place, size and cables.
public struct ReadoutGroup: Sendable, Hashable {
  /// Its name.
  public var name: ReadoutGroupName
  /// Number of sensor modules.
  public var moduleCount: Int
  /// Number of readout chips, 16 to a module.
  public var chipCount: Int
  /// Mean distance of its modules from the beam line, in centimetres.
  public var radiusCentimetres: Double
  /// Circular mean of the azimuth of its modules, in radians from −π to π.
  public var azimuth: Double
  /// Mean position of its modules along the beam line, in centimetres.
  public var zCentimetres: Double
  /// Last two components of the alias of its bias channel: `PixelBarrel_BmI_S1_LAY14/channel002`.
  public var biasCable: String
  /// Its name in the view of bias voltages: `PixelBarrel_BmI_S1_LAY14/HV1`.
  public var voltageCable: String
  /// The cooling loop in the detector, for example `L1D1N`; `nil` in the end-cap.
  public var coolingLoop: String?

  /// The supply it is connected to: `PixelBarrel_BmI_S1_LAY14`.
  public var supply: String { String(biasCable.prefix { $0 != "/" }) }
}

/// A sensor module with its place.
public struct PixelModule: Sendable, Hashable {
  /// Its name, for example `BPix_BmI_SEC4_LYR1_LDR3F_MOD1`.
  public var name: String
  /// The readout group it belongs to.
  public var group: ReadoutGroupName
  /// Distance of its centre from the beam line, in centimetres.
  public var radiusCentimetres: Double
  /// Azimuth of its centre, in radians from −π to π.
  public var azimuth: Double
  /// Position of its centre along the beam line, in centimetres.
  public var zCentimetres: Double
}

/// A tube of the two-phase cooling with the sensors on it.
public struct CoolingLoop: Sendable, Hashable {
  /// Layer, tube and half: `L1D1N`; N (near) cools the inner, F (far) the outer halves.
  public var name: String
  /// The layer it cools.
  public var layer: Int
  /// Whether it cools the inner half cylinders.
  public var isInner: Bool
  /// The sectors it cools.
  public var sectors: [Int]
  /// How many sensors on it work.
  public var expectedSensors: Int
  /// The labels under which the conditions database keeps its sensors, for example `3I_L1D1PN`.
  public var storedLabels: [String]
}
