import Arguments
import Errors
import Figures
import JSON
import VeloCalibration

extension Command {
  private static let several: [Option] = [
    .option(
      "results", "FOLDERS", .list(.path), "Result folders, or with --collection names of rows of it.",
      isRepeatable: true),
    .option(
      "collection", "FILE", .file(["csv"]), "A results_collection.csv; result folders lie beside it under their names."),
    .option("scan", "LABEL", .text, "Only this scan.", note: "all scans of each result"),
    .option("figures", "DIR", .folder, "Folder for the figures.", default: "plots"),
  ]

  static var plotCollection: Command {
    Command(
      "collection", "Draw histograms of targets and gains of several results over each other.",
      examples: [
        Example("cavern velo plot collection --results RESULT", "warm and cold"),
        Example("cavern velo plot collection --results RESULT --option qq", "quantiles against the normal ones"),
        Example(
          "cavern velo plot collection --results RESULT --scan warm --difference even,odd",
          "groups of a run with --group"),
      ],
      options: several + [
        .option("option", "WHAT", .choice(["histogram", "qq", "discrepancy"]), "What is drawn.", default: "histogram"),
        .option("compare", "CURVE", .choice(["asic", "asicgood"]), "Curve of the discrepancy.", default: "asicgood"),
        .option("difference", "A,B", .list(.text), "Also the difference of the histograms of two groups."),
      ]
    ) { arguments in
      let members = try VeloMembers.read(arguments)
      var figures: [Figure] = []
      switch try arguments.string("option") {
      case "qq": figures.append(try CollectionFigures.quantiles(members))
      case "discrepancy":
        let curve = try arguments.string("compare") == "asic" ? "ASIC" : "ASICgood"
        for member in members {
          for name in ["target", "K"] {
            figures.append(try CalibrationFigures(member.maps, counts: nil).discrepancy(name, curve: curve))
          }
        }
      default: figures.append(try CollectionFigures.histograms(members))
      }
      let pair = try arguments.strings("difference")
      if !pair.isEmpty {
        guard pair.count == 2 else {
          throw arguments.fault("usage.value", "--difference takes two groups", about: "difference", expected: "A,B")
        }
        var parts: [CollectionFigures.Member] = []
        for group in pair { parts.append(try VeloMembers.group(group, arguments)) }
        figures.append(try CollectionFigures.difference(parts[0], parts[1]))
      }
      return try VeloFigureFiles.write(figures, to: try arguments.string("figures"))
    }
  }

  static var plotSummary: Command {
    Command(
      "summary", "Draw gains, shares of good pixels, or energies against targets of several results.",
      examples: [
        Example("cavern velo plot summary --results A,B --labels first,second", "gains, one line a result"),
        Example("cavern velo plot summary --type energy --results FE55,AM241", "linearity over sources"),
      ],
      options: several + [
        .option("type", "WHAT", .choice(["gain", "pixels", "both", "energy"]), "What is drawn.", default: "gain"),
        .option("labels", "NAMES", .list(.text), "What stands beside the results.", note: "their names"),
        .option("systematic", "X", .number(0...100), "Systematic uncertainty of K in e-/DAC for the band."),
      ]
    ) { arguments in
      var members = try VeloMembers.read(arguments)
      let names = try arguments.strings("labels")
      guard names.isEmpty || names.count == members.count else {
        throw arguments.fault(
          "usage.value", "\(names.count) labels for \(members.count) results", about: "labels",
          expected: "one for each: " + members.map(\.name).joined(separator: ", "))
      }
      for (index, name) in names.enumerated() { members[index].name = name }
      let systematic = try arguments.optionalDouble("systematic")
      var figures: [Figure] = []
      let type = try arguments.string("type")
      if type == "gain" || type == "both" { figures.append(CollectionFigures.gains(members, systematic: systematic)) }
      if type == "pixels" || type == "both" { figures.append(CollectionFigures.pixels(members)) }
      if type == "energy" { figures.append(energies(members, systematic: systematic)) }
      var report = try VeloFigureFiles.write(figures, to: try arguments.string("figures"))
      let (list, expected, error) = (
        members, CollectionFigures.expectedGain, CollectionFigures.expectedGainError
      )
      // How far the results lie from what the chip's data let expect.
      let lines = list.map { member -> (String, Double, Double) in
        let json = member.maps.json["good"]?["K_e_per_DAC"]
        let mean = json?["mean"]?.doubleValue ?? .nan
        let statistical = json?["errorOfMean"]?.doubleValue ?? .nan
        let total = (statistical * statistical + (systematic ?? 0) * (systematic ?? 0) + error * error).squareRoot()
        return (member.name, mean, (mean - expected) / total)
      }
      let pictures = report.text()
      report.result = {
        [
          "expected": ["K_e_per_DAC": .number(expected), "error": .number(error)],
          "results": .array(
            lines.map { ["name": .string($0.0), "K_e_per_DAC": .number($0.1), "sigmaFromExpected": .number($0.2)] }),
        ]
      }
      report.text = {
        lines.map {
          "\($0.0): K = \(NumberLabel.fixed($0.1, decimals: 3)) e-/DAC, \(NumberLabel.fixed($0.2, decimals: 1)) σ from \(NumberLabel.fixed(expected, decimals: 3))\n"
        }
        .joined() + pictures
      }
      return report
    }
  }

  private static func energies(_ members: [CollectionFigures.Member], systematic: Double?) -> Figure {
    let points = members.map { member -> CollectionFigures.SourcePoint in
      let good = member.maps.json["good"]
      let source = member.maps.json["source"]
      let target = good?["target_DAC"]?["mean"]?.doubleValue ?? .nan
      let gain = good?["K_e_per_DAC"]?["mean"]?.doubleValue ?? .nan
      let statistical = good?["K_e_per_DAC"]?["errorOfMean"]?.doubleValue ?? 0
      let scale = member.maps.json["K_scaleError_relative"]?.doubleValue ?? 0
      let k = ((systematic ?? 0) * (systematic ?? 0) + statistical * statistical).squareRoot() / gain
      return CollectionFigures.SourcePoint(
        name: member.name, energy: source?["energy_eV"]?.doubleValue ?? 5900,
        target: (target, target * (scale * scale + k * k).squareRoot()))
    }
    let pair = members.first?.maps.json["source"]?["eV_per_pair"]?.doubleValue ?? 3.69
    return CollectionFigures.energies(points, pairEnergy: pair)
  }
}

/// The results that a command over several of them reads.
@MainActor
enum VeloMembers {
  /// All scans of all results named by `--results`.
  static func read(_ arguments: ParsedArguments) throws(CavernError) -> [CollectionFigures.Member] {
    let wanted = try arguments.optionalString("scan")
    var members: [CollectionFigures.Member] = []
    let folders = try folders(arguments)
    for (name, folder) in folders {
      let labels = wanted.map { [$0] } ?? VeloStored.labels(folder)
      guard !labels.isEmpty else {
        throw CavernError("velo.result", "there is no result of a calibration", exit: .noInput, file: folder)
      }
      for label in labels {
        let maps = try PixelMaps(folder: try VeloStored.scanFolder(folder, label: label))
        members.append(.init(name: folders.count > 1 ? "\(name) \(label)" : label, maps: maps))
      }
    }
    return members
  }

  /// The result of a group: a folder in that of the scan.
  static func group(_ name: String, _ arguments: ParsedArguments) throws(CavernError) -> CollectionFigures.Member {
    guard let folder = try folders(arguments).first?.folder else { return try missing(arguments) }
    let scan = try VeloStored.scanFolder(folder, label: try arguments.optionalString("scan"))
    return .init(name: name, maps: try PixelMaps(folder: "\(scan)/\(name)"))
  }

  private static func missing<Value>(_ arguments: ParsedArguments) throws(CavernError) -> Value {
    throw CavernError("usage.missing", "no results are named", exit: .usage, hint: "add --results FOLDER")
  }

  private static func folders(
    _ arguments: ParsedArguments
  ) throws(CavernError) -> [(name: String, folder: String)] {
    let names = try arguments.strings("results")
    guard let collection = try arguments.optionalString("collection") else {
      if names.isEmpty { return try missing(arguments) }
      return names.map { ($0.split(separator: "/").last.map(String.init) ?? $0, $0) }
    }
    let rows = try ResultsCollection.read(collection)
    let known = rows.map(\.results)
    let place = OutputFolder.parent(of: collection)
    var found: [(String, String)] = []
    for name in names.isEmpty ? Array(Set(known)).sorted() : names {
      guard known.contains(name) else {
        throw CavernError(
          "velo.collection", "the collection has no row '\(name)'", exit: .usage, file: collection,
          expected: Array(Set(known)).sorted().joined(separator: ", "), nearest: nearestNames(to: name, in: known))
      }
      found.append((name, "\(place)/\(name)"))
    }
    return found
  }
}
