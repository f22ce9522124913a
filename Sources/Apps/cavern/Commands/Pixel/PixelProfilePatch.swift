import Arguments
import Conditions
import Errors
import Files
import JSON
import PixelMonitoring
import Tables

extension Command {
  /// `cavern pixel profile patch`: mend a profile.
  static var pixelProfilePatch: Command {
    Command(
      "patch", "Mend a profile: measured temperatures, placeholders, bad fills.",
      discussion: """
        --temperatures takes a CSV table with the columns time (UTC) and temperature_K; steps between --from and --to get \
        its mean over the step. --carry-placeholder replaces a temperature that stands for none by that of the step \
        before. --bad-fills takes fill numbers, one a line, whose currents are removed.
        """,
      examples: [
        Example(
          "cavern pixel profile patch profile.txt --temperatures warm.csv --from 2019-02-01 --to 2019-06-01 --out new.txt",
          "put the temperatures of a warm period in"),
        Example(
          "cavern pixel profile patch profile.txt --carry-placeholder 273.15 --out new.txt", "replace placeholders"),
      ],
      arguments: [Argument("profile", .file(["txt", "tsv"]), "The radiation profile.")],
      options: [
        .option("out", "FILE", .file(), "Where to write the profile; - is standard output."),
        .option("temperatures", "FILE", .file(["csv"]), "Measured temperatures."),
        .option("from", "TIME", .text, "First time in UTC.", note: "the first of the table"),
        .option("to", "TIME", .text, "Last time in UTC.", note: "the end of the profile"),
        .option("carry-placeholder", "K", .number(), "A temperature that stands for none."),
        .option(
          "bad-fills", "FILE", .path,
          "Fills whose currents are removed, one number a line; 'known' for the built-in list."),
        .flag("compat", "Write the earlier program's form."), ProfileArguments.overwrite,
      ]
    ) { arguments in
      let output = try arguments.string("out")
      try ProfileArguments.checkPlace(output, arguments)
      var profile = try RadiationProfile(path: try arguments.string("profile"))
      var counts = JSONObject()
      if let placeholder = try arguments.optionalDouble("carry-placeholder") {
        let (changed, count) = profile.carrying(placeholder: placeholder)
        profile = changed
        counts["placeholders"] = .integer(count)
      }
      if let file = try arguments.optionalString("temperatures") {
        let measured = try MeasuredTemperatures(path: file)
        let (changed, count) = profile.patched(
          measured, from: try time("from", arguments) ?? measured.times.first ?? -.infinity,
          to: try time("to", arguments) ?? .infinity)
        profile = changed
        counts["temperatures"] = .integer(count)
      }
      if let file = try arguments.optionalString("bad-fills") {
        let (changed, count) = profile.withoutCurrents(of: try PixelArguments.badFills(file, try PixelFacts.builtIn()))
        profile = changed
        counts["currents"] = .integer(count)
      }
      guard !counts.names.isEmpty else {
        throw CavernError(
          "usage.missingValue", "nothing is to be mended", exit: .usage,
          expected: "--temperatures, --carry-placeholder or --bad-fills")
      }
      try AtomicFile.write(output, profile.text(ProfileArguments.form(arguments, profile)))
      let result = JSONValue.object(JSONObject([("changed", .object(counts)), ("rows", .integer(profile.rows.count))]))
      let lines = counts.members.map { "\($0.name): \($0.value.intValue ?? 0) steps changed" }
      return Report(result: result, text: output == "-" ? "" : lines.joined(separator: "\n"))
    }
  }

  private static func time(_ name: String, _ arguments: ParsedArguments) throws(CavernError) -> Double? {
    guard let text = try arguments.optionalString(name) else { return nil }
    if let time = ConditionsTime(text) { return time.seconds }
    throw arguments.fault(
      "usage.badValue", "'\(text)' is no time", about: name, expected: "YYYY-MM-DD or 'YYYY-MM-DD HH:MM:SS' in UTC")
  }
}
