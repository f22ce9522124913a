import Errors

/// Leakage currents of the groups of a layer against the azimuth, in one fill or as the difference of two.
public struct AzimuthTable: Sendable, Equatable {
  /// One group.
  public struct Row: Sendable, Equatable {
    /// The group.
    public var group: ReadoutGroup
    /// Its current, or the difference.
    public var value: Double
    /// Standard uncertainty of the value that the groups do not share.
    public var sigma: Double
    /// Temperature of the sensors in K in the fill, or in both.
    public var kelvin: [Double]
  }

  /// The fills: one, or the first and the second of a difference (second − first).
  public var fills: [Int]
  /// Layer or ring.
  public var layer: Int
  /// What the currents are divided by.
  public var normalisation: LeakageNormalisation
  /// Reference temperature in °C; `nil` for currents as measured.
  public var reference: Double?
  /// The groups by name.
  public var rows: [Row]
  /// The fit of all groups; `nil` when there are too few.
  public var fit: AzimuthFit?

  /// The table of one fill.
  ///
  /// - Throws: `pixel.emptyAzimuth` when no group of the layer has a value.
  public init(
    _ leakage: FillLeakage, layer: Int, side: Side, normalisation: LeakageNormalisation, reference: Double?,
    keepsAll: Bool, facts: PixelFacts
  ) throws(CavernError) {
    (fills, self.layer, self.normalisation, self.reference) = ([leakage.fill], layer, normalisation, reference)
    rows = Self.rows(leakage, layer, side, normalisation, reference, keepsAll, facts)
    try finish()
  }

  /// The difference second − first over the groups that both fills have.
  ///
  /// - Throws: `pixel.emptyAzimuth`.
  public init(
    from first: FillLeakage, to second: FillLeakage, layer: Int, side: Side, normalisation: LeakageNormalisation,
    reference: Double?, keepsAll: Bool, facts: PixelFacts
  ) throws(CavernError) {
    (fills, self.layer, self.normalisation, self.reference) =
      ([first.fill, second.fill], layer, normalisation, reference)
    let before = Self.rows(first, layer, side, normalisation, reference, keepsAll, facts)
    let after = Self.rows(second, layer, side, normalisation, reference, keepsAll, facts)
    let earlier = Dictionary(before.map { ($0.group.name, $0) }) { first, _ in first }
    rows = after.compactMap { row in
      guard let old = earlier[row.group.name] else { return nil }
      return Row(
        group: row.group, value: row.value - old.value,
        sigma: (row.sigma * row.sigma + old.sigma * old.sigma).squareRoot(), kelvin: old.kelvin + row.kelvin)
    }
    try finish()
  }

  private mutating func finish() throws(CavernError) {
    guard !rows.isEmpty else {
      throw CavernError(
        "pixel.emptyAzimuth",
        "no group of layer \(layer) has a value in fill \(fills.map(String.init).joined(separator: " and "))",
        exit: .badData, hint: reference == nil ? nil : "without temperatures there is no current at another temperature"
      )
    }
    fit = AzimuthFit(
      azimuths: rows.map(\.group.azimuth), values: rows.map(\.value), sigmas: rows.map(\.sigma))
  }

  private static func rows(
    _ leakage: FillLeakage, _ layer: Int, _ side: Side, _ normalisation: LeakageNormalisation, _ reference: Double?,
    _ keepsAll: Bool, _ facts: PixelFacts
  ) -> [Row] {
    let kelvin = reference.map { $0 + facts.constants.zeroCelsius }
    return leakage.groups.compactMap { entry in
      // Places of the first detector's groups are not known.
      guard entry.group.azimuth.isFinite, entry.group.name.layerOrRing == layer, side.holds(entry.group.name.half),
        keepsAll || entry.exclusion == nil
      else { return nil }
      let value = entry.value(normalisation, reference: kelvin, facts: facts)
      guard value.value.isFinite else { return nil }
      // The self-heating is common to a layer and moves all groups alike; step and spread of the readings are a group's own.
      let own = entry.currentSigma / max(abs(entry.current), 1e-12) * abs(value.value)
      return Row(group: entry.group, value: value.value, sigma: own, kelvin: [entry.kelvin])
    }.sorted { $0.group.name.text < $1.group.name.text }
  }

  /// What currents are divided by and their temperature, as in file names: `per_roc_0c`; empty for neither.
  private var suffix: String {
    let divided = normalisation.columnSuffix.dropFirst()
    return [divided.isEmpty ? nil : String(divided), reference.map { "\(LeakageTable.short($0))c" }].compactMap { $0 }
      .map { "_\($0)" }.joined()
  }

  /// `azimuth_8016_layer1_per_roc_0c.csv`, `azimuth_difference_8016_8023_layer1_per_roc.csv`.
  public var fileName: String {
    let numbers = fills.map(String.init).joined(separator: "_")
    return "azimuth_\(fills.count > 1 ? "difference_" : "")\(numbers)_layer\(layer)\(suffix).csv"
  }

  /// Name of the value's column.
  public var valueColumn: String {
    (fills.count > 1 ? "delta_" : "") + "leakage_ua\(normalisation.columnSuffix)"
      + (reference.map { "_at_\(LeakageTable.short($0))c" } ?? "")
  }

  /// The table as text, numbers in full precision.
  ///
  /// - Parameter isCompatible: leaves out the column of uncertainties.
  public func csv(isCompatible: Bool) -> String {
    let temperatures =
      fills.count > 1 ? fills.map { "sensor_temperature_fill_\($0)_k" } : ["sensor_temperature_k"]
    let header = ["readout_group", "phi_rad", valueColumn] + temperatures + (isCompatible ? [] : ["sigma"])
    let lines = rows.map { row in
      ([row.group.name.text, "\(row.group.azimuth)", "\(row.value)"]
        + row.kelvin.map { $0.isFinite ? "\($0)" : "" } + (isCompatible ? [] : ["\(row.sigma)"])).joined(separator: ",")
    }
    return ([header.joined(separator: ",")] + lines).map { $0 + "\n" }.joined()
  }

  /// The stem of the earlier program's figure files.
  public var figureStem: String {
    let subsystem = rows.first?.group.name.subsystem ?? .barrel
    let what =
      fills.count > 1
      ? "leakage_current_difference_vs_azimuthal_angle_fills_\(fills[0])_\(fills[1])"
      : "leakage_current_vs_azimuthal_angle_fill_\(fills[0])"
    let divided: String =
      switch normalisation {
      case .none: ""
      case .roc: "_perRoc"
      case .volume: "_volumeNormalization"
      }
    let corrected = reference.map { "_correctedTo\(Int(($0 + 273.15).rounded()))K" } ?? ""
    return "\(what)_\(subsystem.prefix)_layer_\(layer)\(divided)\(corrected)"
  }
}
