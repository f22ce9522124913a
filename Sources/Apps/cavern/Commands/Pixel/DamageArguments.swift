import Arguments
import Conditions
import Errors
import Foundation
import PixelMonitoring
import Tables

/// Options that `simulate-damage` and `compare` share.
enum DamageArguments {
  /// The options.
  static let options: [Option] = [
    .option(
      "reference-temperature", "C", .number(-100...100), "Temperature in °C that currents are scaled to.", default: "0"),
    .option("scale", "X", .number(0...1e6), "Factor on all fluences.", default: "1"),
    .option(
      "averaging", "HOW",
      .choice([
        .init("scaled-time", "α₀* with time scaled to 20 °C"), .init("mean-inverse-temperature", "α₀ of ⟨1/T⟩"),
      ]), "How annealing of the constant part of the current is averaged.", default: "scaled-time"),
    .flag("exact", "Sum every step against every earlier one: slow, to compare with."),
    .option("relative-error", "X", .number(0...1), "Relative uncertainty of measured currents.", default: "0.01"),
    .option("temperature-error", "K", .number(0...50), "Uncertainty of all temperatures in K.", default: "1"),
    .option(
      "minimum-current", "UA", .number(0...1e9), "Currents up to this in µA mean that bias was off.", default: "1"),
  ]

  /// The reference temperature in K.
  static func reference(_ arguments: ParsedArguments) throws(CavernError) -> Double {
    try arguments.double("reference-temperature") + 273.15
  }

  /// How currents were measured.
  static func resolution(_ arguments: ParsedArguments) throws(CavernError) -> LeakageComparison.Resolution {
    LeakageComparison.Resolution(
      relative: try arguments.double("relative-error"), temperature: try arguments.double("temperature-error"),
      threshold: try arguments.double("minimum-current"))
  }

  /// Runs the model over a profile as the options say.
  static func predict(
    _ profile: RadiationProfile, _ parameters: DamageParameters, _ arguments: ParsedArguments
  ) throws(CavernError) -> DamagePrediction {
    DamagePrediction(
      profile, parameters: parameters, scale: try arguments.double("scale"),
      summation: arguments.flag("exact") ? .exact : .grouped,
      averaging: try arguments.string("averaging") == "scaled-time" ? .scaledTime : .meanInverseTemperature)
  }

  /// A profile in which nothing is missing that the model needs.
  ///
  /// - Throws: `profile.noTemperature` when no step has a temperature.
  static func mended(_ path: String) throws(CavernError) -> (profile: RadiationProfile, warnings: [CavernWarning]) {
    let profile = try RadiationProfile(path: path)
    guard let mended = profile.mended() else {
      throw CavernError("profile.noTemperature", "no step has a temperature", exit: .badData, file: path)
    }
    var warnings: [CavernWarning] = []
    if mended.temperatures > 0 {
      warnings.append(
        CavernWarning(
          "profile.temperatureCarried",
          "\(mended.temperatures) steps without temperature take that of the step before", file: path))
    }
    if mended.fluences > 0 {
      warnings.append(
        CavernWarning(
          "profile.fluenceMissing", "\(mended.fluences) steps without fluence rate count as none", file: path))
    }
    let coldest = mended.profile.rows.map(\.temperature).min() ?? 0
    let warmest = mended.profile.rows.map(\.temperature).max() ?? 0
    if coldest < 200 || warmest > 350 {
      warnings.append(
        CavernWarning(
          "profile.temperatureRange", "temperatures go from \(coldest) to \(warmest) K", file: path))
    }
    return (mended.profile, warnings)
  }

  /// The group that a file is about: as given, or as its name says; `nil` when neither.
  static func group(_ given: String?, path: String) throws(CavernError) -> ReadoutGroup? {
    let facts = try PixelFacts.builtIn()
    if let given { return try facts.group(named: given) }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let found = facts.groups.filter { name.contains($0.name.text) }
    return found.max { $0.name.text.count < $1.name.text.count }
  }

  /// Measured depletion voltages: columns `date`, `voltage_V`, `error_V`.
  ///
  /// - Throws: faults of the table; `depletion.badValue` with the line.
  static func depletion(_ path: String) throws(CavernError) -> [DamageFigures.DepletionPoint] {
    do throws(CavernError) {
      let table = try Table(csvFile: path, options: CSVOptions(kinds: ["date": .string]))
      let (dates, voltages) = (try table.column("date"), try table.column("voltage_V"))
      let errors = table["error_V"]
      var points: [DamageFigures.DepletionPoint] = []
      for row in 0..<table.rowCount {
        guard let time = ConditionsTime(dates.string(at: row) ?? ""), let voltage = voltages.double(at: row) else {
          throw CavernError(
            "depletion.badValue", "the row has no date or voltage", exit: .badData, line: row + 2,
            expected: "YYYY-MM-DD, a voltage and its error")
        }
        points.append(
          DamageFigures.DepletionPoint(time: time.seconds, voltage: voltage, error: errors?.double(at: row) ?? 0))
      }
      return points
    } catch {
      throw error.inFile(path)
    }
  }
}
