import Arguments
import Bench
import Errors
import Foundation
import TimeSeries

/// The configuration and the store that a command of the bench works on.
enum BenchFiles {
  /// The configuration file: `--config`, `CAVERN_BENCH`, `bench.toml`, `/etc/cavern/bench.toml`; `nil` when none is there.
  static func configuration(_ arguments: ParsedArguments) throws(CavernError) -> BenchConfiguration? {
    if let path = try arguments.optionalString("config") { return try BenchConfiguration(file: path) }
    if let path = arguments.surroundings.variables["CAVERN_BENCH"], !path.isEmpty {
      return try BenchConfiguration(file: path)
    }
    let usual = ["bench.toml", "/etc/cavern/bench.toml"].first { FileManager.default.fileExists(atPath: $0) }
    return try usual.map { path throws(CavernError) in try BenchConfiguration(file: path) }
  }

  /// The configuration, which must be there.
  static func requiredConfiguration(_ arguments: ParsedArguments) throws(CavernError) -> BenchConfiguration {
    if let configuration = try configuration(arguments) { return configuration }
    throw CavernError(
      "config.missing", "no configuration of a bench", exit: .noInput, expected: "bench.toml or /etc/cavern/bench.toml",
      hint: "name one with --config FILE")
  }

  /// The path of the store.
  static func store(_ arguments: ParsedArguments, _ configuration: BenchConfiguration?) throws(CavernError) -> String {
    if let path = try arguments.optionalString("store") { return path }
    if let configuration { return configuration.storePath }
    let variables = arguments.surroundings.variables
    if let state = variables["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/cavern/series.db" }
    return "\(variables["HOME"] ?? ".")/.local/state/cavern/series.db"
  }

  /// Opens the store for reading; with `--store` no configuration is looked at.
  static func openForReading(_ arguments: ParsedArguments) throws(CavernError) -> TimeSeriesStore {
    let isNamed = try arguments.optionalString("store") != nil
    let path = try store(arguments, isNamed ? nil : try configuration(arguments))
    return try TimeSeriesStore(path, options: TimeSeriesStore.Options(isReadOnly: true))
  }

  /// Opens the store for writing.
  static func openForWriting(_ arguments: ParsedArguments) throws(CavernError) -> TimeSeriesStore {
    let isNamed = try arguments.optionalString("store") != nil
    return try TimeSeriesStore(try store(arguments, isNamed ? nil : try configuration(arguments)))
  }

  /// Opens a store that must exist for writing.
  static func openExisting(_ arguments: ParsedArguments) throws(CavernError) -> TimeSeriesStore {
    let path = try openForReading(arguments).path
    return try TimeSeriesStore(path)
  }
}
