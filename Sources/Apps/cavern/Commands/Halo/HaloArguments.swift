import Arguments
import BeamHalo
import Conditions
import Errors
import Foundation
import Tables

/// Options and arguments that the commands of the halo monitor share.
enum HaloArguments {
  /// The capture.
  static let folder = Argument("capture", .path, "Folder with text or .uhtr files of the boards, or one file.")

  /// Which files, and how they are read.
  static let reading: [Option] = [
    .option("side", "SIDE", .choice(["plus", "minus"]), "Side of files whose name does not tell it."),
    .option(
      "max-loss", "SHARE", .number(0...1), "Largest share of hits that damage may take.", default: "0.01",
      setting: "halo.max_loss"),
    CommonOptions.threads,
  ]

  /// Which runs, and how they are calibrated.
  static let analysis: [Option] = [
    .option("runs", "LIST", .text, "Runs: all, 380115, 380115,380116 or 380100-380120.", default: "all"),
    .option(
      "method", "HOW", .choice(["classic", "robust"]), "How the windows of the channels are found.", default: "classic"),
    .option(
      "calibration", "FILE", .file(["json"]), "Take the windows from this file; nothing is derived for its channels."),
    .option("reference", "FILE", .file(["json"]), "Compare times with this calibration, and fall back on it."),
    .option("adc-floor", "CODE", .integer(0...255), "Robust: lowest peak code.", default: "128"),
    .option("search", "FROM:TO", .range, "Robust: times among which the peak is looked for.", default: "1:20"),
    .flag("mapped", "Leave out hits of addresses that are no channels."),
    .option(
      "filling", "FILE", .file(["json", "csv", "txt"]),
      "Filling scheme: which bunch slots are filled, for filled, colliding and train in --where and for rates per bunch."
    ),
  ]

  /// Where run information and luminosity come from.
  static let conditions: [Option] = [
    .option("oms", "FILE,...", .list(.file(["json", "csv"])), "Saved answers of OMS about the runs."),
    .option(
      "brilcalc", "FILE,...", .list(.file(["csv"])), "Saved listings of brilcalc: with norm tag, and the online one."),
    .option(
      "cache", "DIR", .folder, "Folder in which 'cavern halo runinfo' keeps answers.", setting: "halo.cache"),
    .flag("offline", "Do not look for saved answers beside the data."),
    .option(
      "align", "HOW", .choice(["none", "runs", "lumi"]),
      "Shift the clock: by the earliest start of all runs, or to the luminosity.", default: "none"),
  ]

  /// `--channels LIST`.
  static let channels = Option.option(
    "channels", "LIST", .list(.text), "Channels: names, groups (PN, PF, MN, MF), sides (+Z, -Z) or all.",
    default: "all")

  /// The analysis with the channels of `--channels` only.
  static func chosenChannels(
    _ analysis: HaloAnalysis, _ arguments: ParsedArguments
  ) throws(CavernError) -> HaloAnalysis {
    guard let choice = try channelChoice(arguments, analysis.detector) else { return analysis }
    return analysis.keeping(channels: choice)
  }

  /// The channels that `--channels` names.
  static func listedChannels(
    _ arguments: ParsedArguments, _ detector: HaloDetector
  ) throws(CavernError) -> [HaloChannel] {
    guard let choice = try channelChoice(arguments, detector) else { return detector.channels }
    return detector.channels.filter { choice.contains(UInt8(clamping: $0.index)) }
  }

  /// The choice of `--channels`; nil for all, hits of addresses that are no channels included.
  static func channelChoice(
    _ arguments: ParsedArguments, _ detector: HaloDetector
  ) throws(CavernError) -> HaloChannelChoice? {
    let names = try arguments.strings("channels")
    return names == ["all"] ? nil : try HaloChannelChoice(names, detector: detector)
  }

  /// The side that `--side` names.
  static func side(_ arguments: ParsedArguments) throws(CavernError) -> HaloSide? {
    try arguments.optionalString("side").map { $0 == "plus" ? .plus : .minus }
  }

  /// `--figure FILE`.
  static let figure = Option.option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw to FILE.")

  /// Reads the capture; samples are only kept when asked for, an analysis needs their peaks alone.
  @MainActor
  static func capture(
    _ arguments: ParsedArguments, path: String? = nil, keepsSamples: Bool = false
  ) throws(CavernError) -> HaloCapture {
    let side = try side(arguments)
    let place: String
    if let path { place = path } else { place = try arguments.string("capture") }
    let pieces = try HaloPieces(place, unknownSide: side)
    let progress = Progress(total: pieces.pieces.count, unit: "files", arguments)
    defer { progress.finish() }
    return try HaloCapture(
      reading: pieces, reader: HaloFileReader(threads: try arguments.optionalInt("threads"), keepsSamples: keepsSamples)
    ) { _ in progress.advance() }
  }

  /// Cleans and calibrates a capture as the options say.
  static func analysis(
    _ capture: HaloCapture, _ arguments: ParsedArguments
  ) throws(CavernError) -> HaloAnalysis {
    let detector = try HaloDetector()
    var options = HaloAnalysis.Options()
    options.runs = try HaloRunChoice(try arguments.string("runs"))
    options.method = HaloMethod(rawValue: try arguments.string("method")) ?? .classic
    options.given = try cuts(arguments.optionalString("calibration"), detector)
    options.reference = try cuts(arguments.optionalString("reference"), detector)
    options.robust.adcFloor = try arguments.int("adc-floor")
    let search = try arguments.range("search")
    let low = Int(max(0, (search.from ?? 1).rounded()))
    let high = Int(min(49, (search.to ?? 20).rounded()))
    guard low <= high else { throw arguments.fault("halo.badSearch", "the range holds no time", about: "search") }
    options.robust.search = low...high
    options.dropsUnmapped = arguments.flag("mapped")
    options.filling = try parsed(arguments.optionalString("filling")) { (bytes) throws(CavernError) in
      try HaloFillingScheme(parsing: bytes)
    }
    return HaloAnalysis(capture, detector: detector, options: options)
  }

  /// What a file holds, if one is named; faults name it.
  private static func parsed<Content>(
    _ path: String?, _ parse: ([UInt8]) throws(CavernError) -> Content
  ) throws(CavernError) -> Content? {
    guard let path else { return nil }
    let bytes = try FileBytes.read(path)
    do throws(CavernError) {
      return try parse(bytes)
    } catch {
      throw error.inFile(path)
    }
  }

  /// The intensities of `--intensity`, if it is given.
  static func intensities(_ arguments: ParsedArguments) throws(CavernError) -> HaloIntensities? {
    try parsed(arguments.optionalString("intensity")) { (bytes) throws(CavernError) in
      HaloIntensities(try BeamIntensityListing(parsing: String(decoding: bytes, as: UTF8.self)))
    }
  }

  /// The expression of `--where`, if it is given.
  static func condition(
    _ arguments: ParsedArguments, _ analysis: HaloAnalysis
  ) throws(CavernError) -> HaloExpression? {
    guard let text = try arguments.optionalString("where") else { return nil }
    let expression = try HaloExpression(parsing: text)
    guard !expression.usesFilling || analysis.options.filling != nil else {
      throw arguments.fault(
        "halo.noFilling", "'\(text)' needs to know which bunch slots are filled", about: "where",
        expected: "--filling FILE with the filling scheme")
    }
    return expression
  }

  /// The cuts of a file, if one is named.
  static func cuts(_ path: String?, _ detector: HaloDetector) throws(CavernError) -> HaloCutTable? {
    try parsed(path) { (bytes) throws(CavernError) in try HaloCutTable(parsing: bytes, detector: detector) }
  }

  /// Remarks of an analysis: files, order, losses, calibration.
  static func warnings(_ analysis: HaloAnalysis) -> [CavernWarning] {
    var warnings = analysis.capture.warnings + lossWarnings(analysis.capture.sides.flatMap(\.tallies))
    if let missing = analysis.options.given?.missing, !missing.isEmpty {
      warnings.append(
        CavernWarning(
          "halo.calibrationIncomplete",
          "the calibration file lacks \(missing.joined(separator: ", ")); their windows are derived"))
    }
    let runs = Set(analysis.capture.sides.flatMap { $0.firstOrbits().keys }).sorted()
    if !runs.isEmpty, !runs.contains(where: analysis.options.runs.contains) {
      warnings.append(
        CavernWarning("halo.noSuchRun", "no run of --runs is in the capture; it holds \(runs.firstFew(8))"))
    }
    for (data, clean) in zip(analysis.capture.sides, analysis.clean) where !clean.flow.unmapped.isEmpty {
      let list = clean.flow.unmapped.sorted { $0.key < $1.key }.map {
        "fibre \($0.key / 1000) channel \($0.key % 1000): \($0.value)"
      }
      warnings.append(
        CavernWarning(
          "halo.unmapped",
          "\(data.side.label): hits of addresses that are no channels (\(list.prefix(8).joined(separator: ", ")))"))
    }
    return warnings
  }

  /// One remark a file that lost hits.
  static func lossWarnings(_ tallies: [HaloTally]) -> [CavernWarning] {
    tallies.filter { $0.damagedPlaces > 0 }.map { tally in
      let kinds = zip(HaloDiagnostic.Kind.allCases, tally.byKind).filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }
      let hits = "\(tally.lost) \(tally.lost == 1 ? "hit" : "hits")"
      let places = "\(tally.damagedPlaces) \(tally.damagedPlaces == 1 ? "place" : "places")"
      return CavernWarning(
        "halo.damage", "\(hits) lost at \(places): \(kinds.joined(separator: ", "))", file: tally.file)
    }
  }

  /// How the command ends: 2 when damage took more than --max-loss allows.
  static func status(_ capture: HaloCapture, _ arguments: ParsedArguments) throws(CavernError) -> ExitStatus {
    capture.lossShare > (try arguments.double("max-loss")) ? .partial : .done
  }
}
