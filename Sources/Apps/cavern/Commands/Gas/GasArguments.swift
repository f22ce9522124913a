import Arguments
import Bench
import Errors

/// The gas board that a command works on.
enum GasArguments {
  static let options: [Option] = [
    .option("port", "DEVICE", .path, "The serial line.", note: "as the configuration says"),
    .option("baud", "N", .integer(300...4_000_000), "Bits a second.", note: "115200"),
    .option("protocol", "V", .choice(["0", "1", "auto"]), "Version of the protocol.", note: "auto"),
    .option("settle", "SPAN", .duration, "How long the board is deaf after the line was opened.", note: "2s"),
    .option("timeout", "SPAN", .duration, "How long a reply may take.", note: "1s"),
  ]

  /// The settings of the configuration with options of the command line in place.
  static func settings(
    _ arguments: ParsedArguments, _ configuration: BenchConfiguration?
  ) throws(CavernError) -> GasSettings {
    var settings = configuration?.gas
    if let port = try arguments.optionalString("port") {
      settings = settings ?? GasSettings(port: port)
      settings?.port = port
    }
    guard var settings else {
      throw CavernError(
        "gas.noPort", "no gas board is named", exit: configuration == nil ? .usage : .configuration,
        file: configuration?.file, hint: "add --port DEVICE, or a [gas] table with port to the configuration")
    }
    if let baud = try arguments.optionalInt("baud") { settings.baud = baud }
    if let word = try arguments.optionalString("protocol"), let choice = GasSettings.ProtocolChoice(rawValue: word) {
      settings.protocolChoice = choice
    }
    if let settle = try arguments.optionalDuration("settle") { settings.settle = settle }
    if let limit = try arguments.optionalDuration("timeout") { settings.timeLimit = limit }
    return settings
  }
}
