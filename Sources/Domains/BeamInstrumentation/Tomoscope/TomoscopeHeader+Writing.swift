import JSON

extension TomoscopeHeader {
  /// Number of lines before the numbers.
  public static let lineCount = 98

  /// The 98 lines, with labels in the words of the quantity.
  public var lines: [String] {
    var lines = [String](repeating: "!", count: Self.lineCount)
    for (index, text) in title.split(separator: "\n").prefix(11).enumerated() { lines[index] = String(text) }
    func put(_ line: Int, _ label: String, _ value: String) {
      lines[line - 2] = "! \(label) ="
      lines[line - 1] = value
    }
    put(13, "Input data file", dataSource)
    put(15, "Directory for the output", "./")
    put(17, "Number of frames in the data", "\(frameCount)")
    put(19, "Number of frames to ignore", "\(ignoredFrames)")
    put(21, "Number of bins in each frame", "\(binCount)")
    put(23, "Width of each frame bin (s)", "\(binWidth)")
    put(25, "Number of machine turns between frames", turnsBetweenFrames.map(String.init) ?? "")
    put(27, "Bins to cut at the start of a frame", "\(cutBins.start)")
    put(29, "Bins to cut at the end of a frame", "\(cutBins.end)")
    put(32, "Bins to treat as empty at the start", "\(emptyBins.start)")
    put(35, "Bins to treat as empty at the end", "\(emptyBins.end)")
    put(37, "Frame bins to rebin into one", "\(rebin)")
    put(40, "Synchronous phase in bins (fitted when negative)", text(synchronousBin ?? -1))
    put(42, "Highest energy of the phase space (eV; found when negative)", text(maximumEnergy ?? -1))
    put(44, "First frame to reconstruct", "\(reconstructedFrames?.first ?? 1)")
    put(46, "Last frame to reconstruct", "\(reconstructedFrames?.last ?? 1)")
    put(48, "Step between frames to reconstruct", "\(reconstructedFrames?.step ?? 1)")
    put(50, "Number of iterations", "\(iterations ?? 20)")
    put(52, "Square root of the test particles per cell", "\(particlesPerCellSide ?? 4)")
    put(54, "Extend the region of phase space (1 = yes)", extendsRegion ? "1" : "0")
    put(56, "Reference frame of the synchronous phase", "\(referenceFrames.beam)")
    put(58, "Reference frame of the machine parameters", "\(referenceFrames.machine)")
    put(62, "Peak voltage of the main RF system (V)", text(voltage?.value))
    put(64, "Its rate of change (V/s)", text(voltage?.rate ?? 0))
    put(66, "Peak voltage of the second RF system (V)", text(secondVoltage.value))
    put(68, "Its rate of change (V/s)", text(secondVoltage.rate))
    put(70, "Harmonic number of the main RF system", harmonic.map(String.init) ?? "")
    put(72, "Ratio of the harmonics", text(harmonicRatio))
    put(74, "Phase difference (rad of the main harmonic)", text(phaseDifference))
    put(76, "Dipole field (T)", text(field?.value))
    put(78, "Its rate of change (T/s)", text(field?.rate ?? 0))
    put(80, "Machine radius (m)", text(machineRadius))
    put(82, "Bending radius (m)", text(bendingRadius))
    put(84, "Gamma transition", text(gammaTransition))
    put(86, "Rest energy (eV)", text(restEnergy))
    put(88, "Charge state", text(charge))
    put(92, "Include self-fields (1 = yes)", includesSelfFields ? "1" : "0")
    put(94, "Geometrical coupling coefficient", text(couplingCoefficient ?? 0))
    put(96, "Reactive impedance (Ohm per mode number)", text(reactiveImpedance ?? 0))
    put(98, "Pick-up sensitivity (digits per ampere)", text(pickUpSensitivity ?? 1))
    return lines
  }

  private func text(_ value: Double?) -> String {
    guard let value else { return "" }
    return Int(exactly: value).map { abs($0) < 1_000_000 ? "\($0)" : "\(value)" } ?? "\(value)"
  }

  /// The values in the outputs.
  public var json: JSONValue {
    [
      "title": .string(title), "dataSource": .string(dataSource), "frames": .integer(frameCount),
      "ignoredFrames": .integer(ignoredFrames), "bins": .integer(binCount), "binWidth_s": .number(binWidth),
      "turnsBetweenFrames": .optional(turnsBetweenFrames), "cutBinsStart": .integer(cutBins.start),
      "cutBinsEnd": .integer(cutBins.end), "rebin": .integer(rebin), "synchronousBin": .optional(synchronousBin),
      "voltage_V": .optional(voltage?.value), "voltageRate_V_per_s": .optional(voltage?.rate),
      "secondVoltage_V": .number(secondVoltage.value), "secondVoltageRate_V_per_s": .number(secondVoltage.rate),
      "harmonic": .optional(harmonic), "harmonicRatio": .number(harmonicRatio),
      "phaseDifference_rad": .number(phaseDifference), "field_T": .optional(field?.value),
      "fieldRate_T_per_s": .optional(field?.rate), "machineRadius_m": .optional(machineRadius),
      "bendingRadius_m": .optional(bendingRadius), "gammaTransition": .optional(gammaTransition),
      "restEnergy_eV": .optional(restEnergy), "charge": .optional(charge),
    ]
  }
}
