import Arguments
import Bench
import Errors
import Foundation
import JSON

/// Options that the clients of a broker share.
enum HighVoltageArguments {
  /// How a broker is found.
  static let broker: [Option] = [
    .option("socket", "PATH", .path, "Unix socket of the broker.", note: "as the bench file says"),
    .option("supply", "NAME", .text, "Name of the supply in the bench file.", note: "the first"),
    .option(
      "as", "ROLE", .choice(["viewer", "emergency", "operator", "expert"]), "Come with a lower role than the own one."),
  ]

  /// Which channel.
  static let place: [Option] = [
    .option("channel", short: "c", "N", .text, "Channel: its number from 0, or its name in the bench file."),
    .option("board", "B", .integer(0...31), "Address of the board.", default: "0"),
  ]

  /// How a set is made.
  static let acting: [Option] = [
    .flag("dry-run", "Say what would be sent and what every rule says; send nothing."),
    .option("reason", "TEXT", .text, "Why, for the audit."),
    .flag("override", "Go beyond the configured limits; needs an expert and a reason."),
  ]

  /// Whether a ramp is waited for.
  static let wait = Option.flag(
    "wait", "Wait until the output is there, and fail when a fault ends the ramp.", isInvertible: true, isOn: true)

  /// Path of the bench file: what `--config` says, else the usual places.
  static func benchFile(_ arguments: ParsedArguments) throws(CavernError) -> String? {
    if let path = try arguments.optionalString("config") { return path }
    return ["bench.toml", "/etc/cavern/bench.toml"].first { FileManager.default.fileExists(atPath: $0) }
  }

  /// The supply that a command is about.
  static func configuration(_ arguments: ParsedArguments) throws(CavernError) -> HVConfiguration? {
    guard let path = try benchFile(arguments) else { return nil }
    let supplies = try HVConfiguration.read(path: path)
    guard let name = try arguments.optionalString("supply") else { return supplies.first }
    if let found = supplies.first(where: { $0.name == name }) { return found }
    throw CavernError(
      "hv.noSupply", "the bench file has no supply '\(name)'", exit: .usage, file: path,
      nearest: nearestNames(to: name, in: supplies.map(\.name)))
  }

  /// A connection to the broker.
  static func connect(_ arguments: ParsedArguments) throws(CavernError) -> BrokerClient {
    let path: String
    if let given = try arguments.optionalString("socket") {
      path = given
    } else if let found = try configuration(arguments) {
      path = found.socket
    } else {
      path = "/run/cavern/hv-main.sock"
    }
    let client = try BrokerClient(path: path)
    if let role = try arguments.optionalString("as") {
      _ = try client.require(JSONObject([("op", "role"), ("role", .string(role))]))
    }
    return client
  }

  /// A request about the channel that the options name.
  static func request(_ verb: String, _ arguments: ParsedArguments) throws(CavernError) -> JSONObject {
    var request = JSONObject([("op", .string(verb)), ("board", .integer(try arguments.int("board")))])
    guard let channel = try arguments.optionalString("channel") else {
      throw arguments.fault("usage.missingValue", "--channel is needed", about: "channel")
    }
    if let number = Int(channel) { request["channel"] = .integer(number) } else { request["name"] = .string(channel) }
    return request
  }

  /// Adds what the options say about how a set is made.
  static func addActing(_ request: inout JSONObject, _ arguments: ParsedArguments) throws(CavernError) {
    if arguments.flag("dry-run") { request["dry_run"] = true }
    if arguments.flag("override") { request["override"] = true }
    if let reason = try arguments.optionalString("reason") { request["reason"] = .string(reason) }
  }

  /// The steps of an answer for people.
  static func text(_ answer: JSONValue) -> String {
    var lines: [String] = []
    for step in answer["steps"]?.arrayValue ?? [] {
      let name = step["par"]?.stringValue ?? ""
      let place = "\(step["board"]?.intValue ?? 0).\(step["channel"]?.intValue ?? 0)"
      switch step["outcome"]?.stringValue {
      case "unchanged":
        lines.append("\(place) \(name) is \(step["read_back"]?.stringValue ?? "so") already; nothing was sent")
      case "dry_run":
        lines.append(
          "\(place) would send \(step["sent"]?.stringValue ?? "nothing") (now \(step["old"]?.stringValue ?? "?"))")
        for rule in step["rules"]?.arrayValue ?? [] {
          let verdict = rule["ok"]?.boolValue == true ? "passes" : rule["message"]?.stringValue ?? "refuses"
          lines.append("  \(rule["rule"]?.stringValue ?? ""): \(verdict)")
        }
      default:
        lines.append(
          "\(place) \(name) \(step["old"]?.stringValue ?? "?") -> \(step["read_back"]?.stringValue ?? "sent")"
            + (step["outcome"]?.stringValue == "ok" ? "" : " (\(step["outcome"]?.stringValue ?? ""))"))
      }
    }
    return lines.joined(separator: "\n")
  }
}
