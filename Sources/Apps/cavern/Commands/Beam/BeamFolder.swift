import Arguments
import Errors
import Figures
import JSON
import Results
import Tables

/// The result folder of a command that analyses one file: result, tables, figures, page and provenance.
enum BeamFolder {
  /// `-o DIR`.
  static let output = Option.option(
    "output", short: "o", "DIR", .folder, "Write a result folder with tables, figures and a page.")

  /// `--force`.
  static let force = Option.flag("force", "Replace an earlier result folder.")

  /// Writes the folder that `-o` names, if it names one.
  ///
  /// - Throws: as `ResultFolder.write`.
  static func write(
    _ arguments: ParsedArguments, command: String, file: String, title: String, result: JSONValue,
    tables: [(name: String, table: Table)], figures: [Figure], warnings: [CavernWarning]
  ) throws(CavernError) {
    guard let path = try arguments.optionalString("output") else { return }
    let provenance = Provenance(
      version: Version.text, commandLine: arguments.provenanceWords, settings: settings(arguments),
      inputs: [try Provenance.Input(reading: file)])
    let name = file.split(separator: "/").last.map(String.init) ?? file
    let page = Page(
      title: "\(title): \(name)", facts: [Page.Fact("file", file)],
      sections: [Page.Section("Figures", figures.map { .figure($0) })], warnings: warnings, provenance: provenance)
    try ResultFolder.write(to: path, force: arguments.flag("force")) { (folder) throws(CavernError) in
      try folder.addResult(schema: command, result)
      for entry in tables {
        try folder.add(entry.name) { (place) throws(CavernError) in try entry.table.writeParquet(to: place) }
      }
      try folder.addFigures(figures)
      try folder.addReport(page)
      try folder.addProvenance(provenance)
    }
  }

  /// The options that shape numbers, as they were given.
  private static func settings(_ arguments: ParsedArguments) -> JSONValue {
    let leftOut: Set<String> = ["output", "force", "figure", "csv", "threads", "legacy"]
    return .object(
      JSONObject(
        arguments.command.options.filter { !leftOut.contains($0.name) }.map { option in
          (
            option.name,
            option.isFlag
              ? .bool(arguments.flag(option.name))
              : .optional((try? arguments.optionalString(option.name)) ?? nil)
          )
        }))
  }
}
