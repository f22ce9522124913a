import Bench
import Foundation
import Instruments
import Testing

/// Speed of the analysis; measured with CAVERN_SPEED=1, because a busy machine would make it fail for nothing.
@Suite("Pulse analysis speed", .enabled(if: ProcessInfo.processInfo.environment["CAVERN_SPEED"] == "1"))
struct PulseSpeedTests {
  @Test("50,000 segments a second on one core, fits of the leading edges included")
  func segments() throws {
    var options = OscilloscopeSimulator.Options()
    options.channels = 2
    let made = OscilloscopeSimulator.sweep(options, number: 0, segments: 4000)
    var best = 0.0
    for _ in 0..<5 {
      let start = Self.seconds()
      for (channel, file) in made.files.enumerated() {
        let waveform = try Waveform(decoding: file)
        let pulses = try PulseAnalysis.measure(waveform, channel: channel + 1, sweep: 0, options: PulseOptions())
        #expect(pulses.count == 4000)
      }
      best = max(best, 8000 / (Self.seconds() - start))
    }
    print("analysis: \(Int(best)) segments a second")
    #expect(best > 50_000)
  }

  /// Processor time of this thread, which other programs on the machine do not lengthen.
  private static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
