import Arguments
import BeamInstrumentation
import Errors
import JSON
import Results

extension Command {
  /// `cavern beam ws explain`: the whole chain of one profile.
  static var beamWireScanExplain: Command {
    Command(
      "explain", "Show how the numbers of one profile come about, step by step.",
      discussion: """
        From a file the profile is analysed with the options given. From a result folder of 'ws fit -o' or 'ws batch' \
        the file named there is analysed again with the stored options, after its SHA-256 has been compared.
        """,
      examples: [
        Example("cavern beam ws explain WS.parquet --row 6", "all scans of row 6"),
        Example("cavern beam ws explain RESULT --row 6 --plane H --scan in", "one profile of a stored result"),
      ],
      arguments: [Argument("input", .path, "Acquisition, or result folder.")],
      options: [
        .option("row", "N", .integer(0...1_000_000), "Row of the profile, from 0; has to be given."),
        .option("file", "NAME", .text, "The file of a batch: its name contains NAME.", note: "the only one"),
      ] + WireScanArguments.selection + WireScanArguments.analysis + [CommonOptions.threads]
    ) { arguments in
      let path = try arguments.string("input")
      guard let row = try arguments.optionalInt("row") else {
        throw arguments.fault(
          "usage.missingOption", "which row is to be explained?", about: "row", expected: "--row N", nearest: [])
      }
      var options = try WireScanArguments.options(arguments)
      let (planes, scans, device) = (options.planes, options.scans, options.device)
      var file = path
      var digest: String?
      if WireScanStored.isFolder(path) {
        let origin = try WireScanStored.origin(path)
        let input = try chosen(origin.inputs, try arguments.optionalString("file"), path)
        (file, digest) = (input.path, input.sha256)
        let threads = options.threads
        options = origin.options
        options.threads = threads
        let found = try SHA256.hexDigest(ofFile: file)
        guard found == input.sha256 else {
          throw CavernError(
            "results.inputChanged", "the file is not the one that was analysed: its SHA-256 is \(found)",
            exit: .badData, file: file, expected: input.sha256)
        }
      }
      let scanners = try WireScanFile(path: file, request: WireScanFile.Request(options))
      let analysis = try WireScanAnalysis(scanners, options: options, table: try OpticsTable.builtIn())
      let wanted = analysis.profiles.filter {
        planes.contains($0.plane) && scans.contains($0.scan) && ($0.device.contains(device ?? "") || device == nil)
      }
      let profiles = wanted.filter { $0.row == row }
      guard !profiles.isEmpty else {
        throw CavernError(
          "ws.noSuchRow", "row \(row) holds no bunch and has no flag", exit: .badData, file: file,
          expected: "one of \(IndexList.text(Array(Set(wanted.map(\.row))).sorted()))",
          hint: "'--rows \(row)' fits it whatever it holds")
      }
      let explanations = profiles.map { ProfileExplanation($0, in: analysis, options: options) }
      let pairs = Array(zip(profiles, explanations))
      let (name, sha256, settings) = (file, digest, options.json)
      return Report(
        status: analysis.isPartial ? .partial : .done,
        warnings: analysis.warnings + analysis.faults.map { CavernWarning($0) },
        result: [
          "file": .string(name), "sha256": .optional(sha256), "options": settings,
          "profiles": .array(pairs.map(\.1.json)),
        ], text: text(pairs))
    }
  }

  private static func chosen(
    _ inputs: [Provenance.Input], _ name: String?, _ folder: String
  ) throws(CavernError) -> Provenance.Input {
    let matching = inputs.filter { input in name.map { input.path.contains($0) } ?? true }
    if matching.count == 1 { return matching[0] }
    throw CavernError(
      matching.isEmpty ? "ws.unknownFile" : "ws.severalFiles",
      matching.isEmpty ? "no file of the result has that name" : "the result has \(matching.count) such files",
      exit: .usage, file: folder,
      expected: "--file with one of \(inputs.prefix(6).map(\.path).joined(separator: ", "))")
  }

  private static func text(_ pairs: [(ProfileResult, ProfileExplanation)]) -> String {
    pairs.map { profile, explanation in
      var text = "\(profile.device)  \(profile.plane.label), \(profile.scan.rawValue), row \(profile.row)"
      if profile.acquisition > 0 { text += ", acquisition \(profile.acquisition)" }
      text += "\n"
      for step in explanation.steps {
        text += "\n\(step.title)\n"
        for value in step.values {
          text += "  \(value.words)" + String(repeating: " ", count: max(2, 52 - value.words.count))
          text += word(value.value) + "\n"
        }
      }
      return text
    }.joined(separator: "\n")
  }

  private static func word(_ value: JSONValue) -> String {
    switch value {
    case .null: "–"
    case .string(let text): text
    case .bool(let flag): flag ? "yes" : "no"
    case .integer(let number): "\(number)"
    case .number(let number): number.isFinite ? number.description : "–"
    default: value.text()
    }
  }
}
