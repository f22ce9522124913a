import Errors
import Fitting
import Foundation
import TestSupport
import Testing

@testable import VeloCalibration

@Suite("Scans that are not as they should be")
struct UnseenCaseTests {
  @Test("noisy, dead and masked pixels are not fitted, and said to be what they are")
  func pixels() throws {
    try withTemporaryFolder { folder in
      let (truth, scan, inputs) = try SimulatedScanTests.make(folder, step: 10)
      let counts = try ScanReduction.read(scan, inputs: inputs, threads: 2)
      let fits = try PixelFits(counts, inputs: inputs, scan: scan, options: PixelFitOptions())
      for pixel in 0..<PixelMatrix.count {
        if truth.isMasked[pixel] {
          #expect(fits.categories[pixel] == .masked)
        } else if truth.isDead[pixel], truth.constantRate[pixel] == 0 {
          #expect(fits.categories[pixel] == .tooFewHits)
        } else if truth.constantRate[pixel] > 0 {
          #expect(fits.categories[pixel] == .noisy, "\(pixel)")
        }
      }
      #expect(fits.count(.good) > 65_000)
    }
  }

  @Test("a wholly masked last column makes no acquisition bad; thresholds without live time are left out of every fit")
  func maskedColumn() throws {
    try withTemporaryFolder { folder in
      var (_, scan, inputs) = try SimulatedScanTests.make(folder, acquisitions: 2, step: 8) { simulation in
        simulation.scatter(.bad, 2)
        // The third threshold has no file at all.
        simulation.defects[4] = .missing
        simulation.defects[5] = .missing
      }
      for row in 0..<PixelMatrix.side { inputs.isMasked[row * PixelMatrix.side + 255] = true }
      let counts = try ScanReduction.read(scan, inputs: inputs, threads: 2)
      #expect(counts.count(.bad) == 0)
      #expect(counts.records.allSatisfy { $0.totalHits == nil || $0.meanLastColumn == nil })
      #expect(counts.liveSeconds[2] == 0)
      #expect(counts.hasProblems())
      #expect(counts.allWarnings.contains { $0.code == "velo.noLiveTime" })
      let fits = try PixelFits(counts, inputs: inputs, scan: scan, options: PixelFitOptions())
      #expect(fits.fits.degreesOfFreedom.allSatisfy { $0 == counts.thresholds.count - 1 - 4 })
      // The condition that leaves nothing, and a scan of too few thresholds.
      scan.exclude = try Condition("True")
      #expect(
        caught { _ = try ScanReduction.read(scan, inputs: inputs) }?.code == "velo.allExcluded")
      scan.exclude = .never
      scan.thresholds = Array(scan.thresholds.prefix(6))
      let few = try ScanReduction.read(scan, inputs: inputs)
      #expect(
        caught { _ = try PixelFits(few, inputs: inputs, scan: scan, options: PixelFitOptions()) }?.code
          == "velo.tooFewThresholds")
    }
  }

  @Test("empty exposures count as live time, or not, as the dataset wants")
  func empties() throws {
    try withTemporaryFolder { folder in
      var (_, scan, inputs) = try SimulatedScanTests.make(folder, acquisitions: 2, step: 30) { simulation in
        simulation.defects[8] = .empty
        simulation.defects[9] = .empty
      }
      let live = try ScanReduction.read(scan, inputs: inputs)
      #expect(live.count(.empty) == 2)
      #expect(live.liveSeconds[4] == 2 * 104.84)
      scan.empty = .drop
      let dropped = try ScanReduction.read(scan, inputs: inputs)
      #expect(dropped.liveSeconds[4] == 0)
    }
  }

  @Test("pixels on which scoring jumps to and fro about the minimum converge to where scipy finds it")
  func overshooting() throws {
    let pixels: [[UInt32]] = [
      [
        99, 83, 95, 88, 95, 92, 83, 81, 78, 76, 60, 48, 53, 40, 47, 47, 72, 47, 37, 13, 6, 5, 1, 1, 0, 0, 0, 0, 0, 0, 0,
      ],
      [
        108, 110, 99, 94, 106, 86, 71, 76, 68, 72, 44, 52, 55, 46, 41, 14, 8, 5, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
      [
        102, 99, 113, 94, 87, 86, 74, 76, 61, 74, 63, 55, 50, 35, 39, 58, 49, 19, 8, 8, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0,
      ],
    ]
    var exposures = [Double](repeating: 104.84, count: 31)
    for k in [11, 13, 26] { exposures[k] = 78.63 }
    let scan = try EdgeScan(
      thresholds: (0..<31).map { 1480 + 4 * Double($0) }, exposures: exposures,
      counts: (0..<31).flatMap { k in pixels.map { $0[k] } }, pixelCount: 3)
    let fits = try EdgeFitter.fit(scan, pixels: [0, 1, 2], equation: .F1_0)
    // By the simplex method from three starts.
    let peer = [
      (27.2857178, 1554.84458, 6.50068), (27.2955564, 1539.19966, 6.76786), (44.1255455, 1548.71272, 7.66985),
    ]
    for (pixel, expected) in peer.enumerated() {
      #expect(fits.states[pixel] == .converged && fits.distance[pixel] <= 1e-6, "\(pixel)")
      #expect(abs(fits.objective[pixel] - expected.0) < 1e-5)
      #expect(abs(fits.parameter(pixel, 3) - expected.1) < 1e-3 && abs(fits.parameter(pixel, 2) - expected.2) < 1e-3)
      #expect(fits.standardError(pixel, 3) > 1 && fits.standardError(pixel, 3) < 4)
    }
  }

  @Test("a pixel with one threshold on its edge has no best width: it does not converge, and its reason says that")
  func edgeBetweenThresholds() throws {
    let pixel: [UInt32] = [369, 338, 273, 231, 199, 166, 33, 0, 0, 0, 0]
    var scan = ScanSettings(shutter: try Shutter("104s840ms"))
    scan.thresholds = pixel.indices.map { 1480 + 12 * $0 }
    var hits = [UInt32](repeating: 0, count: pixel.count * PixelMatrix.count)
    // The second has two thresholds on its edge, and a best width.
    for (k, count) in pixel.enumerated() {
      hits[k * PixelMatrix.count] = count
      hits[k * PixelMatrix.count + 1] = k == 5 ? 120 : count
    }
    let counts = ScanCounts(
      thresholds: scan.thresholds, shutterSeconds: 104.84, good: pixel.map { _ in 4 }, empty: pixel.map { _ in 0 },
      emptyIsLive: true, hits: hits, records: [], acquisitionSums: [:])
    scan.mask = .none
    let inputs = try ScanInputs(scan, module: "M", asic: "A")
    let fits = try PixelFits(counts, inputs: inputs, scan: scan, options: PixelFitOptions())
    #expect(fits.categories[0] == .notConverged && fits.reasons[0].contains(.bound))
    #expect(fits.categories[1] == .good && fits.reasons[1].isEmpty)
    #expect(fits.edgesBetweenThresholds == 1)
  }

  @Test("a baseline of 0, above E0 or far below it gives no target and no gain; E0 stays")
  func targets() throws {
    try withTemporaryFolder { folder in
      var (_, scan, inputs) = try SimulatedScanTests.make(folder, step: 10)
      for (column, baseline) in [(3, 0.0), (4, 1700), (5, 300)] {
        inputs.baseline?[10 * PixelMatrix.side + column] = baseline
      }
      // Start values that give no finite flux are replaced by automatic ones.
      scan.start = [0.001, 1e308, 1e-300, 1551]
      let counts = try ScanReduction.read(scan, inputs: inputs, threads: 2)
      var options = PixelFitOptions()
      options.window = (10..<11, 0..<10)
      let fits = try PixelFits(counts, inputs: inputs, scan: scan, options: options)
      let gains = PixelGains(fits, inputs: inputs, source: RadiationSource())
      for column in 0..<10 {
        let pixel = 10 * PixelMatrix.side + column
        #expect(fits.hasConverged(pixel) && fits.value(pixel, 3) != nil)
        let hasNone = gains.target[pixel] == nil && gains.gain[pixel] == nil
        #expect(hasNone == (3...5).contains(column), "\(column)")
      }
      // Simulated without a background: where the best one is 0, that is no fault of the fit.
      options.hasBackground = true
      let more = try PixelFits(counts, inputs: inputs, scan: scan, options: options)
      let pixels = (0..<10).map { 10 * PixelMatrix.side + $0 }
      #expect(pixels.contains { (more.value($0, 4) ?? 1) < 1e-9 })
      #expect(pixels.allSatisfy { more.categories[$0] == fits.categories[$0] })
    }
  }

  @Test(
    "every equation of one width fits the windows: nearly all pixels converge, with the same E0 within the models' difference",
    arguments: EdgeEquation.allCases.filter { $0 != .Fdiff && !$0.hasTwoWidths })
  func equations(equation: EdgeEquation) throws {
    let reference = try WindowGoldenTests.calibration("warm-window", .poisson)
    let other = try WindowGoldenTests.calibration("warm-window", .poisson, equation)
    let pixels = (0..<PixelMatrix.count).filter { reference.fits.categories[$0] == .good }
    let converged = pixels.filter { other.fits.hasConverged($0) }
    #expect(Double(converged.count) >= 0.97 * Double(pixels.count), "\(converged.count) of \(pixels.count)")
    let differences = converged.compactMap { pixel -> Double? in
      guard let a = reference.fits.value(pixel, 3), let b = other.fits.value(pixel, other.fits.positionIndex) else {
        return nil
      }
      return b - a
    }
    #expect(abs(RobustStatistics.median(differences)) < 2)
  }

  @Test("two acquisitions of one number and format are refused, whichever way they are compressed")
  func duplicates() throws {
    try withTemporaryFolder { folder in
      let (_, scan, inputs) = try SimulatedScanTests.make(folder, acquisitions: 1, step: 60)
      let name = scan.fileName(threshold: 1480, acquisition: 0)
      try Data("x".utf8).write(to: folder.appending(path: name + ".gz"))
      let error = caught { _ = try ScanReduction.read(scan, inputs: inputs) }
      #expect(error?.code == "velo.duplicate")
      #expect(error?.message.contains(name + ".gz") == true)
    }
  }
}
