import Errors
import Foundation

/// A server that samples are sent to.
public struct Destination: Sendable, Equatable {
  /// What kind of server it is.
  public enum Kind: String, Sendable, CaseIterable {
    /// InfluxDB 1.
    case influx1
    /// InfluxDB 2.
    case influx2
    /// InfluxDB 3.
    case influx3
    /// VictoriaMetrics.
    case victoria
  }

  /// The name under which the store keeps its position.
  public var name: String
  /// What kind of server it is.
  public var kind: Kind
  /// Where it answers, without a path.
  public var url: URL
  /// Organisation (InfluxDB 2).
  public var organisation: String?
  /// Database or bucket for sources that `buckets` does not name.
  public var bucket: String
  /// Databases or buckets by source (`gas`, `hv`).
  public var buckets: [String: String]
  /// Retention policy (InfluxDB 1).
  public var retentionPolicy: String?
  /// User and password (InfluxDB 1), or `nil`.
  public var user: String?
  /// Password or token; never shown.
  public var secret: String?
  /// How long one request may take.
  public var timeLimit: Duration
  /// Lines of one request at the most.
  public var batchLines: Int

  /// A server.
  public init(
    name: String, kind: Kind, url: URL, organisation: String? = nil, bucket: String, buckets: [String: String] = [:],
    retentionPolicy: String? = nil, user: String? = nil, secret: String? = nil, timeLimit: Duration = .seconds(10),
    batchLines: Int = 5000
  ) {
    self.name = name
    self.kind = kind
    self.url = url
    self.organisation = organisation
    self.bucket = bucket
    self.buckets = buckets
    self.retentionPolicy = retentionPolicy
    self.user = user
    self.secret = secret
    self.timeLimit = timeLimit
    self.batchLines = batchLines
  }

  /// The database or bucket that the samples of a source go to.
  public func bucket(of source: String) -> String { buckets[source] ?? bucket }

  /// Where lines of a bucket are written to.
  func writeURL(bucket: String) -> URL {
    switch kind {
    case .influx1:
      var items = [("db", bucket), ("precision", "ns")]
      if let retentionPolicy { items.append(("rp", retentionPolicy)) }
      return endpoint("write", items)
    case .influx2:
      return endpoint("api/v2/write", [("org", organisation ?? ""), ("bucket", bucket), ("precision", "ns")])
    case .influx3: return endpoint("api/v3/write_lp", [("db", bucket), ("precision", "nanosecond")])
    case .victoria: return endpoint("write", [("db", bucket), ("precision", "ns")])
    }
  }

  /// The address of a path below the server's with query items, percent-encoded.
  func endpoint(_ path: String, _ items: [(String, String)]) -> URL {
    // `+` stands for a blank in queries of forms, so it is encoded as well.
    let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
    func encoded(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: allowed) ?? "" }
    let query = items.map { "\(encoded($0.0))=\(encoded($0.1))" }.joined(separator: "&")
    let base = url.absoluteString.hasSuffix("/") ? String(url.absoluteString.dropLast()) : url.absoluteString
    return URL(string: "\(base)/\(path)\(query.isEmpty ? "" : "?\(query)")") ?? url
  }

  /// The header that tells the server who asks; empty without a secret.
  var authorisation: [String: String] {
    guard let secret else { return [:] }
    switch kind {
    case .influx1, .victoria:
      guard let user else { return [:] }
      return ["Authorization": "Basic \(Data("\(user):\(secret)".utf8).base64EncodedString())"]
    case .influx2: return ["Authorization": "Token \(secret)"]
    case .influx3: return ["Authorization": "Bearer \(secret)"]
    }
  }
}
