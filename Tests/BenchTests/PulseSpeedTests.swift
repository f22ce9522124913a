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
      let start = ContinuousClock.now
      for (channel, file) in made.files.enumerated() {
        let waveform = try Waveform(decoding: file)
        let pulses = try PulseAnalysis.measure(waveform, channel: channel + 1, sweep: 0, options: PulseOptions())
        #expect(pulses.count == 4000)
      }
      let time = start.duration(to: .now).components
      best = max(best, 8000 / (Double(time.seconds) + Double(time.attoseconds) * 1e-18))
    }
    print("analysis: \(Int(best)) segments a second")
    #expect(best > 50_000)
  }
}
