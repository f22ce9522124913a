import Errors
import Foundation
import Instruments
import TestSupport
import Testing

/// Damaged, truncated and hostile waveforms.
@Suite("Waveform decoder against bad input")
struct WaveformFaultTests {
  /// A sequence of four segments of 50 samples as a file.
  static func file(_ change: (inout WaveformEncoder) -> Void = { _ in }) -> [UInt8] {
    var encoder = WaveformEncoder()
    encoder.triggers = (0..<4).map { WaveTrigger(time: Double($0) * 1e-3, offset: -2.5e-8 + Double($0) * 1e-11) }
    encoder.nominalSegments = 4
    change(&encoder)
    return WaveformEncoder.framed(encoder.block((0..<200).map { Int16(37 * $0 - 3000) }))
  }

  /// The file with bytes of the descriptor replaced.
  static func patched(_ offset: Int, _ bytes: [UInt8]) -> [UInt8] {
    var file = file()
    for (place, byte) in bytes.enumerated() { file[11 + offset + place] = byte }
    return file
  }

  static func long(_ value: Int32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

  static func code(_ bytes: [UInt8]) -> String? { caught { try Waveform(decoding: bytes) }?.code }

  @Test("each fault has its name, and earlier checks win")
  func names() {
    #expect(Self.code([]) == "no_descriptor")
    #expect(Self.code(Array("C1:VDIV 5.00E-02 V\n".utf8)) == "no_descriptor")
    #expect(Self.code([UInt8](repeating: 0, count: 70) + Self.file()) == "no_descriptor")
    #expect(Self.code(Array("#".utf8)) == "bad_block_header")
    #expect(Self.code(Array("#x000000100WAVEDESC".utf8)) == "bad_block_header")
    #expect(Self.code(Array("#900000".utf8)) == "bad_block_header")
    #expect(Self.code(Array("#9000000010WAVEDESX".utf8)) == "no_descriptor")
    #expect(Self.code(Array(Self.file().prefix(11 + 345))) == "truncated")
    #expect(Self.code(Array(Self.file().dropLast())) == "truncated")
    #expect(Self.code(Self.patched(16, Array("LECROY_2_2".utf8))) == "unsupported_template")
    #expect(Self.code(Self.patched(32, [2, 0])) == "bad_descriptor")
    #expect(Self.code(Self.patched(32, [0, 1])) == "bad_descriptor")
    #expect(Self.code(Self.patched(34, [0, 1])) == "bad_descriptor")
    #expect(Self.code(Self.patched(34, [2, 0])) == "bad_descriptor")
    #expect(Self.code(Self.patched(36, Self.long(345))) == "bad_descriptor")
    for offset in stride(from: 40, to: 76, by: 4) {
      #expect(Self.code(Self.patched(offset, Self.long(-1))) == "bad_descriptor", "\(offset)")
    }
    #expect(Self.code(Self.patched(60, Self.long(402))) == "bad_descriptor")
    #expect(Self.code(Self.patched(116, Self.long(1 << 30))) == "bad_descriptor")
    for segments: Int32 in [0, -4, 3, 201] {
      #expect(Self.code(Self.patched(144, Self.long(segments))) == "bad_descriptor")
    }
    #expect(Self.code(Self.patched(48, Self.long(48))) == "bad_descriptor")
    for offset in [156, 160, 176] {
      #expect(Self.code(Self.patched(offset, [0, 0, 0x80, 0x7F])) == "bad_descriptor", "infinite at \(offset)")
      #expect(Self.code(Self.patched(offset, [0, 0, 0xC0, 0x7F])) == "bad_descriptor", "NaN at \(offset)")
    }
    #expect(Self.code(Self.patched(176, [0, 0, 0, 0])) == "bad_descriptor")
    #expect(Self.code(Self.patched(40, Self.long(160))) == "length_mismatch")
    #expect(Self.code(Self.patched(64, Self.long(.max))) == "length_mismatch")
  }

  @Test("a length of two gigabytes is refused without being allocated")
  func hostileLengths() {
    // Samples and descriptor agree with each other and with the block header; only the bytes are not there.
    var encoder = WaveformEncoder()
    encoder.nominalSegments = 1
    var block = encoder.block([])
    for (place, value) in [(60, Int32.max - 1), (116, (Int32.max - 1) / 2)] {
      for (index, byte) in Self.long(value).enumerated() { block[place + index] = byte }
    }
    let total = 346 + Int(Int32.max - 1)
    let file = Array("#9".utf8) + Array(String(total).suffix(9).utf8) + block
    #expect(Self.code(file) == "length_mismatch")
    #expect(Self.code(Array("#0".utf8) + block) == "truncated")
  }

  @Test("remarks: a sequence cut short, filling, clipping, bytes after the block")
  func remarks() throws {
    func codes(_ bytes: [UInt8]) throws -> [String] { try Waveform(decoding: bytes).allWarnings().map(\.code) }
    #expect(try codes(Self.file()).isEmpty)
    #expect(try codes(Self.file { $0.nominalSegments = 10 }) == ["sequence_incomplete"])
    #expect(try codes(Self.patched(128, Self.long(198))) == ["padded"])
    #expect(try codes(Self.file() + [10]).isEmpty)
    #expect(try codes(Self.file() + [13, 10]).isEmpty)
    #expect(try codes(Self.file() + [10, 10]) == ["trailing_bytes"])
    var encoder = WaveformEncoder()
    let counts: [Int16] = [32767, -32767, -32768, 31745, 31746, -32001, -32002, 0]
    let wave = try Waveform(decoding: WaveformEncoder.framed(encoder.block(counts)))
    #expect(wave.extremes().clipped == 3)
    #expect(wave.extremes().offGrid == 5)
    #expect(wave.allWarnings().map(\.code) == ["clipped"])
    encoder.isWord = false
    let bytes = try Waveform(decoding: WaveformEncoder.framed(encoder.block([32767, -32768, -32512, 0])))
    #expect(bytes.counts() == [127, -128, -127, 0])
    #expect(bytes.extremes().clipped == 2)
  }

  @Test("headers of replies and blocks of other lengths are read alike")
  func headers() throws {
    let block = Array(Self.file().dropFirst(11))
    let wanted = try Waveform(decoding: Self.file()).volts()
    for header in [
      "C1:WF ALL,#9000000\(block.count)", "C1:WAVEFORM ALL,#4\(String(block.count + 10000).dropFirst())", "#0",
      "#3\(block.count)",
    ] {
      #expect(try Waveform(decoding: Array(header.utf8) + block).volts() == wanted, "\(header)")
    }
  }

  @Test("unknown numbers of enumerations are named, not refused")
  func enumerations() throws {
    let file = Self.patched(316, [77, 0])
    let waveform = try Waveform(decoding: file)
    #expect(waveform.descriptor.meaningsJSON["RECORD_TYPE"]?.stringValue == "unknown(77)")
    #expect(WaveEnumeration.meaning(of: 11, in: "TIMEBASE") == "5 ns/div")
    #expect(WaveEnumeration.meaning(of: 47, in: "TIMEBASE") == "5 ks/div")
    #expect(WaveEnumeration.meaning(of: 100, in: "TIMEBASE") == "external")
    #expect(WaveEnumeration.meaning(of: 54, in: "TIMEBASE") == "unknown(54)")
    #expect(WaveEnumeration.meaning(of: 16, in: "FIXED_VERT_GAIN") == "200 mV/div")
  }

  @Test("the descriptor of a file cut after it can be read")
  func descriptorAlone() throws {
    let found = try Waveform.descriptor(of: Array(Self.file().prefix(11 + 346)))
    #expect(found.descriptor.segmentCount == 4)
    #expect(found.fault?.code == "truncated")
  }

  @Test("sparsed waveforms place their samples where they were taken")
  func sparsing() throws {
    var file = Self.patched(132, Self.long(10))
    for (place, byte) in Self.long(4).enumerated() { file[11 + 136 + place] = byte }
    let waveform = try Waveform(decoding: file)
    let interval = waveform.descriptor.horizontalInterval
    #expect(waveform.time(segment: 1, index: 3) == waveform.triggers[1].offset + 22 * interval)
  }

  @Test("mutated and cut waveforms give samples or a named fault")
  func fuzz() throws {
    // Ten million with CAVERN_FUZZ=10000000; a short run otherwise.
    let wanted = ProcessInfo.processInfo.environment["CAVERN_FUZZ"].flatMap { Int($0) } ?? 20_000
    let seeds = try WaveformGoldenTests.names.map { try TestResources.bytes("bench/trc/\($0)") } + [Self.file()]
    let known: Set<String> = [
      "no_descriptor", "bad_block_header", "truncated", "unsupported_template", "bad_descriptor", "length_mismatch",
    ]
    var state: UInt64 = 0x5eed
    func random(_ limit: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state >> 33) % max(1, limit)
    }
    var outcomes: [String: Int] = [:]
    for number in 0..<wanted {
      var bytes = seeds[number % seeds.count]
      for _ in 0..<1 + random(4) {
        // Most changes go where they matter: header and descriptor.
        let place = random(8) == 0 ? random(bytes.count) : random(min(360, bytes.count))
        switch random(3) {
        case 0: bytes[place] = UInt8(random(256))
        case 1: bytes[place] ^= 1 << UInt8(random(8))
        default: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][random(5)]
        }
      }
      if random(4) == 0 { bytes.removeLast(random(bytes.count)) }
      do throws(CavernError) {
        let waveform = try Waveform(decoding: bytes)
        // Every accessor must stay inside the message whatever the numbers say.
        let total = waveform.counts().reduce(0) { $0 &+ Int($1) } &+ waveform.secondCounts().count
        outcomes["ok", default: 0] += waveform.volts(segment: 0).count == waveform.pointsPerSegment ? 1 : total
        _ = waveform.extremes()
      } catch {
        #expect(known.contains(error.code))
        outcomes[error.code, default: 0] += 1
      }
    }
    #expect(outcomes["ok"] ?? 0 > wanted / 100)
    if wanted > 100_000 { print("fuzz:", outcomes.sorted { $0.key < $1.key }) }
  }
}
