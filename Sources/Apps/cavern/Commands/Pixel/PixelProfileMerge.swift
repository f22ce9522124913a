import Arguments
import Errors
import Files
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel profile merge`: one profile of many pieces.
  static var pixelProfileMerge: Command {
    Command(
      "merge", "Join profiles of pieces of time into one.",
      discussion: """
        Pieces are taken in the order of their first time, last time and name; where they overlap the later one stands. \
        Files that are no profile are refused with the line; without --keep-going that ends the command and nothing is \
        written. Gaps and overlaps between steps are reported, and mended only when asked.

        The result has the form of the pieces; with --compat always that of the earlier program, byte for byte.
        """,
      examples: [
        Example("cavern pixel profile merge pieces --out profile.txt", "join all files of a folder"),
        Example(
          "cavern pixel profile merge pieces --keep-going --fill-gaps T=275 --out profile.txt --json",
          "leave out what is no profile, and put a step of 275 K into every gap"),
      ],
      arguments: [Argument("pieces", .path, "Folder of profiles, or profiles.", count: .repeating(atLeast: 1))],
      options: [
        .option("out", "FILE", .file(), "Where to write the profile; - is standard output."),
        .flag("compat", "Write the earlier program's form."),
        .flag("keep-going", "Leave out files that are no profile."),
        .flag("require-continuous", "Make gaps and overlaps an error."),
        .option("fill-gaps", "T=K", .assignments, "Put a step without fluence at this temperature into every gap."),
        .flag("trim-overlaps", "Shorten steps that begin before the end of the step before."),
        ProfileArguments.overwrite,
      ]
    ) { arguments in
      let output = try arguments.string("out")
      try ProfileArguments.checkPlace(output, arguments)
      let (fragments, refused) = try ProfileMerge.read(try arguments.strings("pieces"))
      if !refused.isEmpty, !arguments.flag("keep-going") || fragments.isEmpty {
        throw refusal(refused, fragments.count)
      }
      let merge = try ProfileMerge(fragments)
      let found = ProfileContinuity(merge.profile)
      var profile = merge.profile
      if arguments.flag("trim-overlaps") { profile = profile.trimmingOverlaps() }
      if let temperature = try gapTemperature(arguments) { profile = profile.fillingGaps(temperature: temperature) }
      let left = ProfileContinuity(profile)
      if arguments.flag("require-continuous"), let seam = left.seams.first {
        throw CavernError(
          "profile.notContinuous",
          "\(left.seams.count) gaps or overlaps; the first is a \(seam.kind.rawValue) of \(seam.seconds) s after "
            + "\(NumberText.significant(seam.after, 16))", exit: .badData,
          hint: "mend them with --fill-gaps T=KELVIN and --trim-overlaps")
      }
      try AtomicFile.write(output, profile.text(ProfileArguments.form(arguments, profile)))
      let warnings = refused.map { refusal in
        CavernWarning(refusal.error.code, refusal.error.message, file: refusal.name, line: refusal.error.line)
      }
      var seams = [CavernWarning]()
      if !left.seams.isEmpty {
        seams.append(
          CavernWarning(
            "profile.seams",
            "\(left.seams.count) gaps or overlaps remain: \(left.gapSeconds) s without a step, \(left.overlapSeconds) s twice"
          ))
      }
      return Report(
        warnings: warnings + seams, result: json(merge, refused, found, left),
        text: output == "-" ? "" : text(merge, found))
    }
  }

  private static func refusal(_ refused: [ProfileMerge.Refusal], _ good: Int) -> CavernError {
    let list = refused.map { refusal in
      "\(refusal.name)\(refusal.error.line.map { ":\($0)" } ?? ""): \(refusal.error.message)"
    }
    return CavernError(
      "profile.refused",
      "\(refused.count) of \(refused.count + good) files are no profile: \(list.joined(separator: "; "))",
      exit: .badData, file: refused[0].name, line: refused[0].error.line, expected: refused[0].error.expected,
      hint: good > 0 ? "leave them out with --keep-going" : nil)
  }

  private static func gapTemperature(_ arguments: ParsedArguments) throws(CavernError) -> Double? {
    let given = try arguments.assignments("fill-gaps")
    guard let first = given.first else { return nil }
    guard first.name == "T", given.count == 1, first.value > 0 else {
      throw arguments.fault(
        "usage.badValue", "--fill-gaps takes a temperature in K", about: "fill-gaps", expected: "T=275.15")
    }
    return first.value
  }

  private static func json(
    _ merge: ProfileMerge, _ refused: [ProfileMerge.Refusal], _ found: ProfileContinuity, _ left: ProfileContinuity
  ) -> JSONValue {
    [
      "order": .array(merge.order.map { .string($0) }), "not_merged": ProfileArguments.json(refused),
      "seams": found.seamsJSON, "totals": left.totalsJSON, "remaining_seams": left.seamsJSON,
      "shared_rows": ProfileArguments.json(merge.agreement),
    ]
  }

  private static func text(_ merge: ProfileMerge, _ continuity: ProfileContinuity) -> String {
    "merged: \(merge.order.joined(separator: ", "))\n" + ProfileArguments.text(continuity)
      + ProfileArguments.text(merge.agreement)
  }
}
