import Errors
import HTTPServer
import Instruments
import JSON

/// The interface of the earlier program for old scripts: XML-RPC on the loopback with `get(board, channel, name)` and
/// `set(board, channel, name, value)`, through the same checks and the same audit.
public final class BrokerXMLRPC: Sendable {
  private let server: HTTPServer

  /// Starts serving on 127.0.0.1.
  ///
  /// - Throws: `http.cannotListen` (exit 69).
  public init(_ broker: HVBroker) throws(CavernError) {
    let port = broker.configuration.portXMLRPC
    let client = broker.newClient()
    server = try HTTPServer(.init(endpoints: [.tcp(host: "127.0.0.1", port: port)])) { request in
      guard request.method == "POST" else { return .fault(405, "bad_method", "XML-RPC is POST") }
      let actor = HVActor(name: "xmlrpc", role: .operator, client: client, address: request.remoteAddress)
      let body = Self.answer(String(decoding: request.body, as: UTF8.self), BrokerSession(broker, actor), broker)
      return .text("<?xml version=\"1.0\"?>\n\(body)\n", type: "text/xml")
    }
  }

  /// The port.
  public var port: Int { server.port ?? 0 }

  /// Stops serving.
  public func stop() { server.stop() }

  /// The names of the vendor library and what they are on the wire.
  static let names: [String: String] = [
    "VMon": "VMON", "VSet": "VSET", "ISet": "ISET", "IMonH": "IMonH", "IMonL": "IMonL", "Pw": "STAT", "Status": "STAT",
    "RUp": "RUP", "RDwn": "RDW", "Trip": "TRIP", "MaxV": "MAXV", "PDwn": "PDWN", "Polarity": "POL",
    "ImRange": "IMRANGE",
  ]

  private static func answer(_ text: String, _ session: BrokerSession, _ broker: HVBroker) -> String {
    do throws(HVFault) {
      let call = try XMLRPCCall(text)
      var session = session
      guard call.values.count >= 3, case .integer(let board) = call.values[0],
        case .integer(let channel) = call.values[1],
        case .string(let name) = call.values[2]
      else { throw HVFault(.badRequest, "\(call.method) takes board, channel, name") }
      guard let wire = names[name] else {
        throw HVFault(
          .noSuchParameter,
          "there is no parameter '\(name)'; nearest: \(nearestNames(to: name, in: names.keys.sorted()).joined(separator: ", "))"
        )
      }
      let place: JSONObject = JSONObject([("board", .integer(board)), ("channel", .integer(channel))])
      switch (call.method, call.values.count) {
      case ("get", 3): return XMLRPCCall.response(try get(name, wire, place, &session, broker))
      case ("set", 4):
        try set(name, wire, call.values[3], place, &session, broker)
        return XMLRPCCall.response(true)
      default: throw HVFault(.badRequest, "there is no \(call.method) with \(call.values.count) values")
      }
    } catch {
      return XMLRPCCall.fault(error)
    }
  }

  private static func send(_ request: JSONObject, _ session: inout BrokerSession) throws(HVFault) -> JSONValue {
    let answer = session.answer(.object(request))
    guard answer["ok"]?.boolValue == true else {
      throw HVFault(
        answer["error"]?.stringValue.flatMap(HVErrorCode.init(rawValue:)) ?? .badRequest,
        answer["message"]?.stringValue ?? "refused")
    }
    return answer
  }

  /// Whether old scripts see magnitudes where people see signed volts.
  private static func sign(_ place: JSONObject, _ broker: HVBroker) -> Double {
    let channel = HVChannel(board: place["board"]?.intValue ?? 0, channel: place["channel"]?.intValue ?? 0)
    guard broker.configuration.rules.channels[channel]?.isSigned == true else { return 1 }
    return broker.state.withLock { $0.core.channels[channel]?.facts.polarity } == "-" ? -1 : 1
  }

  private static func get(
    _ name: String, _ wire: String, _ place: JSONObject, _ session: inout BrokerSession, _ broker: HVBroker
  ) throws(HVFault) -> JSONValue {
    var request = place
    request["op"] = "get"
    request["par"] = .string(wire)
    let value = try send(request, &session)["value"] ?? .null
    switch name {
    case "Pw": return .integer((value.intValue ?? 0) & 1)
    case "VMon", "VSet": return .number(abs(value.doubleValue ?? 0))
    default: return value
    }
  }

  private static func set(
    _ name: String, _ wire: String, _ value: JSONValue, _ place: JSONObject, _ session: inout BrokerSession,
    _ broker: HVBroker
  ) throws(HVFault) {
    var request = place
    if name == "Pw" {
      guard let number = value.doubleValue, number == 0 || number == 1 else { throw HVFault(.limit, "Pw is 0 or 1") }
      request["op"] = number == 1 ? "on" : "off"
    } else {
      request["op"] = "set"
      request["par"] = .string(wire)
      request["value"] =
        name == "VSet" ? .optional(value.doubleValue.map { $0 == 0 ? 0 : sign(place, broker) * $0 }) : value
    }
    request["reason"] = "xmlrpc"
    _ = try send(request, &session)
  }
}

/// A call of XML-RPC: as much of it as two methods with numbers and texts need.
struct XMLRPCCall {
  var method: String
  var values: [JSONValue] = []

  /// Reads a call.
  init(_ text: String) throws(HVFault) {
    guard text.utf8.count < 64 << 10, let name = Self.inner("methodName", text[...]) else {
      throw HVFault(.badRequest, "not a call of XML-RPC")
    }
    method = name.text.trimmingBlanks
    var rest = text[name.end...]
    while let value = Self.inner("value", rest) {
      rest = rest[value.end...]
      values.append(try Self.value(value.text))
    }
  }

  /// The text between the tags of an element, and where it ends.
  private static func inner(_ tag: String, _ text: Substring) -> (text: String, end: String.Index)? {
    guard let open = text.range(of: "<\(tag)>"), let close = text[open.upperBound...].range(of: "</\(tag)>") else {
      return nil
    }
    return (String(text[open.upperBound..<close.lowerBound]), close.upperBound)
  }

  private static func value(_ text: String) throws(HVFault) -> JSONValue {
    for tag in ["int", "i4", "i8"] {
      if let found = inner(tag, text[...]) {
        guard let number = Int(found.text.trimmingBlanks) else {
          throw HVFault(.badRequest, "'\(found.text)' is no number")
        }
        return .integer(number)
      }
    }
    if let found = inner("double", text[...]) {
      guard let number = Double(found.text.trimmingBlanks), number.isFinite else {
        throw HVFault(.badRequest, "'\(found.text)' is no number")
      }
      return .number(number)
    }
    if let found = inner("boolean", text[...]) { return .integer(found.text.trimmingBlanks == "1" ? 1 : 0) }
    let plain = inner("string", text[...])?.text ?? text
    return .string(
      plain.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&"))
  }

  /// A value as an answer.
  static func response(_ value: JSONValue) -> String {
    "<methodResponse><params><param><value>\(text(value))</value></param></params></methodResponse>"
  }

  /// A refusal as an answer.
  static func fault(_ fault: HVFault) -> String {
    let words = escape("\(fault.code.rawValue): \(fault.message)")
    return "<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>1</int></value></member>"
      + "<member><name>faultString</name><value><string>\(words)</string></value></member></struct></value></fault>"
      + "</methodResponse>"
  }

  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .integer(let number): "<int>\(number)</int>"
    case .number(let number): "<double>\(number)</double>"
    case .bool(let isTrue): "<boolean>\(isTrue ? 1 : 0)</boolean>"
    default: "<string>\(escape(value.stringValue ?? ""))</string>"
    }
  }

  private static func escape(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}

extension String {
  /// Without blanks at both ends.
  fileprivate var trimmingBlanks: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
