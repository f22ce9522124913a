import Testing

@testable import VeloCalibration

/// Reading of single frames.
@Suite("Frames are read whole or not at all")
struct FrameTests {
  private func text(_ counts: [UInt32], end: String = "\n", separator: String = ",") -> [UInt8] {
    var lines: [String] = []
    for row in 0..<256 {
      lines.append(counts[row * 256..<(row + 1) * 256].map(String.init).joined(separator: separator))
    }
    return Array((lines.joined(separator: end) + end).utf8)
  }

  private func parse(_ bytes: [UInt8], skipsFirstRow: Bool = false) -> (Frame, Frame.Fault?) {
    let frame = Frame()
    let fault = bytes.withUnsafeBytes { frame.parse($0, skipsFirstRow: skipsFirstRow) }
    return (frame, fault)
  }

  /// Counts of all lengths, mostly single digits.
  private var mixed: [UInt32] {
    (0..<65_536).map { pixel in
      let x = UInt32(truncatingIfNeeded: pixel &* 2_654_435_761) >> 12
      switch x % 97 {
      case 0: return 10 + x % 90
      case 1: return 1000 + x % 60_000
      case 2: return 70_000 + x
      case 3: return 2_147_483_647
      default: return x % 10
      }
    }
  }

  @Test("counts of any length, line ends and blanks", arguments: ["\n", "\r\n"], [",", " , "])
  func counts(end: String, separator: String) {
    let expected = mixed
    let (frame, fault) = parse(text(expected, end: end, separator: separator))
    #expect(fault == nil)
    #expect((0..<65_536).allSatisfy { frame.count($0) == UInt64(expected[$0]) })
    let total = (0..<PixelMatrix.count).reduce(frame.largeTotal) { $0 + UInt64(frame.counts[$1]) }
    #expect(total == expected.reduce(UInt64(0)) { $0 + UInt64($1) })
  }

  @Test("a missing final newline is no fault, a first row can be skipped")
  func ends() {
    let digits = (0..<65_536).map { UInt32($0 % 10) }
    #expect(parse(Array(text(digits).dropLast())).1 == nil)
    #expect(parse(Array("a,b\n".utf8) + text(digits), skipsFirstRow: true).1 == nil)
  }

  @Test("damage is found with its line and field")
  func damage() {
    let digits = [UInt32](repeating: 3, count: 65_536)
    func damaged(_ change: (inout [UInt8]) -> Void) -> Frame.Fault? {
      var bytes = text(digits)
      change(&bytes)
      return parse(bytes).1
    }
    #expect(damaged { $0 = [] } == Frame.Fault(reason: "the file is empty", line: 1, field: 0))
    #expect(
      damaged { $0[512 * 4 + 6] = UInt8(ascii: "x") } == Frame.Fault(reason: "not a whole number", line: 5, field: 4))
    #expect(damaged { $0[512 * 9] = UInt8(ascii: "-") }?.reason == "a negative count")
    #expect(damaged { $0[512 * 9] = UInt8(ascii: ",") }?.reason == "not a whole number")
    #expect(damaged { $0.removeLast(512) } == Frame.Fault(reason: "255 lines instead of 256", line: 256, field: 0))
    #expect(damaged { $0 += Array("1\n".utf8) } == Frame.Fault(reason: "more than 256 lines", line: 257, field: 0))
    #expect(
      damaged { $0.removeSubrange(0..<2) } == Frame.Fault(reason: "255 fields instead of 256", line: 1, field: 255))
    #expect(damaged { $0.insert(contentsOf: Array("1,".utf8), at: 0) }?.reason == "more than 256 fields")
    #expect(damaged { $0.replaceSubrange(0..<1, with: Array("2147483648".utf8)) }?.reason == "a count above 2147483647")
    #expect(damaged { $0.replaceSubrange(2..<3, with: Array("1.5".utf8)) }?.field == 2)
  }
}
