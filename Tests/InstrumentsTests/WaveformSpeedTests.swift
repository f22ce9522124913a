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
    var best = Duration.seconds(1)
    var fresh = Duration.seconds(1)
    for _ in 0..<7 {
      let start = ContinuousClock.now
      try Waveform(decoding: message).volts(into: &volts)
      best = min(best, start.duration(to: .now))
      let again = ContinuousClock.now
      let other = try Waveform(decoding: message).volts()
      fresh = min(fresh, again.duration(to: .now))
      #expect(other.last == volts.last)
    }
    print("decode, 16 bits \(isWord), low byte first \(isLittleEndian): \(best) into an array, \(fresh) into a new one")
    #expect(best < .milliseconds(50))
  }
}
