import Errors
import Figures
import Files

/// Writes the figures of a command to the file that `--figure` names.
enum FigureFiles {
  /// Draws figures: one to `path` itself, several to `<stem>-<name>.<extension>` beside it.
  ///
  /// - Returns: one remark that names the files, when their names are not `path`.
  /// - Throws: `figures.unknownFormat` for an extension other than png, svg and pdf, and what the renderer throws.
  static func write(_ figures: [Figure], to path: String) throws(CavernError) -> [CavernWarning] {
    let dot = path.lastIndex(of: ".") ?? path.endIndex
    let ending = dot < path.endIndex ? path[path.index(after: dot)...].lowercased() : ""
    let formats: [GnuplotRenderer.Format] = [.png(), .svg, .pdf]
    guard let format = formats.first(where: { $0.fileExtension == ending }) else {
      throw CavernError(
        "figures.unknownFormat", "'\(path)' does not end in a format that can be drawn", exit: .usage,
        expected: formats.map { ".\($0.fileExtension)" }.joined(separator: ", "),
        nearest: nearestNames(to: ending, in: formats.map(\.fileExtension)))
    }
    guard !figures.isEmpty else { return [] }
    let pictures = try GnuplotRenderer().render(figures, as: [format])
    let names = figures.map { figures.count == 1 ? path : "\(path[..<dot])-\($0.name).\(ending)" }
    for (name, picture) in zip(names, pictures) { try AtomicFile.write(name, picture.flatMap { $0 }) }
    return figures.count == 1 ? [] : [CavernWarning("figures.written", "figures: \(names.joined(separator: ", "))")]
  }
}
