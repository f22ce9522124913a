import CNettle
import Errors
import Glibc

/// SHA-256 (FIPS 180-4), by Nettle, which uses the processor's own instructions where there are some.
public struct SHA256 {
  private var context = sha256_ctx()

  /// The digest of nothing yet.
  public init() { nettle_sha256_init(&context) }

  /// Adds bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    // Reads `count` bytes from the start of the buffer.
    nettle_sha256_update(&context, bytes.count, base.assumingMemoryBound(to: UInt8.self))
  }

  /// The digest of all bytes so far as 64 lower-case hexadecimal digits; begins anew.
  public mutating func finish() -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    nettle_sha256_digest(&context, digest.count, &digest)
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The digest of some bytes as 64 lower-case hexadecimal digits.
  public static func hexDigest(of bytes: [UInt8]) -> String {
    var state = SHA256()
    bytes.withUnsafeBytes { state.update($0) }
    return state.finish()
  }

  /// The digest of a file, read a quarter of a megabyte at a time.
  ///
  /// - Throws: `file.notFound` or `file.cannotRead` naming the path.
  public static func hexDigest(ofFile path: String) throws(CavernError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let isThere = errno != ENOENT
      throw CavernError(
        isThere ? "file.cannotRead" : "file.notFound", isThere ? "the file cannot be opened" : "there is no such file",
        exit: isThere ? .inputOutput : .noInput, file: path)
    }
    defer { close(descriptor) }
    var state = SHA256()
    var block = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      // The system writes at most the block's own count; what it wrote is hashed.
      let got = block.withUnsafeMutableBytes { bytes -> Int in
        let got = read(descriptor, bytes.baseAddress, bytes.count)
        if got > 0 { state.update(UnsafeRawBufferPointer(rebasing: bytes[..<got])) }
        return got
      }
      if got == 0 { return state.finish() }
      if got < 0, errno != EINTR {
        throw CavernError(
          "file.cannotRead", "the file cannot be read: \(String(cString: strerror(errno)))", exit: .inputOutput,
          file: path)
      }
    }
  }
}
