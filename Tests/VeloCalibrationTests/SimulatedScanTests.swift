import Errors
import Fitting
import Foundation
import TestSupport
import Testing

@testable import VeloCalibration

@Suite("Simulated scans")
struct SimulatedScanTests {
  /// A scan with defects, written into a folder.
  static func make(
    _ folder: URL, acquisitions: Int = 3, step: Int = 5, packed: Bool = false,
    _ change: (inout ScanSimulation) -> Void = { _ in }
  ) throws -> (AsicTruth, ScanSettings, ScanInputs) {
    var scan = ScanSettings(shutter: try Shutter("104s840ms"))
    scan.label = "warm"
    scan.folder = folder.path
    scan.prefix = "Module0_VP0-0_ECS_data_ST_"
    scan.thresholds = Array(stride(from: 1480, through: 1600, by: step))
    scan.step = step
    scan.to = 1600
    scan.acquisitions = acquisitions
    scan.badCut = Double(ScanSimulation.badSum) / 256
    let truth = AsicTruth(AsicModel(), seed: 5)
    var simulation = ScanSimulation(truth, scan, seed: 9)
    change(&simulation)
    let stem = folder.path + "/Module0_VP0-0_"
    try Data(AsicFiles.mask(truth)).write(to: URL(filePath: stem + "Matrix_Mask.csv"))
    try Data(AsicFiles.baseline(truth)).write(to: URL(filePath: stem + "TrimBest_Noise_Predict.csv"))
    scan.baseline = stem + "TrimBest_Noise_Predict.csv"
    if packed {
      try simulation.writePacked(to: folder.path + "/\(scan.prefix)104s840ms_scan.parquet", threads: 2)
    } else {
      try simulation.writeFiles(to: folder.path, threads: 2)
    }
    return (truth, scan, try ScanInputs(scan, module: "Module0", asic: "VP0-0"))
  }

  static func spoil(_ simulation: inout ScanSimulation) {
    simulation.scatter(.missing, 2)
    simulation.scatter(.corrupt, 3)
    simulation.scatter(.empty, 2)
    simulation.scatter(.bad, 2)
  }

  @Test("files, packed file, packing and unpacking give the same ledger and sums, with every defect told")
  func forms() throws {
    try withTemporaryFolder { folder in
      let places = try ["a", "b", "c", "d"].map { name in
        let place = folder.appending(path: name)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        return place
      }
      let (_, scan, inputs) = try Self.make(places[0], step: 20) { Self.spoil(&$0) }
      let files = try ScanReduction.read(scan, inputs: inputs, threads: 2)
      #expect(files.count(.missing) == 2 && files.count(.corrupt) == 3 && files.count(.empty) == 2)
      #expect(files.count(.bad) == 2 && files.count(.good) == files.records.count - 9)
      let (_, other, more) = try Self.make(places[1], step: 20, packed: true) { Self.spoil(&$0) }
      let packed = try ScanReduction.read(other, inputs: more, threads: 2)
      #expect(packed.hits == files.hits)
      #expect(packed.records.map(\.status) == files.records.map(\.status))
      #expect(packed.records.map(\.meanLastColumn) == files.records.map(\.meanLastColumn))
      // Packed again from the files: also the reasons are the same.
      let path = places[2].path + "/\(scan.prefix)104s840ms_scan.parquet"
      let summary = try PackedScan.pack(scan, to: path)
      #expect(summary.missing == 2 && summary.faulty == 3)
      var third = scan
      third.folder = places[2].path
      let again = try ScanReduction.read(third, inputs: inputs, threads: 1)
      #expect(again.hits == files.hits)
      #expect(again.records == files.records)
      _ = try PackedScan.unpack(path, prefix: "\(scan.prefix)104s840ms", to: places[3].path)
      var fourth = scan
      fourth.folder = places[3].path
      let back = try ScanReduction.read(fourth, inputs: inputs, threads: 2)
      #expect(back.hits == files.hits)
      // Corrupt texts are not kept.
      #expect(back.count(.missing) == 5)
    }
  }

  @Test("sums that were stored come back the same")
  func stored() throws {
    try withTemporaryFolder { folder in
      let (_, scan, inputs) = try Self.make(folder, step: 30) { Self.spoil(&$0) }
      let counts = try ScanReduction.read(scan, inputs: inputs)
      let place = folder.appending(path: "stored")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try StoredCounts.writeHits(counts, to: place.path + "/hits.parquet")
      try Data(try AcquisitionRecord.table(counts.records).csvBytes()).write(
        to: place.appending(path: "acquisitions.csv"))
      try Data(StoredCounts.json(counts, fingerprint: "x").text().utf8).write(to: place.appending(path: "counts.json"))
      let read = try StoredCounts.read(place.path)
      #expect(read.hits == counts.hits && read.good == counts.good && read.empty == counts.empty)
      #expect(read.records == counts.records)
      #expect(read.liveSeconds == counts.liveSeconds)
      #expect(StoredCounts.fingerprint(place.path) == "x")
    }
  }

  @Test("fits of simulated pixels have unbiased pulls of unit width for every parameter, and cover 68 %")
  func toys() throws {
    // 65,536 pixels under an even, strong source: enough counts for the errors of the likelihood to be Gaussian.
    var model = AsicModel()
    model.sourceWidth = 1e6
    model.masked = 0
    model.dead = 0
    model.noisy = (0, 0)
    model.withoutBaseline = 0
    let truth = AsicTruth(model, seed: 11)
    let thresholds = (0..<121).map { 1480 + $0 }
    let seconds = 2621.0
    var hits = [UInt32](repeating: 0, count: thresholds.count * PixelMatrix.count)
    var random = RandomSource(seed: 12)
    // Every 8th pixel, so that the test stays short.
    let pixels = Array(stride(from: 0, to: PixelMatrix.count, by: 8))
    for (k, threshold) in thresholds.enumerated() {
      for pixel in pixels {
        hits[k * PixelMatrix.count + pixel] = UInt32(
          random.poisson(mean: seconds * truth.flux(pixel, threshold: Double(threshold))))
      }
    }
    let scan = try EdgeScan(
      thresholds: thresholds.map(Double.init), exposures: thresholds.map { _ in seconds }, counts: hits,
      pixelCount: PixelMatrix.count)
    var options = EdgeFitOptions()
    options.threads = 2
    let fits = try EdgeFitter.fit(scan, pixels: pixels, equation: .F1_0, options: options)
    #expect(fits.states.allSatisfy { $0.isUsable })
    for (index, values) in [truth.f, truth.A, truth.s, truth.E0].enumerated() {
      let pulls = pixels.indices.map {
        (fits.parameter($0, index) - values[pixels[$0]]) / fits.standardError($0, index)
      }
      let mean = RobustStatistics.mean(pulls)
      let width = RobustStatistics.deviation(pulls)
      let covered = Double(pulls.count { abs($0) < 1 }) / Double(pulls.count)
      #expect(abs(mean) < 0.06, "parameter \(index): mean \(mean)")
      #expect(abs(width - 1) < 0.05, "parameter \(index): width \(width)")
      #expect(abs(covered - 0.683) < 0.02, "parameter \(index): coverage \(covered)")
    }
    // p-values of good fits are flat.
    let low = Double(fits.probability.count { $0 < 0.1 }) / Double(pixels.count)
    #expect(abs(low - 0.1) < 0.02, "\(low)")
  }
}
