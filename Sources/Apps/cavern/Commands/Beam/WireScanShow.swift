import Arguments
import BeamInstrumentation
import Errors
import JSON

extension Command {
  /// `cavern beam ws show`: the scanners of a file, before any fit.
  static var beamWireScanShow: Command {
    Command(
      "show", "List scanners, scans and rows with a bunch, without fitting.",
      examples: [Example("cavern beam ws show WS.parquet", "which scanners fired, and where the bunches are")],
      arguments: [Argument("file", .file(["parquet"]), "Acquisition to look at.")],
      options: WireScanArguments.selection + [
        .option(
          "threshold", "F", .number(0...1), "Share of the typical area from which a row counts as filled.",
          default: "0.38", setting: "beam.threshold")
      ]
    ) { arguments in
      var request = WireScanFile.Request()
      request.planes = Set(try arguments.strings("plane").compactMap(Plane.init))
      request.scans = Set(try arguments.strings("scan").compactMap(ScanDirection.init))
      request.device = try arguments.optionalString("device")
      let file = try WireScanFile(path: try arguments.string("file"), request: request)
      let overview = WireScanOverview(file, threshold: try arguments.double("threshold"))
      let width = arguments.surroundings.width
      return Report(
        status: file.faults.isEmpty ? .done : .partial, warnings: file.warnings + file.faults.map { CavernWarning($0) },
        result: overview.json, text: text(overview, width))
    }
  }

  private static func text(_ overview: WireScanOverview, _ width: Int) -> String {
    overview.scans.map { scan in
      var text = "\(scan.device)  \(scan.plane.label), \(scan.direction.rawValue)"
      if let time = scan.time { text += "  \(time.label)" }
      text += "\n"
      let facts = [
        ("cycle time", scan.cycleTime.map { "\(WireScanText.fixed($0, 3)) s" }),
        ("timing user", scan.selector), ("gamma", scan.gamma.map { WireScanText.fixed($0, 5) }),
        ("rows", "\(scan.rowCount) with \(scan.sampleCount) samples over \(WireScanText.fixed(scan.span, 1)) mm"),
        ("photomultipliers", "\(scan.channelCount), best \(scan.photomultiplier)"),
        ("signal to noise", WireScanText.fixed(scan.signalToNoise, 1)),
        ("bunches in rows", scan.filledRows.isEmpty ? "none" : IndexList.text(scan.filledRows)),
        ("weak bunches", scan.weakRows.isEmpty ? nil : IndexList.text(scan.weakRows)),
      ]
      for (name, value) in facts where value != nil {
        text += "  \(name)" + String(repeating: " ", count: 18 - name.count) + (value ?? "") + "\n"
      }
      return text
    }.joined(separator: "\n")
  }
}

/// Lists of whole numbers as people write them: `0-3,7`.
enum IndexList {
  /// Ascending numbers, neighbours joined to ranges.
  static func text(_ numbers: [Int]) -> String {
    var parts: [String] = []
    var start = 0
    for index in numbers.indices where index + 1 == numbers.count || numbers[index + 1] != numbers[index] + 1 {
      parts.append(start == index ? "\(numbers[index])" : "\(numbers[start])-\(numbers[index])")
      start = index + 1
    }
    return parts.joined(separator: ",")
  }
}
