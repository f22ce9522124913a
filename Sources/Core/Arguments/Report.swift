import Errors
import JSON

/// What a command has to say; the shell writes it as text, JSON or CSV to where the user wants it.
///
/// The forms are closures, so that only the one asked for is made.
public struct Report: Sendable {
  /// How the command ends.
  public var status: ExitStatus
  /// Facts that did not stop the work; on standard error for people, in `warnings` for `--json`.
  public var warnings: [CavernWarning]
  /// The member `result` of the `--json` object.
  public var result: @Sendable () -> JSONValue
  /// The text for people, with or without a line end after it.
  public var text: @Sendable () -> String
  /// The CSV text for `--csv`; `nil` when the command has none.
  public var csv: (@Sendable () -> String)?
  /// Whether the report goes to the file named by the option `output`; `false` for commands that use the option otherwise.
  public var writesToOutputOption: Bool
  /// Whether the command is a service, which runs until it is asked to stop: then being asked is its normal end, and the
  /// status stays that of the report.
  public var isService = false

  /// A report; texts are only made when they are asked for.
  ///
  /// - Parameters:
  ///   - status: how the command ends.
  ///   - warnings: facts that did not stop the work.
  ///   - result: the `result` of the `--json` object.
  ///   - text: the text for people.
  ///   - csv: the text for `--csv`.
  ///   - writesToOutputOption: whether it goes to the file named by the option `output`.
  public init(
    status: ExitStatus = .done, warnings: [CavernWarning] = [],
    result: @escaping @Sendable @autoclosure () -> JSONValue,
    text: @escaping @Sendable @autoclosure () -> String, csv: (@Sendable () -> String)? = nil,
    writesToOutputOption: Bool = false
  ) {
    self.status = status
    self.warnings = warnings
    self.result = result
    self.text = text
    self.csv = csv
    self.writesToOutputOption = writesToOutputOption
  }
}
