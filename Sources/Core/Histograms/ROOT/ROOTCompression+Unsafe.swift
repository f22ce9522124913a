import CLZ4
import CZlib
import CZstandard
import Errors

/// How the objects of a ROOT file are packed.
public enum ROOTCompression: String, Sendable, CaseIterable {
  /// Not at all.
  case none
  /// zlib, which every version of ROOT reads.
  case zlib
  /// LZ4: the fastest to read.
  case lz4
  /// Zstandard: small and fast.
  case zstd

  /// What the head of the file says: 100 times the algorithm and the level.
  var setting: Int32 {
    switch self {
    case .none: 0
    case .zlib: 101
    case .lz4: 404
    case .zstd: 505
    }
  }

  /// Bytes in one block before packing: its length takes three bytes.
  private static let blockSize = 0xff_ffff

  /// The bytes packed in blocks; `nil` when that does not make them shorter.
  func pack(_ bytes: [UInt8]) -> [UInt8]? {
    guard self != .none, bytes.count > 32 else { return nil }
    var packed: [UInt8] = []
    var place = 0
    while place < bytes.count {
      let block = bytes[place..<min(place + Self.blockSize, bytes.count)]
      guard let body = packBlock(block), body.count <= Self.blockSize else { return nil }
      let method: (String, UInt8) =
        switch self {
        case .none: ("", 0)
        case .zlib: ("ZL", 8)
        case .lz4: ("L4", 1)
        case .zstd: ("ZS", 1)
        }
      packed.append(contentsOf: method.0.utf8)
      packed.append(method.1)
      for size in [body.count, block.count] {
        for shift in [0, 8, 16] { packed.append(UInt8(truncatingIfNeeded: size >> shift)) }
      }
      packed.append(contentsOf: body)
      place += block.count
    }
    return packed.count < bytes.count ? packed : nil
  }

  private func packBlock(_ block: ArraySlice<UInt8>) -> [UInt8]? {
    block.withUnsafeBufferPointer { source -> [UInt8]? in
      guard let base = source.baseAddress else { return nil }
      switch self {
      case .none: return nil
      case .zlib:
        var size = compressBound(uLong(source.count))
        var status = Z_OK
        // The library writes at most `size` bytes, the capacity.
        let body = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
          status = compress2(buffer.baseAddress, &size, base, uLong(source.count), 1)
          count = status == Z_OK ? Int(size) : 0
        }
        return status == Z_OK ? body : nil
      case .lz4:
        let room = Int(LZ4_compressBound(Int32(source.count)))
        // At most `room` bytes are written.
        let body = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
          let written = base.withMemoryRebound(to: CChar.self, capacity: source.count) { from in
            UnsafeMutableRawBufferPointer(buffer).baseAddress.map {
              LZ4_compress_default(
                from, $0.assumingMemoryBound(to: CChar.self), Int32(source.count), Int32(room))
            } ?? 0
          }
          count = max(0, Int(written))
        }
        guard !body.isEmpty else { return nil }
        let sum = XXHash64.hash(body[...])
        return (0..<8).map { UInt8(truncatingIfNeeded: sum >> (56 - 8 * UInt64($0))) } + body
      case .zstd:
        let room = ZSTD_compressBound(source.count)
        // At most `room` bytes are written.
        let body = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
          let written = ZSTD_compress(buffer.baseAddress, room, base, source.count, 5)
          count = ZSTD_isError(written) == 0 ? written : 0
        }
        return body.isEmpty ? nil : body
      }
    }
  }

  /// Unpacks blocks.
  ///
  /// - Parameters:
  ///   - bytes: what was packed.
  ///   - size: how many bytes it makes.
  /// - Throws: `root.damaged` with what is wrong, `root.compression` for an algorithm that is not read.
  static func unpack(_ bytes: ArraySlice<UInt8>, size: Int) throws(CavernError) -> [UInt8] {
    var result: [UInt8] = []
    var place = bytes.startIndex
    while result.count < size {
      guard bytes.endIndex - place >= 9 else {
        throw damaged("packed data end after \(result.count) of \(size) bytes", place)
      }
      let name = String(decoding: bytes[place..<place + 2], as: UTF8.self)
      func three(_ at: Int) -> Int { Int(bytes[at]) | Int(bytes[at + 1]) << 8 | Int(bytes[at + 2]) << 16 }
      let (inner, outer) = (three(place + 3), three(place + 6))
      let start = place + 9
      guard inner > 0, bytes.endIndex - start >= inner, outer > 0, result.count + outer <= size else {
        throw damaged("a packed block has a wrong length", place)
      }
      let block = try unpackBlock(name, bytes[start..<start + inner], size: outer, at: place)
      result.append(contentsOf: block)
      place = start + inner
    }
    return result
  }

  private static func damaged(_ reason: String, _ place: Int) -> CavernError {
    CavernError("root.damaged", reason, exit: .badData, offset: place)
  }

  private static func unpackBlock(
    _ name: String, _ block: ArraySlice<UInt8>, size: Int, at place: Int
  ) throws(CavernError) -> [UInt8] {
    var body = block
    if name == "L4" {
      guard block.count > 8 else { throw damaged("an LZ4 block has no content", place) }
      body = block.dropFirst(8)
      let stored = block.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard stored == XXHash64.hash(body) else { throw damaged("the checksum of an LZ4 block differs", place) }
    }
    guard ["ZL", "L4", "ZS"].contains(name) else {
      throw CavernError(
        "root.compression", "packed with '\(name)', which is not read", exit: .badData, offset: place,
        expected: "zlib, LZ4 or Zstandard",
        hint: "write the file again with another compression, for example hadd -f101")
    }
    var written = 0
    // Each library writes at most `size` bytes, the capacity, and reads at most the block.
    let result = body.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        switch name {
        case "ZL":
          var length = uLong(size)
          written =
            uncompress(buffer.baseAddress, &length, source.baseAddress, uLong(source.count)) == Z_OK
            ? Int(length) : -1
        case "L4":
          if let from = UnsafeRawBufferPointer(source).baseAddress,
            let to = UnsafeMutableRawBufferPointer(buffer).baseAddress
          {
            written = Int(
              LZ4_decompress_safe(
                from.assumingMemoryBound(to: CChar.self), to.assumingMemoryBound(to: CChar.self), Int32(source.count),
                Int32(size)))
          }
        default:
          let length = ZSTD_decompress(buffer.baseAddress, size, source.baseAddress, source.count)
          written = ZSTD_isError(length) == 0 ? length : -1
        }
        count = max(0, min(written, size))
      }
    }
    guard written == size else { throw damaged("a packed block cannot be unpacked", place) }
    return result
  }
}
