import Foundation
import JSON

/// The results as a table for people and as JSON.
struct Report {
  var comparisons: [Comparison]
  var thresholds: Thresholds

  /// Whether every bar was reached.
  var isPassed: Bool { comparisons.allSatisfy { thresholds.isPassed($0) != false } }

  var table: String {
    let head = ["", "Cavern", "twin", "ratio", "[min - max]", "bar", ""]
    let rows = [head] + comparisons.map(cells)
    let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var lines = rows.map { row in
      row.indices.map { column in
        let gap = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 || column == 6 ? row[column] + gap : gap + row[column]
      }.joined(separator: "  ").trimmingTail
    }
    lines.insert(String(repeating: "-", count: lines.map(\.count).max() ?? 0), at: 1)
    for comparison in comparisons where comparison.fault != nil || !comparison.note.isEmpty {
      lines.append("  \(comparison.title): \(comparison.fault ?? comparison.note)")
    }
    return lines.joined(separator: "\n")
  }

  private func cells(_ comparison: Comparison) -> [String] {
    let ratio = comparison.ratio
    let verdict = thresholds.isPassed(comparison).map { $0 ? "pass" : "SHORT" } ?? ""
    return [
      comparison.title, Quantity.text(comparison.cavern.median, comparison.unit),
      Quantity.text(comparison.twin.median, comparison.unit), Quantity.ratio(ratio.median),
      ratio.values.isEmpty ? "" : "[\(Quantity.ratio(ratio.least)) - \(Quantity.ratio(ratio.most))]",
      thresholds.bar(for: comparison), verdict,
    ]
  }

  /// Everything that was measured.
  func json(about machine: JSONObject) -> JSONValue {
    let list = comparisons.map { comparison -> JSONValue in
      let ratio = comparison.ratio
      return [
        "name": .string(comparison.name), "title": .string(comparison.title), "unit": .string(comparison.unit),
        "cavern": .numbers(comparison.cavern.values), "twin": .numbers(comparison.twin.values),
        "ratio": ["median": .number(ratio.median), "least": .number(ratio.least), "most": .number(ratio.most)],
        "bar": .string(thresholds.bar(for: comparison)),
        "passed": thresholds.isPassed(comparison).map { .bool($0) } ?? .null, "fault": .optional(comparison.fault),
      ]
    }
    return ["schema": "cavern.benchmarks/1", "machine": .object(machine), "comparisons": .array(list)]
  }
}

extension String {
  fileprivate var trimmingTail: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
