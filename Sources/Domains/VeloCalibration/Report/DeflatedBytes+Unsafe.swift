import CZlib
import Foundation

/// Bytes in zlib's form as base64, which a page inflates with `DecompressionStream("deflate")`.
enum DeflatedBytes {
  /// The numbers as they lie in memory (little-endian), deflated; empty when memory is short.
  static func base64<Number: BitwiseCopyable>(_ numbers: [Number]) -> String {
    numbers.withUnsafeBytes { source in
      var length = compressBound(uLong(source.count))
      var target = [UInt8](repeating: 0, count: Int(length))
      // zlib writes at most `length` bytes, which `target` holds.
      let outcome = compress2(
        &target, &length, source.bindMemory(to: UInt8.self).baseAddress, uLong(source.count), 6)
      guard outcome == Z_OK else { return "" }
      return Data(target.prefix(Int(length))).base64EncodedString()
    }
  }
}
