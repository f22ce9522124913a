import Foundation

/// The file plotly.min.js that set-up installs.
public enum PlotlyLibrary {
  /// The path of the file: `$CAVERN_SHARE/plotly.min.js`, else beside the program in `../share/cavern/`, else
  /// `/opt/cavern/share/plotly.min.js`; `nil` when it is in none of them.
  public static func find() -> String? {
    let environment = ProcessInfo.processInfo.environment
    // A folder that is named is the only one looked at, so that a wrong name does not go unnoticed.
    if let share = environment["CAVERN_SHARE"], !share.isEmpty { return readable(share + "/plotly.min.js") }
    if let program = Bundle.main.executableURL?.resolvingSymlinksInPath() {
      let beside = program.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "share/cavern/plotly.min.js").path(percentEncoded: false)
      if let found = readable(beside) { return found }
    }
    return readable("/opt/cavern/share/plotly.min.js")
  }

  /// The bytes of the file in a form that may stand inside a script element; `nil` when it is not there.
  static func load() -> [UInt8]? {
    guard let path = find(), let data = FileManager.default.contents(atPath: path), !data.isEmpty,
      let text = String(data: data, encoding: .utf8)
    else { return nil }
    // Looked for in the bytes: the text has millions of letters.
    guard data.range(of: Data("</script".utf8)) != nil else { return Array(data) }
    // Inside a string of the script, `<\/` means the same as `</`.
    return Array(text.replacing("</script", with: "<\\/script").utf8)
  }

  private static func readable(_ path: String) -> String? {
    FileManager.default.isReadableFile(atPath: path) ? path : nil
  }
}
