import Errors
import Foundation
import Instruments
import JSON

/// A client of a broker on its Unix socket.
public final class BrokerClient {
  private let socket: Socket
  private let path: String
  private var rest: [UInt8] = []
  private var nextID = 1

  /// Connects.
  ///
  /// - Throws: `hv.noBroker` (exit 69).
  public init(path: String) throws(CavernError) {
    self.path = path
    do throws(CavernError) {
      socket = try Socket.connect(path: path, within: .seconds(2))
    } catch {
      throw CavernError(
        "hv.noBroker", "no broker answers: \(error.message)", exit: .unavailable, file: path,
        hint: "start one with 'cavern hv broker', or name its socket with --socket")
    }
  }

  /// Sends a request and waits for its answer.
  ///
  /// - Returns: the answer, whatever it says.
  /// - Throws: `hv.brokerLost` (exit 69), or `hv.unknown_outcome` (79) when the broker ends after a request that sets.
  public func send(_ request: JSONObject, within limit: Duration = .seconds(90)) throws(CavernError) -> JSONValue {
    var request = request
    request["id"] = .integer(nextID)
    nextID += 1
    let isChange =
      request["dry_run"]?.boolValue != true
      && ["set", "on", "off", "ramp", "kill", "clear"].contains(request["op"]?.stringValue ?? "")
    do throws(CavernError) {
      try socket.send(Array((JSONValue.object(request).text() + "\n").utf8), within: .seconds(5))
      let end = ContinuousClock.now + limit
      while let answer = try next(until: end) {
        if answer["id"] == request["id"] || answer["event"] == nil { return answer }
      }
    } catch {
      throw lost(isChange, error.message)
    }
    throw lost(isChange, "no answer within \(limit)")
  }

  private func lost(_ isChange: Bool, _ why: String) -> CavernError {
    isChange
      ? CavernError(
        "hv.unknown_outcome", "the broker went away before it answered: \(why)", exit: .outcomeUnknown, file: path,
        hint: "the audit of the broker and 'cavern hv status' say how things are")
      : CavernError("hv.brokerLost", "the broker went away: \(why)", exit: .unavailable, file: path)
  }

  /// The next object that comes; `nil` when the time is over.
  ///
  /// - Throws: `line.disconnected`.
  public func next(until end: ContinuousClock.Instant) throws(CavernError) -> JSONValue? {
    while true {
      if let newline = rest.firstIndex(of: 0x0A) {
        let line = Array(rest[..<newline])
        rest.removeSubrange(...newline)
        if let json = try? JSONValue(parsing: line) { return json }
        continue
      }
      let left = end - .now
      guard left > .zero else { return nil }
      rest += try socket.receive(upTo: 65536, within: left)
    }
  }

  /// Sends a request that must succeed.
  ///
  /// - Throws: `hv.<error>` with the exit status that belongs to the error of the answer.
  public func require(_ request: JSONObject) throws(CavernError) -> JSONValue {
    let answer = try send(request)
    if answer["ok"]?.boolValue == true { return answer }
    throw Self.error(answer)
  }

  /// The error of an answer.
  public static func error(_ answer: JSONValue) -> CavernError {
    let name = answer["error"]?.stringValue ?? "bad_request"
    let exit: ExitStatus =
      switch HVErrorCode(rawValue: name) {
      case .limit, .noSuchChannel, .readOnly, .notAuthorised, .localMode, .latchedTrip, .interlock, .disabled,
        .staleLease,
        .auditUnavailable, .notTripped:
        .notPermitted
      case .noSuchParameter, .badRequest, nil: .usage
      case .deviceError, .readBack: .failed
      case .timeout, .disconnected: .unavailable
      case .busy: .tryAgain
      case .unknownOutcome: .outcomeUnknown
      }
    var error = CavernError("hv.\(name)", answer["message"]?.stringValue ?? "refused", exit: exit)
    if name == "latched_trip" { error.hint = "look for the cause, then 'cavern hv clear'" }
    if name == "unknown_outcome" { error.hint = "'cavern hv status' and the audit say how things are" }
    return error
  }
}
