import Errors
import Fitting
import Foundation
import JSON
import TestSupport
import Testing

@testable import VeloCalibration

@Suite("The earlier program's results are reproduced to their last digits")
struct LegacyAgreementTests {
  static func expected(_ name: String, _ key: String) throws -> JSONValue {
    let data = try TestResources.bytes("velo/\(name)/expected/summary.json")
    return try #require(try JSONValue(parsing: Array(data))["legacy"]?[key])
  }

  @Test(
    "ASIC, ASICgood and the numbers of pixels of each kind agree",
    arguments: WindowGoldenTests.cases, [PixelFitOptions.Baseline.after, .before])
  func curves(name: String, baseline: PixelFitOptions.Baseline) throws {
    let (dataset, scan, inputs, counts) = try WindowGoldenTests.counts(name)
    var options = PixelFitOptions()
    options.method = .legacy
    options.baseline = baseline
    options.threads = 2
    let calibration = try ScanCalibration(
      counts, inputs: inputs, scan: scan, source: dataset.source, options: options)
    let golden = try Self.expected(name, baseline == .before ? "F1_0_baseline_before" : "F1_0")
    for code in [1, 0, -1, -2] {
      let count = calibration.fits.categories.count { $0.legacyCode == code }
      #expect(count == golden["fittype_counts"]?["\(code)"]?.intValue, "\(code)")
    }
    for (curve, fit) in [("ASIC", calibration.asic), ("ASICgood", calibration.asicGood)] {
      let fit = try #require(fit)
      for (index, key) in ["f", "A", "s", "E0"].enumerated() {
        let pair = golden[curve]?[key]?.arrayValue?.compactMap(\.doubleValue) ?? []
        #expect(pair.count == 2)
        #expect(abs(fit.values[index] - pair[0]) < 1e-3 * pair[1], "\(curve) \(key)")
        #expect(abs(fit.errors[index] / pair[1] - 1) < 1e-3, "\(curve) u\(key)")
      }
      let target = golden[curve]?["target"]?.arrayValue?.compactMap(\.doubleValue) ?? []
      #expect(abs(fit.target - target[0]) < 1e-3 && abs(fit.targetError / target[1] - 1) < 1e-3)
    }
  }

  @Test(
    "groups have the earlier program's numbers; masked pixels do not count in them",
    arguments: [PixelGroup.even, .odd, .rows15])
  func groups(group: PixelGroup) throws {
    let (dataset, scan, inputs, counts) = try WindowGoldenTests.counts("cold-window")
    var options = PixelFitOptions()
    options.method = .legacy
    options.group = group
    let calibration = try ScanCalibration(
      counts, inputs: inputs, scan: scan, source: dataset.source, options: options)
    let golden = try Self.expected("cold-window", "separation_\(group.legacyFolder)")
    for code in [1, 0, -1, -2] {
      let count = calibration.fits.categories.count { $0.legacyCode == code }
      #expect(count == golden["fittype_counts"]?["\(code)"]?.intValue, "\(code)")
    }
    let good = try #require(calibration.asicGood)
    let pair = golden["ASICgood"]?["E0"]?.arrayValue?.compactMap(\.doubleValue) ?? []
    #expect(abs(good.position - pair[0]) < 1e-3 * pair[1])
  }

  @Test("the search ends at the minimum of a curve whose start is far away, and says when it cannot go on")
  func search() throws {
    let x = (0..<61).map { 1480 + 2 * Double($0) }
    let truth = [0.001, 8, 6.5, 1551]
    let y = x.map { EdgeEquation.F1_0.value($0, truth) }
    let fit = try EdgeFitter.search(
      thresholds: x, values: y, errors: y.map { max($0, 1e-3) * 0.1 }, equation: .F1_0, start: [0.0009, 8, 12, 1535])
    #expect(fit.states[0] == .converged)
    for (index, value) in truth.enumerated() { #expect(abs(fit.parameter(0, index) / value - 1) < 1e-4) }
    // Three points do not determine four parameters.
    let short = try EdgeFitter.search(
      thresholds: Array(x.prefix(3)), values: Array(y.prefix(3)), errors: [1, 1, 1], equation: .F1_0, start: truth)
    #expect(short.states[0] == .maxIterations)
    #expect(!short.standardError(0, 3).isFinite)
  }

  @Test("the flux files of the earlier program have its names and digits")
  func layout() throws {
    let (dataset, scan, inputs, counts) = try WindowGoldenTests.counts("cold-window")
    let layout = LegacyLayout(scan, dataset: "results_cold-window", group: .all)
    let files = layout.flux(counts, isMasked: inputs.isMasked)
    #expect(files.count == 2 * 41 + 2)
    let asic = try #require(
      files.first { $0.name == "FluxperASIC_Module0_VP3-1_ECS_data_ST_26s210ms_cold_THR_1480-1600-step3.csv" })
    let lines = String(decoding: asic.bytes(), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 41)
    #expect(lines.allSatisfy { $0.count == 24 && $0.contains("e-0") })
    #expect(
      files.contains { $0.name == "UncertaintyFluxperpixel_Module0_VP3-1_ECS_data_ST_26s210ms_cold_THR_1600.csv" })
    var options = PixelFitOptions()
    options.method = .legacy
    let calibration = try ScanCalibration(
      counts, inputs: inputs, scan: scan, source: dataset.source, options: options)
    let log = try #require(layout.results(calibration).first { $0.name == "log_file_results_cold-window_cold.csv" })
    #expect(
      String(decoding: log.bytes(), as: UTF8.self).hasPrefix(
        "Fittype, Pixels ,Percentage\ngood,1051,1.60369873046875\nKmean, Kstd ,uKmean\n14.0335"))
  }
}
