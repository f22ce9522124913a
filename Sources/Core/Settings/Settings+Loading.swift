import Errors

extension Settings {
  /// The places where settings files are looked for, strongest first.
  ///
  /// - Parameters:
  ///   - environment: the environment variables (`XDG_CONFIG_HOME`, `HOME`).
  ///   - folder: the working folder.
  /// - Returns: `./cavern.toml`, `$XDG_CONFIG_HOME/cavern/cavern.toml` (`~/.config` when not set) and
  ///   `/etc/cavern/cavern.toml`.
  public static func places(environment: [String: String], folder: String) -> [String] {
    var places = [folder == "." ? "cavern.toml" : "\(folder)/cavern.toml"]
    // The XDG rules say that a relative path is to be ignored.
    if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") {
      places.append("\(base)/cavern/cavern.toml")
    } else if let home = environment["HOME"], home.hasPrefix("/") {
      places.append("\(home)/.config/cavern/cavern.toml")
    }
    return places + ["/etc/cavern/cavern.toml"]
  }

  /// Reads the settings that hold in a folder.
  ///
  /// - Parameters:
  ///   - schema: the known keys.
  ///   - file: the one file to read in place of the usual ones; `CAVERN_CONFIG` says the same.
  ///   - environment: the environment variables.
  ///   - places: the usual files, strongest first; those that are not there are passed over.
  ///   - flags: values given on the command line, with the names of their options.
  /// - Throws: errors of the files and the environment, exit 78 (66 when the one file is not there).
  public static func load(
    schema: SettingsSchema, file: String? = nil, environment: [String: String], places: [String],
    flags: [String: (option: String, text: String)] = [:]
  ) throws(CavernError) -> Settings {
    let chosen = file ?? environment["CAVERN_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    let files = chosen.map { [$0] } ?? places.filter(SmallFile.exists)
    var layers: [[String: Value]] = []
    for path in files { layers.append(try SettingsFile.values(ofFile: path, schema: schema)) }
    return try Settings(schema: schema, layers: layers, files: files, environment: environment, flags: flags)
  }
}
