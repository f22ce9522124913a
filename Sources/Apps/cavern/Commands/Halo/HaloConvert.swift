import Arguments
import BeamHalo
import Errors
import Files
import Foundation
import JSON
import Tables

extension Command {
  /// `cavern halo convert`: other forms of the same hits.
  static var haloConvert: Command {
    Command(
      "convert", "Write the hits of files in another form.",
      discussion: """
        One output for each file, beside it or in -o, with its ending replaced. uhtr is version 1 of the boards' binary \
        form, byte by byte: orbits as read, nothing cut. text reads back to the same hits. parquet has row groups with \
        checksums of their own. csv and jsonl are for other programs.
        """,
      examples: [
        Example("cavern halo convert CAPTURE --to uhtr", "write .uhtr beside the text"),
        Example("cavern halo convert uHTR4.txt --to parquet -o OUT", "one file to Parquet"),
      ],
      arguments: [HaloArguments.folder],
      options: [
        .option(
          "to", "FORM", .choice(["uhtr", "text", "parquet", "csv", "jsonl"]), "The form.", default: "uhtr"),
        .option("output", short: "o", "DIR", .folder, "Folder for the outputs.", note: "beside each file"),
        .flag("force", "Replace files that are there."),
      ] + HaloArguments.reading
    ) { arguments in
      let side = try HaloArguments.side(arguments)
      let path = try arguments.string("capture")
      let pieces = try HaloPieces(path, unknownSide: side ?? (path.contains(".") ? .plus : nil))
      let form = try arguments.string("to")
      let ending = form == "text" ? "txt" : form
      let reader = HaloFileReader(threads: try arguments.optionalInt("threads"))
      var outputs: [(input: String, output: String, hits: Int)] = []
      var tallies: [HaloTally] = []
      if let folder = try arguments.optionalString("output") { try OutputFolder.prepare(folder) }
      for piece in pieces.pieces {
        var part = HaloTextPart()
        if piece.form == .text {
          part = try reader.text(piece.path)
        } else {
          part.hits = try HaloBinary.read(piece.path)
          part.tally.kept = part.hits.count
        }
        part.tally.file = piece.name
        tallies.append(part.tally)
        let folder = try arguments.optionalString("output") ?? OutputFolder.parent(of: piece.path)
        let target = "\(folder)/\(piece.stem).\(ending)"
        guard arguments.flag("force") || !FileManager.default.fileExists(atPath: target) else {
          throw CavernError(
            "results.exists", "there is such a file already", exit: .cannotCreate, file: target,
            hint: "name a folder with -o, or replace it with --force")
        }
        try write(part.hits, form, target)
        outputs.append((piece.path, target, part.hits.count))
      }
      let lost = tallies.reduce(0) { $0 + $1.lost }
      let kept = tallies.reduce(0) { $0 + $1.kept }
      let share = lost == 0 ? 0 : Double(lost) / Double(lost + kept)
      let rows = outputs
      return Report(
        status: share > (try arguments.double("max-loss")) ? .partial : .done,
        warnings: pieces.warnings
          + HaloArguments.lossWarnings(tallies),
        result: [
          "files": .array(
            rows.map { ["input": .string($0.input), "output": .string($0.output), "hits": .integer($0.hits)] })
        ], text: rows.map { "\($0.output): \($0.hits) hits\n" }.joined())
    }
  }

  private static func write(_ hits: HaloHits, _ form: String, _ path: String) throws(CavernError) {
    switch form {
    case "uhtr": try AtomicFile.write(path, try HaloBinary.bytes(hits))
    case "text": try AtomicFile.write(path, hits.text(0..<hits.count))
    case "parquet": try hits.table().writeParquet(to: path)
    case "csv":
      let records = HaloRecords(try HaloDetector())
      try AtomicFile.write(path, Array(HaloRecords.header.utf8) + records.lines(hits, 0..<hits.count))
    default: try AtomicFile.write(path, hits.jsonLines())
    }
  }
}
