import Foundation
import TestSupport
import Testing

/// The commands that README and guides show do what the pages say.
///
/// `CAVERN_UPDATE_SNAPSHOTS=1 swift test --filter DocumentationTests` writes the outputs into the pages anew; look at the
/// difference before committing it.
@Suite("Documentation")
struct DocumentationTests {
  static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let pages: [String] = {
    let guides = (try? FileManager.default.contentsOfDirectory(atPath: repository.path + "/Documentation")) ?? []
    return ["README.md", "CONTRIBUTING.md", "SECURITY.md"]
      + guides.filter { $0.hasSuffix(".md") }.sorted().map { "Documentation/\($0)" }
  }()

  private func page(_ name: String) throws -> DocumentationPage {
    DocumentationPage(try String(contentsOf: Self.repository.appending(path: name), encoding: .utf8))
  }

  @Test("every command shown ends with its status and prints what the page shows", arguments: pages)
  func commands(_ name: String) throws {
    let page = try page(name)
    guard !page.commands.isEmpty else { return }
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(
        at: Self.repository.appending(path: "Examples"), to: folder.appending(path: "Examples"))
      var outputs: [(DocumentationPage.Command, String)] = []
      let isUpdating = ProcessInfo.processInfo.environment["CAVERN_UPDATE_SNAPSHOTS"] == "1"
      try page.run(in: folder) { command, outcome in
        outputs.append((command, outcome.output))
        #expect(outcome.status == command.status, "\(name):\(command.line): \(command.text)\n\(outcome.output)")
        guard !isUpdating, let difference = page.difference(command, outcome.output) else { return }
        Issue.record("\(name):\(command.line): \(command.text)\n\(difference)")
      }
      if isUpdating {
        try Data(page.updated(outputs).utf8).write(to: Self.repository.appending(path: name))
      }
    }
  }

  @Test("every link to a file of the repository leads somewhere", arguments: pages)
  func links(_ name: String) throws {
    let text = try String(contentsOf: Self.repository.appending(path: name), encoding: .utf8)
    let folder = Self.repository.appending(path: name).deletingLastPathComponent()
    for match in text.matches(of: /\]\(([^)#\s]+)(?:#[^)]*)?\)/) where !match.1.contains("://") {
      let target = folder.appending(path: String(match.1)).path(percentEncoded: false)
      #expect(FileManager.default.fileExists(atPath: target), "\(name): \(match.1)")
    }
  }

  @Test("a changed number, a missing line and a wrong status are noticed")
  func differences() throws {
    let page = DocumentationPage("```console status=2\n$ cavern x\na 1.234 b\n…\nend 7\n```\n")
    let command = try #require(page.commands.first)
    #expect(command.text == "cavern x")
    #expect(command.status == 2)
    #expect(page.difference(command, "a 1.234 b\nmore\nmore\nend 7\n") == nil)
    #expect(page.difference(command, "a 1.235 b\nend 7\n") == nil)
    #expect(page.difference(command, "a 1.237 b\nend 7\n") != nil)
    #expect(page.difference(command, "a 1.234 c\nend 7\n") != nil)
    #expect(page.difference(command, "a 1.234 b\nend 8\n") != nil)
    #expect(page.difference(command, "a 1.234 b\n") != nil)
    let whole = DocumentationPage("```console\n$ cavern y \\\n  --z\none\n```\n")
    let other = try #require(whole.commands.first)
    #expect(other.text == "cavern y \\\n  --z")
    #expect(whole.difference(other, "one\n") == nil)
    #expect(whole.difference(other, "one\ntwo\n") != nil)
    #expect(whole.difference(other, "") != nil)
    #expect(whole.updated([(other, "two\nthree\n")]) == "```console\n$ cavern y \\\n  --z\ntwo\nthree\n```\n")
  }
}
