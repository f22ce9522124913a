import Errors
import JSON

/// Something that goes wrong with one reply of a simulated supply.
public struct CAENSimulatorFault: Sendable, Hashable {
  /// What goes wrong.
  public enum Kind: String, Sendable, CaseIterable {
    /// The reply comes in several packets.
    case split
    /// The reply comes after the time limit of the client.
    case late
    /// An old reply comes before the right one.
    case stale
    /// The reply names another board.
    case wrongBoard = "wrong_board"
    /// Bytes that mean nothing come before the reply.
    case garbage
    /// The reply is cut and never ends.
    case truncated
    /// No reply; the request is carried out.
    case mute
    /// The request is lost on its way: no reply, nothing is done.
    case lost
    /// The connection ends in order in the middle of the reply.
    case close
    /// The connection ends abruptly in place of a reply.
    case reset
    /// Two lines come in place of one.
    case merged
    /// A status word has a wrong bit once.
    case corruptStatus = "corrupt_status"
    /// One bit of the reply is flipped.
    case flip
    /// Some bytes of the reply are missing.
    case drop
    /// The reply comes twice.
    case duplicate
  }

  /// What goes wrong.
  public var kind: Kind
  /// How many replies it concerns.
  public var count = 1
  /// Replies that go well before it.
  public var skip = 0
  /// How late, in seconds.
  public var delay = 1.5
  /// How many bytes: missing ones, or parts of a split reply.
  public var bytes = 3
  /// Only requests with this word, for example `PAR:VSET` or `CMD:SET`; empty for all.
  public var match = ""

  /// A fault of the next reply.
  public init(_ kind: Kind) { self.kind = kind }

  /// A fault as a line of the control socket has it: `{"fault":"drop","bytes":5}`.
  ///
  /// - Throws: `hv.sim.badFault` (exit 64) with the nearest names.
  public init(_ json: JSONValue) throws(CavernError) {
    let name = json["fault"]?.stringValue ?? ""
    guard let kind = Kind(rawValue: name) else {
      throw CavernError(
        "hv.sim.badFault", "there is no fault '\(name)'", exit: .usage,
        nearest: nearestNames(to: name, in: Kind.allCases.map(\.rawValue)))
    }
    self.kind = kind
    count = max(1, json["count"]?.intValue ?? 1)
    skip = max(0, json["skip"]?.intValue ?? 0)
    delay = max(0, json["delay"]?.doubleValue ?? 1.5)
    bytes = max(1, json["bytes"]?.intValue ?? 3)
    match = json["match"]?.stringValue ?? ""
  }

  /// What is sent in place of a reply: pieces with a pause before each.
  ///
  /// - Parameter reply: the right reply with its line end.
  func pieces(of reply: [UInt8]) -> [(pause: Double, bytes: [UInt8])] {
    switch kind {
    case .split:
      let size = max(1, (reply.count + bytes - 1) / bytes)
      return stride(from: 0, to: reply.count, by: size).map {
        ($0 == 0 ? 0 : 0.01, Array(reply[$0..<min($0 + size, reply.count)]))
      }
    case .late: return [(delay, reply)]
    case .stale, .merged: return [(0, Array("#BD:00,CMD:OK,VAL:0777.7\r\n".utf8) + reply)]
    case .wrongBoard: return [(0, Array("#BD:30".utf8) + reply.dropFirst(6))]
    case .garbage: return [(0, [0x00, 0xFF, 0x7E, 0x0D, 0x0A, 0x80] + reply)]
    case .truncated, .close: return [(0, Array(reply.prefix(reply.count / 2)))]
    case .mute, .lost, .reset: return []
    case .flip:
      var copy = reply
      let place = max(0, copy.count - 3)
      copy[place] ^= 0x40
      return [(0, copy)]
    case .drop: return [(0, Array(reply.prefix(4)) + reply.dropFirst(4 + bytes))]
    case .duplicate: return [(0, reply + reply)]
    case .corruptStatus: return [(0, Self.withTripBit(reply))]
    }
  }

  /// A status reply with bit 7 set.
  private static func withTripBit(_ reply: [UInt8]) -> [UInt8] {
    let text = String(decoding: reply, as: UTF8.self)
    guard let mark = text.range(of: "VAL:") else { return reply }
    let values = text[mark.upperBound...].split(separator: ";").map { part -> String in
      let digits = part.prefix { $0.isNumber }
      guard digits.count == 5, let word = Int(digits) else { return String(part) }
      let changed = String(word | 128)
      return String(repeating: "0", count: 5 - changed.count) + changed + part.dropFirst(5)
    }
    return Array((text[..<mark.upperBound] + values.joined(separator: ";")).utf8)
  }
}
