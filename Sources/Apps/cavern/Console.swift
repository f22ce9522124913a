import Arguments
import Errors
import Files
import JSON

/// Writes reports, messages and failures to the standard streams in the form that the user asked for.
struct Console: Sendable {
  /// Whether results and failures are JSON.
  let isJSON: Bool
  /// Whether notes are left out.
  let isQuiet: Bool
  /// The value of `--color`.
  let color: String?
  private let surroundings: Surroundings

  /// The console of a command line that has not been parsed (yet): the few options that matter are looked for.
  init(words: [String], surroundings: Surroundings) {
    let options = words.prefix { $0 != "--" }
    let isNamed = zip(options, options.dropFirst()).contains { $0 == "--format" && $1 == "json" }
    isJSON = options.contains("--json") || options.contains("--format=json") || isNamed
    isQuiet = options.contains("--quiet")
    let attached = options.last { $0.hasPrefix("--color=") }.map { String($0.dropFirst(8)) }
    let apart = options.lastIndex(of: "--color").flatMap { $0 + 1 < options.endIndex ? options[$0 + 1] : nil }
    color = attached ?? apart
    self.surroundings = surroundings
  }

  /// The console of a parsed command line.
  init(_ arguments: ParsedArguments) {
    isJSON = arguments.flag("json")
    isQuiet = arguments.flag("quiet")
    color = (try? arguments.optionalString("color")) ?? nil
    surroundings = arguments.surroundings
  }

  /// Writes a command's report: `--json` and `--csv` choose the form, `-o` the place when the command takes its output
  /// file from there.
  func write(_ report: Report, of arguments: ParsedArguments) throws(CavernError) {
    let text: String
    if isJSON {
      text = Self.document(report, schema: Self.schema(arguments.path)).text(.pretty) + "\n"
    } else if arguments.flag("csv") {
      guard let csv = report.csv else {
        throw CavernError("usage.noCsv", "'\(arguments.path.text)' has no CSV form", exit: .usage, hint: "use --json")
      }
      text = Self.closed(csv())
    } else {
      text = Self.closed(report.text())
    }
    guard report.writesToOutputOption, arguments.isGiven("output"), let path = try arguments.optionalString("output"),
      path != "-"
    else {
      try writeOutput(text)
      return
    }
    try AtomicFile.write(path, text: text)
  }

  /// The object that `--json` prints.
  static func document(_ report: Report, schema: String) -> JSONValue {
    ["schema": .string(schema), "result": report.result(), "warnings": .array(report.warnings.map(\.json))]
  }

  /// `cavern.beam.ws.fit/1`.
  static func schema(_ path: CommandPath) -> String { "\(path.names.joined(separator: "."))/1" }

  /// Writes text to standard output.
  func writeOutput(_ text: String) throws(CavernError) { try StandardStreams.write(Array(text.utf8)) }

  /// Writes text to standard error; failures there are nobody's concern.
  func writeError(_ text: String) { StandardStreams.writeError(Array(text.utf8)) }

  /// Tells about something that did not stop the work, unless `--quiet`.
  func warn(_ warning: CavernWarning) {
    guard !isQuiet else { return }
    var place = warning.file ?? ""
    if let line = warning.line { place += ":\(line)" }
    writeError("\(marked("warning:", "33")) \(place.isEmpty ? "" : place + ": ")\(warning.message)\n")
  }

  /// Tells about a failure: an object on standard output under `--json`, text on standard error otherwise.
  ///
  /// - Returns: the status to exit with.
  func fail(_ failure: any Error) -> ExitStatus {
    let error = failure as? CavernError ?? Self.fault(failure)
    if isJSON, error.code != StandardStreams.writeFault {
      do {
        try writeOutput(error.json.text(.pretty) + "\n")
        return error.exit
      } catch {
        return fail(error)
      }
    }
    writeError("\(marked("cavern:", "1;31")) \(error.text)\n")
    return error.exit
  }

  private static func fault(_ failure: any Error) -> CavernError {
    CavernError(
      "internal.fault", "a fault in Cavern: \(failure)", exit: .internal,
      hint: "please report it with the command line and, if possible, the input")
  }

  private static func closed(_ text: String) -> String { text.isEmpty || text.hasSuffix("\n") ? text : text + "\n" }

  private func marked(_ text: String, _ code: String) -> String {
    guard surroundings.usesColor(color, isTerminal: surroundings.isErrorTerminal) else { return text }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}
