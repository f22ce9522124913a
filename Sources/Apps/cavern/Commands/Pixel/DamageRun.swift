import Arguments
import Errors
import Figures
import Foundation
import JSON
import PixelMonitoring
import Results
import Tables

/// One run of `cavern pixel simulate-damage`: what went in and what came out.
struct DamageRun: Sendable {
  let path: String
  let reference: Double
  let profile: RadiationProfile
  let parameters: DamageParameters
  let prediction: DamagePrediction
  let toys: DamageToys?
  let comparison: LeakageComparison?
  let scale: LeakageComparison.Scale?
  let appliedScale: Double
  let group: ReadoutGroup?
  let depletion: [DamageFigures.DepletionPoint]
  let warnings: [CavernWarning]
  private let inputs: [String]

  /// Reads the profile and runs the model as the command line says.
  init(_ arguments: ParsedArguments) throws(CavernError) {
    let path = try arguments.string("profile")
    let reference = try DamageArguments.reference(arguments)
    let parameters = try DamageParameters.standard()
    var (profile, warnings) = try DamageArguments.mended(path)
    let measured = profile
    var inputs = [path]
    if let scenario = try arguments.optionalString("scenario") {
      profile = try Self.project(profile, scenario, arguments, &warnings)
      inputs.append(scenario)
    }
    group = try DamageArguments.group(try arguments.optionalString("group"), path: path)
    let facts = try PixelFacts.builtIn()
    let chips = try arguments.optionalInt("chips") ?? group?.chipCount
    var prediction = try DamageArguments.predict(profile, parameters, arguments)
    var appliedScale = try arguments.double("scale")
    let resolution = try DamageArguments.resolution(arguments)
    func compare(_ prediction: DamagePrediction) -> LeakageComparison? {
      guard let chips, measured.rows.contains(where: \.hasCurrent) else { return nil }
      return LeakageComparison(
        profile, prediction, parameters: parameters, volume: Double(chips) * facts.constants.chipVolume,
        reference: reference, resolution: resolution)
    }
    var comparison = compare(prediction)
    let scale = comparison?.fittedScale()
    if arguments.flag("fit-scale") {
      guard let scale else {
        throw CavernError(
          "damage.nothingMeasured", "there is no measured current to fit the scale to", exit: .badData, file: path,
          hint: chips == nil ? "name the readout group with --group" : nil)
      }
      appliedScale *= scale.value
      prediction = DamagePrediction(
        profile, parameters: parameters, scale: appliedScale,
        averaging: try arguments.string("averaging") == "scaled-time" ? .scaledTime : .meanInverseTemperature)
      comparison = compare(prediction)
    }
    let count = try arguments.int("toys")
    if count > 0 {
      var scaled = profile
      for index in scaled.rows.indices { scaled.rows[index].fluenceRate *= appliedScale }
      toys = DamageToys(
        scaled, parameters: parameters,
        options: DamageToys.Options(
          count: count, seed: UInt64(try arguments.int("seed")), fluence: try arguments.double("fluence-error"),
          temperature: try arguments.double("temperature-error")),
        threads: try PixelArguments.threads(arguments),
        isCancelled: { Interrupts.isRequested })
    } else {
      toys = nil
    }
    if let file = try arguments.optionalString("depletion") {
      depletion = try DamageArguments.depletion(file)
      inputs.append(file)
    } else {
      depletion = []
    }
    if chips == nil, measured.rows.contains(where: \.hasCurrent) {
      warnings.append(
        CavernWarning(
          "damage.noGroup", "measured currents are not compared: name the readout group with --group or --chips"))
    }
    (self.path, self.reference, self.parameters, self.inputs) = (path, reference, parameters, inputs)
    (self.profile, self.prediction, self.comparison, self.scale) = (profile, prediction, comparison, scale)
    (self.appliedScale, self.warnings) = (appliedScale, warnings)
  }

  private static func project(
    _ profile: RadiationProfile, _ file: String, _ arguments: ParsedArguments, _ warnings: inout [CavernWarning]
  ) throws(CavernError) -> RadiationProfile {
    let scenario = try DamageScenario(path: file)
    warnings += scenario.warnings(behind: profile)
    let perFemtobarn = try arguments.optionalDouble("fluence-per-fb")
    if perFemtobarn == nil, scenario.periods.contains(where: { $0.luminosity > 0 }) {
      throw CavernError(
        "usage.missingValue", "--fluence-per-fb is needed: the scenario has luminosity", exit: .usage,
        hint: "'cavern pixel fluence modules --by group' prints it")
    }
    return profile.projected(scenario, fluencePerFemtobarn: perFemtobarn ?? 0)
  }

  /// `0` and `-20.5` as they stand in names of columns.
  private var celsius: String { NumberLabel.general(reference - 273.15, digits: 6) }

  private var referenceFactor: Double {
    parameters.leakageFactor(to: reference)
  }

  /// Names and values of the columns.
  private var columns: [(name: String, values: [Double], unit: String)] {
    var columns: [(name: String, values: [Double], unit: String)] = [
      ("timestamp_s", profile.rows.map(\.timestamp), "s"), ("fluence_n_eq_cm2", prediction.fluence, "1/cm2"),
      ("neff_cm3", prediction.effectiveDoping, "1/cm3"), ("vdep_v", prediction.depletionVoltage, "V"),
      ("ileak_20c_a_cm3", prediction.leakageAt20C, "A/cm3"),
    ]
    let factor = referenceFactor
    if celsius != "20" {
      columns.append(("ileak_\(celsius)c_a_cm3", prediction.leakageAt20C.map { $0 * factor }, "A/cm3"))
    }
    if let toys {
      columns.append(("vdep_sigma_v", toys.depletionVoltage, "V"))
      columns.append(("ileak_20c_sigma_a_cm3", toys.leakage, "A/cm3"))
    }
    if let comparison {
      var measured = [Double](repeating: .nan, count: profile.rows.count)
      for point in comparison.points { measured[point.row] = point.measured * 1e-6 }
      columns.append(("measured_\(celsius)c_a_cm3", measured, "A/cm3"))
    }
    return columns
  }

  /// One line a step.
  var csv: String {
    let columns = self.columns
    var text = "row," + columns.map(\.name).joined(separator: ",") + "\n"
    text.reserveCapacity(profile.rows.count * columns.count * 20)
    for row in profile.rows.indices {
      text += row.description
      for column in columns {
        text += ","
        let value = column.values[row]
        if value.isFinite { text += value.description }
      }
      text += "\n"
    }
    return text
  }

  /// The summary for scripts.
  var json: JSONValue {
    let last = profile.rows.count - 1
    var final = JSONObject(
      columns.filter { !$0.name.hasPrefix("measured") }.map { ($0.name, .number($0.values[last])) })
    final["row"] = .integer(last)
    var object = JSONObject([
      ("profile", .string(path)), ("rows", .integer(profile.rows.count)),
      ("referenceTemperature_C", .number(reference - 273.15)), ("scale", .number(appliedScale)),
      ("group", .optional(group?.name.text)), ("final", .object(final)),
    ])
    if let row = prediction.typeInversion {
      object["typeInversion"] = [
        "row": .integer(row), "timestamp_s": .number(profile.rows[row].timestamp),
        "fluence_n_eq_cm2": .number(prediction.fluence[row]),
      ]
    } else {
      object["typeInversion"] = .null
    }
    if let comparison {
      object["comparison"] = [
        "points": .integer(comparison.points.count), "meanRatio": .optional(comparison.ratio?.mean),
        "ratioSpread": .optional(comparison.ratio?.spread),
      ]
    }
    if let scale {
      object["fittedScale"] = [
        "value": .number(scale.value), "statistical": .number(scale.statistical),
        "temperature": .number(scale.temperature), "chiSquarePerDegree": .number(scale.chiSquarePerDegree),
        "points": .integer(scale.points),
      ]
    }
    return .object(object)
  }

  /// The summary for people.
  var text: String {
    let last = profile.rows.count - 1
    func number(_ value: Double, _ digits: Int = 5) -> String { NumberText.significant(value, digits) }
    func measured(_ value: Double, _ spread: [Double]?, _ unit: String, _ factor: Double = 1) -> String {
      guard let spread else { return "\(number(value * factor)) \(unit)" }
      return MeasuredValue(value * factor, statistical: spread[last] * factor).text(unit: unit)
    }
    var lines = [
      "\(path): \(profile.rows.count) steps, \(number(prediction.fluence[last])) n_eq/cm2 at its end",
      "depletion voltage: \(measured(prediction.depletionVoltage[last], toys?.depletionVoltage, "V")), effective "
        + "doping \(number(prediction.effectiveDoping[last])) /cm3",
      "leakage current: \(measured(prediction.leakageAt20C[last], toys?.leakage, "uA/cm3", 1e6)) at 20 C, "
        + "\(number(prediction.leakageAt20C[last] * referenceFactor * 1e6)) uA/cm3 at \(celsius) C",
    ]
    if let row = prediction.typeInversion {
      lines.append(
        "type inversion: in step \(row), at \(number(prediction.fluence[row])) n_eq/cm2")
    } else {
      lines.append("type inversion: not reached")
    }
    if let comparison, let ratio = comparison.ratio {
      lines.append(
        "measured over predicted: \(number(ratio.mean, 4)), spread \(number(ratio.spread, 2)) "
          + "(\(comparison.points.count) steps with bias)")
    }
    if let scale {
      lines.append(
        "scale of the fluence that fits best: \(number(scale.value, 4)) ± \(number(scale.statistical, 2)) (scatter) "
          + "± \(number(scale.temperature, 2)) (temperature)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Depletion voltage over time and fluence, and leakage current.
  var figures: [Figure] {
    let title = group?.name.text ?? (path.split(separator: "/").last.map(String.init) ?? path)
    return DamageFigures.depletion(profile, prediction, toys: toys, measured: depletion, title: title) + [
      DamageFigures.leakage(
        profile, prediction, parameters: parameters, toys: toys, comparison: comparison, reference: reference,
        title: title)
    ]
  }

  /// The table of a result folder.
  func table() throws(CavernError) -> Table {
    try Table(
      columns: [Column("row", profile.rows.indices.map { $0 })]
        + columns.map { Column($0.name, $0.values, unit: $0.unit) })
  }

  /// Writes the folder that `--out` names, if it names one.
  func writeFolder(_ arguments: ParsedArguments) throws(CavernError) {
    guard let folder = try arguments.optionalString("out") else { return }
    var read: [Provenance.Input] = []
    for file in inputs { read.append(try Provenance.Input(reading: file)) }
    let provenance = Provenance(version: Version.text, commandLine: arguments.provenanceWords, inputs: read)
    let (result, figures, table) = (json, figures, try table())
    let page = Page(
      title: "Radiation damage", facts: [Page.Fact("profile", path), Page.Fact("group", group?.name.text ?? "–")],
      sections: [
        Page.Section("Summary", text.split(separator: "\n").map { .paragraph(String($0)) }),
        Page.Section("Figures", figures.map { .figure($0) }),
      ], warnings: warnings, provenance: provenance)
    try ResultFolder.write(to: folder, force: arguments.flag("force")) { (out) throws(CavernError) in
      try out.addResult(schema: "cavern.pixel.simulate-damage/1", result)
      try out.add("prediction.parquet", bytes: try table.parquetBytes())
      try out.addFigures(figures)
      try out.addReport(page)
      try out.addProvenance(provenance)
    }
  }
}
