import Errors
import Fitting
import Foundation
import JSON
import TestSupport
import Testing

@testable import BeamInstrumentation

@Suite("Bunch lengths from tomoscope files")
struct TomoscopeTests {
  static func record(
    _ simulation: TomoscopeSimulation, _ options: TomoscopeReadOptions = TomoscopeReadOptions()
  ) throws -> TomoscopeRecord {
    try TomoscopeRecord(bytes: Array(simulation.text.utf8), path: "simulated.dat", options: options)
  }

  static func analysis(_ change: (inout TomoscopeSimulation) -> Void) throws -> BunchLengthAnalysis {
    var simulation = TomoscopeSimulation()
    change(&simulation)
    return try BunchLengthAnalysis(try record(simulation))
  }

  @Test("D29: equal bunches keep their own windows, so that sigma does not jump", arguments: [UInt64](1...10))
  func equalBunches(seed: UInt64) throws {
    let analysis = try Self.analysis { $0.seed = seed }
    for frame in analysis.frames {
      let fit = try #require(frame.earliest)
      #expect(abs(fit.sigma.value / (34 - 8 * Double(frame.number) / 39) - 1) < 0.01)
      #expect(abs(fit.position.value - 180) < 1)
    }
  }

  @Test("D30: a frame without a bunch is skipped with a state, and the others are there")
  func failedFrame() throws {
    var simulation = TomoscopeSimulation()
    var values = simulation.values
    simulation.header.frameCount = 40
    for bin in 600 * 7..<600 * 8 { values[bin] = 20 }
    let record = TomoscopeRecord(path: "x", header: simulation.header, raw: values, frames: 40)
    let analysis = try BunchLengthAnalysis(record)
    #expect(analysis.frames[7].bunches.isEmpty)
    #expect(analysis.frames[7].state == "noBunch")
    #expect(analysis.json["frames"]?[7]?["sigma_ns"] == JSONValue.null)
    #expect(analysis.frames.count { $0.state == "converged" } == 39)
    #expect(analysis.rollingMean[7] == nil)
  }

  @Test("D31: the splitting is found from the numbers of bunches, and flagged while it is not resolved")
  func splitting() throws {
    let analysis = try Self.analysis {
      $0.header.frameCount = 60
      $0.bunches = [.init(centre: 180, sigma: (30, 30)), .init(centre: 420, sigma: (30, 30))]
      $0.split = .init(frames: 15...45, distance: 125)
    }
    let splitting = try #require(analysis.splitting)
    #expect(splitting.bunches.before == 2)
    #expect((16...30).contains(splitting.startFrame))
    #expect((25...45).contains(splitting.resolvedFrame))
    for frame in analysis.frames where frame.number < 15 { #expect(!frame.flags.contains("split")) }
    for frame in analysis.frames where frame.number > 45 { #expect(!frame.flags.contains("split")) }
    for number in splitting.startFrame..<splitting.resolvedFrame {
      #expect(analysis.frames[number].flags.contains("split"), "frame \(number)")
    }
    // Halves of neighbours end 115 bins apart, less than a third of the bucket (117.9 bins), but well resolved.
    #expect(splitting.bunches.after == 4)
    for frame in analysis.frames where frame.number > 45 { #expect(frame.bunchCount == 4, "frame \(frame.number)") }
  }

  @Test("halves that are resolved but still overlap have the sizes of the halves, not those of their flanks")
  func overlappingHalves() throws {
    var simulation = TomoscopeSimulation()
    simulation.header.frameCount = 30
    simulation.bunches = [.init(centre: 300, sigma: (30, 30))]
    simulation.split = .init(frames: 5...25, distance: 120)
    let analysis = try BunchLengthAnalysis(try Self.record(simulation))
    let resolved = analysis.frames.filter { $0.bunchCount == 2 && !$0.flags.contains("split") }
    #expect(resolved.count >= 8)
    let narrowest = resolved.map { simulation.distance(frame: $0.number) }.min() ?? .infinity
    #expect(narrowest < 110)
    for frame in resolved {
      let half = simulation.distance(frame: frame.number) / 2
      for (bunch, side) in zip(frame.bunches, [-1.0, 1.0]) {
        #expect(abs(bunch.sigma.value / 30 - 1) < 0.02, "frame \(frame.number): \(bunch.sigma)")
        #expect(abs(bunch.position.value - (300 + side * half)) < 1, "frame \(frame.number): \(bunch.position)")
      }
    }
  }

  @Test("D31: the error of sigma is a standard error: pulls have width one")
  func pulls() throws {
    var pulls: [Double] = []
    for seed in UInt64(1)...8 {
      let analysis = try Self.analysis { $0.seed = seed }
      for frame in analysis.frames {
        for fit in frame.bunches {
          pulls.append((fit.sigma.value - (34 - 8 * Double(frame.number) / 39)) / fit.sigma.error)
        }
      }
    }
    let mean = pulls.reduce(0, +) / Double(pulls.count)
    let width = (pulls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pulls.count)).squareRoot()
    #expect(pulls.count == 640)
    #expect(abs(mean) < 0.16)
    #expect(abs(width - 1) < 0.1)
  }

  @Test(
    "a field that falls to nothing within the frames leaves sizes without times, with a warning",
    arguments: [-1.5, -1e3])
  func fallingField(rate: Double) throws {
    let analysis = try Self.analysis { $0.header.field = (0.06809, rate) }
    #expect(analysis.warnings.contains { $0.code == "tomoscope.badField" })
    #expect(analysis.frames.allSatisfy { $0.cycleTime == nil && $0.beta == nil && $0.bunchCount == 2 })
    #expect(!analysis.waterfall.panels.isEmpty)
  }

  @Test("a parabolic bunch is no splitting bunch")
  func parabola() throws {
    var simulation = TomoscopeSimulation()
    var values = simulation.values
    var random = RandomSource(seed: 3)
    for frame in 0..<40 {
      for bin in 0..<600 {
        let u = (Double(bin) - 300) / 90
        values[frame * 600 + bin] = 20 + 1500 * max(0, 1 - u * u) + 6 * random.normal()
      }
    }
    simulation.header.title = "parabola"
    let record = TomoscopeRecord(path: "x", header: simulation.header, raw: values, frames: 40)
    let frames = try BunchLengthAnalysis(record).frames
    #expect(frames.allSatisfy { $0.bunchCount == 1 })
    #expect(frames.count { $0.flags.contains("split") } == 0)
  }

  @Test("results do not depend on the number of threads")
  func threads() throws {
    let record = try Self.record(TomoscopeSimulation())
    var options = BunchLengthOptions()
    let one = try BunchLengthAnalysis(record, options: options).json.text()
    options.threads = 3
    #expect(try BunchLengthAnalysis(record, options: options).json.text() == one)
  }

  @Test("the header is read back as it was written, in all forms of numbers")
  func headerRoundTrip() throws {
    let simulation = TomoscopeSimulation()
    #expect(try Self.record(simulation).header == simulation.header)
    var lines = simulation.header.lines
    lines[22] = "1.0D-9"
    lines[75] = "  .06809  "
    lines[61] = "3E4 ! volt"
    let text = (lines + simulation.values.map { "\($0)" }).joined(separator: "\r\n")
    let record = try TomoscopeRecord(bytes: Array(text.utf8), path: "x")
    #expect(record.header.binWidth == 1e-9)
    #expect(record.header.field?.value == 0.06809)
    #expect(record.header.voltage?.value == 3e4)
  }

  @Test(
    "a header value that cannot be read is an error with its line; an option stands in for it",
    arguments: [17, 21, 23, 25, 62, 70, 76, 78, 80, 82, 86, 88])
  func badHeader(line: Int) throws {
    let binary = Array("PAR1".utf8) + [0, 1, 2, 10, 27, 155]
    #expect(caught { _ = try TomoscopeRecord(bytes: binary, path: "x") }?.code == "tomoscope.notText")
    let simulation = TomoscopeSimulation()
    var lines = simulation.header.lines
    lines[line - 1] = "?"
    let bytes = Array((lines + simulation.values.map { "\($0)" }).joined(separator: "\n").utf8)
    let error = caught { _ = try TomoscopeRecord(bytes: bytes, path: "x.dat") }
    #expect(error?.code == "tomoscope.badHeader")
    #expect(error?.line == line)
    #expect(error?.file == nil || error?.file == "x.dat")
    var options = TomoscopeReadOptions()
    options.frameCount = 40
    options.binCount = 600
    options.binWidth = 1e-9
    options.turnsBetweenFrames = 272
    options.voltage = 3e4
    options.harmonic = 16
    options.field = 0.06809
    options.fieldRate = 0
    options.machineRadius = 100
    options.bendingRadius = 70.079
    options.restEnergy = 193.7e9
    options.charge = 54
    #expect(try TomoscopeRecord(bytes: bytes, path: "x.dat", options: options).frameCount == 40)
  }

  @Test("values that are not frames times bins: whole frames are used and the rest reported, an error when strict")
  func remainder() throws {
    let simulation = TomoscopeSimulation()
    let text = simulation.text.split(separator: "\n").dropLast(100).joined(separator: "\n")
    let record = try TomoscopeRecord(bytes: Array(text.utf8), path: "x")
    #expect(record.frameCount == 39)
    #expect(record.warnings.map(\.code) == ["tomoscope.wrongCount"])
    var options = TomoscopeReadOptions()
    options.isStrict = true
    #expect(
      caught { _ = try TomoscopeRecord(bytes: Array(text.utf8), path: "x", options: options) }?.code
        == "tomoscope.wrongCount")
  }

  @Test("files that are empty, too short or hold words are told apart")
  func badFiles() throws {
    #expect(caught { _ = try TomoscopeRecord(bytes: [], path: "x") }?.code == "tomoscope.empty")
    #expect(caught { _ = try TomoscopeRecord(bytes: Array("a\nb\n".utf8), path: "x") }?.code == "tomoscope.noHeader")
    let simulation = TomoscopeSimulation()
    var lines = simulation.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines[150] = "abc"
    let error = caught { _ = try TomoscopeRecord(bytes: Array(lines.joined(separator: "\n").utf8), path: "x") }
    #expect(error?.code == "tomoscope.badNumber")
    #expect(error?.line == 151)
    let head = simulation.header.lines.joined(separator: "\n")
    #expect(caught { _ = try TomoscopeRecord(bytes: Array(head.utf8), path: "x") }?.code == "tomoscope.noFrames")
    #expect(caught { _ = try TomoscopeRecord(path: "/nonexistent/x.dat") }?.exit == .noInput)
  }

  @Test("cuts, rebinning and frames to ignore are applied")
  func cuts() throws {
    var simulation = TomoscopeSimulation()
    simulation.header.ignoredFrames = 3
    simulation.header.cutBins = (20, 40)
    simulation.header.rebin = 2
    let record = try Self.record(simulation)
    #expect(record.frameCount == 37)
    #expect(record.binCount == 270)
    #expect(record.binWidth == 2e-9)
    let analysis = try BunchLengthAnalysis(record)
    #expect(analysis.frames[0].number == 3)
    let truth = simulation.sigma(0, frame: 3)
    #expect(abs((analysis.frames[0].earliest?.sigma.value ?? 0) / truth - 1) < 0.01)
    #expect(abs((analysis.frames[0].earliest?.position.value ?? 0) - 159.5 - 1) < 2)
  }

  @Test("beta follows the field from frame to frame, and with it the time of the frames")
  func risingField() throws {
    var simulation = TomoscopeSimulation()
    simulation.header.field = (0.06809, 0.5)
    let clock = try #require(MachineClock(simulation.header))
    let times = clock.frameTimes(count: 40)
    let steps = zip(times.dropFirst(), times).map { $0 - $1 }
    #expect(zip(steps.dropFirst(), steps).allSatisfy { $0 < $1 })
    // Turn by turn, the period at the middle of each turn.
    var time = 0.0
    for _ in 0..<272 * 39 {
      let period = clock.revolutionPeriod(at: time)
      time += clock.revolutionPeriod(at: time + period / 2)
    }
    #expect(abs(times[39] / time - 1) < 1e-9)
  }
}
