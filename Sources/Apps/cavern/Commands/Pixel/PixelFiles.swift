import Errors
import Files

/// Small text files that commands read.
enum PixelFiles {
  /// The text of a file; what is not UTF-8 in it is replaced.
  ///
  /// - Throws: what `InputBytes.read` throws.
  static func text(_ path: String) throws(CavernError) -> String {
    String(decoding: try InputBytes.read(path), as: UTF8.self)
  }
}
