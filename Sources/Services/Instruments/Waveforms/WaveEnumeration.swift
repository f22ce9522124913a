/// The words behind the enumerations of the wave descriptor.
public enum WaveEnumeration {
  private static let words: [String: [Int: String]] = [
    "COMM_TYPE": [0: "byte", 1: "word"],
    "COMM_ORDER": [0: "high byte first", 1: "low byte first"],
    "RECORD_TYPE": [
      0: "single sweep", 1: "interleaved", 2: "histogram", 3: "graph", 4: "filter coefficient", 5: "complex",
      6: "extrema", 7: "sequence (obsolete)", 8: "centred RIS", 9: "peak detect",
    ],
    "PROCESSING_DONE": [
      0: "none", 1: "FIR filter", 2: "interpolated", 3: "sparsed", 4: "autoscaled", 5: "no result", 6: "rolling",
      7: "cumulative",
    ],
    "VERT_COUPLING": [0: "DC 50 Ω", 1: "ground", 2: "DC 1 MΩ", 3: "ground", 4: "AC 1 MΩ"],
    "BANDWIDTH_LIMIT": [0: "off", 1: "on"],
    "WAVE_SOURCE": [0: "C1", 1: "C2", 2: "C3", 3: "C4", 9: "unknown"],
  ]
  private static let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500]

  /// What a number means in a field.
  ///
  /// - Parameters:
  ///   - number: the stored number.
  ///   - field: the name of the field in the template.
  /// - Returns: a few words; `unknown(n)` for a number or a field that the template does not know.
  public static func meaning(of number: Int, in field: String) -> String {
    switch field {
    case "TIMEBASE":
      if number == 100 { return "external" }
      return scaled(number, prefixes: ["p", "n", "µ", "m", "", "k"], unit: "s/div")
    case "FIXED_VERT_GAIN": return scaled(number, prefixes: ["µ", "m", "", "k"], unit: "V/div")
    default: return words[field]?[number] ?? "unknown(\(number))"
    }
  }

  /// Nine steps 1-2-5 for each prefix.
  private static func scaled(_ number: Int, prefixes: [String], unit: String) -> String {
    guard number >= 0, number < 9 * prefixes.count else { return "unknown(\(number))" }
    return "\(steps[number % 9]) \(prefixes[number / 9])\(unit)"
  }
}
