import Arguments
import BeamInstrumentation
import Errors
import Foundation
import JSON

/// The options that all commands on bunch intensities share, and what they mean.
enum FbctArguments {
  /// Which record and which bunches.
  static let selection: [Option] = [
    .option("device", "NAME", .text, "Only devices whose name contains NAME.", note: "all that published"),
    .option("acquisition", "N", .integer(0...1_000_000), "Row of the file, from 0.", note: "all; tables the first"),
    .option(
      "bunches", "LIST", .indices, "Bunches by number in the list of selected slots, from 0.", note: "all selected"),
    .option("before", "S", .number(), "Slots are selected by samples before this cycle time in s.", default: "50"),
    .option(
      "min-charges", "N", .number(0...1e30), "A slot is selected when a sample exceeds so many charges.",
      note: "4e9, or a quarter of the largest sample of a weak beam"),
    .option("min-counts", "N", .number(0...1e30), "The same in counts of the transformer, whatever one is worth."),
    .option(
      "devices", "FILE", .file(["json"]), "Table that says which record is what, in place of the built-in one."),
  ]

  /// How they are analysed.
  static let analysis: [Option] = [
    .option("until", "S", .number(), "End of the analysis in s of cycle time.", note: "the end of the beam"),
    .option(
      "weights", "W", .choice(["none", "noise"]), "Weights of ln(intensity) in the fit of a lifetime.",
      default: "none"),
  ]

  /// Charges or ions.
  static let unit: [Option] = [
    .option(
      "charge-state", "Z", .number(1...200), "Charges per particle, to count ions; 1 counts charges.",
      note: "by timing user, otherwise 1")
  ]

  /// `-o DIR`.
  static let folder = Option.option(
    "output", short: "o", "DIR", .folder, "Write a result folder: numbers, tables, figures, report.")

  /// The options as the domain takes them.
  static func options(_ arguments: ParsedArguments) throws(CavernError) -> BeamCurrentOptions {
    var options = BeamCurrentOptions()
    options.selectionEnd = try arguments.double("before")
    options.bunches = try arguments.optionalIndices("bunches")
    if arguments.isGiven("min-charges"), arguments.isGiven("min-counts") {
      throw arguments.fault(
        "usage.conflict", "--min-charges and --min-counts exclude each other", about: "min-counts")
    }
    if let charges = try arguments.optionalDouble("min-charges") { options.threshold = .charges(charges) }
    if let counts = try arguments.optionalDouble("min-counts") { options.threshold = .counts(counts) }
    let names = arguments.path.allOptions.map(\.name)
    if names.contains("weights") {
      options.weights = BeamCurrentOptions.Weights(rawValue: try arguments.string("weights")) ?? .none
      options.end = try arguments.optionalDouble("until")
    }
    if names.contains("charge-state") { options.chargeState = try arguments.optionalDouble("charge-state") }
    return options
  }

  /// The device table in use.
  static func table(_ arguments: ParsedArguments) throws(CavernError) -> DeviceTable {
    guard let path = try arguments.optionalString("devices") else { return try DeviceTable.builtIn() }
    let bytes = try TextFile.bytes(path)
    do {
      return try DeviceTable(json: try JSONValue(parsing: bytes))
    } catch let error as CavernError {
      throw error.inFile(path)
    } catch let error as JSONSyntaxError {
      throw CavernError(
        "devices.badTable", "not a device table: \(error.message)", exit: .configuration, file: path, line: error.line,
        column: error.column)
    } catch {
      throw CavernError("internal.fault", "\(error)", exit: .internal, file: path)
    }
  }

  /// What a command works on.
  typealias Reading = BeamCurrentReading

  /// Reads and analyses a file as the options say.
  ///
  /// - Throws: `fbct.noSuchAcquisition` besides what reading and analysing throw.
  static func read(_ arguments: ParsedArguments, file path: String) throws(CavernError) -> Reading {
    try BeamCurrentReading(
      path: path, options: try options(arguments), device: try arguments.optionalString("device"),
      acquisition: try arguments.optionalInt("acquisition"), table: try table(arguments))
  }
}

extension BeamCurrentReading {
  /// How a command that shows the whole file ends.
  var status: ExitStatus { file.faults.isEmpty ? .done : .partial }
}
