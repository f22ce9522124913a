import Arguments
import Errors
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel profile check`: the report without the merging.
  static var pixelProfileCheck: Command {
    Command(
      "check", "Look for gaps, overlaps, missing values and damage in profiles.",
      discussion: """
        Several files, or a folder, are looked at as the pieces of one profile, as 'merge' would join them. The status is \
        1 when steps do not follow each other, 65 when no file is a profile, 2 when some are not.
        """,
      examples: [
        Example("cavern pixel profile check profile.txt", "look at one profile"),
        Example("cavern pixel profile check pieces --json", "look at a folder before merging"),
      ],
      arguments: [Argument("pieces", .path, "Profiles, or a folder of them.", count: .repeating(atLeast: 1))],
      options: [CommonOptions.csv]
    ) { arguments in
      let (fragments, refused) = try ProfileMerge.read(try arguments.strings("pieces"))
      guard !fragments.isEmpty else {
        let first = refused[0]
        var error = first.error
        error.file = first.name
        throw error
      }
      let merge = try ProfileMerge(fragments)
      let continuity = ProfileContinuity(merge.profile)
      let rows = merge.profile.rows
      let missingTemperature = rows.count { $0.temperature <= 0 }
      let missingCurrent = rows.count { $0.fill > 0 && !$0.hasCurrent }
      let status: ExitStatus =
        !refused.isEmpty ? .partial : continuity.seams.isEmpty ? .done : .failed
      return Report(
        status: status,
        warnings: refused.map {
          CavernWarning($0.error.code, $0.error.message, file: $0.name, line: $0.error.line)
        },
        result: [
          "order": .array(merge.order.map { .string($0) }), "not_merged": ProfileArguments.json(refused),
          "seams": continuity.seamsJSON, "totals": continuity.totalsJSON,
          "shared_rows": ProfileArguments.json(merge.agreement),
          "empty_steps": .integer(continuity.emptySteps), "missing_temperatures": .integer(missingTemperature),
          "missing_currents_in_fills": .integer(missingCurrent),
        ],
        text: ProfileArguments.text(continuity) + ProfileArguments.text(merge.agreement)
          + "without temperature: \(missingTemperature), in fills without current: \(missingCurrent), of no length: "
          + "\(continuity.emptySteps)\n",
        csv: {
          CSVText.table(
            ["after_timestamp", "next_row_timestamp", "kind", "seconds"],
            continuity.seams.map {
              [$0.after.description, $0.next.description, $0.kind.rawValue, $0.seconds.description]
            })
        })
    }
  }
}
