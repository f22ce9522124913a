/// What a command tells the shell when it ends.
///
/// The numbers follow `sysexits.h` where it has one; the list is the same for every command.
public enum ExitStatus: Int32, Sendable, CaseIterable {
  /// Done.
  case done = 0
  /// Ran, but the result failed (a check, a fit, nothing usable found).
  case failed = 1
  /// Finished, but some items were skipped or failed; they are listed.
  case partial = 2
  /// The words on the command line were wrong.
  case usage = 64
  /// The input is damaged or not what was expected.
  case badData = 65
  /// The input is not there.
  case noInput = 66
  /// A device or service is not available.
  case unavailable = 69
  /// A fault in Cavern itself.
  case `internal` = 70
  /// An output cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed.
  case inputOutput = 74
  /// Temporary: the same call may go through later.
  case tryAgain = 75
  /// Refused by a safety rule or for lack of authorisation.
  case notPermitted = 77
  /// The configuration is wrong.
  case configuration = 78
  /// A command was sent and it is not known whether it took effect.
  case outcomeUnknown = 79
  /// Stopped by Ctrl-C.
  case interrupted = 130

  /// One line that says what the status means, for the manual and `cavern help exit-codes`.
  public var meaning: String {
    switch self {
    case .done: "done"
    case .failed: "ran, but the result failed"
    case .partial: "finished, but some items were skipped or failed; they are listed"
    case .usage: "the words on the command line were wrong"
    case .badData: "the input is damaged or not what was expected"
    case .noInput: "the input is not there"
    case .unavailable: "a device or service is not available"
    case .internal: "a fault in Cavern itself; please report it"
    case .cannotCreate: "an output cannot be created"
    case .inputOutput: "reading or writing failed"
    case .tryAgain: "temporary; the same call may go through later"
    case .notPermitted: "refused by a safety rule or for lack of authorisation"
    case .configuration: "the configuration is wrong"
    case .outcomeUnknown: "a command was sent and it is not known whether it took effect"
    case .interrupted: "stopped by Ctrl-C"
    }
  }
}
