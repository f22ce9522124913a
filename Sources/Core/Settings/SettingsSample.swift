import Arguments

extension SettingsSchema {
  /// A settings file to start from: prose behind `##`, every setting with its default behind `#`.
  ///
  /// Taking the single `#` away makes a setting hold.
  public var sample: String {
    var lines = [
      "## Settings of Cavern. Lines with one # are settings with their defaults: take the # away to change one.",
      "## Strongest first: option on the command line, environment variable, ./cavern.toml,",
      "## ~/.config/cavern/cavern.toml, /etc/cavern/cavern.toml.",
    ]
    for section in sections {
      lines += ["", "[\(section)]"]
      for key in keys where key.section == section {
        lines.append("")
        let unit = key.unit.map { " Unit: \($0)." } ?? ""
        let choices =
          key.kind.choices.isEmpty ? "" : " One of: \(key.kind.choices.map(\.name).joined(separator: ", "))."
        lines += TextWrap.wrap(key.help + unit + choices + " Environment: \(key.variable).", width: 97)
          .split(separator: "\n").map { "## \($0)" }
        let name = key.name.dropFirst(section.count + 1)
        let example = key.standard ?? key.example ?? ""
        let note = key.standard == nil ? "  ## an example; not set by default" : ""
        lines.append("# \(name) = \(Self.literal(example, key.kind))\(note)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A value in TOML notation.
  static func literal(_ text: String, _ kind: ValueKind) -> String {
    switch kind {
    case .number, .integer, .boolean:
      return text
    case .list(let element):
      let items = text.isEmpty ? [] : ValueKind.items(text)
      return "[\(items.map { literal($0, element) }.joined(separator: ", "))]"
    default:
      var quoted = "\""
      for letter in text {
        if letter == "\"" || letter == "\\" { quoted.append("\\") }
        quoted.append(letter)
      }
      return quoted + "\""
    }
  }
}
