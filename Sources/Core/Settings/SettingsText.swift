import Errors

/// Files of settings that have a reader of their own.
public enum SettingsText {
  /// The bytes of a file of at most 4 MiB.
  ///
  /// - Throws: `config.missing` (exit 66), `config.cannotRead` or `config.tooLong` (exit 78).
  public static func bytes(_ path: String) throws(CavernError) -> [UInt8] { try SmallFile.bytes(path) }
}
