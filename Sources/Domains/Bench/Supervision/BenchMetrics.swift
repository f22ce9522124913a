import Errors
import JSON
import TimeSeries

/// The bench in numbers, in the text form that Prometheus and VictoriaMetrics read.
public struct BenchMetrics: Sendable {
  private var lines: [String] = []
  private var described: Set<String> = []

  /// The numbers of the state of a bench.
  public init(_ state: BenchState) {
    self.init(storeBytes: state.storeBytes, destinations: state.destinations, statuses: state.statuses)
  }

  /// The numbers of a store and of the status files beside it.
  ///
  /// - Parameters:
  ///   - storeBytes: bytes of recorded samples; `nil` when there is no store yet.
  ///   - destinations: servers and what waits for them.
  ///   - statuses: status objects by service.
  init(storeBytes: Int?, destinations: [DestinationStatus], statuses: [(name: String, status: JSONValue)]) {
    if let storeBytes { add("cavern_store_bytes", "gauge", "Bytes of recorded samples.", Double(storeBytes)) }
    for destination in destinations { addDestination(destination) }
    for (name, status) in statuses { addService(name, status) }
  }

  /// The text.
  public var text: String { lines.joined(separator: "\n") + "\n" }

  private mutating func addDestination(_ destination: DestinationStatus) {
    let labels = [("destination", destination.name)]
    add("cavern_delivered_lines_total", "counter", "Lines delivered.", Double(destination.deliveredLines), labels)
    add("cavern_rejected_lines_total", "counter", "Lines refused.", Double(destination.rejectedLines), labels)
    add("cavern_pending_samples", "gauge", "Samples that wait.", Double(destination.pendingSamples), labels)
    add(
      "cavern_backlog_samples", "gauge", "Samples that wait and that live ones go ahead of.",
      Double(destination.backlogSamples), labels)
    for stream in OutboxPosition.Stream.allCases {
      let batch = stream == .live ? destination.position.live : destination.position.acknowledged
      add(
        "cavern_acknowledged_batch", "gauge",
        "The last batch that is acknowledged, of the backlog and of live samples.",
        Double(batch), labels + [("stream", stream.rawValue)])
    }
    add(
      "cavern_pending_age_seconds", "gauge", "Age of the oldest waiting batch.", Self.age(destination.oldestPending),
      labels)
    add(
      "cavern_live_pending_age_seconds", "gauge", "Age of the oldest waiting batch that is not backlog.",
      Self.age(destination.oldestLivePending), labels)
  }

  /// How old a batch is, in seconds; 0 for none.
  private static func age(_ created: Int64?) -> Double {
    created.map { max(0, Double(TimeSeriesStore.now() - $0) / 1e9) } ?? 0
  }

  private mutating func addService(_ name: String, _ status: JSONValue) {
    let labels = [("device", name)]
    let isUp = status["state"]?.stringValue.map { $0 == "ok" || $0 == "alarm" } ?? false
    add("cavern_up", "gauge", "Whether the device answers.", isUp ? 1 : 0, labels)
    if let readings = status["readings"]?.doubleValue {
      add("cavern_readings_total", "counter", "Good readings.", readings, labels)
    }
    if let time = status["lastGood"]?.doubleValue {
      add("cavern_last_good_seconds", "gauge", "Time of the last good reading.", time / 1e9, labels)
    }
    for (outcome, count) in status["errors"]?.objectValue?.members ?? [] {
      add(
        name == "gas" ? "gas_exchange_errors" : "cavern_exchange_errors_total", "counter", "Failed exchanges.",
        count.doubleValue ?? 0, labels + [("outcome", outcome)])
    }
    for alarm in status["alarms"]?.arrayValue ?? [] {
      add("cavern_alarm", "gauge", "Alarms that stand.", 1, labels + [("alarm", alarm.stringValue ?? "")])
    }
    for (quantity, value) in status["last"]?.objectValue?.members ?? [] {
      guard let value = value.doubleValue else { continue }
      add("cavern_\(name.prefix { $0 != "-" })_value", "gauge", "Last value.", value, labels + [("quantity", quantity)])
    }
  }

  private mutating func add(
    _ name: String, _ kind: String, _ help: String, _ value: Double, _ labels: [(String, String)] = []
  ) {
    if described.insert(name).inserted {
      lines.append("# HELP \(name) \(help)")
      lines.append("# TYPE \(name) \(kind)")
    }
    let text = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
    lines.append(labels.isEmpty ? "\(name) \(value)" : "\(name){\(text)} \(value)")
  }

  /// Backslashes, quotes and line ends of label values.
  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
