import Arguments
import BeamInstrumentation
import Errors
import JSON

/// The options that all commands on sessions share, and what they mean.
enum SessionArguments {
  /// How files are analysed.
  static let analysis: [Option] =
    WireScanArguments.selection + WireScanArguments.analysis + [
      .option(
        "charge-state", "Z", .number(1...200), "Charges per particle, to count ions; 1 counts charges.",
        note: "by timing user, otherwise 1"),
      .option(
        "devices", "FILE", .file(["json"]), "Table that says which record is what, in place of the built-in one."),
      .option(
        "tolerance", "S", .number(0...86_400), "Join by time up to so many seconds, where no cycle stamp is shared.",
        default: "60"),
      .option(
        "slot-offset", "N", .integer(-3564...3564),
        "Added to slots of wire scans to get those of the transformer.", note: "0, or found when that does not fit"),
    ]

  /// Where results go.
  static let output: [Option] = [
    .option("output", short: "o", "DIR", .folder, "Result folder.", default: "session"),
    .flag("figures", "Draw every file.", isInvertible: true, isOn: true),
    .flag("force", "Analyse again what has not changed."), CommonOptions.threads,
  ]

  /// The settings as the domain takes them.
  static func settings(_ arguments: ParsedArguments) throws(CavernError) -> SessionSettings {
    var settings = try SessionSettings()
    settings.wireScan = try WireScanArguments.options(arguments)
    settings.wireScan.threads = 1
    settings.devices = try FbctArguments.table(arguments)
    settings.beamCurrent.chargeState = try arguments.optionalDouble("charge-state")
    settings.joinTolerance = try arguments.double("tolerance")
    settings.slotOffset = try arguments.optionalInt("slot-offset")
    return settings
  }
}
