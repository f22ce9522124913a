import Arguments
import Conditions
import Errors
import Foundation
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel currents fetch`: supply currents of fills from the database.
  static var pixelCurrentsFetch: Command {
    Command(
      "fetch", "Take the supply currents of fills from the database.",
      discussion: """
        For every channel the newest current between the begin of stable beams and the measurement time, --delay later or \
        the end of a shorter fill. Writes <fill>_<subsystem>.txt (cable, current, voltage, time) and, without --compat, \
        <fill>_<subsystem>.csv with uncertainty and quality of each. Currents of bias channels are in µA, others in A.
        """,
      examples: [
        Example(
          "cavern pixel currents fetch --db conditions.sqlite --fills fills.csv --subsystem Barrel --out currents",
          "all fills of a list"),
        Example(
          "cavern pixel currents fetch --db 'DSN=conditions' --fills fills.csv --era run3 --out currents --resume",
          "go on with a run that was stopped"),
      ],
      options: PixelArguments.selection + PixelArguments.database + [
        PixelArguments.subsystem, PixelArguments.delay,
        .option("average", "TIME", .duration, "Also take the mean over a window of this length around that time."),
        .flag("process", "Also split the currents as 'currents process' does."),
      ] + PixelArguments.output
    ) { arguments in
      let facts = try PixelFacts.builtIn()
      let conditions = try PixelArguments.conditions(arguments)
      let selected = try PixelArguments.fills(arguments, facts)
      var output = try PixelOutput(arguments)
      var summary = FillWorkSummary()
      (summary.bad, summary.badLines, summary.warnings) = (selected.bad, selected.warnings.count, selected.warnings)
      for subsystem in try PixelArguments.subsystems(arguments) {
        try PixelCurrentSteps.fetch(
          selected.fills, subsystem, conditions, facts, arguments, &output, &summary)
      }
      if let first = selected.fills.first, let last = selected.fills.last {
        try output.writeProvenance(
          "currents", arguments, inputs: [try arguments.string("fills")], database: conditions,
          period: (first.start, last.end))
      }
      return try summary.report(
        arguments,
        others: [
          ("folder", .string(output.folder)), ("files", .array(output.files.map { .string($0) })),
          ("queries", .integer(conditions.database.queryCount)),
        ], lines: "\(conditions.database.queryCount) queries; files are in \(output.folder)\n")
    }
  }

  /// `cavern pixel currents process`: leakage by group, analogue and digital by supply.
  static var pixelCurrentsProcess: Command {
    Command(
      "process", "Split supply currents into leakage by readout group, analogue and digital current by supply.",
      discussion: """
        Reads <fill>_<subsystem>.txt as 'currents fetch' writes them. Writes <fill>_<subsystem>_HV_ByLayer.txt (µA by \
        group), _Ana.txt and _Dig.txt (A by supply), for the end-cap also _HV_HalfDisks.txt; without --compat also \
        <fill>_<subsystem>_currents.csv with currents per chip, uncertainties and quality.
        """,
      examples: [
        Example("cavern pixel currents process --in currents --fills fills.csv --out processed", "all fills of a list")
      ],
      options: PixelArguments.selection + [
        .option("in", "DIR", .folder, "Folder that 'currents fetch' wrote."), PixelArguments.subsystem,
      ] + PixelArguments.output
    ) { arguments in
      let facts = try PixelFacts.builtIn()
      let selected = try PixelArguments.fills(arguments, facts)
      guard let folder = try arguments.optionalString("in") else {
        throw CavernError(
          "usage.missingOption", "--in is missing", exit: .usage, expected: "the folder of 'currents fetch'")
      }
      var output = try PixelOutput(arguments)
      var summary = FillWorkSummary()
      (summary.bad, summary.badLines, summary.warnings) = (selected.bad, selected.warnings.count, selected.warnings)
      for subsystem in try PixelArguments.subsystems(arguments) {
        try PixelCurrentSteps.process(selected.fills, subsystem, folder, facts, arguments, &output, &summary)
      }
      guard !summary.done.isEmpty || !summary.existing.isEmpty else {
        throw CavernError(
          "pixel.nothingToProcess", "the folder holds readings of none of the \(selected.fills.count) fills",
          exit: .noInput, file: folder, expected: "files like \(selected.fills[0].number)_Barrel.txt")
      }
      try output.writeProvenance("processed", arguments, inputs: [try arguments.string("fills")])
      return try summary.report(
        arguments,
        others: [("folder", .string(output.folder)), ("files", .array(output.files.map { .string($0) }))],
        lines: "files are in \(output.folder)\n")
    }
  }
}

/// The steps of the two commands, which `pixel run` takes as well.
@MainActor
enum PixelCurrentSteps {
  static func fetch(
    _ fills: [Fill], _ subsystem: Subsystem, _ conditions: PixelConditions, _ facts: PixelFacts,
    _ arguments: ParsedArguments, _ output: inout PixelOutput, _ summary: inout FillWorkSummary
  ) throws(CavernError) {
    var options = CurrentOptions(subsystem)
    options.delay = try PixelArguments.seconds(arguments, "delay")
    options.averageSeconds = try arguments.optionalDuration("average").map { $0 / .seconds(1) }
    try output.check(fills.map { "\($0.number)_\(subsystem.rawValue).txt" })
    // One such fill among others is skipped; with no other there is nothing to work on.
    if let first = fills.first, fills.allSatisfy({ (try? facts.phase(ofFill: $0.number)) == nil }) {
      _ = try facts.phase(ofFill: first.number)
    }
    var wanted: [Fill] = []
    for fill in fills {
      if output.skipsExisting, output.holds("\(fill.number)_\(subsystem.rawValue).txt") {
        summary.existing.append(fill.number)
      } else if (try? facts.phase(ofFill: fill.number)) == nil {
        summary.skipped.append((fill.number, "there was no pixel detector in this fill"))
      } else {
        wanted.append(fill)
      }
    }
    let progress = Progress(total: wanted.count, unit: "fills", arguments)
    defer { progress.finish() }
    let reader = CurrentReader(conditions, facts: facts, options: options)
    let doesProcess = arguments.path.names.last == "fetch" && arguments.flag("process")
    var remarks: [CavernWarning] = []
    remarks += try reader.read(wanted) { (currents) throws(CavernError) in
      try PixelArguments.checkInterrupt()
      progress.advance()
      let fill = currents.fill.number
      guard !currents.readings.isEmpty else {
        summary.skipped.append((fill, "no \(subsystem.rawValue) current in the window"))
        return
      }
      remarks += self.remarks(currents)
      if !output.isCompatible {
        try output.write(
          "\(fill)_\(subsystem.rawValue).csv", text: CurrentTable.csv(currents, facts: facts))
      }
      if doesProcess {
        let made = ProcessedCurrents.make(fill, subsystem, currents.readings, facts: facts)
        remarks += made.warnings
        for file in made.currents.files { try output.write(file.name, text: file.text) }
      }
      // The text file comes last: where it is, all is there.
      try output.write(currents.fileName, text: currents.text)
      summary.done.append(fill)
    }
    summary.warnings += remarks
  }

  private static func remarks(_ currents: FillCurrents) -> [CavernWarning] {
    let fill = currents.fill.number
    func list(_ names: [String]) -> String {
      names.prefix(4).joined(separator: ", ") + (names.count > 4 ? " and \(names.count - 4) more" : "")
    }
    var warnings: [CavernWarning] = []
    if !currents.missing.isEmpty {
      warnings.append(
        CavernWarning(
          "pixel.noReading",
          "fill \(fill): \(currents.missing.count) \(currents.subsystem.rawValue) channels without reading: "
            + list(currents.missing)))
    }
    for (flag, code, what) in [
      (ReadingFlag.duplicate, "pixel.duplicateChannel", "different readings of one moment; the last one counts"),
      (.negative, "pixel.negativeCurrent", "current below -1 µA, kept"),
      (.high, "pixel.highCurrent", "current above 10 mA, kept"), (.hvOff, "pixel.biasOff", "bias off"),
    ] {
      let found = currents.readings.filter { $0.flags.contains(flag) }.map(\.channel.cable)
      guard !found.isEmpty else { continue }
      warnings.append(CavernWarning(code, "fill \(fill): \(found.count) channels: \(what): \(list(found))"))
    }
    return warnings
  }

  static func process(
    _ fills: [Fill], _ subsystem: Subsystem, _ folder: String, _ facts: PixelFacts, _ arguments: ParsedArguments,
    _ output: inout PixelOutput, _ summary: inout FillWorkSummary
  ) throws(CavernError) {
    try output.check(fills.map { "\($0.number)_\(subsystem.rawValue)_HV_ByLayer.txt" })
    var constant = ConstantCurrents()
    for fill in fills {
      try PixelArguments.checkInterrupt()
      if output.skipsExisting, output.holds("\(fill.number)_\(subsystem.rawValue)_HV_ByLayer.txt") {
        summary.existing.append(fill.number)
        continue
      }
      let path = "\(folder)/\(fill.number)_\(subsystem.rawValue).txt"
      guard FileManager.default.fileExists(atPath: path) else {
        // Only a subsystem that was asked for is missed.
        if arguments.isGiven("subsystem") { summary.skipped.append((fill.number, "no file of readings")) }
        continue
      }
      do throws(CavernError) {
        _ = try facts.phase(ofFill: fill.number)
        let read = try CurrentFile.read(path, biasThreshold: 10)
        let made = ProcessedCurrents.make(fill.number, subsystem, read.readings, facts: facts, file: path)
        summary.warnings += read.warnings + made.warnings
        constant.take(made.currents)
        if !output.isCompatible {
          try output.write(
            "\(fill.number)_\(subsystem.rawValue)_currents.csv", text: CurrentTable.csv(made.currents, facts: facts))
        }
        for file in made.currents.files.reversed() { try output.write(file.name, text: file.text) }
        summary.done.append(fill.number)
      } catch {
        guard ["pixel.noReadings", "file.notText", "pixel.noPhase"].contains(error.code) else { throw error }
        summary.skipped.append((fill.number, error.message))
        summary.warnings.append(CavernWarning(error))
      }
    }
    summary.warnings += constant.warnings
  }
}
