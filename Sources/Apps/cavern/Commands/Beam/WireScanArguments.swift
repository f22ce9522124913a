import Arguments
import BeamInstrumentation
import Errors
import Files
import Foundation
import JSON
import Tables

/// The options that all wire-scan commands share, and what they mean.
enum WireScanArguments {
  /// Which part of a file.
  static let selection: [Option] = [
    .option("plane", "H,V", .list(.choice(["H", "V"])), "Planes to analyse.", default: "H,V"),
    .option("scan", "in,out", .list(.choice(["in", "out"])), "Scans to analyse.", default: "in,out"),
    .option("device", "NAME", .text, "Only devices whose name contains NAME.", note: "all that published"),
  ]

  /// How it is analysed.
  static let analysis: [Option] = [
    .option("optics", "SET|FILE", .text, "Optics set, or file with a table.", note: "by gamma", setting: "beam.optics"),
    .option(
      "dpp", "X", .number(0...1), "R.m.s. momentum spread of the beam.", default: "0.001", setting: "beam.dpp"),
    .option(
      "momentum-shape", "SHAPE|FILE", .text,
      "Also fold a betatron profile with this momentum distribution: gaussian, parabolic, or a CSV file of momentum and density.",
      note: "quadrature only"),
    .option("pm", "PM", .text, "Photomultiplier: 1 to 4, best, or best-per-row.", default: "best"),
    .option(
      "threshold", "F", .number(0...1), "Share of the typical area from which a row counts as filled.",
      default: "0.38", setting: "beam.threshold"),
    .option("rows", "LIST", .indices, "Rows to fit whatever they hold.", note: "found from the data"),
    .option(
      "model", "MODEL", .choice(["both", "gaussian", "qgaussian"]), "What to fit; the Gaussian always is.",
      default: "both"),
    .option(
      "weights", "W", .choice(["none", "noise"]), "All samples alike, or by a noise model found from a first fit.",
      default: "none"),
    .option("baseline", "B", .choice(["constant", "linear"]), "Baseline of the Gaussian.", default: "constant"),
    .option("gamma", "G", .number(1...1e6), "Lorentz factor in place of the recorded one."),
    .option("momentum", "GEV", .number(1e-6...1e9), "Momentum in GeV/c per particle in place of the recorded gamma."),
    .option("brho", "TM", .number(1e-6...1e9), "Magnetic rigidity in T m in place of the recorded gamma."),
    .option("particle", "NAME", .text, "Particle for --momentum and --brho.", default: "proton"),
    .option(
      "cycle-offset", "MS", .number(), "What is taken off instrument times to get the time of the gamma function.",
      default: "0"),
  ]

  /// The options as the domain takes them.
  static func options(_ arguments: ParsedArguments) throws(CavernError) -> WireScanOptions {
    var options = WireScanOptions()
    options.planes = Set(try arguments.strings("plane").compactMap(Plane.init))
    options.scans = Set(try arguments.strings("scan").compactMap(ScanDirection.init))
    options.device = try arguments.optionalString("device")
    if let optics = try arguments.optionalString("optics") { options.optics = .set(try opticsSet(optics)) }
    options.momentumSpread = try arguments.double("dpp")
    if let shape = try arguments.optionalString("momentum-shape") { options.momentumShape = try momentumShape(shape) }
    options.photomultiplier = try photomultiplier(arguments)
    options.threshold = try arguments.double("threshold")
    options.rows = try arguments.optionalIndices("rows").map(Set.init)
    options.fitsQGaussian = try arguments.string("model") != "gaussian"
    options.weights = WireScanOptions.Weights(rawValue: try arguments.string("weights")) ?? .none
    options.baseline = WireScanOptions.Baseline(rawValue: try arguments.string("baseline")) ?? .constant
    options.gamma = try gamma(arguments)
    options.cycleOffset = try arguments.double("cycle-offset")
    options.threads = try arguments.optionalInt("threads") ?? Processors.available
    return options
  }

  private static func photomultiplier(
    _ arguments: ParsedArguments
  ) throws(CavernError) -> WireScanOptions.Photomultiplier {
    let text = try arguments.string("pm")
    switch text {
    case "best": return .best
    case "best-per-row": return .bestPerRow
    default:
      guard let number = Int(text), (1...16).contains(number) else {
        throw arguments.fault(
          "usage.value", "'\(text)' is no photomultiplier", about: "pm", expected: "1 to 4, best or best-per-row",
          nearest: nearestNames(to: text, in: ["best", "best-per-row"]))
      }
      return .number(number)
    }
  }

  /// A shape by name, or the first two columns of a table.
  private static func momentumShape(_ text: String) throws(CavernError) -> MomentumDistribution {
    if let known = MomentumDistribution.named.first(where: { $0.name == text }) { return known }
    guard FileManager.default.fileExists(atPath: text) else {
      let names = MomentumDistribution.named.map(\.name)
      throw CavernError(
        "usage.value", "--momentum-shape: '\(text)' is neither a shape nor a file", exit: .usage,
        expected: names.joined(separator: ", ") + ", or a file with momentum and density",
        nearest: nearestNames(to: text, in: names))
    }
    let table = try readTable(path: text)
    guard table.columnNames.count >= 2 else {
      throw CavernError(
        "ws.badMomentumDistribution", "the table has fewer than two columns", exit: .badData, file: text,
        expected: "momentum and density")
    }
    do {
      return try MomentumDistribution(
        name: text, momenta: try table.column(table.columnNames[0]).doubles(),
        densities: try table.column(table.columnNames[1]).doubles())
    } catch {
      throw error.inFile(text)
    }
  }

  private static func gamma(_ arguments: ParsedArguments) throws(CavernError) -> Double? {
    let given = ["gamma", "momentum", "brho"].filter(arguments.isGiven)
    if given.count > 1 {
      throw arguments.fault(
        "usage.conflict", "--\(given[0]) and --\(given[1]) exclude each other", about: given[1],
        expected: "one of --gamma, --momentum and --brho")
    }
    if let gamma = try arguments.optionalDouble("gamma") { return gamma }
    let particle = try ParticleSpecies.named(try arguments.string("particle"))
    if let momentum = try arguments.optionalDouble("momentum") {
      return Relativity.gamma(momentum: momentum, restEnergy: particle.restEnergy)
    }
    guard let rigidity = try arguments.optionalDouble("brho") else { return nil }
    return Relativity.gamma(
      momentum: Relativity.momentum(rigidity: rigidity, charge: particle.charge), restEnergy: particle.restEnergy)
  }

  /// A set by name, or the first set of a file.
  static func opticsSet(_ text: String) throws(CavernError) -> OpticsSet {
    let table = try OpticsTable.builtIn()
    let looksLikeFile = text.contains("/") || text.hasSuffix(".json")
    guard looksLikeFile || FileManager.default.fileExists(atPath: text) else { return try table.set(named: text) }
    let read = try opticsTable(file: text)
    guard let set = read.sets.first else {
      throw CavernError("optics.badTable", "the table holds no optics set", exit: .badData, file: text)
    }
    return set
  }

  /// The optics table of a file.
  static func opticsTable(file: String) throws(CavernError) -> OpticsTable {
    let bytes = try TextFile.bytes(file)
    do {
      return try OpticsTable(json: try JSONValue(parsing: bytes))
    } catch let error as JSONSyntaxError {
      throw CavernError(
        "optics.badTable", "not an optics table: \(error.message)", exit: .badData, file: file, line: error.line,
        column: error.column, hint: "'cavern beam optics import' makes one from a Twiss file")
    } catch let error as CavernError {
      throw error.inFile(file)
    } catch {
      throw CavernError("internal.fault", "\(error)", exit: .internal, file: file)
    }
  }
}

/// Small text files as input of commands.
enum TextFile {
  /// All bytes of a file.
  ///
  /// - Throws: `input.missing` (exit 66), `input.folder` (66) or `input.unreadable` (74).
  static func bytes(_ path: String) throws(CavernError) -> [UInt8] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CavernError("input.missing", "there is no such file", exit: .noInput, file: path)
    }
    if isFolder.boolValue {
      throw CavernError("input.folder", "this is a folder", exit: .noInput, file: path, expected: "a file")
    }
    do {
      return Array(try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw CavernError("input.unreadable", "the file cannot be read", exit: .inputOutput, file: path)
    }
  }
}
