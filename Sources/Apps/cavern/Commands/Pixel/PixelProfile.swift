import Arguments
import Errors
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel profile`: the history of a readout group in steps.
  static var pixelProfile: Command {
    Command(
      "profile", "Build, join, check, patch and project radiation profiles.",
      discussion: """
        A profile has a step a line: fill (-999 between fills), end of the step in seconds since 1970 (UTC), its length, \
        sensor temperature in K, fluence rate in n_eq/cm²/s and leakage current of the whole group in µA (-999 when not \
        measured).
        """,
      examples: [
        Example("cavern pixel profile merge pieces --out profile.txt", "join pieces"),
        Example("cavern pixel profile check profile.txt", "look for gaps, overlaps and damage"),
      ],
      subcommands: [
        .pixelProfileBuild, .pixelProfileMerge, .pixelProfileCheck, .pixelProfilePatch, .pixelProfileProject,
      ])
  }
}

/// What the profile commands share.
enum ProfileArguments {
  /// `--overwrite`.
  static let overwrite = Option.flag("overwrite", "Replace an output that exists.")

  /// Refuses to replace a file unless `--overwrite` is given.
  ///
  /// - Throws: `file.exists` (exit 73).
  static func checkPlace(_ path: String, _ arguments: ParsedArguments) throws(CavernError) {
    guard path != "-", !arguments.flag("overwrite"), OutputFolder.isPlainFile(path) else { return }
    throw CavernError(
      "file.exists", "there is a file already", exit: .cannotCreate, file: path,
      hint: "name another file, or replace it with --overwrite")
  }

  /// The form in which a profile is written.
  static func form(_ arguments: ParsedArguments, _ profile: RadiationProfile) -> RadiationProfile.Form {
    arguments.flag("compat") ? .compatible : profile.form
  }

  /// Refused files for scripts.
  static func json(_ refused: [ProfileMerge.Refusal]) -> JSONValue {
    .array(
      refused.map { refusal in
        var object = JSONObject([
          ("file", .string(refusal.name)), ("reason", .string(refusal.error.message)),
          ("code", .string(refusal.error.code)),
        ])
        if let line = refusal.error.line { object["line"] = .integer(line) }
        return .object(object)
      })
  }

  /// Steps that pieces share, for scripts.
  static func json(_ agreement: ProfileMerge.Agreement) -> JSONValue {
    [
      "equal": .integer(agreement.equal), "different": .integer(agreement.different),
      "largest_difference": .object(JSONObject(agreement.largest.map { ($0.column, .number($0.difference)) })),
    ]
  }

  /// Steps that pieces share, for people; empty when they share none.
  static func text(_ agreement: ProfileMerge.Agreement) -> String {
    agreement.equal + agreement.different > 0
      ? "shared steps: \(agreement.equal) equal, \(agreement.different) different\n" : ""
  }

  /// One line a seam, for people; the first of them when there are many.
  static func text(_ continuity: ProfileContinuity) -> String {
    var text = """
      \(continuity.rows) steps, \(NumberText.significant(continuity.duration, 12)) s, \
      \(NumberText.significant(continuity.fluence, 8)) n_eq/cm2

      """
    for seam in continuity.seams.prefix(20) {
      text += "\(seam.kind.rawValue) of \(NumberText.significant(seam.seconds, 10)) s after "
      text += "\(NumberText.significant(seam.after, 16))\n"
    }
    if continuity.seams.count > 20 { text += "and \(continuity.seams.count - 20) more gaps or overlaps\n" }
    return text
  }
}
