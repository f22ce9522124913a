import Errors
import JSON

/// One line of a manifest: what an item was made from and how it ended.
public struct ManifestEntry: Sendable, Equatable {
  /// Name of the item.
  public var key: String
  /// SHA-256 of the input, hexadecimal; empty when the input could not be read.
  public var input: String
  /// SHA-256 of the settings that shape the result, hexadecimal.
  public var settings: String
  /// How it ended.
  public var state: BatchState
  /// The summary that the work gave.
  public var record: JSONValue
  /// The error of a failed item, the cause of a skipped or partial one.
  public var cause: CavernError?

  /// A line.
  public init(
    key: String, input: String, settings: String, state: BatchState, record: JSONValue, cause: CavernError? = nil
  ) {
    self.key = key
    self.input = input
    self.settings = settings
    self.state = state
    self.record = record
    self.cause = cause
  }

  /// Whether a run with that input and those settings would only repeat this one.
  ///
  /// A failure is always tried again.
  public func isCurrent(input: String, settings: String) -> Bool {
    state != .failed && !input.isEmpty && self.input == input && self.settings == settings
  }

  /// The line as JSON, without line end.
  public var line: String {
    var object = JSONObject([
      ("key", .string(key)), ("input", .string(input)), ("settings", .string(settings)),
      ("state", .string(state.rawValue)), ("record", record),
    ])
    if let cause { object["cause"] = Self.json(of: cause) }
    return JSONValue.object(object).text(.compact)
  }

  /// The entry on a line; `nil` when the line is not one.
  public init?(line: some StringProtocol) {
    guard let value = try? JSONValue(parsing: String(line)), let key = value["key"]?.stringValue,
      let input = value["input"]?.stringValue, let settings = value["settings"]?.stringValue,
      let state = value["state"]?.stringValue.flatMap(BatchState.init(rawValue:))
    else { return nil }
    self.init(
      key: key, input: input, settings: settings, state: state, record: value["record"] ?? .null,
      cause: value["cause"].flatMap(Self.error(from:)))
  }

  /// The error with its exit status, which the object for scripts leaves out.
  private static func json(of error: CavernError) -> JSONValue {
    var object = error.json["error"]?.objectValue ?? JSONObject()
    object["exit"] = .integer(Int(error.exit.rawValue))
    return .object(object)
  }

  private static func error(from value: JSONValue) -> CavernError? {
    guard let code = value["code"]?.stringValue, let message = value["message"]?.stringValue else { return nil }
    let status = value["exit"]?.intValue.flatMap { Int32(exactly: $0) }.flatMap(ExitStatus.init(rawValue:))
    return CavernError(
      code, message, exit: status ?? .failed, file: value["file"]?.stringValue, line: value["line"]?.intValue,
      column: value["column"]?.intValue, offset: value["offset"]?.intValue, expected: value["expected"]?.stringValue,
      nearest: value["nearest"]?.arrayValue?.compactMap(\.stringValue) ?? [], hint: value["hint"]?.stringValue)
  }
}
