import Errors
import Figures
import Fitting
import Foundation
import JSON

/// The noise of an ASIC from an equalisation: baselines, widths and rates by group of pixels, and the trims.
public struct NoiseAnalysis: Sendable {
  /// Which equalisation it was; quick and normal ones have the trims 0 and 15, a control has trim 16.
  public enum ScanType: String, Sendable, CaseIterable {
    /// Few thresholds.
    case quick
    /// The usual one.
    case normal
    /// With the trims that were chosen.
    case control

    /// Trims of its files.
    public var trims: [Int] { self == .control ? [16] : [0, 15] }
  }

  /// Statistics of one quantity in one group.
  public struct Entry: Sendable {
    /// `baseline`, `mean`, `width` or `rate`.
    public var quantity: String
    /// Trim of the file; `nil` for the predicted baseline.
    public var trim: Int?
    /// Group of pixels.
    public var group: PixelGroup
    /// Numbers over its pixels with a value above 0.
    public var summary: PixelSummary
  }

  /// Welch's test of the means of two groups.
  public struct Test: Sendable {
    /// Quantity and trim as in `Entry`.
    public var quantity: String
    /// Trim of the file.
    public var trim: Int?
    /// The groups compared.
    public var groups: (PixelGroup, PixelGroup)
    /// t.
    public var t: Double
    /// Degrees of freedom (Welch and Satterthwaite).
    public var degrees: Double
    /// Probability of a larger |t|.
    public var probability: Double
  }

  /// Statistics by quantity and group.
  public private(set) var entries: [Entry] = []
  /// Tests of pairs of groups.
  public private(set) var tests: [Test] = []
  /// Pixels by trim 0 … 15 in four groups: even and odd columns, rows other than the 16th and 16th rows; empty without a file.
  public private(set) var trims: [(name: String, counts: [Double])] = []
  /// Matrices by name, for figures.
  public private(set) var matrices: [(name: String, values: [Double])] = []
  /// What was missing.
  public private(set) var warnings: [CavernWarning] = []
  /// Files that were read.
  public private(set) var files: [String] = []
  /// Module and ASIC as the files name them.
  public let asic: String

  /// Reads the matrices of a folder; those that are missing are left out.
  ///
  /// - Parameters:
  ///   - folder: of the equalisation.
  ///   - groups: whose statistics are wanted; all pixels always come first.
  /// - Throws: `velo.folder`, `velo.noFiles` (exit 66), `velo.severalAsics` and `velo.matrix` (exit 65).
  public init(folder: String, type: ScanType, groups: [PixelGroup]) throws(CavernError) {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw CavernError("velo.folder", "there is no such folder", exit: .noInput, file: folder)
    }
    let endings = ["_TrimBest_Noise_Predict.csv"] + type.trims.map { "_Trim\($0)_Noise_Mean.csv" }
    var stems: Set<String> = []
    for name in names {
      let plain = AcquisitionSource.withoutCompression(name)
      for ending in endings where plain.hasSuffix(ending) { stems.insert(String(plain.dropLast(ending.count))) }
    }
    guard let stem = stems.sorted().first else {
      throw CavernError(
        "velo.noFiles", "there is no equalisation in the folder", exit: .noInput, file: folder,
        expected: "<module>_<asic>\(endings[0])")
    }
    guard stems.count == 1 else {
      throw CavernError(
        "velo.severalAsics", "the folder holds several ASICs: \(stems.sorted().joined(separator: ", "))",
        exit: .badData,
        file: folder, hint: "one folder for each")
    }
    asic = stem
    var reader = MatrixReader(start: "\(folder)/\(stem)_")
    let mask = try reader.matrix("Matrix_Mask")
    var list: [(String, Int?, [Double])] = []
    if let values = try reader.matrix("TrimBest_Noise_Predict") { list.append(("baseline", nil, values)) }
    for trim in type.trims {
      for quantity in ["Mean", "Width", "Rate"] {
        if let values = try reader.matrix("Trim\(trim)_Noise_\(quantity)") {
          list.append((quantity.lowercased(), trim, values))
        }
      }
    }
    for (quantity, trim, values) in list {
      let known = values.indices.map { (mask?[$0] ?? 0) > 0 || values[$0] <= 0 ? Double.nan : values[$0] }
      matrices.append((trim.map { "Trim\($0)_\(quantity)" } ?? quantity, known))
      let all = [PixelGroup.all] + groups.filter { $0 != .all }
      var own: [Entry] = []
      for group in all { own.append(Self.entry(quantity, trim, group, known)) }
      entries += own
      for i in 1..<max(own.count, 1) {
        for j in i + 1..<max(own.count, i + 1) { tests.append(Self.welch(own[i], own[j])) }
      }
    }
    if let values = try reader.matrix("Matrix_Trim") { trims = Self.trimCounts(values, mask: mask) }
    warnings = reader.warnings
    files = reader.files
  }

  /// Reads the matrices of one ASIC by what follows its name.
  private struct MatrixReader {
    let start: String
    var warnings: [CavernWarning] = []
    var files: [String] = []

    mutating func matrix(_ name: String) throws(CavernError) -> [Double]? {
      let path = "\(start)\(name).csv"
      guard let found = MatrixFile.existing(path) else {
        warnings.append(CavernWarning("velo.missingMatrix", "there is no \(name)", file: path))
        return nil
      }
      files.append(found)
      return try MatrixFile.read(path)
    }
  }

  private static func entry(_ quantity: String, _ trim: Int?, _ group: PixelGroup, _ values: [Double]) -> Entry {
    let chosen = values.enumerated().map { pixel, value -> Double? in
      value.isFinite && group.contains(row: pixel / PixelMatrix.side, column: pixel % PixelMatrix.side) ? value : nil
    }
    return Entry(
      quantity: quantity, trim: trim, group: group, summary: PixelSummary(chosen, errors: chosen.map { _ in nil }))
  }

  private static func welch(_ a: Entry, _ b: Entry) -> Test {
    func part(_ s: PixelSummary) -> Double {
      s.count > 1 ? s.deviation * s.deviation / Double(s.count - 1) : .nan
    }
    let (va, vb) = (part(a.summary), part(b.summary))
    let t = (a.summary.mean - b.summary.mean) / (va + vb).squareRoot()
    let lower = va * va / Double(max(a.summary.count - 1, 1)) + vb * vb / Double(max(b.summary.count - 1, 1))
    let degrees = (va + vb) * (va + vb) / lower
    return Test(
      quantity: a.quantity, trim: a.trim, groups: (a.group, b.group), t: t, degrees: degrees,
      probability: StudentT.twoSidedTail(t, degreesOfFreedom: degrees))
  }

  private static func trimCounts(_ values: [Double], mask: [Double]?) -> [(name: String, counts: [Double])] {
    var counts = [[Double]](repeating: [Double](repeating: 0, count: 16), count: 4)
    for (pixel, value) in values.enumerated() {
      let isMasked = (mask?[pixel] ?? 0) > 0
      guard !isMasked, let trim = Int(exactly: value), (0..<16).contains(trim) else { continue }
      let isOdd = pixel % PixelMatrix.side % 2
      let isSixteenth = pixel / PixelMatrix.side % 16 == 15 ? 1 : 0
      counts[2 * isSixteenth + isOdd][trim] += 1
    }
    return zip(["even", "odd", "even, 16th rows", "odd, 16th rows"], counts).map { ($0, $1) }
  }

  /// Everything as JSON; with a gain, widths also as noise charge in electrons.
  public func json(gain: Double?) -> JSONValue {
    [
      "asic": .string(asic),
      "groups": .array(
        entries.map { entry in
          var object = entry.summary.json.objectValue ?? JSONObject()
          object["quantity"] = .string(entry.quantity)
          object["trim"] = .optional(entry.trim)
          object["group"] = .string(entry.group == .all ? "all" : entry.group.rawValue)
          if let gain, entry.quantity == "width" { object["noise_e"] = .number(entry.summary.mean * gain) }
          return .object(object)
        }),
      "welch": .array(
        tests.map {
          [
            "quantity": .string($0.quantity), "trim": .optional($0.trim), "a": .string($0.groups.0.rawValue),
            "b": .string($0.groups.1.rawValue), "t": .number($0.t), "degreesOfFreedom": .number($0.degrees),
            "p": .number($0.probability),
          ]
        }),
      "trims": .array(trims.map { ["group": .string($0.name), "counts": .numbers($0.counts)] }),
    ]
  }

  /// Histogram of the trims, scatter of width against baseline, and maps.
  public var figures: [Figure] {
    var figures: [Figure] = []
    if !trims.isEmpty {
      let edges = (0...16).map { Double($0) - 0.5 }
      figures.append(
        Figure(
          name: "trims", title: "Trims", rightLabel: asic,
          panels: [
            Panel(
              x: Axis("Trim"), y: Axis("Pixels", includesZero: true),
              series: trims.enumerated().map { index, entry in
                .steps(edges: edges, values: entry.counts, name: entry.name, colour: .cycle(index))
              })
          ]))
    }
    let base = matrices.first { $0.name == "baseline" }?.values
    if let base, let width = matrices.first(where: { $0.name.hasSuffix("_width") })?.values {
      // Every 8th pixel shows the cloud as well as all of them.
      let chosen = base.indices.filter { $0 % 8 == 0 && base[$0].isFinite && width[$0].isFinite }
      figures.append(
        Figure(
          name: "baseline-width", title: "Noise width against baseline", rightLabel: asic,
          panels: [
            Panel(
              x: Axis("Baseline", unit: "DAC", range: 1300...1900), y: Axis("Noise width", unit: "DAC", range: 0...40),
              series: [
                .points(
                  x: chosen.map { base[$0] }, y: chosen.map { width[$0] }, colour: .cycle(0), size: 1.5, opacity: 0.5)
              ], legend: .none)
          ]))
    }
    let edges = (0...PixelMatrix.side).map(Double.init)
    for (name, values) in matrices {
      let sorted = values.filter(\.isFinite).sorted()
      guard sorted.count > 100 else { continue }
      let range = sorted[sorted.count / 100]...sorted[sorted.count - 1 - sorted.count / 100]
      figures.append(
        Figure(
          name: "map-\(name)", title: name, rightLabel: asic, size: .inches(7.2, 6.2),
          panels: [
            Panel(
              x: Axis("Pixel columns", range: 0...256), y: Axis("Pixel rows", range: 0...256),
              series: [
                .image(
                  HeatMap(
                    xEdges: edges, yEdges: edges, values: values,
                    scale: ColourScale(name, range: range.lowerBound < range.upperBound ? range : nil)))
              ], annotations: [.horizontalBand(from: 0, to: 256, name: nil, colour: .rgb(0xF0F0F0))], legend: .none)
          ]))
    }
    return figures
  }
}
