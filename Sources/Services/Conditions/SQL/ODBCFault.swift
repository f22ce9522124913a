import Errors

/// What an ODBC driver said about a failure.
struct ODBCFault {
  /// The five characters of SQLSTATE.
  var state: String
  /// The driver's words, without secrets.
  var message: String
  /// Whether the driver says that the connection is gone.
  var isDead: Bool
  /// Whether it happened while connecting.
  var isLogin: Bool

  /// The error it is for the user.
  func error(source: String) -> CavernError {
    let lower = message.lowercased()
    func made(_ code: String, _ text: String, _ exit: ExitStatus = .unavailable, hint: String? = nil) -> CavernError {
      CavernError(
        "database.\(code)", "\(text): \(message)" + (state.isEmpty ? "" : " [\(state)]"), exit: exit, file: source,
        hint: hint)
    }
    if state == "IM002" || state == "01000" && isLogin {
      return made("noDriver", "there is no such data source or driver", hint: "'odbcinst -q -d' and '-q -s' list them")
    }
    if state.hasPrefix("HYT") || state == "57014" && lower.contains("timeout") {
      return made("timeout", "the time limit was reached")
    }
    if isLogin {
      let isRefused = state.hasPrefix("28") || lower.contains("password") || lower.contains("ora-01017")
      return isRefused
        ? made("login", "the database refuses the login", hint: "check user and password")
        : made("unreachable", "the database cannot be reached")
    }
    if state == "57014" || state == "HY008" { return made("cancelled", "the query was stopped", .interrupted) }
    let signs = [
      "server closed the connection", "connection reset", "broken pipe", "no connection to the server",
      "could not send", "could not receive", "terminating connection", "communication link", "ora-03113", "ora-03114",
      "ora-12537", "ora-03135", "ssl syscall error", "connection not open",
    ]
    if isDead || state.hasPrefix("08") || signs.contains(where: lower.contains) {
      return made("connectionLost", "the connection was lost")
    }
    if ["42S02", "42P01", "S0002"].contains(state) || lower.contains("no such table") || lower.contains("ora-00942") {
      return made(
        "noTable", "a table is missing", .badData,
        hint: "'cavern pixel db check' lists what must be there; --schema names the owner of the tables")
    }
    return made("statement", "the database refuses the statement", .badData)
  }
}
