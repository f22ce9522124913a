import Errors

/// Files of one value a line, `name value`: leakage currents by group, temperatures by group.
public enum GroupValueFile {
  /// The values of a file by group.
  ///
  /// Equal lines count once.
  ///
  /// - Returns: values by name, and warnings for lines that are none, with line and reason.
  /// - Throws: `pixel.noValues` when no line has a value, and the faults of the file.
  public static func read(
    _ path: String, facts: PixelFacts
  ) throws(CavernError) -> (values: [ReadoutGroupName: Double], warnings: [CavernWarning]) {
    try parse(try TextLines.read(path), path: path, facts: facts)
  }

  static func parse(
    _ text: String, path: String, facts: PixelFacts
  ) throws(CavernError) -> (values: [ReadoutGroupName: Double], warnings: [CavernWarning]) {
    var values: [ReadoutGroupName: Double] = [:]
    var warnings: [CavernWarning] = []
    for (number, line) in TextLines.split(text) {
      let words = TextLines.words(line)
      if words.isEmpty { continue }
      func leave(_ reason: String) {
        warnings.append(
          CavernWarning("pixel.badLine", "this line is left out: \(reason)", file: path, line: number))
      }
      guard words.count == 2 else {
        leave("\(words.count) words instead of group and value")
        continue
      }
      guard let name = ReadoutGroupName(String(words[0])) else {
        let nearest = nearestNames(to: String(words[0]), in: facts.groups.map(\.name.text), limit: 1)
        leave("there is no group '\(words[0])'" + (nearest.first.map { "; the nearest is '\($0)'" } ?? ""))
        continue
      }
      guard let value = Double(words[1]), value.isFinite else {
        leave("'\(words[1])' is no number")
        continue
      }
      if let earlier = values[name], earlier != value {
        leave("\(name.text) stands above with \(earlier)")
        continue
      }
      values[name] = value
    }
    guard !values.isEmpty else {
      throw CavernError(
        "pixel.noValues", text.isEmpty ? "the file is empty (0 bytes)" : "no line holds a group and a value",
        exit: .badData, file: path, expected: "lines like 'BPix_BmI_SEC1_LYR1 184.2211'")
    }
    return (values, warnings)
  }
}
