import Arguments
import Errors
import JSON
import VeloCalibration

extension Command {
  /// `cavern velo dataset check`: the ledger of a dataset.
  static var veloDatasetCheck: Command {
    Command(
      "check", "Read a dataset and print its ledger, without fits.",
      examples: [
        Example("cavern velo dataset check dataset.toml", "which acquisitions count, and why the others do not")
      ],
      arguments: [VeloArguments.dataset], options: VeloArguments.reading
    ) { arguments in
      let dataset = try VeloDataset(path: try arguments.string("dataset"))
      var warnings: [CavernWarning] = []
      var results: [JSONValue] = []
      var rows: [[String]] = []
      for scan in try VeloArguments.scans(arguments, dataset) {
        let inputs = try ScanInputs(scan, module: dataset.module, asic: dataset.asic)
        let counts = try ScanReduction.read(
          scan, inputs: inputs, threads: try VeloArguments.threads(arguments),
          isCancelled: { Interrupts.isRequested })
        warnings += inputs.warnings + counts.allWarnings
        let statuses = AcquisitionStatus.allCases.map { ($0, counts.count($0)) }
        results.append([
          "label": .string(scan.label), "thresholds": .integer(scan.thresholds.count),
          "acquisitions": .object(JSONObject(statuses.map { ($0.0.rawValue, .integer($0.1)) })),
          "withoutLiveTime": .array(
            counts.thresholds.indices.filter { counts.liveSeconds[$0] == 0 }.map { .integer(counts.thresholds[$0]) }),
          "rejected": .array(
            counts.records.filter { $0.status == .corrupt || $0.status == .bad }.prefix(1000).map {
              [
                "thr": .integer($0.threshold), "acq": .integer($0.acquisition), "status": .string($0.status.rawValue),
                "reason": .string($0.reason),
              ]
            }),
        ])
        rows.append([scan.label, "\(scan.thresholds.count)"] + statuses.map { "\($0.1)" })
      }
      let table = TextTable(
        columns: [.left("scan"), .right("thresholds")] + AcquisitionStatus.allCases.map { .right($0.rawValue) },
        rows: rows)
      let (list, text) = (results, table.text(width: arguments.surroundings.width))
      return Report(warnings: warnings, result: ["scans": .array(list)], text: text)
    }
  }
}
