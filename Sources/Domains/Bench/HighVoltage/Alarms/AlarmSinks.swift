import Errors
import Files
import Foundation
import HTTPClient
import JSON

/// Sends the steps of alarms out: to the log, to a program, to a web address, to MQTT.
///
/// A sink that hangs or fails holds up nothing.
public final class AlarmSinks: Sendable {
  private let settings: AlarmSettings
  private let publisher: MQTTPublisher?
  private let log: @Sendable (String) -> Void

  /// The sinks of a configuration.
  ///
  /// - Parameter log: takes a line of text.
  /// - Throws: `mqtt.unavailable` (exit 69).
  public init(_ settings: AlarmSettings, log: @escaping @Sendable (String) -> Void) throws(CavernError) {
    self.settings = settings
    self.log = log
    publisher = try settings.mqtt.map { (place) throws(CavernError) in
      try MQTTPublisher(host: place.host, port: place.port)
    }
  }

  /// A step as JSON.
  public static func json(_ step: AlarmTransition, supply: String) -> JSONValue {
    [
      "alarm": .string(step.name), "supply": .string(supply), "place": .string(step.place),
      "from": .string(step.from.rawValue), "state": .string(step.to.rawValue), "text": .string(step.text),
      "time": .string(Date().ISO8601Format(.iso8601(timeZone: .gmt, includingFractionalSeconds: true))),
    ]
  }

  /// Sends a step out.
  public func send(_ step: AlarmTransition, supply: String) {
    log("alarm \(step.name) \(step.place) \(step.to.rawValue): \(step.text)")
    guard !step.isMuted else { return }
    let json = Self.json(step, supply: supply)
    publisher?.publish(settings.topic, json.text())
    if let path = settings.command.first { run(path, step) }
    guard let text = settings.webhook, let url = URL(string: text) else { return }
    let log = log
    Task.detached {
      let request = HTTPRequest(
        "POST", url, headers: ["Content-Type": "application/json"], body: Array(json.text().utf8),
        timeLimit: .seconds(5))
      do {
        let answer = try await HTTPClient().send(request)
        if answer.status >= 300 { log("webhook answered \(answer.status)") }
      } catch {
        log("webhook failed: \(error)")
      }
    }
  }

  /// Publishes a reading for others to see.
  public func publish(_ topic: String, _ value: JSONValue) {
    publisher?.publish(topic, value.text(), isRetained: true)
  }

  private func run(_ path: String, _ step: AlarmTransition) {
    let process = Process()
    process.executableURL = URL(filePath: path)
    // A list of words, never a line for a shell.
    process.arguments = settings.command.dropFirst() + [step.name, step.place, step.to.rawValue, step.text]
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      log("the alarm program does not start: \(error)")
      return
    }
    // One that hangs is ended.
    DispatchQueue.global().asyncAfter(deadline: .now() + 10) { process.endNow() }
  }
}
