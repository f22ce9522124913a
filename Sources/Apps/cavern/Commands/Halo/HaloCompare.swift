import Arguments
import BeamHalo
import Errors
import JSON

extension Command {
  /// `cavern halo compare`: two captures side by side.
  static var haloCompare: Command {
    Command(
      "compare", "Compare two captures channel by channel and in total.",
      discussion: """
        Rates are hits a second between the first and the last hit of each side. A ratio is that of B over A, with the \
        uncertainty of both counts. Both are analysed with the same options; with --calibration also with the same windows.
        """,
      examples: [
        Example("cavern halo compare MONDAY TUESDAY", "see what has changed"),
        Example("cavern halo compare A B --calibration cal.json --json", "with fixed windows, for a script"),
      ],
      arguments: [
        Argument("a", .path, "First capture."), Argument("b", .path, "Second capture."),
      ], options: [CommonOptions.csv] + HaloArguments.reading + HaloArguments.analysis
    ) { arguments in
      var sides: [HaloAnalysis] = []
      var status = ExitStatus.done
      for name in ["a", "b"] {
        let capture = try HaloArguments.capture(arguments, path: try arguments.string(name))
        if try HaloArguments.status(capture, arguments) != .done { status = .partial }
        sides.append(try HaloArguments.analysis(capture, arguments))
      }
      let rows = HaloComparison(sides[0], sides[1])
      return Report(
        status: status, warnings: sides.flatMap { HaloArguments.warnings($0) }, result: rows.json, text: rows.text,
        csv: { rows.csv })
    }
  }
}

/// Two captures side by side.
struct HaloComparison: Sendable {
  /// A channel, or a whole side.
  struct Row: Sendable {
    var uhtr: Int
    var name: String
    var region: HaloRegion
    var first: Int
    var second: Int
    var ratio: Double
    var error: Double
    var shift: Double?
  }

  let rows: [Row]

  init(_ first: HaloAnalysis, _ second: HaloAnalysis) {
    var rows: [Row] = []
    for side in HaloSide.allCases where first.capture[side] != nil && second.capture[side] != nil {
      let (a, b) = (Self.seconds(first, side), Self.seconds(second, side))
      func row(_ name: String, _ region: HaloRegion, _ x: Int, _ y: Int, _ shift: Double?) -> Row {
        let isKnown = x > 0 && y > 0 && a > 0 && b > 0
        let ratio = isKnown ? Double(y) / b / (Double(x) / a) : .nan
        let error = isKnown ? ratio * (1 / Double(x) + 1 / Double(y)).squareRoot() : .nan
        return Row(
          uhtr: side.board, name: name, region: region, first: x, second: y, ratio: ratio, error: error, shift: shift)
      }
      let pairs = zip(first.regionCounts(), second.regionCounts()).filter { $0.0.channel.side == side }
      for region in HaloRegion.rateOrder {
        rows.append(
          row(
            "ALL", region, pairs.reduce(0) { $0 + $1.0.counts[region] }, pairs.reduce(0) { $0 + $1.1.counts[region] },
            nil))
      }
      for (x, y) in pairs {
        let (old, new) = (
          first.calibration.entries[x.channel.index].robust, second.calibration.entries[x.channel.index].robust
        )
        let shift = old.status == .ok && new.status == .ok ? new.centroid - old.centroid : nil
        rows.append(row(x.channel.name, .signal, x.counts.signal, y.counts.signal, shift))
      }
    }
    self.rows = rows
  }

  private static func seconds(_ analysis: HaloAnalysis, _ side: HaloSide) -> Double {
    analysis.runRows().filter { $0.side == side }.reduce(0) { $0 + $1.spanSeconds }
  }

  private static let names = ["uhtr", "channel", "region", "hits_a", "hits_b", "ratio", "ratio_error", "tdc_shift"]

  var json: JSONValue {
    [
      "rows": .array(
        rows.map {
          [
            "uhtr": .integer($0.uhtr), "channel": .string($0.name), "region": .string($0.region.rawValue),
            "hits_a": .integer($0.first), "hits_b": .integer($0.second), "ratio": .number($0.ratio),
            "ratio_error": .number($0.error), "tdc_shift": .optional($0.shift),
          ]
        })
    ]
  }

  private var cells: [[String]] {
    rows.map {
      [
        "\($0.uhtr)", $0.name, $0.region.rawValue, "\($0.first)", "\($0.second)", CSVText.number($0.ratio),
        CSVText.number($0.error), CSVText.number($0.shift),
      ]
    }
  }

  var csv: String { CSVText.table(Self.names, cells) }

  var text: String {
    TextTable(
      columns: Self.names.map { $0 == "channel" || $0 == "region" ? .left($0) : .right($0) },
      rows: rows.map {
        [
          "\($0.uhtr)", $0.name, $0.region.rawValue, "\($0.first)", "\($0.second)",
          NumberText.significant($0.ratio, 4), NumberText.significant($0.error, 2),
          $0.shift.map { NumberText.significant($0, 2) } ?? "-",
        ]
      }
    ).text(width: .max)
  }
}
