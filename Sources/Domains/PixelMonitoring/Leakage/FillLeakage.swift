import Errors
import Foundation

/// The leakage currents of a subsystem in one fill with temperatures.
public struct FillLeakage: Sendable, Equatable {
  /// The fill.
  public var fill: Int
  /// One entry a group that has a current, in the order of files.
  public var groups: [GroupLeakage]

  /// What is known of a group besides current and temperature.
  public struct Quality: Sendable, Equatable {
    /// Standard uncertainty of the current, in µA.
    public var currentSigma: Double?
    /// Standard uncertainty of the temperature, in K.
    public var kelvinSigma: Double?
    /// Why averages leave the group out.
    public var exclusion: String?

    /// What is known of a group.
    public init(currentSigma: Double? = nil, kelvinSigma: Double? = nil, exclusion: String? = nil) {
      (self.currentSigma, self.kelvinSigma, self.exclusion) = (currentSigma, kelvinSigma, exclusion)
    }
  }

  /// Puts currents and temperatures together.
  ///
  /// - Parameters:
  ///   - currents: leakage in µA by group.
  ///   - temperatures: sensor temperature in K by group; −999 and what is missing is none.
  ///   - quality: what else is known.
  public init(
    fill: Int, currents: [ReadoutGroupName: Double], temperatures: [ReadoutGroupName: Double],
    quality: [ReadoutGroupName: Quality] = [:], facts: PixelFacts
  ) {
    self.fill = fill
    let step = facts.uncertainties.biasCurrentStepMicroampere / 12.0.squareRoot()
    let phase = facts.detector(ofFill: fill)
    groups = currents.keys.sorted().compactMap { name in
      guard let group = facts.group(name, phase), let current = currents[name] else { return nil }
      let known = quality[name] ?? Quality()
      let kelvin = temperatures[name].flatMap { $0 > 0 ? $0 : nil } ?? .nan
      let usual =
        name.subsystem == .barrel ? facts.uncertainties.selfHeatingKelvin : facts.uncertainties.portCardKelvin
      return GroupLeakage(
        group: group, current: current, currentSigma: known.currentSigma ?? step, kelvin: kelvin,
        kelvinSigma: known.kelvinSigma ?? usual, exclusion: known.exclusion)
    }
  }

  /// Reads one fill from folders as `currents process` and `temperatures groups` write them.
  ///
  /// - Parameters:
  ///   - temperatures: the folder with `BPix` and `FPix` in it; `nil` for currents as measured.
  ///   - quality: what `currents.csv` and `temperatures.csv` say about each group.
  /// - Throws: the faults of the file of currents; a missing file of temperatures is a warning.
  public static func read(
    fill: Int, subsystem: Subsystem, currents: String, temperatures: String?,
    quality: [ReadoutGroupName: Quality] = [:],
    facts: PixelFacts
  ) throws(CavernError) -> (leakage: FillLeakage, warnings: [CavernWarning]) {
    let path = "\(currents)/\(fill)_\(subsystem.rawValue)_HV_ByLayer.txt"
    var (values, warnings) = try GroupValueFile.read(path, facts: facts)
    values = values.filter { $0.key.subsystem == subsystem }
    let phase = facts.detector(ofFill: fill)
    for name in values.keys.sorted() where facts.group(name, phase) == nil {
      warnings.append(
        CavernWarning(
          "pixel.badLine", "'\(name.text)' is no group of the detector of fill \(fill) and is left out", file: path))
    }
    var kelvin: [ReadoutGroupName: Double] = [:]
    if let temperatures {
      let place = "\(temperatures)/\(subsystem.prefix)/\(fill).txt"
      if FileManager.default.fileExists(atPath: place) {
        let read = try GroupValueFile.read(place, facts: facts)
        kelvin = read.values
        warnings += read.warnings
      } else {
        warnings.append(
          CavernWarning("pixel.noTemperatures", "fill \(fill) has no file of temperatures", file: place))
      }
    }
    return (
      FillLeakage(fill: fill, currents: values, temperatures: kelvin, quality: quality, facts: facts), warnings
    )
  }
}
