import Arguments
import Errors

/// Settings for the command line.
enum SettingsFiles {
  /// The arguments with settings in place of what the command line leaves out.
  static func complete(_ arguments: ParsedArguments) throws(CavernError) -> ParsedArguments { arguments }
}
