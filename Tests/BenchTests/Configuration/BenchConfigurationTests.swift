import Errors
import Foundation
import Settings
import TestSupport
import Testing

@testable import Bench

@Suite("The bench's configuration")
struct BenchConfigurationTests {
  private func read(_ text: String) throws -> BenchConfiguration {
    try BenchConfiguration(bytes: Array(text.utf8), file: "bench.toml")
  }

  @Test("the complete example is read with every value")
  func example() throws {
    let text = String(decoding: try TestResources.bytes("bench/bench.toml"), as: UTF8.self)
    let configuration = try read(text)
    #expect(configuration.name == "picosec-lab" && configuration.minimumFreeBytes == 2 << 30)
    #expect(configuration.storePath == "/var/lib/cavern/series.db")
    #expect(configuration.listen == ["127.0.0.1:8470", "[::1]:8470"] && !configuration.isRemote)
    let series = try #require(configuration.timeSeries.first)
    #expect(
      series.kind == .influx2 && series.organisation == "infn" && series.buckets == ["gas": "testbucket", "hv": "HV"])
    #expect(series.maximumBytes == 2 << 30 && series.timeLimit == .seconds(10))
    let gas = try #require(configuration.gas)
    #expect(gas.period == .seconds(10) && gas.layout == .legacy && gas.protocolChoice == .automatic)
    #expect(gas.limits.count == 2 && gas.limits[1].delay == .seconds(300))
    #expect(configuration.highVoltage.count == 1 && configuration.oscilloscopes.count == 1)
  }

  @Test(
    "every fault is told with line, name and what is right",
    arguments: [
      ("[gas]\nport = \"x\"\nperoid = \"1s\"", "config.unknownKey", 3), ("[gsa]\n", "config.unknownKey", 1),
      ("[gas]\n", "config.missingKey", 1), ("[gas]\nport = 5", "config.badValue", 2),
      ("[gas]\nport = \"x\"\nperiod = 10", "config.badValue", 3),
      ("[gas]\nport = \"x\"\nperiod = \"100ms\"", "config.badValue", 3),
      ("[gas]\nport = \"x\"\nprotocol = \"2\"", "config.badValue", 3),
      ("[gas]\nport = \"x\"\n[gas.alarm]\npressure_pa = { low = 2, high = 1 }", "config.badValue", 4),
      ("[[timeseries]]\nkind = \"influx4\"", "config.badValue", 2),
      ("[[timeseries]]\nkind = \"influx1\"", "config.badValue", 1),
      ("[[timeseries]]\nkind = \"influx1\"\nurl = \"nowhere\"", "config.badValue", 3),
      ("[bench]\nmin_free = \"2 potatoes\"", "config.badValue", 2),
      ("[timeseries]\nkind = \"file\"", "config.badValue", 1),
      ("[bench", "config.syntax", 1),
    ])
  func faults(text: String, code: String, line: Int) {
    let error = caught { try read(text) }
    #expect(error?.code == code && error?.exit == .configuration)
    #expect(error?.line == line && error?.file == "bench.toml", "\(error?.text ?? "")")
  }

  @Test("a slip of the pen gets the nearest name")
  func nearest() {
    #expect(caught { try read("[gas]\nport = \"x\"\nperoid = \"1s\"") }?.nearest.first == "period")
    #expect(caught { try read("[[timeseries]]\nkind = \"influx22\"") }?.nearest.contains("influx2") == true)
  }

  @Test("simulators take the places of devices, and nothing else of the file changes")
  func simulated() throws {
    let text = String(decoding: try TestResources.bytes("bench/bench.toml"), as: UTF8.self)
    let changed = try SimulatedConfiguration.text(
      text, file: "bench.toml",
      places: .init(stateFolder: "/tmp/s", gasPort: "/tmp/s/gas", highVoltage: ["127.0.0.1:4444"]))
    let configuration = try read(changed)
    #expect(configuration.stateFolder == "/tmp/s" && configuration.gas?.port == "/tmp/s/gas")
    #expect(configuration.highVoltage[0]["address"]?.value == .string("127.0.0.1:4444"))
    let lines = zip(text.split(separator: "\n"), changed.split(separator: "\n")).filter { $0 != $1 }
    #expect(lines.count == 3)
  }

  @Test("a token that others may read is refused, and is in no message")
  func token() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/token"
      try Data("verysecret\n".utf8).write(to: URL(filePath: path))
      let text = "[[timeseries]]\nkind = \"influx2\"\nurl = \"http://127.0.0.1:1\"\ntoken_file = \"\(path)\""
      let settings = try read(text).timeSeries[0]
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
      let error = caught { try settings.destination() }
      #expect(error?.code == "secret.openToOthers" && error?.text.contains("verysecret") == false)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      #expect(try settings.destination()?.secret == "verysecret")
    }
  }
}
