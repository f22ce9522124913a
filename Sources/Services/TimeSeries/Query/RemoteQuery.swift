import Errors
import JSON

/// A query for samples in the language of each kind of server; names and values go in through the language's own quoting.
public struct RemoteQuery: Sendable, Equatable {
  /// The measurement.
  public var measurement: String
  /// The field; `nil` for all (VictoriaMetrics needs one).
  public var field: String?
  /// Tags that must have these values.
  public var tags: [PointKey.Tag]
  /// Times from its lower bound on and before its upper bound, nanoseconds since 1970-01-01 UTC.
  public var window: Range<Int64>

  /// A query; an open end of the window is cut to what servers take (the years 1970 to 2200).
  public init(measurement: String, field: String?, tags: [PointKey.Tag], window: Range<Int64>) {
    self.measurement = measurement
    self.field = field
    self.tags = tags
    let (lower, upper) = (max(window.lowerBound, 0), min(window.upperBound, 7_258_118_400_000_000_000))
    self.window = lower..<max(lower, upper)
  }

  /// InfluxQL, for InfluxDB 1.
  public var influxQL: String {
    let conditions =
      tags.map { "\(Self.influxName($0.key)) = \(Self.influxText($0.value))" }
      + ["time >= \(window.lowerBound)", "time < \(window.upperBound)"]
    return "SELECT \(field.map(Self.influxName) ?? "*") FROM \(Self.influxName(measurement)) WHERE "
      + conditions.joined(separator: " AND ") + " GROUP BY *"
  }

  /// Flux, for InfluxDB 2.
  ///
  /// - Parameter bucket: the bucket.
  public func flux(bucket: String) -> String {
    var conditions = ["r._measurement == \(Self.fluxText(measurement))"]
    if let field { conditions.append("r._field == \(Self.fluxText(field))") }
    conditions += tags.map { "r[\(Self.fluxText($0.key))] == \(Self.fluxText($0.value))" }
    return "from(bucket: \(Self.fluxText(bucket)))"
      + " |> range(start: time(v: \(window.lowerBound)), stop: time(v: \(window.upperBound)))"
      + " |> filter(fn: (r) => \(conditions.joined(separator: " and ")))"
  }

  /// SQL, for InfluxDB 3.
  public var sql: String {
    let conditions =
      tags.map { "\(Self.sqlName($0.key)) = \(Self.sqlText($0.value))" }
      + ["time >= \(Self.sqlTime(window.lowerBound))", "time < \(Self.sqlTime(window.upperBound))"]
    return "SELECT * FROM \(Self.sqlName(measurement)) WHERE \(conditions.joined(separator: " AND ")) ORDER BY time"
  }

  /// A selector of PromQL, for VictoriaMetrics, which names a series by measurement and field.
  ///
  /// - Parameter database: the label `db` that writing set.
  public func selector(database: String) -> String {
    let name = field.map { "\(measurement)_\($0)" } ?? measurement
    let labels = [("__name__", name), ("db", database)] + tags.map { ($0.key, $0.value) }
    return "{" + labels.map { "\(Self.promName($0.0))=\(Self.promText($0.1))" }.joined(separator: ",") + "}"
  }

  // MARK: Quoting

  private static func influxName(_ name: String) -> String { quoted(name, "\"", escaping: ["\\", "\""]) }
  private static func influxText(_ text: String) -> String { quoted(text, "'", escaping: ["\\", "'"]) }
  private static func fluxText(_ text: String) -> String {
    quoted(text, "\"", escaping: ["\\", "\""]).replacing("${", with: "\\${")
  }
  private static func sqlName(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
  private static func sqlText(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
  private static func sqlTime(_ time: Int64) -> String { "'\(TimeText.text(time))'" }
  private static func promText(_ text: String) -> String { quoted(text, "\"", escaping: ["\\", "\""]) }
  /// Names of labels have no quotes; other characters than letters, digits and underscores do not come about by writing.
  private static func promName(_ name: String) -> String {
    String(
      String.UnicodeScalarView(
        name.unicodeScalars.filter {
          $0 == "_" || ($0.isASCII && ($0.properties.isAlphabetic || ($0.value >= 48 && $0.value <= 57)))
        }))
  }

  private static func quoted(_ text: String, _ quote: String, escaping: [String]) -> String {
    var inside = text
    for letter in escaping { inside = inside.replacing(letter, with: "\\" + letter) }
    return quote + inside.replacing("\n", with: "\\n") + quote
  }
}
