import Foundation

/// A page of the documentation with the commands it shows.
///
/// A fenced block whose info string is `console status=N` holds commands after `$ ` and what they print, both streams
/// together; the last one ends with status N, those before with 0. A line `…` stands for any lines. A fenced block with
/// `file=NAME` in its info string is a file that later commands read. All of a page runs in one folder beside `Examples`.
struct DocumentationPage {
  /// A command with its place and what the page says that it prints.
  struct Command {
    var text: String
    var line: Int
    var status: Int32
    /// Lines of the page that hold the output.
    var output: Range<Int>
  }

  /// Something a page holds, in its order.
  enum Part {
    case file(name: String, text: String)
    case command(Command)
  }

  /// The lines of the page.
  var lines: [String]
  /// Files and commands.
  var parts: [Part] = []

  /// A page taken apart.
  init(_ text: String) {
    lines = text.components(separatedBy: "\n")
    var line = 0
    while line < lines.count {
      let opening = lines[line]
      guard opening.hasPrefix("```"), opening.count > 3 else {
        line += 1
        continue
      }
      let end = lines[(line + 1)...].firstIndex(of: "```") ?? lines.count
      let words = opening.dropFirst(3).split(separator: " ")
      func word(_ name: String) -> String? {
        words.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
      }
      if words.first == "console" {
        addCommands(line + 1..<end, status: word("status").flatMap { Int32($0) })
      } else if let name = word("file") {
        parts.append(.file(name: name, text: lines[line + 1..<end].joined(separator: "\n") + "\n"))
      }
      line = end + 1
    }
  }

  /// Its commands.
  var commands: [Command] {
    parts.compactMap { part in
      if case .command(let command) = part { command } else { nil }
    }
  }

  private mutating func addCommands(_ block: Range<Int>, status: Int32?) {
    var starts = block.filter { lines[$0].hasPrefix("$ ") }
    starts.append(block.upperBound)
    for (start, next) in zip(starts, starts.dropFirst()) {
      var last = start
      while last + 1 < next, lines[last].hasSuffix("\\") { last += 1 }
      let text = lines[start...last].joined(separator: "\n").dropFirst(2)
      let isLast = next == block.upperBound
      parts.append(
        .command(
          Command(
            text: String(text), line: start + 1, status: isLast ? status ?? 0 : 0, output: last + 1..<next)))
    }
  }

  /// Runs the commands in order in a folder.
  func run(in folder: URL, _ body: (Command, Program.Outcome) throws -> Void) throws {
    let path = URL(filePath: Program.path).deletingLastPathComponent().path + ":/usr/bin:/bin"
    for part in parts {
      switch part {
      case .file(let name, let text): try Data(text.utf8).write(to: folder.appending(path: name))
      case .command(let command):
        let outcome = try Program.shell("{ \(command.text)\n} 2>&1", environment: ["PATH": path], folder: folder)
        try body(command, outcome)
      }
    }
  }

  /// The page with the outputs that the commands gave; those with more than one `…` stay as they are.
  func updated(_ outputs: [(Command, String)]) -> String {
    var result = lines
    for (command, output) in outputs.reversed() {
      let before = Array(lines[command.output])
      var after = Self.lines(of: output)
      let gaps = before.indices.filter { before[$0] == "…" }
      if gaps.count > 1 { continue }
      if let gap = gaps.first, after.count >= before.count - 1 {
        after = after.prefix(gap) + ["…"] + after.suffix(before.count - gap - 1)
      }
      result.replaceSubrange(command.output, with: after)
    }
    return result.joined(separator: "\n")
  }

  /// Where an output differs from what the page shows; `nil` when it does not.
  ///
  /// Numbers may differ by one and a half units in their last digit or by 1e-6: other processors round otherwise.
  func difference(_ command: Command, _ output: String) -> String? {
    var real = Self.lines(of: output)[...]
    let pieces = lines[command.output].split(separator: "…", omittingEmptySubsequences: false)
    for (position, piece) in pieces.enumerated() {
      let isLast = position == pieces.count - 1
      var place = real.startIndex
      if position > 0 {
        // The text after a gap: at the end when it is the last, otherwise where it first fits.
        if isLast {
          place = real.endIndex - piece.count
        } else {
          while place + piece.count < real.endIndex, !Self.agree(piece, real[place..<place + piece.count]) {
            place += 1
          }
        }
      }
      guard place >= real.startIndex, place + piece.count <= real.endIndex else { return "the output is shorter" }
      for (shown, found) in zip(piece, real[place..<place + piece.count]) where !Self.agree(shown, found) {
        return "shown: \(shown)\nfound: \(found)"
      }
      real = real[(place + piece.count)...]
      if pieces.count == 1, !real.isEmpty { return "not shown: \(real[real.startIndex])" }
    }
    return nil
  }

  private static func lines(of output: String) -> [String] {
    var lines = output.components(separatedBy: "\n")
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  private static func agree(_ shown: ArraySlice<String>, _ found: ArraySlice<String>) -> Bool {
    shown.count == found.count && zip(shown, found).allSatisfy { agree($0, $1) }
  }

  private static func agree(_ shown: String, _ found: String) -> Bool {
    if shown == found { return true }
    let (first, second) = (words(shown), words(found))
    return first.count == second.count && zip(first, second).allSatisfy { agree(number: $0, $1) }
  }

  private static func words(_ line: String) -> [Substring] { line.split { " ,[]()".contains($0) } }

  private static func agree(number shown: Substring, _ found: Substring) -> Bool {
    if shown == found { return true }
    guard let a = Double(shown), let b = Double(found) else { return false }
    let decimals =
      shown.contains("e") ? nil : shown.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first?.count
    var unit = 1.0
    for _ in 0..<(decimals ?? 0) { unit /= 10 }
    let lastDigit = (decimals ?? 0) > 0 ? 1.5 * unit : 0
    return abs(a - b) <= max(lastDigit, 1e-6 * max(abs(a), abs(b)))
  }
}
