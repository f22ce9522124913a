import JSON

/// What one exchange with a 1470 supply came to; there is never a value that the device did not send.
public enum CAENOutcome: Sendable, Hashable {
  /// The device answered with these values; none for a SET.
  case ok([CAENValue])
  /// The device refused: `CMD`, `CH`, `PAR`, `VAL` or `LOC`.
  case deviceError(String)
  /// A line came that is no right reply.
  case malformed(String)
  /// No line came in time.
  case timeout
  /// More than one line, or the line of another board: request and reply are no longer paired.
  case desync(String)
  /// The connection has ended.
  case disconnected(String)
  /// A SET went out and no reply that can be trusted came back.
  case unknownOutcome(String)

  /// The stable name.
  public var status: String {
    switch self {
    case .ok: "ok"
    case .deviceError: "device_error"
    case .malformed: "malformed"
    case .timeout: "timeout"
    case .desync: "desync"
    case .disconnected: "disconnected"
    case .unknownOutcome: "unknown_outcome"
    }
  }

  /// The values of a reply; `nil` for other outcomes.
  public var values: [CAENValue]? {
    if case .ok(let values) = self { return values }
    return nil
  }

  /// The number of a reply with one value; `nil` for other outcomes.
  public var number: Double? { values.flatMap { $0.count == 1 ? $0[0].number : nil } }

  /// The text of a reply with one value; `nil` for other outcomes.
  public var text: String? { values.flatMap { $0.count == 1 ? $0[0].text : nil } }

  /// What was wrong, for people; `nil` when nothing was.
  public var reason: String? {
    switch self {
    case .ok: nil
    case .deviceError(let code): "the device answered \(code):ERR (\(Self.meaning(code)))"
    case .malformed(let why), .desync(let why), .disconnected(let why), .unknownOutcome(let why): why
    case .timeout: "no reply within the time limit"
    }
  }

  /// What an error code of the device means.
  public static func meaning(_ code: String) -> String {
    switch code {
    case "CMD": "format wrong or command unknown"
    case "CH": "channel missing or wrong"
    case "PAR": "parameter missing or unknown"
    case "VAL": "value below minimum or above maximum"
    case "LOC": "the board is in LOCAL"
    default: "unknown"
    }
  }
}

/// One value of a reply.
public struct CAENValue: Sendable, Hashable {
  /// As the device wrote it.
  public var text: String
  /// The number, for numeric parameters.
  public var number: Double?
  /// Decimal digits of the number; for IMON they tell the range (2 in HIGH, 3 in LOW on the 1470).
  public var decimals: Int?

  /// A value.
  public init(text: String, number: Double? = nil, decimals: Int? = nil) {
    self.text = text
    self.number = number
    self.decimals = decimals
  }

  /// The whole number of a value without decimals.
  public var integer: Int? { decimals == 0 ? number.flatMap { Int(exactly: $0) } : nil }
}

/// One exchange: what was sent, what came back and how it was read.
public struct CAENExchange: Sendable {
  /// The request.
  public var request: CAENRequest
  /// How it went.
  public var outcome: CAENOutcome
  /// The reply line without its end; `nil` when none came.
  public var reply: String?
  /// Bytes dropped before the reply.
  public var noise = 0
  /// Bytes that were waiting before the request went out; they were thrown away.
  public var stale = 0
  /// From the first byte out to the decision.
  public var elapsed: Duration = .zero

  /// An exchange.
  public init(request: CAENRequest, outcome: CAENOutcome) {
    self.request = request
    self.outcome = outcome
  }

  /// The exchange as JSON: the names that scripts rely on.
  public var json: JSONValue {
    var object = JSONObject([("status", .string(outcome.status)), ("board", .optional(request.board))])
    let values = outcome.values ?? []
    let isList = values.count > 1
    let single = isList ? nil : values.first
    let isText = single?.number == nil
    object["number"] = .optional(single?.number)
    object["decimals"] = .optional(single?.decimals)
    object["integer"] = .optional(single?.integer)
    object["text"] = .optional(isText ? single?.text : nil)
    let bits = request.parameter == "BDALARM" ? CAENStatus.boardBits : CAENStatus.channelBits
    let hasFlags = request.parameter == "STAT" || request.parameter == "BDALARM"
    func flags(_ value: CAENValue) -> JSONValue {
      .array(CAENStatus(value.integer ?? 0).names(bits).map { .string($0) })
    }
    object["flags"] = hasFlags && !isList ? single.map(flags) ?? [] : []
    let isNumeric = isList && values.allSatisfy { $0.number != nil }
    object["numbers"] = isNumeric ? .numbers(values.compactMap(\.number)) : .null
    let integers = values.compactMap(\.integer)
    object["integers"] = isNumeric && integers.count == values.count ? .array(integers.map { .integer($0) }) : .null
    object["texts"] = isList && !isNumeric ? .array(values.map { .string($0.text) }) : .null
    object["channelFlags"] = hasFlags && isList ? .array(values.map(flags)) : .null
    if case .deviceError(let code) = outcome { object["code"] = .string(code) } else { object["code"] = .null }
    object["noise"] = .integer(noise)
    object["stale"] = .integer(stale)
    object["sent"] = .string(request.text)
    object["reply"] = .optional(reply)
    object["reason"] = .optional(outcome.reason)
    object["elapsed_s"] = .number(elapsed / .seconds(1))
    return .object(object)
  }
}
