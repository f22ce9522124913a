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
