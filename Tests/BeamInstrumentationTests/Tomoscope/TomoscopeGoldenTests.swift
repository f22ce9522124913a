import Errors
import JSON
import TestSupport
import Testing

@testable import BeamInstrumentation

/// The tomoscope file with known answers.
@Suite("Tomoscope files agree with the golden case")
struct TomoscopeGoldenTests {
  static func analysis(_ change: (inout BunchLengthOptions) -> Void = { _ in }) throws -> BunchLengthAnalysis {
    var options = BunchLengthOptions()
    change(&options)
    let record = try TomoscopeRecord(path: TestResources.path("beam/tomoscope/NOMINAL_tomoscope.dat"))
    return try BunchLengthAnalysis(record, options: options)
  }

  static func expected(_ key: String) throws -> JSONValue {
    try #require(try TestResources.json("beam/tomoscope/NOMINAL_tomoscope.expected.json")["expected"]?[key])
  }

  @Test("the earlier program's fits are met to 1e-7 in sigma and 1e-4 in its variance")
  func compatible() throws {
    let analysis = try Self.analysis {
      $0.isCompatible = true
      $0.span = 0.06
    }
    let fits = try #require(try Self.expected("fits").arrayValue)
    #expect(fits.count == analysis.frames.count)
    for (frame, wanted) in zip(analysis.frames, fits) {
      let fit = try #require(frame.earliest)
      #expect(fit.state == .converged)
      #expect(frame.isAccepted == wanted["accepted"]?.boolValue)
      #expect(abs(fit.sigma.value / (wanted["sigma_samples"]?.doubleValue ?? 0) - 1) < 1e-7)
      #expect(abs(fit.sigma.error * fit.sigma.error / (wanted["sigmaVariance"]?.doubleValue ?? 0) - 1) < 1e-4)
      #expect(abs((frame.cycleTime ?? 0) * 1e3 - (wanted["cycleTime_ms"]?.doubleValue ?? 0)) < 1e-6)
    }
  }

  @Test("own windows find both bunches in every frame, with sigma within 1 % of fits and truth")
  func ownWindows() throws {
    let analysis = try Self.analysis()
    let fits = try #require(try Self.expected("fits").arrayValue)
    for (frame, wanted) in zip(analysis.frames, fits) {
      let fit = try #require(frame.earliest)
      #expect(frame.bunchCount == 2)
      #expect(fit.flags.isEmpty)
      #expect(abs(fit.sigma.value / (wanted["sigma_samples"]?.doubleValue ?? 0) - 1) < 0.01)
      let truth = 34 - 8 * Double(frame.number) / 39
      #expect(abs(fit.sigma.value - truth) < 4.5 * fit.sigma.error)
      #expect(abs(fit.position.value - 180) < 4.5 * fit.position.error)
      #expect(abs((fit.fullWidthAtHalfMaximum?.value ?? 0) / (2.35482 * truth) - 1) < 0.02)
      #expect(abs((fit.rootMeanSquare?.value ?? 0) / truth - 1) < 0.02)
      #expect(abs(frame.baseline - 20) < 2)
    }
    #expect(analysis.splitting == nil)
  }

  @Test("velocity, period, spacing and length in metres follow from the header")
  func header() throws {
    let analysis = try Self.analysis()
    let header = try Self.expected("fromHeader")
    func number(_ key: String) -> Double { header[key]?.doubleValue ?? .nan }
    #expect(analysis.record.header.frameCount == header["frames"]?.intValue)
    #expect(analysis.record.header.turnsBetweenFrames == header["turnsBetweenFrames"]?.intValue)
    let beta = try #require(analysis.frames[0].beta)
    #expect(abs(beta / number("beta") - 1) < 1e-9)
    #expect(abs(1 / (1 - beta * beta).squareRoot() / number("gamma") - 1) < 1e-9)
    #expect(abs((analysis.clock?.revolutionPeriod(at: 0) ?? 0) / number("revolutionPeriod_s") - 1) < 1e-9)
    #expect(abs((analysis.spacing ?? 0) * 1e3 / number("frameSpacing_ms") - 1) < 1e-9)
    let sigma = try #require(try Self.analysis { $0.isCompatible = true }.frames[0].earliest?.sigma.value)
    let metres = try #require(BunchLengthAnalysis.metres(sigma, beta: beta))
    #expect(abs(metres / number("firstFrameSigma_m") - 1) < 1e-7)
  }
}
