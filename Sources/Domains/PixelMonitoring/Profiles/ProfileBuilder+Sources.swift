import Foundation

extension ProfileBuilder.Value {
  /// The heading of the table that says where values come from.
  public static let header = [
    "timestamp_s", "luminosity_fb", "temperature_source", "n_sensors", "n_expected", "loop_temperature_K", "bias",
    "fluence_source", "current_source", "current_uA_cm3_0C", "current_uncertainty_uA_cm3_0C",
  ].joined(separator: "\t")

  /// Appends the line of a step.
  func append(to bytes: inout [UInt8], group: ProfileBuilder.Group) {
    var line = RadiationProfile.plain(row.timestamp) + "\t"
    line += luminosity.isNaN ? "" : luminosity.description
    line += "\t\(temperatureSource(group.expectedSensors))\t\(sensors)\t\(group.expectedSensors)\t"
    line += loopTemperature.isNaN ? "" : Self.thousandths(loopTemperature)
    line += "\t\(bias == 1 ? "on" : bias == 0 ? "off" : "unknown")\t"
    line += row.fill < 0 ? "none" : luminosity.isNaN ? "missing" : "measured"
    line += "\t\(currentSource)\t"
    if row.hasCurrent, row.temperature > 0, bias == 1 {
      let factor = group.scaling.factor(from: row.temperature, to: 273.15) / group.volume
      // The resolution of the supply and one kelvin.
      let kelvin = group.scaling.slope(at: row.temperature) * row.current
      let error = (0.1 * 0.1 + kelvin * kelvin).squareRoot()
      line += "\((row.current * factor * 1e4).rounded() / 1e4)\t\((error * factor * 1e4).rounded() / 1e4)"
    } else {
      line += "\t"
    }
    bytes += line.utf8
    bytes.append(10)
  }

  private func temperatureSource(_ expected: Int) -> String {
    if loopTemperature.isNaN { return "missing" }
    if sensors < expected { return "partial \(sensors)/\(expected)" }
    return temperatureAge > windowLength ? "carried \(Int(temperatureAge)) s" : "measured"
  }

  private var currentSource: String {
    if row.fill < 0 { return "none" }
    if currentAge.isNaN { return "missing" }
    return currentAge > windowLength ? "carried \(Int(currentAge)) s" : "measured"
  }

  private static func thousandths(_ value: Double) -> String { ((value * 1000).rounded() / 1000).description }
}

extension ProfileBuilder.Group {
  /// A group with its fluences for 1 /fb and 1 mb.
  public init(_ group: ReadoutGroup, _ fluence: ModuleFluence.Entry, _ facts: PixelFacts) {
    name = group.name.text
    place = ProfileSeriesReader.place(of: group)
    volume = Double(group.chipCount) * facts.constants.chipVolume
    scaling = LeakageScaling(facts)
    self.fluence = fluence.mean.value
    compatibleFluence = fluence.compatible
    switch group.name {
    case .barrel(_, _, let layer):
      expectedSensors = group.coolingLoop.flatMap { facts.loop($0)?.expectedSensors } ?? 0
      selfHeating = facts.constants.selfHeatingKelvin[layer - 1]
    case .endCap:
      expectedSensors = 1
      selfHeating = facts.endCapSelfHeatingKelvin
    }
  }
}
