import Arguments
import Errors
import Foundation
import JSON
import Settings
import TestSupport
import Testing

@testable import cavern

/// Compares a text with its snapshot in `Tests/Resources/arguments`; `CAVERN_UPDATE_SNAPSHOTS=1` writes it anew.
private func expectSnapshot(_ name: String, _ text: String) throws {
  let file = TestResources.folder.appending(path: "arguments").appending(path: name)
  if ProcessInfo.processInfo.environment["CAVERN_UPDATE_SNAPSHOTS"] == "1" { try Data(text.utf8).write(to: file) }
  let snapshot = String(decoding: try Data(contentsOf: file), as: UTF8.self)
  #expect(text == snapshot, "\(name) differs from its snapshot")
}

@Suite("The command tree of Cavern")
struct RealTreeTests {
  private let root = CommandPath(root: CommandTree.root)

  @Test("is sound: names, options, descriptions and every example")
  func sound() { #expect(CommandValidator.faults(in: CommandTree.root) == []) }

  @Test("names only settings that exist, of the same kind")
  func settings() {
    for path in root.subtree {
      for option in path.allOptions {
        guard let name = option.setting else { continue }
        let key = SettingsKeys.schema.key(name)
        #expect(key != nil, "\(path.text) --\(option.name)")
        #expect((option.kind ?? .boolean) == key?.kind, "\(path.text) --\(option.name)")
      }
    }
  }

  @Test("every setting's default and example are of its kind, and names are unique")
  func schema() throws {
    let schema = SettingsKeys.schema
    #expect(Set(schema.keys.map(\.name)).count == schema.keys.count)
    for key in schema.keys { try key.kind.check(key.standard ?? key.example ?? "") }
  }

  @Test(
    "the pages of the general commands are as shown",
    arguments: [
      "fit", "config", "config show", "config check", "config sample", "completions", "man", "commands", "help",
      "version",
    ])
  func pages(words: String) throws {
    let path = try root.descending(words.split(separator: " ").map(String.init))
    let name = path.names.joined(separator: "-")
    try expectSnapshot("\(name).help.txt", HelpText(path).full)
    try expectSnapshot("\(name).1", ManualPage(path, version: "0").text)
  }

  @Test("the completion scripts are accepted by their shells", arguments: CompletionScript.Shell.allCases)
  func scripts(shell: CompletionScript.Shell) throws {
    let interpreter = ["/bin/\(shell.rawValue)", "/usr/bin/\(shell.rawValue)"].first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
    guard let interpreter else { return }
    let outcome = try withTemporaryFolder { folder in
      try Program.shell(
        "$CAVERN completions \(shell.rawValue) > script && \(interpreter) -n script; echo $?", folder: folder)
    }
    #expect(outcome.output == "0\n")
    #expect(outcome.errors.isEmpty)
  }

  @Test(
    "bash completes commands, options, choices and files",
    arguments: [
      ("cavern con", "config"), ("cavern config s", "show sample"), ("cavern completions ", "bash zsh fish"),
      ("cavern completions --color a", "auto always"), ("cavern config show --or", "--origin"),
      ("cavern --config=cavern.t", "cavern.toml"), ("cavern config check cav", "cavern.toml"),
    ])
  func completes(line: String, expected: String) throws {
    try withTemporaryFolder { folder in
      for name in ["cavern.toml", "cavern.txt"] { try Data().write(to: folder.appending(path: name)) }
      // What bash does with a line: words broken at blanks and at the sign.
      let broken = line.replacing("=", with: " = ")
      var words = broken.split(separator: " ").map { "'\($0)'" }
      if line.hasSuffix(" ") { words.append("''") }
      let script = """
        source <($CAVERN completions bash)
        COMP_WORDS=(\(words.joined(separator: " "))) COMP_CWORD=\(words.count - 1)
        _cavern; echo "${COMPREPLY[*]}"
        """
      let outcome = try Program.shell(script, folder: folder)
      #expect(outcome.output.split(separator: "\n").map(String.init) == [expected])
    }
  }
}

@Suite("Tables of text")
struct TextTableTests {
  @Test("columns are aligned and the last is broken to fit")
  func layout() {
    let table = TextTable(
      columns: [.left("name"), .right("value"), .left("remark")],
      rows: [["a", "1", "short"], ["long name", "-20.5", "words that do not fit in what is left of it"]])
    #expect(
      table.text(width: 40) == """
        name       value  remark
        a              1  short
        long name  -20.5  words that do not fit
                          in what is left of it

        """)
  }

  @Test("columns that may be dropped go one after another until the rest fits")
  func dropping() {
    let table = TextTable(
      columns: [.left("name"), .right("value"), .right("more"), .left("remark")], rows: [["a", "1", "2.5", "words"]])
    #expect(
      table.text(width: 27, dropping: ["more", "value"]) == "name  value  more  remark\na         1   2.5  words\n")
    #expect(table.text(width: 24, dropping: ["more", "value"]) == "name  value  remark\na         1  words\n")
    #expect(table.text(width: 16, dropping: ["more", "value"]) == "name  remark\na     words\n")
  }

  @Test("CSV quotes what needs it, and leaves missing numbers empty")
  func csv() {
    #expect(
      CSVText.table(["a", "b"], [["x,y", "say \"hi\""], ["1", "l\n2"]])
        == "a,b\n\"x,y\",\"say \"\"hi\"\"\"\n1,\"l\n2\"\n")
    #expect(CSVText.number(0.1) == "0.1")
    #expect(CSVText.number(.nan) == "")
    #expect(CSVText.number(nil) == "")
  }
}

@Suite("The shell around commands")
struct ShellTests {
  @MainActor private func status(_ action: @escaping Command.Action) async -> Errors.ExitStatus {
    let tree = Command(
      "p", "P.", sharedOptions: CommonOptions.all,
      subcommands: [Command("go", "Go.", options: [CommonOptions.csv], run: action)])
    return await Shell(root: tree, surroundings: Surroundings()).run(words: ["go", "--quiet"])
  }

  @Test("the status of a report and of an error is the status of the program", arguments: Errors.ExitStatus.allCases)
  func statuses(expected: Errors.ExitStatus) async {
    #expect(await status { _ in Report(status: expected, result: .null, text: "") } == expected)
    #expect(await status { _ in throw CavernError("test.fault", "made on purpose", exit: expected) } == expected)
  }

  @Test("an error of another kind is a fault of the program, 70")
  func foreign() async {
    struct Foreign: Error {}
    #expect(await status { _ in throw Foreign() } == .internal)
  }
}

@Suite("Progress")
struct ProgressTests {
  @Test("shows count, rate and time left")
  func line() {
    #expect(
      Progress.line(done: 10, total: 40, unit: "files", elapsed: .seconds(4)) == "10/40 files  2.5 files/s  12 s left")
    #expect(
      Progress.line(done: 1, total: 1000, unit: "files", elapsed: .seconds(1))
        == "1/1000 files  1.0 files/s  16 min 39 s left")
    #expect(Progress.line(done: 0, total: 5, unit: "files", elapsed: .zero) == "0/5 files")
  }
}
