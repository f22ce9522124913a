import JSON

/// A failure that a person can act on: what happened, where, what was expected and what comes nearest.
///
/// One struct serves every module, so that one place renders errors for people and one for scripts. Compare `code`, which
/// is stable; `message` may be reworded.
///
///     throw CavernError(
///       "parquet.truncated", "the file ends before its footer", exit: .badData, file: path, offset: size,
///       expected: "the four bytes PAR1 at the end", hint: "copy the file again from the source")
public struct CavernError: Error, Sendable, Equatable {
  /// Stable name in the form `area.fault`, for example `parquet.truncated`.
  public var code: String
  /// What happened, in one sentence without a full stop.
  public var message: String
  /// How the command ends when nobody handles the error.
  public var exit: ExitStatus
  /// The file it happened in, as the user named it.
  public var file: String?
  /// Line in the file, from 1.
  public var line: Int?
  /// Column in the line, from 1.
  public var column: Int?
  /// Byte in the file, from 0.
  public var offset: Int?
  /// What would have been right.
  public var expected: String?
  /// Valid names nearest to the one that was given, best first.
  public var nearest: [String]
  /// What to try.
  public var hint: String?
  /// The text it happened in with a row of carets under the fault, for people; not part of the JSON form.
  public var excerpt: String?

  /// An error with its position and help; everything but code, message and status may be left out.
  public init(
    _ code: String, _ message: String, exit: ExitStatus, file: String? = nil, line: Int? = nil, column: Int? = nil,
    offset: Int? = nil, expected: String? = nil, nearest: [String] = [], hint: String? = nil
  ) {
    self.code = code
    self.message = message
    self.exit = exit
    self.file = file
    self.line = line
    self.column = column
    self.offset = offset
    self.expected = expected
    self.nearest = nearest
    self.hint = hint
  }

  /// The same error, naming the file it happened in unless it names one already.
  public func inFile(_ path: String) -> CavernError {
    var copy = self
    copy.file = copy.file ?? path
    return copy
  }
}

/// Something that did not stop the work but that the user should know.
public struct CavernWarning: Sendable, Equatable {
  /// Stable name in the form `area.fact`.
  public var code: String
  /// What happened, in one sentence without a full stop.
  public var message: String
  /// The file it happened in.
  public var file: String?
  /// Line in the file, from 1.
  public var line: Int?

  /// A warning with its position.
  public init(_ code: String, _ message: String, file: String? = nil, line: Int? = nil) {
    self.code = code
    self.message = message
    self.file = file
    self.line = line
  }

  /// The warning as a member of `warnings` in `--json` output.
  public var json: JSONValue {
    var object = JSONObject([("code", .string(code)), ("message", .string(message))])
    if let file { object["file"] = .string(file) }
    if let line { object["line"] = .integer(line) }
    return .object(object)
  }
}
