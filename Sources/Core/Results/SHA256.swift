import CSodium
import Errors
import Foundation

/// SHA-256 (FIPS 180-4), by libsodium.
public enum SHA256 {
  /// The digest of some bytes as 64 lower-case hexadecimal digits.
  public static func hexDigest(of bytes: [UInt8]) -> String {
    var state = crypto_hash_sha256_state()
    crypto_hash_sha256_init(&state)
    crypto_hash_sha256_update(&state, bytes, UInt64(bytes.count))
    return finish(&state)
  }

  /// The digest of a file, read a megabyte at a time.
  ///
  /// - Throws: `file.notFound` or `file.cannotRead` naming the path.
  public static func hexDigest(ofFile path: String) throws(CavernError) -> String {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      let isThere = FileManager.default.fileExists(atPath: path)
      throw CavernError(
        isThere ? "file.cannotRead" : "file.notFound", isThere ? "the file cannot be opened" : "there is no such file",
        exit: isThere ? .inputOutput : .noInput, file: path)
    }
    var state = crypto_hash_sha256_state()
    crypto_hash_sha256_init(&state)
    do {
      while let block = try handle.read(upToCount: 1 << 20), !block.isEmpty {
        let bytes = [UInt8](block)
        crypto_hash_sha256_update(&state, bytes, UInt64(bytes.count))
      }
      try handle.close()
    } catch {
      throw CavernError(
        "file.cannotRead", "the file cannot be read: \(error.localizedDescription)", exit: .inputOutput, file: path)
    }
    return finish(&state)
  }

  private static func finish(_ state: inout crypto_hash_sha256_state) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    crypto_hash_sha256_final(&state, &digest)
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
