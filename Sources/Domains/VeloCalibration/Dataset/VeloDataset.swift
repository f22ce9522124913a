import Errors
import Fitting
import Foundation
import JSON
import Settings

/// What is to be calibrated: one ASIC with one or several threshold scans, as a dataset file describes it.
public struct VeloDataset: Sendable {
  /// Path of the dataset file.
  public var file: String
  /// Name, used for the result.
  public var name: String
  /// Module, for example `Module0`.
  public var module: String
  /// ASIC, for example `VP3-1`.
  public var asic: String
  /// Result folder, if the file names one.
  public var output: String?
  /// Equation of the flux.
  public var equation = EdgeEquation.F1_0
  /// Group of pixels.
  public var group = PixelGroup.all
  /// The source.
  public var source = RadiationSource()
  /// The scans.
  public var scans: [ScanSettings] = []

  /// Why a dataset file cannot be read; in place of a folder, the dataset in it.
  private static func unreadable(_ path: String) -> CavernError {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      return CavernError("dataset.missing", "there is no such file", exit: .noInput, file: path)
    }
    guard isFolder.boolValue else {
      return CavernError("dataset.unreadable", "the file cannot be read", exit: .noInput, file: path)
    }
    let inside = (path as NSString).appendingPathComponent("dataset.toml")
    return CavernError(
      "dataset.isFolder", "this is a folder, not a dataset file", exit: .noInput, file: path,
      hint: FileManager.default.fileExists(atPath: inside)
        ? "name \(inside)" : "'cavern velo dataset init \(path)' writes one for the acquisitions in it")
  }

  /// Reads a dataset file: TOML, or JSON with the same keys when its name ends in `.json`.
  ///
  /// - Parameter path: the file; paths in it are relative to its folder.
  /// - Throws: `dataset.missing`, `dataset.isFolder`, `dataset.unreadable` (exit 66), `config.syntax`, `dataset.…`, `velo.condition`, `velo.shutter` (exit 78).
  public init(path: String) throws(CavernError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Self.unreadable(path)
    }
    let root: TOMLNode
    if path.lowercased().hasSuffix(".json") {
      do throws(JSONSyntaxError) {
        root =
          DatasetReader.node(try JSONValue(parsing: Array(data))) ?? TOMLNode(value: .table([]), line: 0, column: 0)
      } catch {
        throw CavernError(
          "config.syntax", "not JSON: \(error.message)", exit: .configuration, file: path, line: error.line,
          column: error.column)
      }
    } else {
      root = try TOMLNode.parse(Array(data), file: path)
    }
    do throws(CavernError) {
      try self.init(root, file: path)
    } catch {
      throw error.inFile(path)
    }
  }

  init(_ root: TOMLNode, file: String) throws(CavernError) {
    self.file = file
    let folder = file.contains("/") ? String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]) : "."
    func place(_ path: String) -> String {
      path.hasPrefix("/") ? path : path == "." ? (folder.isEmpty ? "/" : folder) : "\(folder)/\(path)"
    }
    var top = try DatasetReader(root, name: "the file", file: file)
    guard var table = try top.optionalTable("dataset") else {
      throw CavernError("dataset.value", "there is no [dataset]", exit: .configuration, file: file)
    }
    name = try table.text("name")
    module = try table.text("module")
    asic = try table.text("asic")
    output = try table.optionalText("output").map(place)
    equation = try table.optionalChoice("equation", EdgeEquation.self) ?? .F1_0
    group = try table.optionalChoice("group", PixelGroup.self) ?? .all
    try table.close()
    if var table = try top.optionalTable("source") { source = try Self.source(&table) }
    guard let list = top.node("scan"), case .array(let nodes) = list.value, !nodes.isEmpty else {
      throw CavernError("dataset.value", "there is no [[scan]]", exit: .configuration, file: file)
    }
    try top.close()
    for node in nodes {
      var reader = try DatasetReader(node, name: "scan", file: file)
      let scan = try Self.scan(&reader, self, place)
      if scans.contains(where: { $0.label == scan.label }) {
        throw reader.fault("label", reader.node("label"), "'\(scan.label)' comes twice", expected: "a name of its own")
      }
      scans.append(scan)
    }
  }

  private static func source(_ table: inout DatasetReader) throws(CavernError) -> RadiationSource {
    var source = RadiationSource()
    source.name = try table.optionalText("name") ?? source.name
    source.energy = try table.optionalNumber("energy_eV") ?? source.energy
    source.pairEnergy = try table.optionalNumber("eV_per_pair") ?? source.pairEnergy
    source.pairEnergyError = try table.optionalNumber("u_eV_per_pair") ?? source.pairEnergyError
    guard source.energy > 0, source.pairEnergy > 0, source.pairEnergyError >= 0 else {
      throw table.fault("energy_eV", nil, "energies must be positive")
    }
    if var line = try table.optionalTable("second_line") {
      let fraction = try line.optionalNumber("fraction") ?? 0.12
      let ratio = try line.optionalNumber("energy_ratio") ?? 1.10
      guard (0..<1).contains(fraction), ratio > 0 else {
        throw line.fault("fraction", nil, "fraction must be from 0 to below 1 and energy_ratio above 0")
      }
      try line.close()
      source.secondLine = EdgeSecondLine(fraction: fraction, energyRatio: ratio)
    }
    try table.close()
    return source
  }

  private static func scan(
    _ table: inout DatasetReader, _ dataset: VeloDataset, _ place: (String) -> String
  ) throws(CavernError) -> ScanSettings {
    let label = try table.text("label")
    guard !label.contains("/"), label != ".", label != ".." else {
      throw table.fault("label", table.node("label"), "it must serve as the name of a folder")
    }
    let shutterText = try table.text("shutter")
    let shutter: Shutter
    do throws(CavernError) {
      shutter = try Shutter(shutterText)
    } catch {
      var named = error
      named.line = table.node("shutter").map(\.line)
      throw named
    }
    var scan = ScanSettings(shutter: shutter)
    scan.label = label
    let folder = try table.text("folder")
    scan.folder = place(folder)
    guard FileManager.default.fileExists(atPath: scan.folder) else {
      throw table.fault("folder", table.node("folder"), "there is no folder '\(scan.folder)'")
    }
    scan.prefix = try table.optionalText("prefix") ?? "\(dataset.module)_\(dataset.asic)_ECS_data_ST_"
    scan.acquisitions = try table.integer("acquisitions")
    scan.firstAcquisition = try table.optionalInteger("first_acquisition") ?? 0
    guard scan.acquisitions >= 1, scan.acquisitions <= 1_000_000, scan.firstAcquisition >= 0,
      scan.firstAcquisition <= 1_000_000_000
    else {
      throw table.fault("acquisitions", table.node("acquisitions"), "there must be at least one acquisition")
    }
    guard var range = try table.optionalTable("threshold") else {
      throw table.fault("threshold", nil, "it is missing", expected: "{ from = 1480, to = 1600, step = 1 }")
    }
    let (from, to) = (try range.integer("from"), try range.integer("to"))
    scan.step = try range.optionalInteger("step") ?? 1
    try range.close()
    guard from <= to, scan.step >= 1, from >= -1_000_000, to <= 1_000_000 else {
      throw table.fault(
        "threshold", table.node("threshold"), "from \(from) to \(to) step \(scan.step) is no range",
        expected: "from at most to, and a step of at least 1")
    }
    // The sums of a threshold take 262 kB and a line of the ledger some 80 bytes, whether there are files or not.
    let count = (to - from) / scan.step + 1
    guard count <= 4096, count * scan.acquisitions <= 4_000_000 else {
      throw table.fault(
        "threshold", table.node("threshold"), "\(count) thresholds with \(scan.acquisitions) acquisitions are too many",
        expected: "at most 4096 thresholds, and 4,000,000 acquisitions in all")
    }
    scan.to = to
    scan.thresholds = Array(stride(from: from, through: to, by: scan.step))
    let mask = try table.optionalText("mask") ?? "auto"
    scan.mask = mask == "auto" ? .automatic : mask == "none" ? .none : .file(place(mask))
    scan.baseline = try table.optionalText("baseline").map(place)
    scan.baselineWidth = try table.optionalText("baseline_width").map(place)
    if let text = try table.optionalText("baseline_uncertainty") {
      scan.baselineUncertainty = text == "none" ? .none : text == "width" ? .width : .file(place(text))
    }
    scan.badCut = try table.optionalNumber("bad_cut")
    scan.badTolerance = try table.optionalNumber("bad_tolerance") ?? 0.01
    scan.badTest = try table.optionalChoice("bad_test", BadTest.self) ?? .window
    scan.empty = try table.optionalChoice("empty", EmptyRule.self)
    scan.skipsFirstRow = try table.optionalBoolean("skip_first_row") ?? false
    if let text = try table.optionalText("exclude") {
      do throws(CavernError) {
        scan.exclude = try Condition(text)
      } catch {
        var named = error
        named.line = table.node("exclude").map(\.line)
        throw named
      }
    }
    scan.startEquation = dataset.equation
    scan.start = try start(&table, "p0", dataset.equation)
    scan.startAboveBaseline = try start(&table, "p0_baseline", dataset.equation)
    try table.close()
    return scan
  }

  private static func start(
    _ table: inout DatasetReader, _ key: String, _ equation: EdgeEquation
  ) throws(CavernError) -> [Double]? {
    guard let node = table.node(key) else { return nil }
    if case .string("auto") = node.value { return nil }
    let reader = try DatasetReader(node, name: "scan.\(key)", file: table.file)
    let names = equation.parameterNames
    let given = reader.numbers
    var values: [Double] = []
    for name in names {
      guard let value = given.first(where: { $0.name == name })?.value, value.isFinite else {
        throw table.fault(
          key, node, "'\(name)' is missing or not a number", expected: "exactly \(names.joined(separator: ", "))")
      }
      values.append(value)
    }
    if let extra = given.first(where: { !names.contains($0.name) }) {
      var error = table.fault(
        key, extra.node, "'\(extra.name)' is not a parameter of \(equation.rawValue)",
        expected: "exactly \(names.joined(separator: ", "))")
      error.nearest = nearestNames(to: extra.name, in: names)
      throw error
    }
    return values
  }

  /// The scan of a label.
  ///
  /// - Throws: `velo.scan` (exit 64) with the labels there are.
  public func scan(labelled label: String) throws(CavernError) -> ScanSettings {
    if let scan = scans.first(where: { $0.label == label }) { return scan }
    let labels = scans.map(\.label)
    throw CavernError(
      "velo.scan", "there is no scan '\(label)'", exit: .usage, file: file,
      expected: labels.joined(separator: ", "), nearest: nearestNames(to: label, in: labels))
  }
}
