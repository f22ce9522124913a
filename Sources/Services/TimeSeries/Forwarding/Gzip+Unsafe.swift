import CZlib

/// The gzip form of bytes (RFC 1952).
enum Gzip {
  /// Compresses bytes at the quickest level; `nil` when zlib refuses, and the caller sends them as they are.
  static func compress(_ bytes: [UInt8]) -> [UInt8]? {
    guard !bytes.isEmpty, bytes.count < Int(UInt32.max) / 2 else { return nil }
    var stream = z_stream()
    // 15 + 16: the largest window, with gzip's header and trailer.
    let version = zlibVersion()
    guard
      deflateInit2_(
        &stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, version, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    // deflateBound promises that one call with Z_FINISH fits; both buffers live through the call.
    var input = bytes
    let code = input.withUnsafeMutableBufferPointer { from in
      output.withUnsafeMutableBufferPointer { to in
        stream.next_in = from.baseAddress
        stream.avail_in = UInt32(from.count)
        stream.next_out = to.baseAddress
        stream.avail_out = UInt32(to.count)
        return deflate(&stream, Z_FINISH)
      }
    }
    guard code == Z_STREAM_END else { return nil }
    return Array(output.prefix(Int(stream.total_out)))
  }
}
