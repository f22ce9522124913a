import Conditions

/// Whether bias voltage is on.
public enum BiasState: String, Sendable, Hashable {
  /// The latest voltage is above the threshold.
  case on
  /// The latest voltage is at or below the threshold.
  case off
  /// There is no voltage within the look-back; taken for off.
  case unknown
}

/// The temperature of the sensors of one readout group in one fill.
public struct GroupTemperature: Sendable, Equatable {
  /// The group.
  public var group: ReadoutGroupName
  /// Mean of the sensors on its cooling loop, in K; NaN when none has a reading.
  public var loopKelvin: Double
  /// Sensors that have a reading.
  public var sensors: Int
  /// Sensors that should have one.
  public var expected: Int
  /// Age of the oldest reading used at the end of the window, in s; 0 when there is none.
  public var oldestSeconds: Double
  /// Bias voltage.
  public var bias: BiasState
  /// How much warmer the sensors are than the loop, in K.
  public var selfHeatingKelvin: Double
  /// Standard uncertainty of the sensor temperature, in K: spread and calibration of the loop's sensors, self-heating.
  public var sigmaKelvin: Double
  /// Whether a reading before the begin of the window was used.
  public var isCarried: Bool

  /// Temperature of the sensors, in K; NaN when it is missing.
  public var kelvin: Double { loopKelvin + selfHeatingKelvin }
  /// Whether there is no temperature.
  public var isMissing: Bool { loopKelvin.isNaN }
  /// Whether only some of the sensors have a reading.
  public var isPartial: Bool { sensors > 0 && sensors < expected }

  /// `ok`, `partial n/m`, `missing`, and what else is to be said.
  public var quality: String {
    if isMissing { return "missing" }
    var words: [String] = []
    if isPartial { words.append("partial \(sensors)/\(expected)") }
    if isCarried { words.append("carried") }
    if bias == .unknown { words.append("bias unknown") }
    return words.isEmpty ? "ok" : words.joined(separator: ", ")
  }
}

/// The temperatures of all groups of a subsystem in one fill.
public struct FillTemperatures: Sendable, Equatable {
  /// The fill.
  public var fill: Fill
  /// Barrel or end-cap.
  public var subsystem: Subsystem
  /// One entry a group, in the order of files.
  public var groups: [GroupTemperature]

  /// `BPix/<fill>.txt` or `FPix/<fill>.txt`.
  public var fileName: String { "\(subsystem.prefix)/\(fill.number).txt" }

  /// One line a group with its sensor temperature in K; −999 for a missing one.
  public var text: String {
    groups.map { "\($0.group.text) \(FixedText.decimals($0.isMissing ? -999 : $0.kelvin, 4))\n" }.joined()
  }
}

extension FillTemperatures {
  /// The table with everything that is known of each group.
  public var csv: String {
    let header =
      "fill,readout_group,temperature_k,sigma_k,loop_temperature_k,self_heating_k,n_sensors,n_expected,oldest_reading_s,"
      + "bias,quality\n"
    return header
      + groups.map { group in
        let isMissing = group.isMissing
        return [
          "\(fill.number)", group.group.text, isMissing ? "" : "\(group.kelvin)",
          isMissing ? "" : "\(group.sigmaKelvin)",
          isMissing ? "" : "\(group.loopKelvin)", "\(group.selfHeatingKelvin)", "\(group.sensors)", "\(group.expected)",
          isMissing ? "" : "\(group.oldestSeconds)", group.bias.rawValue, group.quality.replacing(",", with: ";"),
        ].joined(separator: ",") + "\n"
      }.joined()
  }
}
