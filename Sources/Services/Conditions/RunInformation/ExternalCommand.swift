import Errors

/// A program with its arguments, run without a shell.
public struct ExternalCommand: Sendable, Equatable {
  /// A path, or a name that is looked for on the `PATH`.
  public var program: String
  /// The words after it, each passed as it is.
  public var arguments: [String]
  /// When it is stopped.
  public var timeLimit: Duration

  /// A command.
  public init(_ program: String, _ arguments: [String], timeLimit: Duration = .seconds(120)) {
    self.program = program
    self.arguments = arguments
    self.timeLimit = timeLimit
  }

  /// The command line for messages, each word quoted where a shell would need it.
  public var text: String { ([program] + arguments).map(Self.quoted).joined(separator: " ") }

  /// A word as a POSIX shell takes it literally: in single quotation marks unless it holds only letters, digits and
  /// `_ - . / : = , @ % +`.
  public static func quoted(_ word: String) -> String {
    let plain = Set("_-./:=,@%+".unicodeScalars)
    let isPlain =
      !word.isEmpty
      && word.unicodeScalars.allSatisfy { scalar in
        plain.contains(scalar) || (scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)))
      }
    return isPlain
      ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}

/// What a program gave back.
public struct CommandOutcome: Sendable, Equatable {
  /// Its exit status; 128 plus the number of a signal that ended it.
  public var status: Int32
  /// Its standard output.
  public var output: [UInt8]
  /// Its standard error.
  public var errors: String

  /// An outcome.
  public init(status: Int32, output: [UInt8], errors: String) {
    self.status = status
    self.output = output
    self.errors = errors
  }

  /// The last lines of standard error, or the start of standard output, for messages.
  public var lastWords: String {
    let lines = errors.split(whereSeparator: \.isNewline).suffix(3)
    if !lines.isEmpty { return String(lines.joined(separator: "; ").prefix(300)) }
    return String(String(decoding: output.prefix(200), as: UTF8.self).prefix { !$0.isNewline })
  }
}

/// Runs programs; tests and replays stand in for it.
public protocol CommandRunning: Sendable {
  /// Runs a program to its end; any exit status is an outcome.
  ///
  /// - Throws: `command.missing` (exit 69), `command.timeout` (75), `command.tooLong` (65).
  func run(_ command: ExternalCommand) throws(CavernError) -> CommandOutcome
}

/// A host reached through `ssh`, as the user's own ssh configuration knows it.
public struct SSHRoute: Sendable, Equatable {
  /// The host or alias, with or without `user@`.
  public let host: String
  /// Whether ssh may not ask for anything (no terminal, or a server).
  public var isBatch: Bool
  /// The program; `ssh`, or a path.
  public var program: String

  /// A route.
  ///
  /// - Throws: `ssh.badHost` for a name that ssh could take for an option or that holds more than letters, digits and
  ///   `. _ - @ :`.
  public init(_ host: String, isBatch: Bool = false, program: String = "ssh") throws(CavernError) {
    let allowed = Set("._-@:".unicodeScalars)
    let isPlain = host.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || allowed.contains($0))
    }
    guard !host.isEmpty, !host.hasPrefix("-"), isPlain else {
      throw CavernError(
        "ssh.badHost", "'\(host)' is no name of a host", exit: .usage,
        expected: "a host or alias of the ssh configuration")
    }
    self.host = host
    self.isBatch = isBatch
    self.program = program
  }

  /// The command that runs others on the host, one after another as long as they succeed, in one session.
  ///
  /// ssh hands one text to the shell over there, so each word is quoted. With several commands `separator` is written to
  /// standard output between them.
  public func command(
    _ commands: [[String]], separator: String = "", timeLimit: Duration = .seconds(120)
  ) -> ExternalCommand {
    let parts = commands.map { $0.map(ExternalCommand.quoted).joined(separator: " ") }
    let joint = " && echo \(ExternalCommand.quoted(separator)) && "
    let options = ["-o", "ConnectTimeout=20"] + (isBatch ? ["-o", "BatchMode=yes"] : [])
    return ExternalCommand(program, options + [host, parts.joined(separator: joint)], timeLimit: timeLimit)
  }

  /// The fault of a session that ssh itself could not hold (its status is 255); nil for other outcomes.
  func fault(_ outcome: CommandOutcome, step: String) -> CavernError? {
    let text = outcome.errors.lowercased()
    if text.contains("permission denied") || text.contains("authentication fail") {
      return CavernError(
        "ssh.needsLogin", "\(step): \(host) asks for a sign-in: \(outcome.lastWords)", exit: .notPermitted,
        hint: "sign in once by hand: ssh \(host)")
    }
    guard outcome.status == 255 || text.contains("connection closed") else { return nil }
    return CavernError(
      "ssh.noConnection", "\(step): no connection with \(host): \(outcome.lastWords)", exit: .unavailable)
  }
}
