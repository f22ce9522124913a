import Foundation
import JSON
import TestSupport
import Testing
import TimeSeries

@testable import Bench

@Suite("Numbers and state of a bench for others")
struct BenchMetricsTests {
  @Test("/metrics tells both positions of a server that is caught up with, and what waits for each")
  func positions() throws {
    try withTemporaryFolder { folder in
      let store = try TimeSeriesStore(folder.path + "/s.db")
      try store.addDestination("main")
      for number in 0..<4 {
        _ = try store.append([Point(PointKey("m"), [.init("v", .integer(1))], time: Int64(number))])
      }
      try store.acknowledge(
        "main", OutboxTurn(stream: .backlog, after: 0, through: 3, liveAfter: 3), through: 1, delivered: 1)
      let text = BenchMetrics(storeBytes: nil, destinations: try store.destinations(), statuses: []).text
      for line in [
        #"cavern_delivered_lines_total{destination="main"} 1.0"#, #"cavern_pending_samples{destination="main"} 3.0"#,
        #"cavern_backlog_samples{destination="main"} 2.0"#,
        #"cavern_acknowledged_batch{destination="main",stream="backlog"} 1.0"#,
        #"cavern_acknowledged_batch{destination="main",stream="live"} 3.0"#,
        #"cavern_live_pending_age_seconds{destination="main"} "#,
      ] { #expect(text.contains(line), "\(line) in \(text)") }
      // Each name is described once.
      let names = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }
      #expect(Set(names).count == names.count)
    }
  }

  @Test("a device of the configuration whose service has said nothing is unknown, and the bench not well")
  func missingService() throws {
    try withTemporaryFolder { folder in
      let text = """
        [bench]
        state_dir = "\(folder.path)"
        [gas]
        port = "x"
        [[hv]]
        address = "127.0.0.1:1"
        """
      let configuration = try BenchConfiguration(bytes: Array(text.utf8), file: "bench.toml")
      try Data(#"{"state":"ok"}"#.utf8).write(to: folder.appending(path: "gas.status.json"))
      let state = BenchState(configuration)
      #expect(state.statuses.map(\.name) == ["gas", "hv-main"])
      #expect(state.statuses.map { $0.status["state"]?.stringValue } == ["ok", "unknown"])
      #expect(!state.isGood)
    }
  }

  @Test("a service that has been silent for long is unknown, whatever it said last")
  func silence() throws {
    try withTemporaryFolder { folder in
      for name in ["gas", "hv-main"] {
        try Data(#"{"state":"ok","readings":3}"#.utf8).write(to: folder.appending(path: "\(name).status.json"))
      }
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: folder.path + "/hv-main.status.json")
      let statuses = BenchState.statuses(folder.path)
      #expect(statuses.map { $0.status["state"]?.stringValue } == ["ok", "unknown"])
      #expect(statuses[1].status["readings"]?.intValue == 3)
      let text = BenchMetrics(storeBytes: nil, destinations: [], statuses: statuses).text
      #expect(text.contains(#"cavern_up{device="gas"} 1.0"#) && text.contains(#"cavern_up{device="hv-main"} 0.0"#))
    }
  }
}
