import Errors
import Settings

/// Where alarms go, and how they behave, from `[alarm]` of the bench file.
public struct AlarmSettings: Sendable {
  /// Rules by name.
  public var rules: [String: AlarmRule] = [:]
  /// A program and its first words; name, place, state and text follow.
  public var command: [String] = []
  /// Where each step is posted as JSON.
  public var webhook: String?
  /// Host and port of an MQTT broker.
  public var mqtt: (host: String, port: Int)?
  /// Topic of the messages.
  public var topic = "cavern/alarm"

  /// No sinks but the log.
  public init() {}

  /// From the table `[alarm]`.
  ///
  /// - Throws: `config.unknownKey`, `config.badValue` (exit 78).
  init(_ table: TOMLReader) throws(CavernError) {
    for member in table.members {
      if member.name == "sink" {
        try readSinks(TOMLReader(member.node, "alarm.sink"))
        continue
      }
      guard let group = try table.table(member.name) else { continue }
      for entry in group.members {
        guard let rule = try group.table(entry.name) else { continue }
        try rule.allow(["delay", "delay_off", "latch", "disabled"])
        var made = AlarmRule()
        made.delayOn = try rule.duration("delay").map { Int($0 / .milliseconds(1)) } ?? 0
        made.delayOff = try rule.duration("delay_off").map { Int($0 / .milliseconds(1)) } ?? 0
        made.isLatching = try rule.flag("latch") ?? false
        made.isDisabled = try rule.flag("disabled") ?? false
        rules["\(member.name).\(entry.name)"] = made
      }
    }
  }

  private mutating func readSinks(_ sinks: TOMLReader) throws(CavernError) {
    try sinks.allow(["mqtt", "webhook", "command"])
    if let table = try sinks.table("mqtt") {
      try table.allow(["url", "topic"])
      let url = try table.text("url") ?? ""
      let place = url.hasPrefix("mqtt://") ? String(url.dropFirst(7)) : url
      guard let colon = place.lastIndex(of: ":"), let port = Int(place[place.index(after: colon)...]) else {
        throw table.fault("url", "'\(url)' names no MQTT broker", expected: "mqtt://HOST:PORT")
      }
      mqtt = (String(place[..<colon]), port)
      topic = try table.text("topic") ?? "cavern/alarm"
    }
    if let table = try sinks.table("webhook") {
      try table.allow(["url"])
      webhook = try table.text("url")
    }
    if let table = try sinks.table("command") {
      try table.allow(["run"])
      command = try table.texts("run")
    }
  }
}
