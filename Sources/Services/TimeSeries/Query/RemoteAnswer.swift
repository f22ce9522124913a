import Errors
import Foundation
import JSON

/// Points read from the answers of servers.
enum RemoteAnswer {
  /// InfluxDB 1: `results[].series[] {name, tags, columns, values}`, times in nanoseconds.
  static func influx1(_ json: JSONValue) throws(CavernError) -> [Point] {
    var points: [Point] = []
    for result in json["results"]?.arrayValue ?? [] {
      if let message = result["error"]?.stringValue { throw refused(message) }
      for series in result["series"]?.arrayValue ?? [] {
        let tags = (series["tags"]?.objectValue?.members ?? []).map {
          PointKey.Tag(key: $0.name, value: $0.value.stringValue ?? "")
        }
        let key = PointKey(series["name"]?.stringValue ?? "", tags: tags)
        let columns = (series["columns"]?.arrayValue ?? []).map { $0.stringValue ?? "" }
        for row in series["values"]?.arrayValue ?? [] {
          guard let time = row[0]?.intValue else { continue }
          points.append(
            Point(
              key, fields(columns.dropFirst().enumerated().map { ($0.element, row[$0.offset + 1]) }), time: Int64(time))
          )
        }
      }
    }
    return points
  }

  /// InfluxDB 3: a list of objects; what is text is taken for a tag.
  static func influx3(_ json: JSONValue, measurement: String, field: String?) -> [Point] {
    (json.arrayValue ?? []).compactMap { row in
      guard let text = row["time"]?.stringValue,
        let time = TimeText.moment(text.contains("Z") || text.contains("+") ? text : text + "Z", now: 0)
      else { return nil }
      let members = (row.objectValue?.members ?? []).filter { $0.name != "time" }
      let tags = members.compactMap { member in
        member.name == field ? nil : member.value.stringValue.map { PointKey.Tag(key: member.name, value: $0) }
      }
      let values = members.filter { member in
        field.map { $0 == member.name } ?? (member.value.stringValue == nil)
      }
      return Point(
        PointKey(measurement, tags: tags), fields(values.map { ($0.name, $0.value) }), time: time)
    }
  }

  /// VictoriaMetrics: one object a line `{metric, values, timestamps}`, times in milliseconds.
  static func victoria(_ text: String, query: RemoteQuery) throws(CavernError) -> [Point] {
    var points: [Point] = []
    for line in text.split(separator: "\n") {
      guard let json = try? JSONValue(parsing: String(line)) else { throw refused("not JSON: \(line.prefix(80))") }
      let tags = (json["metric"]?.objectValue?.members ?? []).filter { $0.name != "__name__" && $0.name != "db" }.map {
        PointKey.Tag(key: $0.name, value: $0.value.stringValue ?? "")
      }
      let key = PointKey(query.measurement, tags: tags)
      for (time, value) in zip(json["timestamps"]?.arrayValue ?? [], json["values"]?.arrayValue ?? []) {
        guard let time = time.intValue, let value = value.doubleValue else { continue }
        points.append(Point(key, [Point.Field(query.field ?? "value", .number(value))], time: Int64(time) * 1_000_000))
      }
    }
    return points
  }

  /// InfluxDB 2: annotated CSV; the columns that no one else uses are tags.
  static func influx2(_ text: String) -> [Point] {
    var points: [Point] = []
    var header: [String] = []
    let own: Set = ["", "result", "table", "_start", "_stop", "_time", "_value", "_field", "_measurement"]
    for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
      let cells = split(line)
      if cells.contains("_time") {
        header = cells
        continue
      }
      var row: [String: String] = [:]
      for (name, cell) in zip(header, cells) { row[name] = cell }
      guard let moment = row["_time"], let time = TimeText.moment(moment, now: 0), let value = row["_value"] else {
        continue
      }
      let tags = row.filter { !own.contains($0.key) }.map { PointKey.Tag(key: $0.key, value: $0.value) }
      let number: FieldValue = Double(value).map { .number($0) } ?? .text(value)
      points.append(
        Point(
          PointKey(row["_measurement"] ?? "", tags: tags), [Point.Field(row["_field"] ?? "value", number)], time: time))
    }
    return points
  }

  private static func fields(_ cells: [(String, JSONValue?)]) -> [Point.Field] {
    cells.compactMap { name, value in
      switch value {
      case .bool(let truth): Point.Field(name, .boolean(truth))
      case .string(let text): Point.Field(name, .text(text))
      case .integer, .number: value?.doubleValue.map { Point.Field(name, .number($0)) }
      default: nil
      }
    }
  }

  /// The cells of a line of CSV.
  private static func split(_ line: Substring) -> [String] {
    var cells = [""]
    var isQuoted = false
    for letter in line {
      switch letter {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: cells.append("")
      default: cells[cells.count - 1].append(letter)
      }
    }
    return cells
  }

  static func refused(_ message: String) -> CavernError {
    CavernError("ts.queryRefused", "the server refuses the query: \(message)", exit: .unavailable)
  }
}
