import Arguments
import JSON

extension Command {
  /// `cavern version`.
  static var version: Command {
    Command("version", "Print the version.", examples: [Example("cavern version", "print the version")]) { _ in
      Report(result: ["version": .string(Version.text)], text: "cavern \(Version.text)")
    }
  }
}
