/// The 64-bit checksum that ROOT puts before LZ4 blocks: XXH64 with seed 0, after the xxHash
/// specification 0.1.1.
enum XXHash64 {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  /// The checksum of some bytes.
  static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var place = bytes.startIndex
    let end = bytes.endIndex
    func little(_ at: Int, _ count: Int) -> UInt64 {
      var value: UInt64 = 0
      for index in (0..<count).reversed() { value = value << 8 | UInt64(bytes[at + index]) }
      return value
    }
    func round(_ accumulator: UInt64, _ input: UInt64) -> UInt64 {
      rotate(accumulator &+ input &* prime2, 31) &* prime1
    }
    var hash: UInt64
    if bytes.count >= 32 {
      var lanes = [prime1 &+ prime2, prime2, 0, 0 &- prime1]
      while end - place >= 32 {
        for lane in 0..<4 { lanes[lane] = round(lanes[lane], little(place + 8 * lane, 8)) }
        place += 32
      }
      hash = rotate(lanes[0], 1) &+ rotate(lanes[1], 7) &+ rotate(lanes[2], 12) &+ rotate(lanes[3], 18)
      for lane in lanes { hash = (hash ^ round(0, lane)) &* prime1 &+ prime4 }
    } else {
      hash = prime5
    }
    hash = hash &+ UInt64(bytes.count)
    while end - place >= 8 {
      hash = rotate(hash ^ round(0, little(place, 8)), 27) &* prime1 &+ prime4
      place += 8
    }
    if end - place >= 4 {
      hash = rotate(hash ^ (little(place, 4) &* prime1), 23) &* prime2 &+ prime3
      place += 4
    }
    while place < end {
      hash = rotate(hash ^ (UInt64(bytes[place]) &* prime5), 11) &* prime1
      place += 1
    }
    hash = (hash ^ (hash >> 33)) &* prime2
    hash = (hash ^ (hash >> 29)) &* prime3
    return hash ^ (hash >> 32)
  }

  private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }
}
