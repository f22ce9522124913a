import Arguments
import Errors
import Settings

/// Settings for the command line.
enum SettingsFiles {
  /// The arguments with settings in place of what the command line leaves out.
  ///
  /// Files are only read when the command has an option that needs them.
  static func complete(_ arguments: ParsedArguments) throws(CavernError) -> ParsedArguments {
    let isNeeded = arguments.path.allOptions.contains { $0.setting != nil && !arguments.isGiven($0.name) }
    guard isNeeded else { return arguments }
    let settings = try load(arguments)
    return try arguments.completed { key throws(CavernError) in
      settings.given(key).map { ($0.text, $0.origin.text) }
    }
  }

  /// The settings that hold for a command line.
  static func load(_ arguments: ParsedArguments) throws(CavernError) -> Settings {
    let environment = arguments.surroundings.variables
    return try Settings.load(
      schema: SettingsKeys.schema, file: arguments.optionalString("config"), environment: environment,
      places: Settings.places(environment: environment, folder: "."), flags: flags(arguments))
  }

  /// The settings that options of the command line stand for.
  private static func flags(
    _ arguments: ParsedArguments
  ) throws(CavernError) -> [String: (option: String, text: String)] {
    var flags: [String: (option: String, text: String)] = [:]
    for option in arguments.path.allOptions where arguments.isGiven(option.name) {
      guard let key = option.setting, let text = try arguments.optionalString(option.name) else { continue }
      flags[key] = (option.name, text)
    }
    return flags
  }
}
