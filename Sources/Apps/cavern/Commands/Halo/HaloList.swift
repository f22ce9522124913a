import Arguments
import BeamHalo
import Errors
import Foundation
import JSON

extension Command {
  /// `cavern halo ls`: captures below a folder.
  static var haloList: Command {
    Command(
      "ls", "List the captures below a folder, their files, sides and runs.",
      discussion:
        "Folders with at least one text or .uhtr file that is not empty; --list-runs also decodes them to list runs.",
      examples: [
        Example("cavern halo ls DATA", "list captures"), Example("cavern halo ls DATA --list-runs", "and their runs"),
      ],
      arguments: [Argument("folder", .folder, "Folder to search, with the folders in it.")],
      options: [
        .flag("list-runs", "Decode the files and list runs and hits."), CommonOptions.csv,
        .option("side", "SIDE", .choice(["plus", "minus"]), "Side of files whose name does not tell it."),
        CommonOptions.threads,
      ]
    ) { arguments in
      let root = try arguments.string("folder")
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder) else {
        throw CavernError("input.missing", "there is no such folder", exit: .noInput, file: root)
      }
      guard isFolder.boolValue else {
        throw CavernError("input.notAFolder", "is no folder", exit: .noInput, file: root)
      }
      let folders = HaloPieces.folders(below: root)
      guard !folders.isEmpty else {
        throw CavernError(
          "halo.noData", "no folder with *.txt or *.uhtr files is there", exit: .noInput, file: root)
      }
      var entries: [HaloListEntry] = []
      var warnings: [CavernWarning] = []
      for folder in folders {
        do throws(CavernError) {
          entries.append(try HaloListEntry(folder, arguments))
        } catch {
          warnings.append(CavernWarning(error.inFile(folder)))
        }
      }
      let rows = entries
      return Report(
        status: entries.isEmpty ? .badData : warnings.isEmpty ? .done : .partial, warnings: warnings,
        result: ["captures": .array(rows.map(\.json))],
        text: text(rows, width: arguments.surroundings.width),
        csv: {
          CSVText.table(
            ["folder", "uhtr", "files", "bytes", "hits", "runs"],
            rows.flatMap { $0.rows { side in "\(side.board)" } })
        })
    }
  }

  /// A table, or where names of folders are long, one table below the name of each.
  private static func text(_ entries: [HaloListEntry], width: Int) -> String {
    let rows = entries.flatMap { $0.rows(\.label) }
    let columns: [TextTable.Column] = [
      .left("folder"), .left("side"), .right("files"), .right("bytes"), .right("hits"), .left("runs"),
    ]
    let longest = rows.map { $0[0].count }.max() ?? 0
    // The other columns and some runs take about 50 characters.
    guard longest > width - 50 else { return TextTable(columns: columns, rows: rows).text(width: width) }
    return entries.map { entry in
      let own = entry.rows(\.label).map { Array($0.dropFirst()) }
      let lines = TextTable(columns: Array(columns.dropFirst()), rows: own).text(width: width - 2)
      return entry.folder + "\n" + lines.split(separator: "\n").map { "  " + $0 + "\n" }.joined()
    }.joined()
  }
}

/// A capture of the list.
struct HaloListEntry: Sendable {
  /// One side.
  struct Side: Sendable {
    var side: HaloSide
    var files: [String]
    var bytes: Int
    var hits: Int?
    var runs: [Int]
  }

  let folder: String
  let sides: [Side]

  @MainActor
  init(_ folder: String, _ arguments: ParsedArguments) throws(CavernError) {
    self.folder = folder
    let pieces = try HaloPieces(folder, unknownSide: try HaloArguments.side(arguments))
    var capture: HaloCapture?
    if arguments.flag("list-runs") {
      capture = try HaloCapture(
        reading: pieces, reader: HaloFileReader(threads: try arguments.optionalInt("threads"), keepsSamples: false))
    }
    sides = HaloSide.allCases.compactMap { side in
      let own = pieces.pieces.filter { $0.side == side }
      guard !own.isEmpty else { return nil }
      let data = capture?[side]
      return Side(
        side: side, files: own.map(\.name), bytes: own.reduce(0) { $0 + $1.bytes }, hits: data?.hits.count,
        runs: data.map { $0.firstOrbits().keys.sorted().map(Int.init) } ?? [])
    }
  }

  var json: JSONValue {
    [
      "folder": .string(folder),
      "sides": .array(
        sides.map { side in
          [
            "uhtr": .integer(side.side.board), "files": .array(side.files.map { .string($0) }),
            "bytes": .integer(side.bytes), "hits": .optional(side.hits), "runs": .array(side.runs.map { .integer($0) }),
          ]
        }),
    ]
  }

  /// One row a side, which is named by `name`.
  func rows(_ name: (HaloSide) -> String) -> [[String]] {
    sides.map { side in
      [
        folder, name(side.side), "\(side.files.count)", "\(side.bytes)", side.hits.map(String.init) ?? "",
        side.runs.map(String.init).joined(separator: " "),
      ]
    }
  }
}
