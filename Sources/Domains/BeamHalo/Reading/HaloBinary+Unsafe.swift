import Errors
import Glibc

/// The binary form of hits, `.uhtr` version 1: big-endian columns one after another, 5 + 42 n bytes for n hits.
///
/// One byte version, four bytes n, then event (4n), time (n), second time (n), bunch slot (2n), samples (20n, hit by hit),
/// fibre and channel (2n, hit by hit), orbit (8n) and run (4n). Orbits are stored as read.
public enum HaloBinary {
  /// Bytes a hit.
  public static let bytesPerHit = 42
  /// Bytes before the first column.
  public static let headerBytes = 5

  /// Reads a file.
  ///
  /// - Parameter keepsSamples: whether all samples of a hit are kept, not only their peak.
  /// - Throws: the faults of the file; `uhtr.version`, `uhtr.size` when it is not whole (columns are stored whole, so nothing
  ///   can be saved from a cut file).
  public static func read(_ path: String, keepsSamples: Bool = true) throws(CavernError) -> HaloHits {
    let file = try OpenFile(path)
    defer { file.close() }
    var head = [UInt8](repeating: 0, count: headerBytes)
    let got = try fill(&head, file, 0, path)
    guard got == headerBytes else {
      throw CavernError(
        "uhtr.size", "the file has \(got) bytes and cannot hold its header", exit: .badData, file: path, offset: got,
        expected: "at least \(headerBytes) bytes")
    }
    guard head[0] == 1 else {
      throw CavernError(
        "uhtr.version", "version \(head[0]) of the format is not known", exit: .badData, file: path, offset: 0,
        expected: "version 1")
    }
    let count = head[1...].reduce(0) { $0 << 8 | Int($1) }
    guard file.size == headerBytes + bytesPerHit * count else {
      let whole = max(0, file.size - headerBytes) / bytesPerHit
      throw CavernError(
        "uhtr.size",
        "the file has \(file.size) bytes, its header says \(count) hits; there is room for \(whole) whole hits",
        exit: .badData, file: path, offset: file.size, expected: "\(headerBytes + bytesPerHit * count) bytes",
        hint: "columns are stored whole, so nothing can be saved from a cut file; convert the text again")
    }
    var hits = HaloHits()
    var offset = headerBytes
    hits.event = try swapped(UInt32.self, count, file, &offset, path)
    hits.tdc = try column(UInt8.self, count, file, &offset, path)
    hits.secondTdc = try column(Int8.self, count, file, &offset, path)
    hits.bunchSlot = try swapped(UInt16.self, count, file, &offset, path)
    try readSamples(&hits, count, file, &offset, path, keepsSamples: keepsSamples)
    let addresses = try column(UInt16.self, count, file, &offset, path)
    hits.fibre = addresses.map { UInt8(truncatingIfNeeded: UInt16(bigEndian: $0) >> 8) }
    hits.channel = addresses.map { UInt8(truncatingIfNeeded: UInt16(bigEndian: $0)) }
    hits.orbit = try swapped(UInt64.self, count, file, &offset, path)
    hits.run = try swapped(UInt32.self, count, file, &offset, path)
    return hits
  }

  /// Hits whose samples are looked at in one go: they stay in the cache.
  private static let hitsAtOnce = 4096

  /// Reads the samples and finds their peaks, a few thousand hits at a time.
  private static func readSamples(
    _ hits: inout HaloHits, _ count: Int, _ file: OpenFile, _ offset: inout Int, _ path: String, keepsSamples: Bool
  ) throws(CavernError) {
    var fault: CavernError?
    let start = offset
    var places: [UInt8] = []
    var peaks: [UInt8] = []
    func read(into samples: UnsafeMutableRawPointer, step: Int) -> Bool {
      peaks = [UInt8](unsafeUninitializedCapacity: count) { peaks, peakCount in
        places = [UInt8](unsafeUninitializedCapacity: count) { places, placeCount in
          var first = 0
          while first < count {
            let number = min(hitsAtOnce, count - first)
            // Samples of hit `first` lie at `first` × `step` bytes: `step` is 20 with room for all hits, or 0 with room for
            // `hitsAtOnce` of them.
            let base = samples + first * step
            do throws(CavernError) {
              let got = try file.read(at: start + 20 * first, into: base, 20 * number)
              guard got == 20 * number else { break }
            } catch {
              fault = error
              break
            }
            findPeaks(base, number, peaks, places, first)
            first += number
          }
          placeCount = first
        }
        peakCount = places.count
      }
      return peaks.count == count
    }
    var isWhole = false
    if keepsSamples {
      hits.samples = [UInt8](unsafeUninitializedCapacity: 20 * count) { buffer, filled in
        filled = 0
        guard let base = buffer.baseAddress, count > 0 else { return }
        usesLargePages(base, 20 * count)
        isWhole = read(into: base, step: 20)
        if isWhole { filled = 20 * count }
      }
    } else if count > 0 {
      let room = UnsafeMutableRawPointer.allocate(byteCount: 20 * hitsAtOnce, alignment: 16)
      defer { room.deallocate() }
      isWhole = read(into: room, step: 0)
    }
    if let fault { throw fault }
    guard isWhole || count == 0 else {
      throw CavernError(
        "uhtr.size", "the file became shorter while it was read", exit: .badData, file: path, offset: start)
    }
    hits.peak = peaks
    hits.peakSample = places
    offset = start + 20 * count
  }

  /// The bytes of a file with these hits.
  ///
  /// - Throws: `uhtr.tooMany` above 2^32 − 1 hits.
  public static func bytes(_ hits: HaloHits) throws(CavernError) -> [UInt8] {
    guard let count = UInt32(exactly: hits.count) else {
      throw CavernError("uhtr.tooMany", "\(hits.count) hits do not fit into one file", exit: .badData)
    }
    var bytes: [UInt8] = [1]
    bytes.reserveCapacity(headerBytes + bytesPerHit * hits.count)
    append([count], to: &bytes)
    append(hits.event, to: &bytes)
    bytes.append(contentsOf: hits.tdc)
    bytes.append(contentsOf: hits.secondTdc.lazy.map(UInt8.init(bitPattern:)))
    append(hits.bunchSlot, to: &bytes)
    bytes.append(contentsOf: hits.samples)
    for hit in 0..<hits.count {
      bytes.append(hits.fibre[hit])
      bytes.append(hits.channel[hit])
    }
    append(hits.orbit, to: &bytes)
    append(hits.run, to: &bytes)
    return bytes
  }

  /// First and last event number of a file; nil when it is not whole or holds no hits.
  static func eventRange(_ path: String) -> (first: UInt32, last: UInt32)? {
    guard let file = try? OpenFile(path) else { return nil }
    defer { file.close() }
    var head = [UInt8](repeating: 0, count: headerBytes)
    guard (try? fill(&head, file, 0, path)) == headerBytes, head[0] == 1 else { return nil }
    let count = head[1...].reduce(0) { $0 << 8 | Int($1) }
    guard count > 0, file.size == headerBytes + bytesPerHit * count else { return nil }
    var first = [UInt8](repeating: 0, count: 4)
    var last = first
    guard (try? fill(&first, file, headerBytes, path)) == 4,
      (try? fill(&last, file, headerBytes + 4 * (count - 1), path)) == 4
    else { return nil }
    return (first.reduce(0) { $0 << 8 | UInt32($1) }, last.reduce(0) { $0 << 8 | UInt32($1) })
  }

  private static func append<Number: FixedWidthInteger>(_ values: [Number], to bytes: inout [UInt8]) {
    let swapped = values.map(\.bigEndian)
    swapped.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  private static func fill(
    _ bytes: inout [UInt8], _ file: OpenFile, _ offset: Int, _ path: String
  ) throws(CavernError) -> Int {
    var result: Result<Int, CavernError> = .success(0)
    let count = bytes.count
    bytes.withUnsafeMutableBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      // `count` is the length of the array.
      do throws(CavernError) { result = .success(try file.read(at: offset, into: base, count)) } catch {
        result = .failure(error)
      }
    }
    return try result.get()
  }

  /// Asks for memory in pages of 2 MiB, so that filling a long column for the first time costs few faults; where the system
  /// gives none, nothing changes.
  private static func usesLargePages(_ memory: UnsafeMutableRawPointer, _ bytes: Int) {
    let page = 1 << 21
    // Whole large pages inside `memory ..< memory + bytes` only.
    let start = memory.alignedUp(toMultipleOf: page)
    let length = (bytes - (start - memory)) / page * page
    if length > 0 { madvise(start, length, MADV_HUGEPAGE) }
  }

  private static func column<Number: BitwiseCopyable>(
    _: Number.Type, _ count: Int, _ file: OpenFile, _ offset: inout Int, _ path: String
  ) throws(CavernError) -> [Number] {
    let bytes = count * MemoryLayout<Number>.stride
    let start = offset
    var fault: CavernError?
    let values = [Number](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      guard let base = buffer.baseAddress, count > 0 else { return }
      usesLargePages(base, bytes)
      do throws(CavernError) {
        // The buffer holds `count` numbers, `bytes` bytes; only whole reads count as filled.
        let got = try file.read(at: start, into: UnsafeMutableRawPointer(base), bytes)
        if got == bytes { filled = count }
      } catch { fault = error }
    }
    if let fault { throw fault }
    guard values.count == count else {
      throw CavernError(
        "uhtr.size", "the file became shorter while it was read", exit: .badData, file: path, offset: start)
    }
    offset += bytes
    return values
  }

  /// A column of numbers in the order of bytes of this machine.
  private static func swapped<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type, _ count: Int, _ file: OpenFile, _ offset: inout Int, _ path: String
  ) throws(CavernError) -> [Number] {
    var values = try column(type, count, file, &offset, path)
    values.withUnsafeMutableBufferPointer { buffer in
      for index in buffer.indices { buffer[index] = Number(bigEndian: buffer[index]) }
    }
    return values
  }

  /// Largest samples and their places of `count` hits at `samples`, written to both outputs from `first` on.
  private static func findPeaks(
    _ samples: UnsafeRawPointer, _ count: Int, _ peaks: UnsafeMutableBufferPointer<UInt8>,
    _ places: UnsafeMutableBufferPointer<UInt8>, _ first: Int
  ) {
    // Hit `hit` has the 20 bytes from 20 × hit, of which there are 20 × count. The loads of 16 bytes begin at the first and at
    // the fifth of them. Both outputs have room for `first` + `count` bytes.
    let frontPlaces = SIMD16<UInt8>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    let backPlaces = frontPlaces &+ 4
    for hit in 0..<count {
      let place = samples + 20 * hit
      let front = place.loadUnaligned(as: SIMD16<UInt8>.self)
      let back = (place + 4).loadUnaligned(as: SIMD16<UInt8>.self)
      let peak = pointwiseMax(front, back).max()
      let all = SIMD16<UInt8>(repeating: peak)
      let inFront = frontPlaces.replacing(with: 255, where: front .!= all)
      let inBack = backPlaces.replacing(with: 255, where: back .!= all)
      peaks[first + hit] = peak
      places[first + hit] = pointwiseMin(inFront, inBack).min()
    }
  }
}
