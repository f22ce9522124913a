import Errors
import Foundation
import JSON
import Results
import Settings

/// Who may come with which token: digests, never the tokens themselves.
///
/// The file has mode 0600: `{"tokens": [{"id": "shift", "sha256": "…", "role": "operator", "expires": "2027-01-01T00:00:00Z",
/// "boards": [0]}]}`.
public struct TokenBook: Sendable {
  /// One token.
  public struct Entry: Sendable {
    /// Its name, for the audit.
    public var id: String
    /// SHA-256 of the token, 64 hexadecimal digits.
    public var digest: String
    /// What its bearer may do.
    public var role: HVRole
    /// When it ends; `nil` for never.
    public var expires: Date?
    /// Boards it is good for; `nil` for all.
    public var boards: Set<Int>?
  }

  /// The tokens.
  public private(set) var entries: [Entry] = []

  /// Reads the file.
  ///
  /// - Throws: what `SecretFile.read` throws; `hv.badTokens` (exit 78) for a file of another form, and for one that holds a
  ///   token itself.
  public init(path: String) throws(CavernError) {
    let text = try SecretFile.read(path)
    guard let json = try? JSONValue(parsing: text), let list = json["tokens"]?.arrayValue else {
      throw Self.fault("not an object with a list 'tokens'", path)
    }
    for entry in list {
      guard entry["token"] == nil else { throw Self.fault("holds a token itself; keep its SHA-256 only", path) }
      guard let id = entry["id"]?.stringValue, let digest = entry["sha256"]?.stringValue, digest.utf8.count == 64,
        let role = entry["role"]?.stringValue.flatMap(HVRole.init(rawValue:))
      else { throw Self.fault("a token without id, sha256 or role", path) }
      var expires: Date?
      if let text = entry["expires"]?.stringValue {
        guard let date = try? Date(text, strategy: .iso8601) else {
          throw Self.fault("'\(text)' is no time", path)
        }
        expires = date
      }
      let boards = entry["boards"]?.arrayValue.map { Set($0.compactMap(\.intValue)) }
      entries.append(Entry(id: id, digest: digest.lowercased(), role: role, expires: expires, boards: boards))
    }
  }

  /// The entry of a token that is valid now; comparison does not tell by its time how much was right.
  public func entry(for token: String, at now: Date = Date()) -> Entry? {
    let digest = Array(SHA256.hexDigest(of: Array(token.utf8)).utf8)
    var found: Entry?
    for entry in entries {
      let difference = zip(digest, entry.digest.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
      if difference == 0, entry.expires.map({ $0 > now }) ?? true { found = entry }
    }
    return found
  }

  /// A new token and its digest.
  public static func make() -> (token: String, digest: String) {
    var random = SystemRandomNumberGenerator()
    let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
    let token = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
      "=", with: "")
    return (token, SHA256.hexDigest(of: Array(token.utf8)))
  }

  private static func fault(_ message: String, _ path: String) -> CavernError {
    CavernError("hv.badTokens", message, exit: .configuration, file: path)
  }
}
