import Arguments
import Conditions
import Errors
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel voltages`: bias state by readout group and fill.
  static var pixelVoltages: Command {
    Command(
      "voltages", "Tell whether the bias voltage of readout groups is on in fills.",
      discussion: """
        The latest voltage before the measurement time, at most --bias-lookback old. Above the threshold bias is on; \
        without a voltage the state is unknown, which counts as off. Without the view v_voltages the voltages of the \
        supply channels are taken.
        """,
      examples: [
        Example("cavern pixel voltages --db conditions.sqlite --fills fills.csv --csv", "all groups and fills"),
        Example(
          "cavern pixel voltages --db conditions.sqlite --fills fills.csv --group BPix_BpI_SEC1_LYR1", "one group"),
      ],
      options: PixelArguments.selection + PixelArguments.database + [
        PixelArguments.subsystem, PixelArguments.delay,
        .option("group", "NAME", .text, "Only this readout group.", isRepeatable: true),
        .option("lookback", "TIME", .duration, "Not used here.", default: "48 h", isHidden: true),
        .option("bias-lookback", "TIME", .duration, "How old a bias voltage may be.", default: "720 h"),
        .option("bias-threshold", "V", .number(0...1000), "Bias above this is on.", note: "10; 0 with --compat"),
        .flag("compat", "Any voltage above 0 is on."), CommonOptions.csv, CommonOptions.output,
      ]
    ) { arguments in
      let facts = try PixelFacts.builtIn()
      let selected = try PixelArguments.fills(arguments, facts)
      let subsystems = try PixelArguments.subsystems(arguments)
      var groups = subsystems.flatMap { facts.groups(of: $0) }
      let names = try arguments.strings("group")
      if !names.isEmpty {
        groups = []
        for name in names { groups.append(try facts.group(named: name)) }
      }
      let conditions = try PixelArguments.conditions(arguments)
      let states = try BiasReader(conditions, options: try PixelTemperatureSteps.options(arguments)).read(
        selected.fills, groups: groups)
      let unknown = states.rows.filter { $0.state == .unknown }.count
      var warnings = selected.warnings + states.warnings
      if unknown > 0 {
        warnings.append(
          CavernWarning("pixel.biasUnknown", "\(unknown) of \(states.rows.count) states are unknown and count as off"))
      }
      let rows = states.rows
      return Report(
        warnings: warnings,
        result: [
          "states": .array(
            rows.map {
              [
                "fill": .integer($0.fill), "readout_group": .string($0.group.text), "state": .string($0.state.rawValue),
                "voltage_v": .optional($0.voltage), "time": .optional($0.time?.text),
              ]
            })
        ],
        text: TextTable(
          columns: [.right("fill"), .left("group"), .left("state"), .right("voltage/V"), .left("since")],
          rows: rows.map {
            [
              "\($0.fill)", $0.group.text, $0.state.rawValue, $0.voltage.map { "\($0)" } ?? "-", $0.time?.text ?? "-",
            ]
          }
        ).text(width: .max),
        csv: {
          CSVText.table(
            ["fill", "readout_group", "state", "voltage_v", "time_utc"],
            rows.map {
              [
                "\($0.fill)", $0.group.text, $0.state.rawValue, CSVText.number($0.voltage), $0.time?.text ?? "",
              ]
            })
        }, writesToOutputOption: true)
    }
  }
}
