import Errors
import Foundation
import JSON
import TestSupport
import Testing

@testable import BeamInstrumentation

/// The quadrupole current with known answers: amplitudes, frequencies and phases of its lines.
@Suite("Quadrupole currents agree with the golden case")
struct RippleGoldenTests {
  static let name = "beam/dcct/SPSMAINPS.QF_DCCT_10kHz_1730121600"

  static func analysis(_ change: (inout RippleOptions) -> Void = { _ in }) throws -> RippleAnalysis {
    var options = RippleOptions()
    options.from = 0.5
    options.to = 4.5
    options.detrend = .mean
    change(&options)
    return try RippleAnalysis(
      try QuadrupoleCurrentRecord(path: TestResources.path(name + ".parquet")), options: options)
  }

  static func expected(_ key: String) throws -> JSONValue {
    try #require(try TestResources.json(name + ".expected.json")["expected"]?[key])
  }

  @Test("the lines above the noise have the golden amplitudes to 1e-6 and their frequency to the bin")
  func lines() throws {
    let analysis = try Self.analysis()
    for (family, key, count) in [(50.0, "peaks50Hz", 5), (68.0, "peaks68Hz", 2)] {
      let wanted = try #require(try Self.expected(key).arrayValue).prefix(count)
      let found = analysis.spectrum.lines.filter { $0.family == family }
      #expect(found.count == count)
      for line in wanted {
        let frequency = try #require(line["frequency_Hz"]?.doubleValue)
        let match = try #require(found.first { $0.frequency == frequency })
        let amplitude = try #require(line["amplitudeTrue_A"]?.doubleValue)
        #expect(abs(match.amplitude / amplitude - 1) < 1e-6)
        #expect(abs(match.phase - (try #require(line["phase_rad"]?.doubleValue))) < 1e-6)
      }
    }
  }

  @Test("the lines agree with the truth to 1 % in amplitude and 0.05 rad in phase")
  func truth() throws {
    let analysis = try Self.analysis { $0.detrend = .linear }
    let truth = try TestResources.json(Self.name + ".expected.json")["truth"]?["lines"]?.arrayValue ?? []
    #expect(truth.count == analysis.spectrum.lines.count)
    for line in truth {
      let frequency = try #require(line["freq_Hz"]?.doubleValue)
      let found = try #require(analysis.spectrum.lines.first { abs($0.frequency - frequency) < 1e-9 })
      #expect(abs(found.amplitude / (line["amplitude_A"]?.doubleValue ?? 0) - 1) < 0.015)
      let phase = (line["phase_rad"]?.doubleValue ?? 0) - .pi / 2 + 2 * .pi * frequency * 0.5
      #expect(abs(remainder(found.phase - phase, 2 * .pi)) < 0.05)
    }
  }

  @Test("the earlier program's amplitudes and its six highest are there for comparison")
  func legacy() throws {
    let analysis = try Self.analysis { $0.detrend = .linear }
    for (family, key) in [(50.0, "peaks50Hz"), (68.0, "peaks68Hz")] {
      let peaks = try analysis.legacyPeaks(family: family)
      for (peak, wanted) in zip(peaks, try #require(try Self.expected(key).arrayValue)) {
        #expect(peak.frequency == wanted["frequency_Hz"]?.doubleValue)
        #expect(abs(peak.amplitude / (wanted["amplitudeReference"]?.doubleValue ?? 0) - 1) < 1e-6)
      }
      #expect(peaks.count == 6)
    }
    let json = try analysis.legacyJSON()
    #expect(json["current"]?["significant_peaks"]?["50Hz"]?["frequencies"]?[0]?.doubleValue == 50)
    #expect(json["knob"]?["quad_class"]?.stringValue == "QF")
  }

  @Test("record, window, mean, title and strength are those of the golden case")
  func facts() throws {
    let analysis = try Self.analysis()
    #expect(analysis.record.samples.count == (try Self.expected("samples").intValue))
    #expect(analysis.spectrum.sampleCount == (try Self.expected("windowSamples").intValue))
    #expect(analysis.record.family?.rawValue == (try Self.expected("quadClass").stringValue))
    #expect(analysis.record.title == (try Self.expected("title").stringValue))
    #expect(abs(analysis.spectrum.mean - (try #require(try Self.expected("mean_A").doubleValue))) < 1e-7)
    #expect(analysis.record.time?.text == "2024-10-28T13:20:00.000000Z")
    let knob = try #require(analysis.knob)
    let factor = try #require(try Self.expected("knobPerAmpere").doubleValue)
    #expect(abs(knob.strengthPerAmpere / factor - 1) < 1e-9)
    let mean = try #require(try Self.expected("knobMean").doubleValue)
    #expect(abs(knob.strengthPerAmpere * analysis.spectrum.mean / mean - 1) < 1e-8)
  }
}
