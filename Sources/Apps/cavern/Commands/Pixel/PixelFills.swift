import Arguments
import Conditions
import Errors
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel fills`: good fills from OMS.
  static var pixelFills: Command {
    Command(
      "fills", "List the good fills of a range or era from OMS.",
      discussion: """
        Fills with stable beams, a begin and an end, luminosity and a filling scheme; every condition is applied to the \
        answer again. Writes fills.csv, or fills_<suffix>.csv, with times in UTC.
        """,
      examples: [
        Example("cavern pixel fills --era 2022 --out fills --oms-cookies cookies.txt", "the good fills of a year"),
        Example(
          "cavern pixel fills --first-fill 8010 --last-fill 8030 --oms-pages p1.json,p2.json --out fills",
          "from saved answers"),
      ],
      options: PixelArguments.selection.filter { $0.name != "fills" } + PixelOMS.options + [
        .option("suffix", "TEXT", .text, "Part of the file name."), CommonOptions.csv,
      ] + PixelArguments.output
    ) { arguments in
      let facts = try PixelFacts.builtIn()
      let selection = try PixelArguments.fillSelection(arguments, facts)
      guard selection.era != nil || selection.first != nil && selection.last != nil else {
        throw CavernError(
          "usage.missingOption", "--first-fill and --last-fill, or --era, are needed", exit: .usage)
      }
      let name = "fills\(try arguments.optionalString("suffix").map { "_\($0)" } ?? "").csv"
      var output = arguments.isGiven("out") ? try PixelOutput(arguments) : nil
      try output?.check([name])
      let query = FillQuery(selection, facts: facts)
      let pageSize = try arguments.int("page-size")
      let records = try await PixelOMS.records(query.goodFills(pageSize: pageSize), arguments)
      let (list, omissions) = try query.fills(records)
      let (fills, bad) = try selection.select(list)
      let csv = FillList(fills).csv
      try output?.write(name, text: csv)
      try output?.writeProvenance("fills", arguments, inputs: try arguments.strings("oms-pages"))
      var summary = FillWorkSummary()
      (summary.done, summary.bad, summary.warnings) = (fills.map(\.number), bad, omissions.warnings)
      var left: [(String, JSONValue)] = []
      for (reason, numbers) in omissions.fills.sorted(by: { $0.key < $1.key }) {
        left.append((reason, .array(numbers.sorted().map { .integer($0) })))
      }
      var report = try summary.report(
        arguments,
        others: [
          (
            "fills",
            .array(
              fills.map {
                ["fill": .integer($0.number), "start": .string($0.start.text), "end": .string($0.end.text)]
              })
          ), ("leftOut", .object(JSONObject(left))), ("file", .optional(output?.path(name))),
        ], lines: output == nil ? csv : "file: \(output?.path(name) ?? "")\n")
      report.csv = { csv }
      return report
    }
  }

  /// `cavern pixel lumi`: luminosity by fill.
  static var pixelLumi: Command {
    Command(
      "lumi", "Take delivered and recorded luminosity by fill from OMS or brilcalc.",
      discussion: """
        Writes integrated_luminosity_per_fill.csv, or …_<suffix>.csv, with running sums in fb⁻¹. From OMS the unit of \
        each row counts; there is no condition on stable beams. From brilcalc one call over the range in /ub, or saved \
        output with --listing or --replay; output that was cut is refused. --by-section writes \
        luminosity_by_section.csv with beam mode and rate of each lumi section.
        """,
      examples: [
        Example("cavern pixel lumi --from oms --era 2022 --out lumi --oms-cookies cookies.txt", "from OMS"),
        Example(
          "cavern pixel lumi --from brilcalc --first-fill 8010 --last-fill 8030 --listing saved.csv --out lumi",
          "from what brilcalc wrote"),
      ],
      options: PixelArguments.selection.filter { $0.name != "fills" } + [
        .option("from", "SOURCE", .choice(["oms", "brilcalc"]), "Where luminosities come from.", default: "oms")
      ] + PixelOMS.options + [
        .option("brilcalc", "PATH", .file(), "The program brilcalc.", default: "brilcalc"),
        .option("ssh", "HOST", .text, "Host that has brilcalc when it is not here."),
        .option("listing", "FILE", .file(["csv"]), "What brilcalc wrote, in place of a call."),
        .option("replay", "FILE", .file(["jsonl"]), "Recorded calls in place of the program."),
        .option("normtag", "TAG", .text, "Norm tag."), .option("datatag", "TAG", .text, "Data tag."),
        .option("beam-status", "MODE", .text, "Only this beam mode, for example 'STABLE BEAMS'."),
        .flag("by-section", "Also write every lumi section."),
        .option("brilcalc-limit", "TIME", .duration, "Longest time brilcalc may take.", default: "600 s"),
        .option(
          "compare", "FILE", .file(["csv"]), "Table of luminosities; tells fills that have some there and none here."),
        .option("suffix", "TEXT", .text, "Part of the file name."), CommonOptions.csv,
      ] + PixelArguments.output
    ) { arguments in
      let facts = try PixelFacts.builtIn()
      var selection = try PixelArguments.fillSelection(arguments, facts)
      if selection.era == nil { selection.first = max(selection.first ?? 1005, 1005) }
      let suffix = try arguments.optionalString("suffix").map { "_\($0)" } ?? ""
      let name = "integrated_luminosity_per_fill\(suffix).csv"
      var output = arguments.isGiven("out") ? try PixelOutput(arguments) : nil
      try output?.check([name])
      var warnings: [CavernWarning] = []
      var tags: [(String, JSONValue)] = []
      var table: LuminosityTable
      if try arguments.string("from") == "oms" {
        let query = FillQuery(selection, facts: facts)
        let pageSize = try arguments.int("page-size")
        let records = try await PixelOMS.records(query.luminosities(pageSize: pageSize), arguments)
        let answer = try query.luminosities(records)
        table = answer.table
        warnings += answer.omissions.warnings
      } else {
        let listing = try PixelBrilcalc.listing(selection, arguments)
        let status = try arguments.optionalString("beam-status")
        let answer = try BrilcalcLuminosity.table(listing, selection, beamStatus: status)
        table = answer.table
        let source = try arguments.optionalString("listing") ?? "brilcalc"
        warnings += answer.warnings.map {
          CavernWarning($0.code, $0.message, file: $0.line == nil ? nil : source, line: $0.line)
        }
        tags = [("dataTag", .string(listing.dataTag)), ("normTag", .string(listing.normTag))]
        if arguments.flag("by-section") {
          try output?.write(
            "luminosity_by_section\(suffix).csv",
            text: BrilcalcLuminosity.sectionCSV(listing, selection, beamStatus: status))
        }
      }
      if !selection.bad.isEmpty {
        table = LuminosityTable(
          table.rows.filter { !selection.bad.contains($0.fill) }.map { ($0.fill, $0.delivered, $0.recorded) })
      }
      guard !table.rows.isEmpty else {
        throw CavernError("pixel.noFills", "no fill of the selection has a luminosity", exit: .badData)
      }
      if let path = try arguments.optionalString("compare") {
        let other = try LuminosityTable(csv: try PixelFiles.text(path), path: path)
        let here = Dictionary(table.rows.map { ($0.fill, $0.delivered) }) { first, _ in first }
        for row in other.rows where row.delivered > 0 && (here[row.fill] ?? 0) == 0 && selection.holds(row.fill) {
          warnings.append(
            CavernWarning(
              "lumi.onlyThere", "fill \(row.fill) has \(row.delivered) /fb there, but nothing here", file: path))
        }
      }
      try output?.write(name, text: table.csv)
      let inputs = try arguments.strings("oms-pages") + [arguments.optionalString("listing")].compactMap { $0 }
      try output?.writeProvenance("luminosity", arguments, inputs: inputs, others: tags)
      var summary = FillWorkSummary()
      (summary.done, summary.warnings) = (table.rows.map(\.fill), warnings)
      let (rows, csv) = (table.rows, table.csv)
      var report = try summary.report(
        arguments,
        others: [
          (
            "fills",
            .array(
              rows.map {
                [
                  "fill": .integer($0.fill), "delivered": .number($0.delivered), "recorded": .number($0.recorded),
                  "integratedDelivered": .number($0.integratedDelivered),
                  "integratedRecorded": .number($0.integratedRecorded),
                ]
              })
          ), ("file", .optional(output?.path(name))),
        ] + tags, lines: output == nil ? csv : "file: \(output?.path(name) ?? "")\n")
      report.csv = { csv }
      return report
    }
  }
}

/// How `lumi` asks brilcalc.
@MainActor
enum PixelBrilcalc {
  /// The listing of a selection, from a file, from recorded calls or from the program.
  static func listing(_ selection: FillSelection, _ arguments: ParsedArguments) throws(CavernError) -> BrilcalcListing {
    do throws(CavernError) {
      if let path = try arguments.optionalString("listing") {
        let text = try PixelFiles.text(path)
        do throws(CavernError) {
          return try BrilcalcListing(parsing: text)
        } catch {
          throw PixelOMS.serviceFailure(error.inFile(path))
        }
      }
      let limits = selection.era.map {
        ($0.ranges.map(\.lowerBound).min() ?? 1, $0.ranges.map(\.upperBound).max() ?? 1)
      }
      guard let first = selection.first ?? limits?.0, let last = selection.last ?? limits?.1, last < Int.max else {
        throw CavernError("usage.missingOption", "--last-fill is missing", exit: .usage, expected: "the last fill")
      }
      var words = BrilcalcClient.byRun(begin: "\(first)", end: "\(last)", unit: "/ub")
      if arguments.flag("by-section") || arguments.isGiven("beam-status") { words.insert("--byls", at: 1) }
      if let tag = try arguments.optionalString("normtag") { words += ["--normtag", tag] }
      if let tag = try arguments.optionalString("datatag") { words += ["--datatag", tag] }
      if let status = try arguments.optionalString("beam-status") { words += ["-b", status] }
      var client = BrilcalcClient(
        program: try arguments.string("brilcalc"),
        route: try arguments.optionalString("ssh").map { (host) throws(CavernError) in try SSHRoute(host) },
        timeLimit: try arguments.duration("brilcalc-limit"))
      if let path = try arguments.optionalString("replay") {
        client.replay = try BrilcalcClient.Recording.parse(jsonLines: try PixelFiles.text(path))
      }
      return try client.listing(words)
    } catch {
      throw error.code.hasPrefix("brilcalc") || error.code.hasPrefix("command")
        ? PixelOMS.serviceFailure(error) : error
    }
  }
}
