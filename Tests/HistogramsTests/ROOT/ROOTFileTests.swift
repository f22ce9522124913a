import Errors
import Foundation
import TestSupport
import Testing

@testable import Histograms

@Suite("ROOT files")
struct ROOTFileTests {
  @Test("what is written is read back, bin by bin, for every compression", arguments: ROOTCompression.allCases)
  func roundTrip(compression: ROOTCompression) throws {
    let objects = try ROOTFixture.objects()
    let contents = try ROOTFile.read(ROOTFile.bytes(of: objects, name: "a.root", compression: compression))
    #expect(contents.damage.isEmpty)
    #expect(!contents.isRecovered)
    #expect(contents.objects == objects)
  }

  @Test("equal objects give equal bytes, and compression makes large ones smaller")
  func bytes() throws {
    let objects = try ROOTFixture.objects(isLarge: true)
    let plain = try ROOTFile.bytes(of: objects, name: "a.root", compression: .none)
    for compression in ROOTCompression.allCases {
      let packed = try ROOTFile.bytes(of: objects, name: "a.root", compression: compression)
      #expect(try packed == ROOTFile.bytes(of: objects, name: "a.root", compression: compression))
      if compression != .none { #expect(packed.count < plain.count) }
      #expect(try ROOTFile.read(packed).objects == objects)
    }
  }

  @Test("an object of more than 16 MB is packed in several blocks and read back")
  func largeObject() throws {
    var histogram = try Histogram([try #require(.regular(1_200_000, 0, 1))])
    for bin in stride(from: 0, to: 1_200_000, by: 97) { histogram.set(Double(bin), variance: 1, at: [bin]) }
    for compression in [ROOTCompression.zstd, .lz4] {
      let bytes = try ROOTFile.bytes(of: [ROOTObject("big", histogram)], name: "a.root", compression: compression)
      #expect(bytes.count < 8_000_000)
      #expect(try ROOTFile.read(bytes)["big"]?.histogram == histogram)
    }
  }

  @Test("a file cut anywhere gives what is whole and the bytes that are not, and is never silently empty")
  func cut() throws {
    let objects = try ROOTFixture.objects()
    let bytes = try ROOTFile.bytes(of: objects, name: "a.root", compression: .zlib)
    for length in stride(from: 4, to: bytes.count, by: 61) {
      do {
        let contents = try ROOTFile.read(Array(bytes.prefix(length)))
        for object in contents.objects { #expect(objects.contains(object)) }
        #expect(!contents.damage.isEmpty, "cut at \(length)")
        #expect(contents.isRecovered)
        #expect(contents.warnings.allSatisfy { $0.message.hasPrefix("bytes ") })
      } catch {
        // Only so short that no record begins.
        #expect(error.code == "root.nothing")
        #expect(length < 64)
      }
    }
    // Behind the last object all of them are there.
    let streamers = try #require(Array(bytes).firstRange(of: Array("StreamerInfo".utf8)))
    let contents = try ROOTFile.read(Array(bytes.prefix(streamers.lowerBound)))
    #expect(contents.objects == objects)
  }

  @Test("a file that was never closed is recovered record by record")
  func neverClosed() throws {
    let objects = try ROOTFixture.objects()
    var bytes = try ROOTFile.bytes(of: objects, name: "a.root", compression: .lz4)
    let streamers = try #require(bytes.firstRange(of: Array("StreamerInfo".utf8)))
    // As it stands on disk before the lists of keys and streamers are written: no end, no seeks, zeros behind.
    bytes.removeSubrange((streamers.lowerBound - 32)...)
    for place in 8..<28 { bytes[place] = 0 }
    bytes += [UInt8](repeating: 0, count: 512)
    let contents = try ROOTFile.read(bytes)
    #expect(contents.isRecovered)
    #expect(contents.objects == objects)
  }

  @Test("classes without ROOT's T, such as ROOT::RNTuple, stand among the others and are no damage")
  func otherClasses() throws {
    let objects = try ROOTFixture.objects()
    var bytes = try ROOTFile.bytes(of: objects, name: "a.root", compression: .none)
    // The first object's class in the head of its record and in the list of keys, each with the name behind it.
    let old = Array("\u{4}\(objects[0].className)\u{4}\(objects[0].name)".utf8)
    let new = Array("\u{4}R::B\u{4}\(objects[0].name)".utf8)
    for place in bytes.indices.reversed() where bytes[place...].starts(with: old) {
      bytes.replaceSubrange(place..<place + old.count, with: new)
    }
    let contents = try ROOTFile.read(bytes)
    #expect(contents.damage.isEmpty && !contents.isRecovered)
    #expect(contents.others == [ROOTContents.Other(name: objects[0].name, className: "R::B")])
    #expect(contents.objects == Array(objects.dropFirst()))
  }

  @Test("a destroyed object is reported with its bytes, the others are read")
  func destroyed() throws {
    let objects = try ROOTFixture.objects()
    for compression in ROOTCompression.allCases {
      var bytes = try ROOTFile.bytes(of: objects, name: "a.root", compression: compression)
      let place = try #require(bytes.firstRange(of: Array("twoD".utf8)))
      for index in place.upperBound + 2..<place.upperBound + 60 { bytes[index] = 0xEE }
      let contents = try ROOTFile.read(bytes)
      #expect(contents.objects.count == objects.count - 1)
      let damage = try #require(contents.damage.first)
      #expect(damage.name == "twoD")
      #expect(damage.bytes.contains(place.upperBound + 10))
    }
  }

  @Test("any changed byte ends in a result or an error, never in a crash or a made-up length")
  func fuzz() throws {
    let bytes = try ROOTFile.bytes(of: try ROOTFixture.objects(), name: "a.root", compression: .none)
    var place = 17
    for number in 0..<1500 {
      var changed = bytes
      place = (place &* 7919 &+ 104_729) % bytes.count
      changed[place] ^= UInt8(1 << (number % 8))
      if number % 5 == 0 { changed[(place + 1) % bytes.count] = 0xFF }
      _ = try? ROOTFile.read(changed)
    }
  }

  @Test("what is no ROOT file is refused with a reason")
  func refused() throws {
    #expect(caught { try ROOTFile.read([]) }?.code == "root.empty")
    #expect(caught { try ROOTFile.read(Array("PAR1....".utf8)) }?.code == "root.notROOT")
    #expect(caught { try ROOTFile.read(Array("root".utf8)) }?.code == "root.nothing")
    #expect(caught { try ROOTFile.read(path: "/nonexistent.root") }?.exit == .noInput)
    #expect(caught { try ROOTFile.read(path: "/tmp") }?.code == "file.isDirectory")
    let cube = try Histogram((0..<3).map { _ in try #require(HistogramAxis.regular(2, 0, 1)) })
    #expect(caught { try ROOTFile.bytes(of: [ROOTObject("c", cube)], name: "a") }?.code == "root.dimensions")
    let line = try Histogram([try #require(.regular(2, 0, 1))])
    #expect(
      caught { try ROOTFile.bytes(of: [ROOTObject("a", line), ROOTObject("a", line)], name: "a") }?.code
        == "root.badName")
  }

  @Test("the checksum of LZ4 blocks is XXH64, as its specification's examples say")
  func checksum() {
    #expect(XXHash64.hash([]) == 0xEF46_DB37_51D8_E999)
    #expect(XXHash64.hash(Array("a".utf8)[...]) == 0xD24E_C4F1_A98C_6E5B)
    #expect(XXHash64.hash(Array("abc".utf8)[...]) == 0x44BC_2CF5_AD77_0999)
  }

  @Test("means and errors of a profile follow from its sums")
  func profile() throws {
    var profile = ProfileHistogram(try #require(.regular(2, 0, 2)))
    for y in [1.0, 2, 3, 4] { profile.fill(0.5, y) }
    profile.fill(.nan, 1)
    #expect(profile.entries == 4)
    #expect(profile.mean(1) == 2.5)
    #expect(abs(profile.standardError(1) - (1.25 / 4).squareRoot()) < 1e-12)
    #expect(profile.mean(2).isNaN)
    #expect(profile.mean(9).isNaN)
  }
}
