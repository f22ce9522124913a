import JSON
import TimeSeries

/// Rows that a query gives, and their forms.
struct QueryAnswer: Sendable {
  /// One value.
  struct Row: Sendable {
    /// The series; `nil` for several taken together.
    var series: SeriesDescription?
    /// Nanoseconds since 1970-01-01 UTC; `nil` for a mean over a window.
    var time: Int64?
    /// The value.
    var value: FieldValue
    /// How many samples it stands for; `nil` for one.
    var count: Int?
  }

  /// The rows in order.
  var rows: [Row]
  /// The one value of a reduction; `nil` when there are several or none.
  var value: FieldValue?

  /// Whether there is nothing.
  var isEmpty: Bool { rows.isEmpty }

  /// The object for scripts.
  var json: JSONValue {
    var object = JSONObject()
    if let value { object["value"] = Self.json(value) }
    object["rows"] = .array(
      rows.map { row in
        var members = JSONObject([("time", .optional(row.time.map(Int.init))), ("value", Self.json(row.value))])
        if let series = row.series {
          members["measurement"] = .string(series.key.point.measurement)
          members["field"] = .string(series.key.field)
          members["tags"] = .object(JSONObject(series.key.point.tags.map { ($0.key, .string($0.value)) }))
          if let unit = series.unit { members["unit"] = .string(unit) }
        }
        if let count = row.count { members["count"] = .integer(count) }
        return .object(members)
      })
    return .object(object)
  }

  /// The table for people.
  var text: String {
    if rows.count == 1, let value { return "\(Self.text(value))\n" }
    return TextTable(
      columns: [.left("time"), .left("series"), .right("value")],
      rows: rows.map { row in
        [row.time.map(TimeText.text) ?? "", row.series.map { Self.name($0) } ?? "all", Self.text(row.value)]
      }
    ).text(width: .max)
  }

  /// The table with one column for each tag.
  var csv: String {
    let tags = Set(rows.flatMap { $0.series?.key.point.tags.map(\.key) ?? [] }).sorted()
    return CSVText.table(
      ["time", "value", "measurement", "field"] + tags,
      rows.map { row in
        let point = row.series?.key.point
        return [
          row.time.map { String($0) } ?? "", Self.text(row.value), point?.measurement ?? "",
          row.series?.key.field ?? "",
        ] + tags.map { point?.tag($0) ?? "" }
      })
  }

  private static func name(_ series: SeriesDescription) -> String {
    ([series.key.point.measurement] + series.key.point.tags.map { "\($0.key)=\($0.value)" } + [series.key.field])
      .joined(separator: " ")
  }

  static func json(_ value: FieldValue) -> JSONValue {
    switch value {
    case .number(let value): .number(value)
    case .integer(let value): .integer(Int(value))
    case .unsigned(let value): Int(exactly: value).map { .integer($0) } ?? .number(Double(value))
    case .boolean(let value): .bool(value)
    case .text(let value): .string(value)
    }
  }

  static func text(_ value: FieldValue) -> String {
    switch value {
    case .number(let value): value.description
    case .integer(let value): value.description
    case .unsigned(let value): value.description
    case .boolean(let value): value.description
    case .text(let value): value
    }
  }
}
