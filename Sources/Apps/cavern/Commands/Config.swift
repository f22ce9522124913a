import Arguments
import Errors
import JSON
import Settings

extension Command {
  /// `cavern config`: settings.
  static var config: Command {
    Command(
      "config", "Show, check and start settings files.",
      discussion: """
        Strongest first: option on the command line, environment variable CAVERN_..., ./cavern.toml, \
        $XDG_CONFIG_HOME/cavern/cavern.toml (~/.config without it), /etc/cavern/cavern.toml. --config FILE (or \
        CAVERN_CONFIG) replaces the files.
        """,
      examples: [
        Example("cavern config show --origin", "print every setting and where its value comes from"),
        Example("cavern config sample > cavern.toml", "start a settings file"),
      ],
      subcommands: [configShow, configCheck, configSample])
  }

  private static var configShow: Command {
    Command(
      "show", "Print every setting with its value.",
      examples: [
        Example("cavern config show --origin", "say where each value comes from"),
        Example("cavern config show beam.dpp --json", "print one setting for a script"),
      ],
      arguments: [Argument("key", .text, "Settings to print; all when none is named.", count: .repeating(atLeast: 0))],
      options: [.flag("origin", "Say where each value comes from."), CommonOptions.csv]
    ) { arguments in
      let settings = try SettingsFiles.load(arguments)
      let names = try arguments.strings("key")
      for name in names where settings.schema.key(name) == nil {
        throw arguments.fault(
          "config.unknownKey", "there is no setting '\(name)'", about: "key",
          nearest: nearestNames(to: name, in: settings.schema.keys.map(\.name)))
      }
      let keys = settings.schema.keys.filter { names.isEmpty || names.contains($0.name) }
      let rows = keys.map { key -> [String] in
        let value = settings[key.name]
        return [key.name, value?.text ?? "", key.unit ?? "", value?.origin.text ?? "not set"]
      }
      let shown = arguments.flag("origin") ? 4 : keys.contains { $0.unit != nil } ? 3 : 2
      let table = TextTable(
        columns: Array([.left("setting"), .left("value"), .left("unit"), .left("origin")].prefix(shown)),
        rows: rows.map { Array($0.prefix(shown)) })
      return Report(
        result: [
          "settings": .array(keys.map { json($0, settings) }), "files": .array(settings.files.map { .string($0) }),
        ],
        text: table.text(width: .max),
        csv: { CSVText.table(["setting", "value", "unit", "origin"], rows) })
    }
  }

  private static func json(_ key: SettingsKey, _ settings: Settings) -> JSONValue {
    let value = settings[key.name]
    var object = JSONObject([
      ("key", .string(key.name)), ("value", .optional(value?.text)), ("unit", .optional(key.unit)),
      ("kind", .string(key.kind.name)), ("environment", .string(key.variable)),
    ])
    switch value?.origin {
    case nil: object["origin"] = .null
    case .standard: object["origin"] = ["kind": "default"]
    case .flag(let name): object["origin"] = ["kind": "flag", "name": .string("--\(name)")]
    case .environment(let name): object["origin"] = ["kind": "environment", "name": .string(name)]
    case .file(let path, let line, let column):
      object["origin"] = ["kind": "file", "file": .string(path), "line": .integer(line), "column": .integer(column)]
    }
    return .object(object)
  }

  private static var configCheck: Command {
    Command(
      "check", "Check settings files without running anything.",
      discussion: "Without FILE the files and environment variables that hold here are checked. A fault ends with 78.",
      examples: [
        Example("cavern config check", "check the settings that hold here"),
        Example("cavern config check cavern.toml", "check one file"),
      ],
      arguments: [Argument("file", .file(["toml"]), "The file to check.", count: .optional)]
    ) { arguments in
      let files: [String]
      if let file = try arguments.optionalString("file") {
        _ = try SettingsFile.values(ofFile: file, schema: SettingsKeys.schema)
        files = [file]
      } else {
        files = try SettingsFiles.load(arguments).files
      }
      return Report(
        result: ["files": .array(files.map { .string($0) }), "valid": true],
        text: files.isEmpty
          ? "no settings file here; the defaults hold" : files.map { "\($0): valid" }.joined(separator: "\n"))
    }
  }

  private static var configSample: Command {
    Command(
      "sample", "Print a settings file to start from.",
      discussion: "Prose stands behind ##, settings with their defaults behind #.",
      examples: [Example("cavern config sample > cavern.toml", "start a settings file in this folder")],
      options: [CommonOptions.output]
    ) { _ in
      let sample = SettingsKeys.schema.sample
      return Report(result: ["sample": .string(sample)], text: sample, writesToOutputOption: true)
    }
  }
}
