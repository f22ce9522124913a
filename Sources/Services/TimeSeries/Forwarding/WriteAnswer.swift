import Errors
import HTTPClient

/// What a server's answer to a write means.
public enum WriteAnswer: Sendable, Equatable {
  /// Everything is stored.
  case accepted
  /// At least one line is faulty; the others may or may not be stored.
  case rejected(String)
  /// The request is too large.
  case tooLarge
  /// Nothing can be stored until a person puts something right: token, database, address.
  case misconfigured(String)
  /// The same request may go through later, after the time that the server asks for.
  case later(String, after: Duration?)

  /// The meaning of a status.
  ///
  /// - Parameters:
  ///   - response: what the server answered.
  init(_ response: HTTPResponse) {
    let said = String(response.text.split(whereSeparator: \.isNewline).joined(separator: " ").prefix(500))
    switch response.status {
    case 200..<300: self = .accepted
    case 400, 422: self = .rejected(said.isEmpty ? "status \(response.status)" : said)
    case 413: self = .tooLarge
    case 408, 425, 429, 500...:
      let wait = response.headers["retry-after"].flatMap { Int($0) }.map { Duration.seconds(min(max($0, 0), 3600)) }
      self = .later("status \(response.status) \(said)", after: wait)
    default: self = .misconfigured("status \(response.status) \(said)")
    }
  }
}
