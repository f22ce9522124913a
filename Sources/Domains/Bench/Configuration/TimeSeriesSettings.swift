import Errors
import Foundation
import Settings
import TimeSeries

/// One `[[timeseries]]` table: a server that samples go to, or the local store alone.
public struct TimeSeriesSettings: Sendable {
  /// The name under which the store keeps the position.
  public var name: String
  /// The kind; `nil` for `file`, the local store alone.
  public var kind: Destination.Kind?
  /// Where the server answers.
  public var url: URL?
  /// Organisation (InfluxDB 2).
  public var organisation: String?
  /// Database or bucket for sources that `buckets` does not name.
  public var bucket: String
  /// Databases or buckets by source.
  public var buckets: [String: String]
  /// Retention policy (InfluxDB 1).
  public var retentionPolicy: String?
  /// User (InfluxDB 1).
  public var user: String?
  /// File with the token or password, mode 0600.
  public var tokenFile: String?
  /// How long one request may take.
  public var timeLimit: Duration
  /// Lines of one request.
  public var batchLines: Int
  /// Largest size of the store.
  public var maximumBytes: Int
  /// How often data reach the disk at least; every append does here, so that the value only has to be valid.
  public var synchronisation: Duration

  init(_ table: ConfigurationTable) throws(CavernError) {
    var table = table
    name = try table.text("name") ?? "main"
    let kinds = Destination.Kind.allCases.map(\.rawValue) + ["file"]
    guard let word = try table.choice("kind", kinds) else {
      throw table.fault("kind", "is needed", expected: kinds.joined(separator: ", "))
    }
    kind = Destination.Kind(rawValue: word)
    url = nil
    if let text = try table.text("url") {
      guard let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme), url.host != nil
      else { throw table.fault("url", "not an address of a server", expected: "http://HOST:PORT") }
      self.url = url
    } else if kind != nil {
      throw table.fault("url", "is needed for \(word)", expected: "http://HOST:PORT")
    }
    organisation = try table.text("org")
    buckets = try table.pairs("buckets")
    bucket = try table.text("bucket") ?? buckets.min { $0.key < $1.key }?.value ?? "cavern"
    retentionPolicy = try table.text("retention_policy")
    user = try table.text("user")
    tokenFile = try table.text("token_file")
    timeLimit = try table.duration("timeout") ?? .seconds(10)
    batchLines = try table.integer("batch_lines", 1...100_000) ?? 5000
    var queue = try table.table("queue")
    maximumBytes = try queue?.byteCount("max_bytes") ?? 2 << 30
    synchronisation = try queue?.duration("fsync") ?? .seconds(1)
    try queue?.finish()
    try table.finish()
  }

  /// The destination with its secret; `nil` for the local store alone.
  ///
  /// - Throws: `secret.*` (exit 78) or `config.missing` (exit 66) for the token's file.
  public func destination() throws(CavernError) -> Destination? {
    guard let kind, let url else { return nil }
    let secret = try tokenFile.map { path throws(CavernError) in try SecretFile.read(path) }
    return Destination(
      name: name, kind: kind, url: url, organisation: organisation, bucket: bucket, buckets: buckets,
      retentionPolicy: retentionPolicy, user: user, secret: secret, timeLimit: timeLimit, batchLines: batchLines)
  }
}
