import Arguments
import Errors
import Foundation
import PixelMonitoring

/// Leakage currents and temperatures of many fills from the folders of earlier steps.
struct PixelLeakageInputs {
  /// One entry a fill, by number.
  var fills: [FillLeakage] = []
  /// Fills without a file of currents.
  var missing: [Int] = []
  /// What else is to be said.
  var warnings: [CavernWarning] = []

  /// Where currents and temperatures are, and how they are divided and corrected.
  static let options: [Option] = [
    .option("currents", "DIR", .folder, "Folder that 'currents process' wrote."),
    .option("temperatures", "DIR", .folder, "Folder that 'temperatures groups' wrote."),
    .option(
      "subsystem", "NAME", .choice(Subsystem.allCases.map { .init($0.rawValue) }), "Barrel or EndCap.",
      default: "Barrel"),
    .option(
      "layers", "LIST", .list(.integer(0...4)), "Layers (rings of the end-cap; 0 for its groups until 2016).",
      note: "all"),
    .flag("normroc", "Divide by the readout chips."), .flag("normvol", "Divide by the active volume."),
    .flag("all", "Also count groups with bias off and other doubtful ones."),
    .option("lumi", "FILE", .file(["csv"]), "Luminosities, as 'cavern pixel lumi' writes them."),
  ]

  /// Reads the fills.
  init(
    _ fills: [Int], currents: String, temperatures: String?, subsystem: Subsystem, facts: PixelFacts
  ) throws(CavernError) {
    for fill in fills {
      guard FileManager.default.fileExists(atPath: "\(currents)/\(fill)_\(subsystem.rawValue)_HV_ByLayer.txt") else {
        missing.append(fill)
        continue
      }
      let quality = Self.quality(fill, subsystem, currents: currents, temperatures: temperatures)
      let read = try FillLeakage.read(
        fill: fill, subsystem: subsystem, currents: currents, temperatures: temperatures, quality: quality, facts: facts
      )
      self.fills.append(read.leakage)
      warnings += read.warnings
    }
    guard !self.fills.isEmpty else {
      throw CavernError(
        "pixel.noCurrents", "the folder holds currents of none of the \(fills.count) fills", exit: .noInput,
        file: currents, expected: "files like \(fills.first ?? 0)_\(subsystem.rawValue)_HV_ByLayer.txt")
    }
    if !missing.isEmpty {
      warnings.append(
        CavernWarning(
          "pixel.noCurrents",
          "no currents of \(missing.count) fills: \(missing.firstFew(8))", file: currents))
    }
  }

  /// What the tables beside the text files say: uncertainties, and bias that is off.
  private static func quality(
    _ fill: Int, _ subsystem: Subsystem, currents: String, temperatures: String?
  ) -> [ReadoutGroupName: FillLeakage.Quality] {
    var quality: [ReadoutGroupName: FillLeakage.Quality] = [:]
    for row in rows("\(currents)/\(fill)_\(subsystem.rawValue)_currents.csv") {
      guard let name = row["name"].flatMap({ ReadoutGroupName($0) }) else { continue }
      let flags = (row["quality"] ?? "").split(separator: " ")
      let bad = flags.first { ["hv-off", "negative", "high", "missing"].contains($0) }
      quality[name] = FillLeakage.Quality(
        currentSigma: row["sigma"].flatMap { Double($0) }, exclusion: bad.map(String.init))
    }
    guard let temperatures else { return quality }
    for row in rows("\(temperatures)/\(subsystem.prefix)/\(fill).csv") {
      guard let name = row["readout_group"].flatMap({ ReadoutGroupName($0) }) else { continue }
      quality[name, default: FillLeakage.Quality()].kelvinSigma = row["sigma_k"].flatMap { Double($0) }
      if row["bias"] == "off", quality[name]?.exclusion == nil { quality[name]?.exclusion = "hv-off" }
    }
    return quality
  }

  /// Rows of a table by column name; none when the file is not there.
  private static func rows(_ path: String) -> [[String: String]] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard let header = lines.first?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) else {
      return []
    }
    return lines.dropFirst().map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return Dictionary(zip(header, cells)) { first, _ in first }
    }
  }

  /// `--normroc` and `--normvol`, which exclude each other.
  static func normalisation(_ arguments: ParsedArguments) throws(CavernError) -> LeakageNormalisation {
    if arguments.flag("normroc"), arguments.flag("normvol") {
      throw CavernError("usage.conflict", "--normroc and --normvol exclude each other", exit: .usage)
    }
    return arguments.flag("normroc") ? .roc : arguments.flag("normvol") ? .volume : .none
  }

  /// The layers or rings asked for.
  ///
  /// - Parameter includesWholeGroups: whether groups of the end-cap until 2016, which have no rings, stand as ring 0.
  static func layers(
    _ arguments: ParsedArguments, _ subsystem: Subsystem, includesWholeGroups: Bool = false
  ) throws(CavernError) -> [Int] {
    let wished = try arguments.ints("layers")
    let known = subsystem == .barrel ? [1, 2, 3, 4] : includesWholeGroups ? [0, 1, 2] : [1, 2]
    for layer in wished where !known.contains(layer) {
      throw arguments.fault(
        "usage.badLayer",
        subsystem == .barrel ? "the barrel has no layer \(layer)" : "the end-cap has no ring \(layer)",
        about: "layers", expected: known.map(String.init).joined(separator: ", "))
    }
    return wished.isEmpty ? known : wished
  }

  /// A folder option that is needed.
  static func folder(_ arguments: ParsedArguments, _ name: String) throws(CavernError) -> String {
    guard let path = try arguments.optionalString(name) else {
      throw CavernError("usage.missingOption", "--\(name) is missing", exit: .usage, expected: "a folder")
    }
    return path
  }

  /// Luminosities by fill; empty without `--lumi`.
  static func luminosities(_ arguments: ParsedArguments) throws(CavernError) -> [Int: LuminosityTable.Row] {
    guard let path = try arguments.optionalString("lumi") else { return [:] }
    let table = try LuminosityTable(csv: try PixelFiles.text(path), path: path)
    return Dictionary(table.rows.map { ($0.fill, $0) }) { first, _ in first }
  }

  /// The fills asked for: those of `--fills`, or the numbers of the limits for which there are currents.
  static func fillNumbers(
    _ arguments: ParsedArguments, _ facts: PixelFacts, currents: String, subsystem: Subsystem
  ) throws(CavernError) -> [Int] {
    if arguments.isGiven("fills") { return try PixelArguments.fills(arguments, facts).fills.map(\.number) }
    let selection = try PixelArguments.fillSelection(arguments, facts)
    let ending = "_\(subsystem.rawValue)_HV_ByLayer.txt"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: currents)) ?? []
    let numbers = names.filter { $0.hasSuffix(ending) }.compactMap { Int($0.dropLast(ending.count)) }.filter {
      selection.holds($0) && !selection.bad.contains($0)
    }.sorted()
    guard !numbers.isEmpty else {
      throw CavernError(
        "pixel.noFills", "the folder holds currents of no fill that was asked for", exit: .badData, file: currents,
        expected: "files like 8016\(ending)")
    }
    return numbers
  }
}
