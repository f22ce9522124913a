import Arguments
import Errors
import Foundation
import JSON
import TestSupport
import Testing

/// Compares a text with its snapshot in `Tests/Resources/arguments`.
///
/// `CAVERN_UPDATE_SNAPSHOTS=1 swift test --filter ArgumentsTests` writes the snapshots anew; look at the difference
/// before committing it.
private func expectSnapshot(_ name: String, _ text: String) throws {
  let file = TestResources.folder.appending(path: "arguments").appending(path: name)
  if ProcessInfo.processInfo.environment["CAVERN_UPDATE_SNAPSHOTS"] == "1" {
    try Data(text.utf8).write(to: file)
  }
  let snapshot = String(decoding: try Data(contentsOf: file), as: UTF8.self)
  #expect(text == snapshot, "\(name) differs from its snapshot")
}

private let root = CommandPath(root: SampleTree.root)

@Suite("Projections of the command tree")
struct ProjectionTests {
  private var fit: CommandPath { root.appending(SampleTree.scan).appending(SampleTree.fit) }

  @Test("the help of a group and of a command are as shown")
  func help() throws {
    try expectSnapshot("wire.help.txt", HelpText(root).full)
    try expectSnapshot("wire-short.help.txt", HelpText(root).short)
    try expectSnapshot("wire-scan-fit.help.txt", HelpText(fit).full)
    try expectSnapshot("wire-scan-fit-narrow.help.txt", HelpText(fit, width: 60).full)
  }

  @Test("no line of help is wider than the terminal", arguments: [60, 80, 100, 500])
  func width(width: Int) {
    for path in root.subtree {
      for line in HelpText(path, width: width).full.split(separator: "\n") where !line.hasPrefix("  wire ") {
        #expect(line.count <= min(width, 120))
      }
    }
  }

  @Test("colours change no letter")
  func colors() throws {
    let colored = HelpText(fit, isColored: true).full
    #expect(colored.contains("\u{1B}[1m"))
    let plain = colored.replacing(try Regex("\u{1B}\\[[0-9;]*m"), with: "")
    #expect(plain == HelpText(fit).full)
  }

  @Test("the manual pages are as shown")
  func manual() throws {
    try expectSnapshot("wire.1", ManualPage(root, version: "1.2.3").text)
    try expectSnapshot("wire-scan-fit.1", ManualPage(fit, version: "1.2.3").text)
    #expect(ManualPage(fit, version: "1").fileName == "wire-scan-fit.1")
  }

  @Test("the completion scripts are as shown", arguments: CompletionScript.Shell.allCases)
  func completions(shell: CompletionScript.Shell) throws {
    try expectSnapshot("wire.\(shell.rawValue)", CompletionScript(root).text(for: shell))
  }

  @Test("the JSON dump and the Markdown reference are as shown, without what is hidden")
  func dumps() throws {
    try expectSnapshot("wire.json", root.json.text(.pretty) + "\n")
    try expectSnapshot("wire.md", MarkdownReference(root).text)
    #expect(!root.json.text().contains("secret"))
    #expect(!root.json.text().contains("internal"))
    #expect(try JSONValue(parsing: root.json.text()) == root.json)
  }

  @Test("the sample tree is sound")
  func sound() { #expect(CommandValidator.faults(in: SampleTree.root) == []) }

  @Test("the validator names every fault of a bad tree")
  func unsound() {
    let leaf = Command(
      "Bad Name", "no sentence", examples: [Example("other x", "not ours")],
      arguments: [
        Argument("many", .text, "Many.", count: .repeating(atLeast: 0)), Argument("one", .text, "One."),
      ],
      options: [
        .option("size", short: "v", "", .integer(), "Size.", default: "x"), .flag("one", "Clash."),
        .flag("on", "Always on.", isOn: true), .flag("help", "Clash."), .flag("digit", short: "1", "Digit."),
      ]
    ) { _ in Report(result: .null, text: "") }
    let tree = Command(
      "p", "A program.", sharedOptions: [.flag("verbose", short: "v", "More.")], subcommands: [leaf, leaf])
    let faults = CommandValidator.faults(in: tree)
    for part in [
      "two subcommands are called 'Bad Name'", "the name is not made", "the abstract is not a sentence",
      "-v stands for two options", "--help stands for two options", "'one' is declared twice",
      "the value of --size (integer) has no name", "no example calls it", "--on is on and cannot be turned off",
      "the default 'x' of --size",
      "MANY repeats but is not the last", "does not begin with 'p'", "-1 is not a letter",
    ] {
      #expect(faults.contains { $0.contains(part) }, "no fault says: \(part)")
    }
    #expect(
      CommandValidator.faults(in: Command("p", "A program.", subcommands: [])).contains(
        "p: needs either an action or subcommands"))
  }

  @Test("examples that do not parse are faults")
  func badExamples() {
    let leaf = Command(
      "go", "Go.",
      examples: [Example("p go --nope", "fails"), Example("p go | head", "works"), Example("p", "calls nothing")]
    ) { _ in Report(result: .null, text: "") }
    let faults = CommandValidator.faults(in: Command("p", "A program.", subcommands: [leaf]))
    #expect(faults.count == 2)
    #expect(faults[0].contains("is refused"))
    #expect(faults[1].contains("calls no command"))
  }
}

@Suite("Colour")
struct ColorTests {
  @Test("colour is for terminals, and the user's wish comes first")
  func color() {
    let plain = Surroundings(variables: ["TERM": "xterm"])
    #expect(plain.usesColor(nil, isTerminal: true))
    #expect(plain.usesColor("auto", isTerminal: true))
    #expect(!plain.usesColor("auto", isTerminal: false))
    #expect(plain.usesColor("always", isTerminal: false))
    #expect(!plain.usesColor("never", isTerminal: true))
    for (name, value) in [("NO_COLOR", "1"), ("CAVERN_NO_COLOR", "1"), ("TERM", "dumb")] {
      #expect(!Surroundings(variables: [name: value]).usesColor("auto", isTerminal: true))
      #expect(Surroundings(variables: [name: value]).usesColor("always", isTerminal: true))
    }
    #expect(Surroundings(variables: ["NO_COLOR": ""]).usesColor(nil, isTerminal: true))
  }
}
