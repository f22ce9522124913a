import Arguments
import BeamHalo
import Errors
import JSON

extension Command {
  /// `cavern halo phase`: new timing settings of the digitisers.
  static var haloPhase: Command {
    Command(
      "phase", "Work out the phase settings that bring the halo peak of each channel to a time.",
      discussion: """
        new = old + (peak - target), hopping over the forbidden values 50 to 63. Old settings come from --phases (24 \
        numbers: near 01 to 10, two zeros, far 01 to 10, two zeros) or are the current ones of the board. Peaks come from \
        a calibration file, or from --peaks as 20 numbers in the order near 01 to 10, far 01 to 10.
        """,
      examples: [
        Example("cavern halo phase --board 4 --calibration cal.json --target 6", "from a calibration"),
        Example(
          "cavern halo phase --board 11 --calibration cal.json --phases '76 77 73 75 75 76 79 74 75 74 0 0 74 66 73 75 76 70 70 70 64 69 0 0'",
          "with other old settings"),
      ],
      options: [
        .option("board", "N", .choice(["4", "11"]), "The board.", default: "4"),
        .option(
          "phases", "VALUES", .text, "Old settings, 24 numbers parted by blanks or commas.", note: "the current ones"),
        .option("calibration", "FILE", .file(["json"]), "Calibration with the peaks."),
        .option("peaks", "VALUES", .text, "Peaks, 20 numbers parted by blanks or commas."),
        .option("target", "TDC", .integer(0...49), "Time to which peaks are brought.", default: "6"), CommonOptions.csv,
      ]
    ) { arguments in
      let side: HaloSide = try arguments.string("board") == "4" ? .plus : .minus
      let detector = try HaloDetector()
      func numbers(_ name: String) throws(CavernError) -> [Int]? {
        guard let text = try arguments.optionalString(name) else { return nil }
        var values: [Int] = []
        for word in text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "\t" }) {
          guard let value = Int(word) else {
            throw arguments.fault("halo.badPhase", "'\(word)' is no whole number", about: name)
          }
          values.append(value)
        }
        return values
      }
      let old = try HaloPhases(side: side, values: try numbers("phases"))
      var peaks = detector.channels(of: side).map(\.defaults.tdcPeak)
      if let given = try numbers("peaks") {
        guard given.count == 20, given.allSatisfy({ (0...49).contains($0) }) else {
          throw arguments.fault(
            "halo.badPhase", "the peaks are not 20 times", about: "peaks", expected: "20 numbers in 0…49")
        }
        peaks = given
      } else if let table = try HaloArguments.cuts(arguments.optionalString("calibration"), detector) {
        peaks = detector.channels(of: side).map { table.cuts[$0.name]?.tdcPeak ?? $0.defaults.tdcPeak }
      }
      let changes = try old.moving(peaks: peaks, to: try arguments.int("target"), detector: detector)
      let setting = changes.setting
      let names = ["channel", "peak", "old", "new"]
      let rows = changes.rows.map { [$0.name, "\($0.peak)", "\($0.old)", "\($0.new)"] }
      return Report(
        result: [
          "uhtr": .integer(side.board), "config": .array(setting.map { .integer($0) }),
          "channels": .array(
            changes.rows.map {
              [
                "channel": .string($0.name), "peak": .integer($0.peak), "old": .integer($0.old),
                "new": .integer($0.new),
              ]
            }),
        ],
        text: TextTable(columns: [.left("channel"), .right("peak"), .right("old"), .right("new")], rows: rows).text()
          + "\n" + setting.map(String.init).joined(separator: " ") + "\n", csv: { CSVText.table(names, rows) })
    }
  }
}
