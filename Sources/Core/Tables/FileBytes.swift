import Errors

/// Whole files as bytes, with the errors that every reader gives.
public enum FileBytes {
  /// All bytes of a file.
  ///
  /// - Throws: `file.missing` with the nearest names in the folder, `file.isDirectory`, `file.notReadable`, `file.readFailed`.
  public static func read(_ path: String) throws(CavernError) -> [UInt8] { try FileCheck.bytes(path) }
}
