import Foundation
import Instruments
import Testing

/// Speed of the decoder; measured with CAVERN_SPEED=1, because a busy machine would make it fail for nothing.
@Suite("Waveform decoder speed", .enabled(if: ProcessInfo.processInfo.environment["CAVERN_SPEED"] == "1"))
struct WaveformSpeedTests {
  @Test("ten million samples become volts in less than 50 ms", arguments: [(true, true), (true, false), (false, true)])
  func decode(isWord: Bool, isLittleEndian: Bool) throws {
    var encoder = WaveformEncoder()
    (encoder.isWord, encoder.isLittleEndian) = (isWord, isLittleEndian)
    let message = encoder.message((0..<10_000_000).map { Int16(truncatingIfNeeded: $0 &* 7919) })
    var volts: [Double] = []
    var (best, fresh) = (1.0, 1.0)
    for _ in 0..<7 {
      let start = Self.seconds()
      try Waveform(decoding: message).volts(into: &volts)
      best = min(best, Self.seconds() - start)
      let again = Self.seconds()
      let other = try Waveform(decoding: message).volts()
      fresh = min(fresh, Self.seconds() - again)
      #expect(other.last == volts.last)
    }
    print(
      "decode, 16 bits \(isWord), low byte first \(isLittleEndian): \(best) s into an array, \(fresh) s into a new one")
    #expect(best < 0.05)
  }

  /// Processor time of this thread, which other programs on the machine do not lengthen.
  private static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
