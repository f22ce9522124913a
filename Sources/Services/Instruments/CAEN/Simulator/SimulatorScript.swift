import Errors
import JSON

/// Recorded exchanges that a simulator plays back: JSON lines with `send` and `recv`.
public struct SimulatorScript: Sendable {
  /// One exchange.
  struct Entry: Sendable {
    var send: String
    var reply: [UInt8]
    var delay: Double
  }

  private var entries: [Entry]
  private var used: [Bool]

  /// A script.
  ///
  /// - Parameters:
  ///   - text: one JSON object a line; `delay` (seconds) is optional.
  ///   - file: its name for messages.
  /// - Throws: `hv.sim.badScript` (exit 65) with the line.
  public init(_ text: String, file: String? = nil) throws(CavernError) {
    entries = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard !line.allSatisfy(\.isWhitespace) else { continue }
      guard let json = try? JSONValue(parsing: String(line)), let send = json["send"]?.stringValue,
        let reply = json["recv"]?.stringValue
      else {
        throw CavernError(
          "hv.sim.badScript", "not an exchange", exit: .badData, file: file, line: number + 1,
          expected: "{\"send\": …, \"recv\": …}")
      }
      entries.append(
        Entry(send: Self.plain(send), reply: Array(reply.utf8), delay: json["delay"]?.doubleValue ?? 0))
    }
    used = entries.map { _ in false }
  }

  /// The recorded reply to a request line: the first that was not used yet, else the last one used.
  mutating func reply(to line: String) -> Entry? {
    let wanted = Self.plain(line)
    if let next = entries.indices.first(where: { !used[$0] && entries[$0].send == wanted }) {
      used[next] = true
      return entries[next]
    }
    return entries.last { $0.send == wanted }
  }

  private static func plain(_ text: String) -> String {
    String(text.unicodeScalars.filter { $0 != "\r" && $0 != "\n" }.map(Character.init))
  }
}
