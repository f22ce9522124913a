import Bench
import Errors
import Foundation
import Instruments
import TestSupport
import Testing

/// Pulses and time resolution against what the simulator knows.
@Suite("Pulse analysis")
struct PulseAnalysisTests {
  /// Simulated sweeps on disk, and the truth by sweep, segment and channel.
  static func write(
    _ folder: URL, sweeps: Int, segments: Int, _ change: (inout OscilloscopeSimulator.Options) -> Void = { _ in }
  ) throws -> [[[SimulatedTruth]]] {
    var options = OscilloscopeSimulator.Options()
    options.channels = 2
    change(&options)
    var truth: [[[SimulatedTruth]]] = []
    for sweep in 0..<sweeps {
      let made = OscilloscopeSimulator.sweep(options, number: sweep, segments: segments)
      for (channel, file) in made.files.enumerated() {
        let name = "C\(channel + 1)-0000000\(sweep).trc"
        try Data(file).write(to: folder.appending(path: name))
      }
      truth.append(made.truth)
    }
    return truth
  }

  private static func deviation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }

  @Test("amplitudes, arrivals and their spread are those that were simulated")
  func truth() throws {
    try withTemporaryFolder { folder in
      let truth = try Self.write(folder, sweeps: 4, segments: 500)
      let analysis = try RunAnalysis(try RunAnalysis.Input.files(of: folder.path), options: PulseOptions(), threads: 2)
      #expect(analysis.pulses.count == 4000)
      #expect(analysis.channels == [1, 2])
      let pulses = analysis.pulses
      var noise: [PulseOptions.Method: Double] = [:]
      for channel in 1...2 {
        let rows = (0..<pulses.count).filter { Int(pulses.channel[$0]) == channel && pulses.flags[$0].isGood }
        #expect(rows.count > 1800)
        let facts = rows.map { truth[pulses.sweep[$0]][pulses.segment[$0]][channel - 1] }
        // The peak of the shape is a little below its amplitude, by the same factor for all pulses.
        let ratios = zip(rows, facts).map { pulses.amplitude[$0] / $1.amplitude }
        #expect(Self.deviation(ratios) < 0.03)
        for method in PulseOptions.Method.allCases where method != .leadingEdge {
          let errors = zip(rows, facts).map { pulses.arrivals(method)[$0] - $1.arrival }.filter(\.isFinite)
          #expect(errors.count > 1700)
          // Noise of 1.5 mV on slopes of 160 mV/ns (C1) and, at the small amplitudes of C2, of 45 mV/ns.
          let error = Self.deviation(errors)
          #expect(error < (channel == 1 ? 16e-12 : 45e-12), "C\(channel) \(method.rawValue) \(error)")
          noise[method, default: 0] += error * error
        }
      }
      let joined = truth.joined().map { $0[1].arrival - $0[0].arrival }
      let simulated = Self.deviation(joined)
      for pair in analysis.pairs where pair.method != .leadingEdge {
        let sigma = try #require(pair.raw.single?.sigma)
        // What was simulated and the noise of the measurement, in quadrature.
        #expect(sigma.value > simulated * 0.95)
        let most = (simulated * simulated + (noise[pair.method] ?? 0)).squareRoot()
        #expect(sigma.value < most * 1.05, "\(pair.method.rawValue)")
        #expect(sigma.error > 0.2e-12 && sigma.error < 2e-12)
        #expect(abs(sigma.value / pair.raw.standardDeviation - 1) < 0.15)
      }
    }
  }

  @Test("the error of the resolution is its spread over repetitions")
  func resolutionError() throws {
    var random = SystemlessRandom(state: 7)
    var sigmas: [Double] = []
    var errors: [Double] = []
    for _ in 0..<60 {
      let values = (0..<600).map { _ in 25e-12 * random.normal() + 1.4e-9 }
      let fit = try #require(try TimeDistribution(values)?.single)
      sigmas.append(fit.sigma.value)
      errors.append(fit.sigma.error)
    }
    let mean = sigmas.reduce(0, +) / 60
    #expect(abs(mean - 25e-12) < 0.4e-12)
    let stated = errors.reduce(0, +) / 60
    #expect(Self.deviation(sigmas) / stated > 0.75)
    #expect(Self.deviation(sigmas) / stated < 1.35)
  }

  @Test("two Gaussians find core, tail and the width of their sum")
  func doubleGaussian() throws {
    var random = SystemlessRandom(state: 11)
    let values = (0..<20_000).map { _ in (random.uniform() < 0.8 ? 20e-12 : 50e-12) * random.normal() }
    let fit = try #require(try TimeDistribution(values)?.double)
    #expect(fit.state.isUsable)
    let parts = try #require(fit.components)
    #expect(abs(parts.core.value - 20e-12) < 5 * parts.core.error)
    #expect(abs(parts.tail.value - 50e-12) < 5 * parts.tail.error)
    let whole = (0.8 * 20 * 20 + 0.2 * 50 * 50).squareRoot() * 1e-12
    #expect(abs(fit.sigma.value - whole) < max(5 * fit.sigma.error, 0.6e-12))
  }

  @Test("a walk with the amplitude is found and taken off")
  func walk() throws {
    try withTemporaryFolder { folder in
      _ = try Self.write(folder, sweeps: 4, segments: 500) { $0.pulses[1].walk = 60e-12 }
      let analysis = try RunAnalysis(try RunAnalysis.Input.files(of: folder.path), options: PulseOptions())
      let pair = try #require(analysis.pairs.first { $0.method == .constantFraction })
      let before = try #require(pair.raw.single?.sigma.value)
      let after = try #require(pair.corrected?.single?.sigma.value)
      #expect(after < 0.8 * before)
      let walk = try #require(pair.walk)
      // Simulated is 60 ps at the mean amplitude of 160 mV and its inverse; the peak is a few per cent lower.
      let change = walk.shift(at: 0.1) - walk.shift(at: 0.2)
      #expect(abs(change - 60e-12 * 0.16 * (1 / 0.1 - 1 / 0.2)) < 15e-12)
    }
  }

  @Test("the number of threads changes no bit of the result")
  func threads() throws {
    try withTemporaryFolder { folder in
      _ = try Self.write(folder, sweeps: 3, segments: 50)
      let inputs = try RunAnalysis.Input.files(of: folder.path)
      let one = try RunAnalysis(inputs, options: PulseOptions(), threads: 1)
      let four = try RunAnalysis(inputs, options: PulseOptions(), threads: 4)
      #expect(one.json.text() == four.json.text())
      #expect(try one.pulses.table().parquetBytes() == four.pulses.table().parquetBytes())
    }
  }

  @Test("empty, clipped and late segments are flagged and their times not used")
  func flags() throws {
    var encoder = WaveformEncoder()
    encoder.triggers = (0..<4).map { WaveTrigger(time: Double($0), offset: -2.5e-8) }
    encoder.nominalSegments = 4
    func pulse(_ at: Double, _ height: Double) -> [Double] {
      (0..<500).map { i in height / (1 + exp(-(Double(i) - at) / 2.5)) * exp(-max(0, Double(i) - at) / 30) }
    }
    var counts: [Int16] = []
    for (number, shape) in [pulse(250, -8000), pulse(250, 0), pulse(250, -60000), pulse(497, -8000)].enumerated() {
      counts += shape.enumerated().map { i, value in
        Int16(max(-32768, min(32767, value + Double((i * 7919 + number) % 21) - 10)))
      }
    }
    let waveform = try Waveform(decoding: WaveformEncoder.framed(encoder.block(counts)))
    let columns = try PulseAnalysis.measure(waveform, channel: 1, sweep: 0, options: PulseOptions())
    #expect(columns.flags[0].isGood)
    #expect(columns.flags[1].contains(.noPulse))
    #expect(columns.flags[2].contains(.clipped))
    #expect(columns.flags[3].contains(.edge))
    #expect(columns.constantFraction[1].isNaN)
    #expect(columns.rise[0] > 0.5e-9 && columns.rise[0] < 2e-9)
    let short = try Waveform(decoding: WaveformEncoder.framed(WaveformEncoder().block([1, 2, 3])))
    #expect(
      caught { try PulseAnalysis.measure(short, channel: 1, sweep: 0, options: PulseOptions()) }?.code
        == "scope.tooShort")
  }
}

/// Random numbers that are the same on every run.
struct SystemlessRandom {
  var state: UInt64

  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    var z = state
    z = (z ^ (z >> 33)) &* 0xff51_afd7_ed55_8ccd
    return Double((z ^ (z >> 29)) >> 11) * 0x1p-53
  }

  mutating func normal() -> Double { (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform()) }
}
