import Arguments
import Conditions
import Errors
import Files
import Foundation
import JSON
import PixelMonitoring
import Results

/// The folder a pixel command writes into, file by file, each whole or not at all.
struct PixelOutput {
  /// The folder.
  let folder: String
  private let overwrites: Bool
  /// Whether files that are there are taken for done.
  let skipsExisting: Bool
  /// Names and columns of the earlier program only.
  let isCompatible: Bool
  /// What was written, relative to the folder.
  private(set) var files: [String] = []

  /// The folder that `--out` names.
  init(_ arguments: ParsedArguments) throws(CavernError) {
    guard let folder = try arguments.optionalString("out") else {
      throw CavernError(
        "usage.missingOption", "--out is missing", exit: .usage, expected: "a folder for the results")
    }
    try self.init(folder, arguments)
  }

  /// A folder with the rules of the command line.
  ///
  /// - Parameter replaces: whether files are replaced whatever the command line says.
  init(_ folder: String, _ arguments: ParsedArguments, replaces: Bool = false) throws(CavernError) {
    self.folder = folder
    overwrites = replaces || arguments.flag("overwrite")
    skipsExisting = !replaces && (arguments.flag("skip-existing") || arguments.flag("resume"))
    isCompatible = arguments.flag("compat")
    if overwrites, skipsExisting {
      throw CavernError(
        "usage.conflict", "--overwrite does not go with --skip-existing or --resume", exit: .usage)
    }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), !isFolder.boolValue {
      throw CavernError("file.cannotCreate", "a file is in the place of the folder", exit: .cannotCreate, file: folder)
    }
  }

  /// The path of a file.
  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// Whether a file is there.
  func holds(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// Refuses to go on when one of the files is there and nothing was said about that.
  func check(_ names: some Sequence<String>) throws(CavernError) {
    guard !overwrites, !skipsExisting else { return }
    for name in names where holds(name) {
      throw CavernError(
        "pixel.exists", "there is a result already", exit: .cannotCreate, file: path(name),
        hint: "replace it with --overwrite, or keep what is there with --skip-existing or --resume")
    }
  }

  /// Writes a file.
  mutating func write(_ name: String, text: String) throws(CavernError) { try write(name, bytes: Array(text.utf8)) }

  /// Writes a file.
  mutating func write(_ name: String, bytes: [UInt8]) throws(CavernError) {
    try makeFolder(for: name)
    // A run that is cut short by a power failure is repeated; single files need not be synchronised.
    try AtomicFile.write(path(name), bytes, isSynchronised: false)
    files.append(name)
  }

  /// Makes the folders a file lies in.
  func makeFolder(for name: String) throws(CavernError) {
    let place = path(name).split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    do {
      try FileManager.default.createDirectory(atPath: place.isEmpty ? "." : place, withIntermediateDirectories: true)
    } catch {
      throw CavernError("file.cannotCreate", "the folder cannot be created", exit: .cannotCreate, file: place)
    }
  }

  /// Writes `<name>.provenance.json`: program, command line, inputs with digests, database, period of the queries.
  mutating func writeProvenance(
    _ name: String, _ arguments: ParsedArguments, inputs: [String] = [], database: PixelConditions? = nil,
    period: (ConditionsTime, ConditionsTime)? = nil, others: [(String, JSONValue)] = []
  ) throws(CavernError) {
    guard !isCompatible else { return }
    var read: [Provenance.Input] = []
    for path in inputs { read.append(try Provenance.Input(reading: path)) }
    var settings = JSONObject(others)
    if let database {
      settings["database"] = .string(database.database.source.name)
      settings["schema"] = .optional(database.tables.schema)
    }
    if let period { settings["period"] = .array([.string(period.0.text), .string(period.1.text)]) }
    let provenance = Provenance(
      version: Version.text, commandLine: Self.words(arguments), settings: .object(settings), inputs: read)
    try write("\(name).provenance.json", text: provenance.json.text(.pretty) + "\n")
  }

  /// The command line without what does not shape numbers or must not be kept.
  static func words(_ arguments: ParsedArguments) -> [String] {
    var kept: [String] = []
    var (hidesNext, skipsNext) = (false, false)
    for word in arguments.provenanceWords where !["--resume", "--skip-existing", "--overwrite"].contains(word) {
      if skipsNext {
        skipsNext = false
      } else if hidesNext {
        kept.append(DatabaseSource(word).name)
        hidesNext = false
      } else if word == "--out" || word == "--report" {
        // Where results go does not shape them.
        skipsNext = true
      } else if word.hasPrefix("--out=") || word.hasPrefix("--report=") {
        continue
      } else if word == "--db" || word == "--to" || word == "--from" {
        kept.append(word)
        hidesNext = true
      } else if let option = ["--db=", "--to=", "--from="].first(where: word.hasPrefix) {
        kept.append(option + DatabaseSource(String(word.dropFirst(option.count))).name)
      } else {
        kept.append(word)
      }
    }
    return kept
  }
}

/// What a command over fills did.
struct FillWorkSummary {
  /// Fills that are done.
  var done: [Int] = []
  /// Fills whose files were there.
  var existing: [Int] = []
  /// Fills that were skipped, with the reason.
  var skipped: [(fill: Int, reason: String)] = []
  /// Fills left out because they are in the list of bad ones.
  var bad: [Int] = []
  /// Lines of the list of fills that were left out.
  var badLines = 0
  /// Everything else to be said.
  var warnings: [CavernWarning] = []

  /// How the command ends.
  func status(_ arguments: ParsedArguments) -> ExitStatus {
    (skipped.isEmpty && badLines == 0) || arguments.flag("allow-skips") ? .done : .partial
  }

  /// The members of the result that every command has.
  func json(_ others: [(String, JSONValue)] = []) -> JSONValue {
    var reasons: [(String, JSONValue)] = []
    for (reason, entries) in Dictionary(grouping: skipped, by: \.reason).sorted(by: { $0.key < $1.key }) {
      reasons.append((reason, .integer(entries.count)))
    }
    return .object(
      JSONObject(
        [
          ("done", .integer(done.count)), ("existing", .integer(existing.count)),
          ("skipped", .array(skipped.map { ["fill": .integer($0.fill), "reason": .string($0.reason)] })),
          ("skippedByReason", .object(JSONObject(reasons))),
          ("badFills", .array(bad.map { .integer($0) })), ("linesLeftOut", .integer(badLines)),
        ] + others))
  }

  /// One or two lines for people.
  var text: String {
    var parts = ["\(done.count) done"]
    if !existing.isEmpty { parts.append("\(existing.count) there already") }
    if !skipped.isEmpty { parts.append("\(skipped.count) skipped") }
    if !bad.isEmpty {
      parts.append("\(bad.count) bad fills left out (\(bad.map(String.init).joined(separator: ", ")))")
    }
    if badLines > 0 { parts.append("\(badLines) lines of the list of fills left out") }
    var text = parts.joined(separator: ", ") + "\n"
    for entry in skipped { text += "skipped fill \(entry.fill): \(entry.reason)\n" }
    return text
  }

  /// The report of the command; also written to the file that `--report` names.
  func report(_ arguments: ParsedArguments, others: [(String, JSONValue)] = [], lines: String = "") throws(CavernError)
    -> Report
  {
    let result = json(others)
    if let path = try arguments.optionalString("report") {
      let document: JSONValue = [
        "schema": "cavern.pixel.report/1", "command": .string(arguments.path.text), "result": result,
        "warnings": .array(warnings.map(\.json)),
      ]
      try AtomicFile.write(path, text: document.text(.pretty) + "\n")
    }
    let text = self.text + lines
    return Report(status: status(arguments), warnings: warnings, result: result, text: text)
  }
}
