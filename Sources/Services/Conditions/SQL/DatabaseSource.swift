import Errors

/// Where conditions data are: an SQLite file, or anything ODBC reaches.
public enum DatabaseSource: Sendable, Equatable {
  /// The path of an SQLite file.
  case file(String)
  /// An ODBC connection string, for example `DSN=cms_conditions;UID=reader`.
  case odbc(String)

  /// The source a user names: a connection string when it has the form `KEY=value;…` with `DSN`, `FILEDSN` or `DRIVER` among
  /// its keys, otherwise the path of an SQLite file.
  public init(_ text: String) {
    let keys = Self.pairs(text).map { $0.key.uppercased() }
    self = keys.contains { ["DSN", "FILEDSN", "DRIVER"].contains($0) } ? .odbc(text) : .file(text)
  }

  /// The name for messages: the path, or the connection string without user and password.
  public var name: String {
    switch self {
    case .file(let path): return path
    case .odbc(let text):
      let pairs = Self.pairs(text)
      if let dsn = pairs.first(where: { $0.key.uppercased() == "DSN" }) { return "DSN=\(dsn.value)" }
      let shown: Set<String> = ["DRIVER", "FILEDSN", "SERVER", "SERVERNAME", "DATABASE", "DBQ"]
      return pairs.filter { shown.contains($0.key.uppercased()) }.map { "\($0.key)=\($0.value)" }
        .joined(separator: ";")
    }
  }

  /// The same source with a password that was kept out of the connection string.
  public func withPassword(_ password: String) -> DatabaseSource {
    guard case .odbc(let text) = self else { return self }
    // Braces keep semicolons and equals signs of the password together; a closing brace is doubled (ODBC 3.8, SQLDriverConnect).
    let quoted = password.split(separator: "}", omittingEmptySubsequences: false).joined(separator: "}}")
    return .odbc(text + (text.hasSuffix(";") || text.isEmpty ? "" : ";") + "PWD={\(quoted)}")
  }

  /// What must not appear in a message.
  var secrets: [String] {
    guard case .odbc(let text) = self else { return [] }
    return Self.pairs(text).filter { ["PWD", "PASSWORD"].contains($0.key.uppercased()) }.map(\.value)
      .filter { !$0.isEmpty }
  }

  /// `KEY=value` parts; a value in braces may hold semicolons.
  static func pairs(_ text: String) -> [(key: String, value: String)] {
    var pairs: [(key: String, value: String)] = []
    var rest = Substring(text)
    while let equals = rest.firstIndex(of: "=") {
      let key = rest[..<equals].drop { $0 == ";" || $0 == " " }
      rest = rest[rest.index(after: equals)...]
      var value: Substring
      if rest.first == "{", let close = rest.firstIndex(of: "}") {
        value = rest[rest.index(after: rest.startIndex)..<close]
        rest = rest[rest.index(after: close)...]
      } else {
        value = rest.prefix { $0 != ";" }
        rest = rest[value.endIndex...]
      }
      rest = rest.drop { $0 == ";" }
      guard !key.isEmpty else { break }
      pairs.append((String(key), String(value)))
    }
    return pairs
  }
}
