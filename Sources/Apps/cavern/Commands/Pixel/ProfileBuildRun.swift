import Arguments
import Conditions
import Dispatch
import Errors
import Files
import Foundation
import JSON
import PixelMonitoring
import Results
import Synchronization

/// One run of `cavern pixel profile build`.
struct ProfileBuildRun {
  private let facts: PixelFacts
  private let fills: [Fill]
  private let badFills: Set<Int>
  private let groups: [ReadoutGroup]
  private let options: ProfileBuilder.Options
  private let isCompatible: Bool
  private let folder: String
  private let conditions: PixelConditions
  private let luminosity: DeliveredLuminosity
  private let members: [ProfileBuilder.Group]
  private var warnings: [CavernWarning]
  private let inputs: [Provenance.Input]

  /// Reads fills, luminosity and field, and opens the database.
  init(_ arguments: ParsedArguments) throws(CavernError) {
    facts = try PixelFacts.builtIn()
    isCompatible = arguments.flag("compat")
    folder = try arguments.string("out")
    let selection = try PixelArguments.fillSelection(arguments, facts)
    badFills = selection.bad
    let path = try arguments.string("fills")
    let list = try FillList(path: path)
    warnings = list.warnings
    // Bad fills irradiate all the same: only their currents are left out.
    let all = FillSelection(first: selection.first, last: selection.last, era: selection.era)
    do throws(CavernError) {
      fills = try all.select(list).fills.sorted { ($0.start, $0.number) < ($1.start, $1.number) }
    } catch {
      throw error.inFile(path)
    }
    for (before, fill) in zip(fills, fills.dropFirst()) where fill.start < before.end {
      throw CavernError(
        "profile.fillsOverlap", "fill \(fill.number) begins before the end of fill \(before.number)", exit: .badData,
        file: path)
    }
    for fill in fills { _ = try facts.phase(ofFill: fill.number) }
    groups = try Self.groups(arguments, facts)
    options = try Self.options(arguments, isCompatible)
    let lumi = try arguments.strings("lumi")
    let digests = lumi.map { DigestTask($0) }
    luminosity = try DeliveredLuminosity(paths: lumi)
    let fieldPath = try arguments.string("field")
    let (field, remarks) = try FluenceField.read(fieldPath)
    warnings += remarks
    members = try Self.members(groups, field, facts)
    conditions = try PixelArguments.conditions(arguments)
    var read = [try Provenance.Input(reading: path)]
    for digest in digests { read.append(try digest.value()) }
    let fieldFile = OutputFolder.isPlainFile(fieldPath) ? fieldPath : "\(fieldPath)/\(FluenceField.tableName)"
    if OutputFolder.isPlainFile(fieldFile) { read.append(try Provenance.Input(reading: fieldFile)) }
    inputs = read
  }

  private static func groups(_ arguments: ParsedArguments, _ facts: PixelFacts) throws(CavernError) -> [ReadoutGroup] {
    var groups: [ReadoutGroup] = []
    for name in try arguments.strings("groups") {
      let found: [ReadoutGroup] =
        switch name.lowercased() {
        case "all": facts.groups(of: .barrel) + facts.groups(of: .endCap)
        case "barrel", "bpix": facts.groups(of: .barrel)
        case "endcap", "fpix": facts.groups(of: .endCap)
        default: [try facts.group(named: name)]
        }
      groups += found.filter { !groups.contains($0) }
    }
    return groups
  }

  private static func options(
    _ arguments: ParsedArguments, _ isCompatible: Bool
  ) throws(CavernError) -> ProfileBuilder.Options {
    var options = isCompatible ? ProfileBuilder.Options.compatible : ProfileBuilder.Options()
    options.steps.fillDelay = try PixelArguments.seconds(arguments, "fill-delay")
    options.steps.interfillDelay = try PixelArguments.seconds(arguments, "interfill-delay")
    options.steps.fillStep = try PixelArguments.seconds(arguments, "fill-step")
    options.steps.interfillStep = try PixelArguments.seconds(arguments, "interfill-step")
    for (name, value) in [
      ("fill-delay", options.steps.fillDelay), ("interfill-delay", options.steps.interfillDelay),
      ("fill-step", options.steps.fillStep), ("interfill-step", options.steps.interfillStep),
    ] where value < 1 || value != value.rounded() {
      throw arguments.fault(
        "usage.badValue", "--\(name) is \(value) s", about: name, expected: "whole seconds, at least one")
    }
    options.temperatureLookback = try PixelArguments.seconds(arguments, "temperature-lookback")
    if arguments.isGiven("lookback") { options.currentLookback = try PixelArguments.seconds(arguments, "lookback") }
    if let threshold = try arguments.optionalDouble("bias-threshold") { options.biasThreshold = threshold }
    if !arguments.flag("fluence-heating") { options.kelvinPerFluenceRate = 0 }
    if let how = try arguments.optionalString("fluence") { options.usesCompatibleFluence = how == "sum" }
    options.crossSection = try arguments.optionalDouble("cross-section")
    return options
  }

  private static func members(
    _ groups: [ReadoutGroup], _ field: FluenceField, _ facts: PixelFacts
  ) throws(CavernError) -> [ProfileBuilder.Group] {
    let averages = try ModuleFluence(field, conversion: FluenceConversion(crossSectionMillibarn: 1))
    var members: [ProfileBuilder.Group] = []
    for group in groups {
      let entry = try averages.entry(named: group.name.text, over: facts.modules(of: group.name))
      members.append(ProfileBuilder.Group(group, entry, facts))
    }
    return members
  }

  // MARK: Running

  mutating func run(_ arguments: ParsedArguments) throws(CavernError) -> Report {
    try OutputFolder.prepare(folder)
    let names = groups.flatMap { fileNames($0.name.text) }
    if !arguments.flag("overwrite"), !arguments.flag("resume"),
      let there = names.first(where: { OutputFolder.isPlainFile("\(folder)/\($0)") })
    {
      throw CavernError(
        "file.exists", "there is a profile already", exit: .cannotCreate, file: "\(folder)/\(there)",
        hint: "name another folder, replace with --overwrite, or go on with --resume")
    }
    let last = fills[fills.count - 1].end
    let reader = try ProfileSeriesReader(
      conditions, facts: facts, groups: groups, until: last, options: options, isCompatible: isCompatible)
    warnings += reader.warnings
    let count = try arguments.optionalInt("split") ?? max(1, Int(fills[0].start.seconds(to: last) / (30 * 86_400)))
    let stretches = ProfileStretch.cut(fills, into: count, facts: facts, options: options)
    let parts = ProfileParts(folder: folder, groups: groups.map(\.name.text))
    let digest = try digest(arguments, stretches.count)
    let done = try parts.prepare(digest: digest, isResuming: arguments.flag("resume"))
    try work(stretches, reader, parts, done, arguments)
    return try finish(stretches, parts, arguments)
  }

  private func fileNames(_ group: String) -> [String] {
    isCompatible
      ? ["profile_\(group)_full.txt", "profile_\(group)_physics.tsv"]
      : ["profile_\(group)_physics.tsv", "profile_\(group).sources.tsv"]
  }

  /// What decides whether earlier stretches may be kept: inputs, groups, options and number of stretches.
  private func digest(_ arguments: ParsedArguments, _ count: Int) throws(CavernError) -> String {
    var text = inputs.map { "\($0.path) \($0.sha256)" }.joined(separator: "\n")
    text += "\n\(options)\n\(groups.map(\.name.text))\n\(count)\n\(fills.map(\.number))\n\(badFills.sorted())"
    text += "\n\(conditions.database.source.name)"
    if let path = try arguments.optionalString("db"),
      let facts = try? FileManager.default.attributesOfItem(atPath: path)
    {
      text += "\n\(facts[.size] ?? 0) \((facts[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0)"
    }
    return SHA256.hexDigest(of: Array(text.utf8))
  }

  /// Reads, computes and writes the stretches that are not done, some side by side.
  private func work(
    _ stretches: [ProfileStretch], _ reader: ProfileSeriesReader, _ parts: ProfileParts, _ done: Set<Int>,
    _ arguments: ParsedArguments
  ) throws(CavernError) {
    let open = stretches.indices.filter { !done.contains($0) }
    let threads = min(try PixelArguments.threads(arguments), max(open.count, 1))
    let progress = Progress(total: open.count, unit: "stretches", arguments)
    defer { progress.finish() }
    let next = Mutex(0)
    let failure = Mutex<CavernError?>(nil)
    let (members, luminosity, options, badFills, isCompatible) = (members, luminosity, options, badFills, isCompatible)
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      while failure.withLock({ $0 == nil }), !Interrupts.isRequested {
        let place = next.withLock { next in
          next += 1
          return next - 1
        }
        guard place < open.count else { return }
        let index = open[place]
        do throws(CavernError) {
          let output = try stretches[index].output(
            reader, members, luminosity, options: options, badFills: badFills, isCompatible: isCompatible)
          try parts.write(output, at: index)
          progress.advance()
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
    }
    if let error = failure.withLock({ $0 }) {
      var placed = error
      placed.hint = placed.hint ?? "stretches that are whole are kept: go on with --resume"
      throw placed
    }
    try PixelArguments.checkInterrupt()
  }

  /// Puts the stretches together and looks whether everything adds up.
  private mutating func finish(
    _ stretches: [ProfileStretch], _ parts: ProfileParts, _ arguments: ParsedArguments
  ) throws(CavernError) -> Report {
    var summary = ProfileBuildSummary()
    for index in stretches.indices { summary.add(try parts.summary(index)) }
    for (number, group) in groups.enumerated() {
      let columns = try parts.text(group: number, stretches: stretches.count)
      for (name, (head, text)) in zip(fileNames(group.name.text), zip(heads, columns)) {
        try AtomicFile.write("\(folder)/\(name)", Array(head.utf8) + text, isSynchronised: false)
      }
    }
    let span = fills[fills.count - 1].end.seconds.rounded() - fills[0].start.seconds.rounded()
    summary.check(span: span, fluences: members.map { isCompatible ? $0.compatibleFluence : $0.fluence })
    let provenance = Provenance(
      version: Version.text, commandLine: PixelOutput.words(arguments),
      settings: ["database": .string(conditions.database.source.name), "groups": .integer(groups.count)],
      inputs: inputs)
    try AtomicFile.write("\(folder)/profiles.provenance.json", text: provenance.json.text(.pretty) + "\n")
    try parts.remove()
    warnings += summary.warnings(groups.map(\.name.text))
    let result = summary.json(groups: groups.count, span: span, folder: folder)
    let text = summary.text(groups: groups.count, span: span, folder: folder)
    return Report(
      status: summary.isWhole || arguments.flag("allow-skips") ? .done : .partial, warnings: warnings, result: result,
      text: text)
  }

  private var heads: [String] {
    let profile = RadiationProfile.header + "\n"
    return isCompatible ? [profile, profile] : [profile, ProfileBuilder.Value.header + "\n"]
  }
}
