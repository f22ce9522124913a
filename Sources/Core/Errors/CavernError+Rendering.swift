import JSON

extension CavernError {
  /// The error for a person: `file:line:column: message` and below it the excerpt, what was expected, what comes nearest and a hint.
  ///
  /// - Returns: one to six lines, without a line end after the last.
  public var text: String {
    var place = file ?? ""
    if let line {
      place += place.isEmpty ? "line \(line)" : ":\(line)"
      if let column { place += ":\(column)" }
    } else if let offset {
      place += place.isEmpty ? "byte \(offset)" : " (byte \(offset))"
    }
    var lines = [place.isEmpty ? message : "\(place): \(message)"]
    if let excerpt { lines += excerpt.split(separator: "\n").map { "  \($0)" } }
    if let expected { lines.append("  expected: \(expected)") }
    if !nearest.isEmpty { lines.append("  did you mean \(Self.alternatives(nearest))?") }
    if let hint { lines.append("  hint: \(hint)") }
    return lines.joined(separator: "\n")
  }

  /// The error for scripts: the object that `--json` prints on a failure.
  public var json: JSONValue {
    var error = JSONObject([("code", .string(code)), ("message", .string(message))])
    if let file { error["file"] = .string(file) }
    if let line { error["line"] = .integer(line) }
    if let column { error["column"] = .integer(column) }
    if let offset { error["offset"] = .integer(offset) }
    if let expected { error["expected"] = .string(expected) }
    if !nearest.isEmpty { error["nearest"] = .array(nearest.map { .string($0) }) }
    if let hint { error["hint"] = .string(hint) }
    return ["schema": "cavern.error/1", "error": .object(error)]
  }

  private static func alternatives(_ names: [String]) -> String {
    let quoted = names.map { "'\($0)'" }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.joined() }
    return quoted.dropLast().joined(separator: ", ") + " or " + last
  }
}
