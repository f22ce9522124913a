import Errors
import Figures
import Fitting
import Foundation
import JSON
import TestSupport
import Testing

@testable import VeloCalibration

@Suite("What is made of calibrations")
struct AnalysisTests {
  @Test("a result compared with itself has no differences; another method's pulls are small")
  func comparison() throws {
    let a = try PixelMaps(try WindowGoldenTests.calibration("cold-window", .poisson), dataset: "a")
    let same = try PixelComparison(a, a)
    #expect(same.quantities.allSatisfy { $0.difference.mean == 0 && $0.difference.deviation == 0 })
    let b = try PixelMaps(try WindowGoldenTests.calibration("cold-window", .legacy), dataset: "b")
    let other = try PixelComparison(a, b)
    let position = try #require(other.quantities.first { $0.name == "E0" })
    #expect(position.count > 1000)
    #expect(abs(position.pull.mean) < 0.3 && position.pull.deviation < 0.7)
    #expect(try other.table().rowCount == PixelMatrix.count)
  }

  @Test("parameters of one name are compared only where two equations mean the same by it")
  func meanings() {
    func compared(_ a: EdgeEquation, _ b: EdgeEquation) -> [String] {
      a.parameterNames.filter { b.parameterNames.contains($0) && PixelComparison.hasOneMeaning($0, a, b) }
    }
    #expect(compared(.F1_0, .F1) == ["f", "A", "s", "E0"])
    #expect(compared(.F1_0, .F4) == ["s", "E0"])
    #expect(compared(.F1_0, .F2s_0) == ["f", "A", "E0"])
    #expect(compared(.FAB, .F4) == ["A", "s", "E0"])
    #expect(compared(.FAB, .FAB_0) == ["B", "A", "s", "E0"])
    #expect(compared(.F2s_0, .F2sAB) == ["s", "s2", "E0"])
    #expect(compared(.F4, .F4) == ["B", "A", "s", "E0"])
  }

  @Test("the systematic uncertainty is the quadrature sum of the differences")
  func systematics() {
    let result = Systematics.combine([0.3, -0.4, .nan])
    #expect(abs(result.quadrature - 0.5) < 1e-12)
    #expect(abs(result.rms - 0.5 / 2.0.squareRoot()) < 1e-12)
    #expect(result.largest == 0.4)
    #expect(abs(result.mean - 0.35) < 1e-12)
  }

  @Test("a recipe's code lies the charge above the baseline, rounded up, and names pixels that are too close")
  func recipe() throws {
    let calibration = try WindowGoldenTests.calibration("warm-window", .poisson)
    let maps = try PixelMaps(calibration, dataset: "warm")
    let recipe = try ThresholdRecipe(
      maps, inputs: calibration.inputs, charge: 1000, usesPixelGains: false, minimumSigma: 5)
    #expect(recipe.gain == maps.asic("ASIC", "K")?.value)
    #expect(recipe.code == Int((recipe.baseline + 1000 / recipe.gain).rounded(.up)))
    #expect(abs(recipe.spread.mean - 1000) < recipe.gain)
    let narrow = try ThresholdRecipe(
      maps, inputs: calibration.inputs, charge: 100, usesPixelGains: true, minimumSigma: 5)
    #expect(narrow.maskedPixels.count > recipe.maskedPixels.count)
  }

  @Test("the noise of an equalisation: groups differ where the baselines do, and trims are counted")
  func noise() throws {
    try withTemporaryFolder { folder in
      let truth = AsicTruth(AsicModel(), seed: 3)
      for file in AsicFiles.equalisation(truth, seed: 4) {
        try Data(file.bytes).write(to: folder.appending(path: "Module0_VP0-0_\(file.name)"))
      }
      let noise = try NoiseAnalysis(folder: folder.path, type: .normal, groups: [.even, .odd])
      #expect(noise.asic == "Module0_VP0-0")
      let test = try #require(noise.tests.first { $0.quantity == "baseline" && $0.groups == (.even, .odd) })
      // Columns lie 3 codes apart with a spread of 5: far more than chance.
      #expect(test.t > 50 && test.probability < 1e-10)
      #expect(
        noise.trims.flatMap(\.counts).reduce(0, +) == Double(truth.isMasked.count { !$0 }), "masked pixels are left out"
      )
      let control = try NoiseAnalysis(folder: folder.path, type: .control, groups: [])
      #expect(control.entries.contains { $0.quantity == "mean" && $0.trim == 16 })
      #expect(
        caught { _ = try NoiseAnalysis(folder: folder.path + "/none", type: .quick, groups: []) }?.code == "velo.folder"
      )
    }
  }

  @Test("a detector table is ordered by module and place, and ASICs without result stay empty")
  func detector() throws {
    let json: JSONValue = ["label": "warm", "good": ["K_e_per_DAC": ["mean": 12.9]]]
    let table = DetectorTable([
      .init(module: "Module10", asic: "VP0-1", json: json), .init(module: "Module2", asic: "VP3-2", json: json),
      .init(module: "Module2", asic: "VP0-0", json: json),
    ])
    #expect(table.rows.map { "\($0.module) \($0.asic)" } == ["Module2 VP0-0", "Module2 VP3-2", "Module10 VP0-1"])
    #expect(try table.table().column("K_mean").double(at: 0) == 12.9)
    #expect(table.figures().count == 1)
    #expect(DetectorTable.modules * DetectorTable.asicsPerModule == 624)
  }

  @Test("a collection keeps one row for each result, under its header, and a history of all")
  func collection() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/results_collection.csv"
      func row(_ name: String, _ value: Double) -> CollectedResult {
        CollectedResult(
          results: name, label: "warm", shutter: "2s621ms", isBefore: false,
          numbers: Array(repeating: value, count: ResultsCollection.numberNames.count))
      }
      try ResultsCollection.update(path, with: [row("a", 1), row("b", 2)])
      try ResultsCollection.update(path, with: [row("a", 0)])
      let rows = try ResultsCollection.read(path)
      #expect(rows.map(\.results) == ["a", "b"])
      // A new 0 replaces the old value.
      #expect(rows[0].number("Kmean") == 0)
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text.hasPrefix("Results,Label,ST,Baseline,targetmean,"))
      let history = try String(contentsOfFile: folder.path + "/results_history.jsonl", encoding: .utf8)
      #expect(history.split(separator: "\n").count == 3)
      try Data("Results,x\na,b\n".utf8).write(to: URL(filePath: path))
      #expect(caught { _ = try ResultsCollection.read(path) }?.line == 2)
    }
  }

  @Test("figures of a window are sound, and its page holds every pixel")
  func figures() throws {
    let calibration = try WindowGoldenTests.calibration("cold-window", .poisson)
    let maps = try PixelMaps(calibration, dataset: "cold")
    let figures = CalibrationFigures(maps, counts: calibration.counts)
    var all = try figures.standard()
    for name in ["f", "s", "totalflux", "chi2", "p", "uE0"] { all.append(try figures.heatMap(name)) }
    all.append(try figures.discrepancy("E0", curve: "ASICgood"))
    var choice = FluxChoice()
    choice.pixels = [(75, 50)]
    choice.showsResiduals = true
    choice.isAboveBaseline = true
    all.append(try figures.fluxCurves(choice))
    choice.isDifferential = true
    all.append(try figures.fluxCurves(choice))
    let member = CollectionFigures.Member(name: "cold", maps: maps)
    all.append(try CollectionFigures.histograms([member, member]))
    all.append(try CollectionFigures.quantiles([member]))
    all.append(try CollectionFigures.difference(member, member))
    all.append(CollectionFigures.gains([member, member], systematic: 0.2))
    all.append(CollectionFigures.pixels([member]))
    for figure in all { _ = try PlotlyRenderer().specification(figure) }
    #expect(try figures.area(row: 76, column: 50, radius: 10).count == 5)
    let page = PixelPage(
      title: "<cold>", facts: [("a", "b")], scans: [.init(maps: maps, counts: calibration.counts)], warnings: [],
      version: "0")
    let text = String(decoding: try page.bytes(), as: UTF8.self)
    #expect(text.contains("<title>&lt;cold&gt;</title>"))
    #expect(!text.contains("http://") && !text.contains("https://"))
    #expect(abs(CollectionFigures.inverseNormal(0.975) - 1.959963984540054) < 1e-9)
  }

  @Test("a dataset file is written from the names in a folder, and reads back")
  func template() throws {
    try withTemporaryFolder { folder in
      let place = folder.appending(path: "data")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      _ = try SimulatedScanTests.make(place, acquisitions: 2, step: 40)
      let template = try DatasetTemplate(scanning: place.path, relativeTo: folder.path)
      let file = folder.appending(path: "dataset.toml")
      try Data(template.text.utf8).write(to: file)
      let dataset = try VeloDataset(path: file.path)
      #expect(dataset.module == "Module0" && dataset.asic == "VP0-0")
      #expect(dataset.scans[0].thresholds == [1480, 1520, 1560, 1600])
      #expect(dataset.scans[0].acquisitions == 2)
      #expect(dataset.scans[0].baseline?.hasSuffix("TrimBest_Noise_Predict.csv") == true)
    }
  }

  @Test("goodness by simulated fits: flat p-values on simulated pixels, the same for any number of threads")
  func bootstrap() throws {
    let (_, scan, inputs, counts) = try WindowGoldenTests.counts("cold-window")
    var options = PixelFitOptions()
    // More than one thread takes at a time.
    options.toys = 70
    let fits = try PixelFits(counts, inputs: inputs, scan: scan, options: options)
    let one = try #require(try BootstrapGoodness(fits, counts))
    #expect(one.pixels.count == 256)
    let mean = one.probabilities.reduce(0, +) / 256
    // The mean of 256 uniform numbers is ½ ± 0.018.
    #expect(abs(mean - 0.5) < 0.09, "\(mean)")
    options.threads = 3
    let more = try PixelFits(counts, inputs: inputs, scan: scan, options: options)
    #expect(try BootstrapGoodness(more, counts)?.probabilities == one.probabilities)
    options.toys = 0
    let none = try PixelFits(counts, inputs: inputs, scan: scan, options: options)
    #expect(try BootstrapGoodness(none, counts) == nil)
  }
}
