import Foundation
import JSON
import TestSupport
import Testing

/// A program that runs in the background and is ended by its own number.
private final class Background {
  let process = Process()
  private let output = Pipe()
  /// The first line it printed.
  private(set) var ready = ""

  init(_ arguments: [String], folder: URL, waits: Bool = true) throws {
    process.executableURL = URL(filePath: Program.path)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ["PATH": "/usr/bin:/bin", "XDG_CONFIG_HOME": "/nonexistent"]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    guard waits else { return }
    var bytes: [UInt8] = []
    while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 0x0A { bytes.append(byte) }
    ready = String(decoding: bytes, as: UTF8.self)
  }

  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Ends it in order; the status it ends with.
  func end() -> Int32 {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    return process.terminationStatus
  }
}

/// A simulator and a broker, as a person would start them.
private struct PracticeBench {
  let folder: URL
  let simulator: Background
  var broker: Background
  let line: String

  static let file = """
    [bench]
    state_dir = "."
    [[hv]]
    name = "main"
    address = "127.0.0.1:1"
    socket = "hv.sock"
    period = "100ms"
    [[hv.channel]]
    channel = 0
    name = "mesh"
    v_max = 500.0
    i_max = 100.0
    max_step_v = 300.0
    """

  init(_ folder: URL, _ more: [String] = []) throws {
    self.folder = folder
    try Data(Self.file.utf8).write(to: folder.appending(path: "bench.toml"))
    simulator = try Background(["hv", "sim", "--speed", "40", "--control", "sim.sock"] + more, folder: folder)
    line = simulator.ready
    broker = try Background(["hv", "broker", "--config", "bench.toml", "--line", line], folder: folder)
    try waitUntilConnected()
  }

  func waitUntilConnected() throws {
    let end = ContinuousClock.now + .seconds(15)
    while try run("status").status != 0 {
      guard ContinuousClock.now < end else { throw CocoaError(.featureUnsupported) }
      usleep(20000)
    }
  }

  func run(_ words: String) throws -> Program.Outcome {
    try Program.shell("$CAVERN hv \(words) --config bench.toml --json", folder: folder)
  }

  /// Steers the simulator.
  func steer(_ json: String) throws {
    let script =
      "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect('sim.sock'); s.sendall(sys.argv[1].encode()+b'\\n'); print(s.recv(65536).decode())"
    let outcome = try Program.shell("python3 -c \"\(script)\" '\(json)'", folder: folder)
    #expect(outcome.output.contains("\"ok\":true"), "\(outcome.output)\(outcome.errors)")
  }

  func end() {
    _ = broker.end()
    _ = simulator.end()
  }
}

@Suite("cavern hv", .serialized)
struct HighVoltageCommandTests {
  @Test("exchange gives the names that scripts rely on, and statuses that tell failures apart")
  func exchange() throws {
    try withTemporaryFolder { folder in
      let simulator = try Background(["hv", "sim"], folder: folder)
      defer { _ = simulator.end() }
      func ask(_ text: String, _ more: String = "") throws -> Program.Outcome {
        try Program.shell("$CAVERN hv exchange --line \(simulator.ready) '\(text)' \(more) --json", folder: folder)
      }
      let status = try ask("$BD:00,CMD:MON,CH:0,PAR:STAT")
      #expect(status.status == 0)
      let result = try status.json()["result"]
      #expect(result?["status"]?.stringValue == "ok" && result?["integer"]?.intValue == 0)
      #expect(result?["flags"]?.arrayValue?.isEmpty == true)
      #expect(result?["noise"]?.intValue == 0)
      #expect(try ask("$BD:00,CMD:MON,CH:4,PAR:VMON").json()["result"]?["numbers"] == .numbers([0, 0, 0, 0]))
      #expect(try ask("$BD:00,CMD:MON,PAR:BDNAME").json()["result"]?["text"]?.stringValue == "R1470ET")
      let refused = try ask("$BD:00,CMD:MON,CH:9,PAR:VMON")
      #expect(refused.status == 1)
      #expect(try refused.json()["result"]?["code"]?.stringValue == "CH")
      #expect(try ask("$BD:07,CMD:MON,PAR:BDNAME", "--timeout 0.2").status == 69)
      #expect(try ask("$BD:07,CMD:SET,CH:0,PAR:ON", "--timeout 0.2").status == 79)
      #expect(try ask("").status == 64)
      #expect(try Program.shell("$CAVERN hv exchange --line tcp:127.0.0.1:1 'x' --json", folder: folder).status == 69)
      #expect(try Program.shell("$CAVERN hv exchange --line nowhere:x 'x' --json", folder: folder).status == 64)
      let scan = try Program.shell(
        "$CAVERN hv scan --line \(simulator.ready) --addresses 0-2 --timeout 0.1 --json", folder: folder)
      #expect(try scan.json()["result"]?["boards"]?.arrayValue?.count == 1)
    }
  }

  @Test("set, on, ramp, off, kill and clear work through the broker with their statuses")
  func acts() throws {
    try withTemporaryFolder { folder in
      let bench = try PracticeBench(folder)
      defer { bench.end() }
      #expect(try bench.run("set --channel 0").status == 64)
      #expect(try bench.run("set --voltage 10").status == 64)
      let dry = try bench.run("set --channel mesh --voltage 100 --dry-run")
      #expect(try dry.json()["result"]?["steps"]?[0]?["outcome"]?.stringValue == "dry_run")
      let set = try bench.run("set --channel 0 --voltage 100 --current 50")
      #expect(set.status == 0, "\(set.output)")
      #expect(try bench.run("set --channel 0 --voltage 100").json()["result"]?["unchanged"]?.boolValue == true)
      let above = try bench.run("set --channel 0 --voltage 501")
      #expect(above.status == 77)
      #expect(try above.json()["error"]?["code"]?.stringValue == "hv.limit")
      #expect(try bench.run("set --channel 4 --voltage 1").status == 77)
      #expect(try bench.run("set --channel 1 --voltage 1").status == 77)
      #expect(try bench.run("set --channel 0 --voltage 50 --as viewer").status == 77)
      #expect(try bench.run("on --channel 0").status == 64)
      let on = try bench.run("on --channel 0 --yes")
      #expect(on.status == 0, "\(on.output)")
      #expect(try on.json()["result"]?["ramp"]?.stringValue == "done")
      let ramp = try bench.run("ramp --channel 0 --to 400 --step 150")
      #expect(ramp.status == 0, "\(ramp.output)")
      let value = try bench.run("get VMON --channel 0").json()["result"]?["value"]?.doubleValue ?? 0
      #expect(abs(value - 400) < 2)
      #expect(try bench.run("clear --channel 0").status == 77)
      #expect(try bench.run("off --channel 0").status == 0)
      #expect(try bench.run("kill --all").status == 0)
      let verify = try Program.shell("$CAVERN hv audit verify hv-main-audit.jsonl --json", folder: folder)
      #expect(try verify.json()["result"]?["valid"]?.boolValue == true)
      let shell = try Program.shell(
        "printf 'get 0 VSET\\nset 0 VSET 900\\nquit\\n' | $CAVERN hv shell --config bench.toml", folder: folder)
      #expect(shell.status == 1)
      #expect(shell.output.contains("\"value\":400") && shell.output.contains("\"error\":\"limit\""))
      let watch = try Program.shell("$CAVERN hv watch --count 3 --config bench.toml", folder: folder)
      #expect(watch.output.split(separator: "\n").count == 3)
    }
  }

  @Test("a SET whose end nobody knows is 79; a trip blocks with 77")
  func unknown() throws {
    try withTemporaryFolder { folder in
      let bench = try PracticeBench(folder)
      defer { bench.end() }
      try bench.steer(#"{"fault":"close","match":"CMD:SET"}"#)
      let outcome = try bench.run("set --channel 0 --voltage 100")
      #expect(outcome.status == 79, "\(outcome.output)")
      try bench.waitUntilConnected()
      #expect(try bench.run("on --channel 0 --voltage 200 --no-wait").status == 0)
      try bench.steer(#"{"board":0,"channel":0,"kill":true}"#)
      let end = ContinuousClock.now + .seconds(10)
      while try bench.run("on --channel 0 --yes").json()["error"]?["code"]?.stringValue != "hv.latched_trip" {
        try #require(ContinuousClock.now < end)
      }
      #expect(try bench.run("on --channel 0 --yes").status == 77)
    }
  }

  @Test("a broker that is killed leaves outputs alone, and the next one closes what was open")
  func killed() throws {
    try withTemporaryFolder { folder in
      var bench = try PracticeBench(folder)
      defer { bench.end() }
      #expect(try bench.run("on --channel 0 --voltage 200").status == 0)
      // The SET is on its way, its reply far off, when the broker is killed.
      try bench.steer(#"{"fault":"late","delay":1.5,"match":"PAR:VSET,VAL"}"#)
      let client = try Background(
        ["hv", "set", "--channel", "0", "--voltage", "250", "--socket", "hv.sock", "--json"], folder: folder,
        waits: false)
      let path = folder.appending(path: "hv-main-audit.jsonl").path
      let end = ContinuousClock.now + .seconds(5)
      while try !String(contentsOfFile: path, encoding: .utf8).contains("VAL:250.0") {
        try #require(ContinuousClock.now < end)
        usleep(2000)
      }
      let start = ContinuousClock.now
      bench.broker.kill()
      client.process.waitUntilExit()
      #expect(client.process.terminationStatus == 79)
      #expect(ContinuousClock.now - start < .seconds(2))
      #expect(try bench.run("status").status == 69)
      bench.broker = try Background(["hv", "broker", "--config", "bench.toml", "--line", bench.line], folder: folder)
      try bench.waitUntilConnected()
      let status = try bench.run("status").json()["result"]?["channels"]?[0]
      #expect(status?["on"]?.boolValue == true)
      let records = try String(contentsOfFile: path, encoding: .utf8)
      #expect(records.contains("the broker ended before the result"))
      #expect(bench.broker.end() == 0)
      // The outputs stay as they are.
      let left = try Program.shell(
        "$CAVERN hv exchange --line \(bench.line) '$BD:00,CMD:MON,CH:0,PAR:STAT' --json", folder: folder)
      #expect(try left.json()["result"]?["flags"]?[0]?.stringValue == "ON")
    }
  }

  @Test("a broker does not start when it would be open by mistake, or when its file is wrong")
  func refusals() throws {
    try withTemporaryFolder { folder in
      try Data((PracticeBench.file + "\n[web]\nlisten = [\"0.0.0.0:8470\"]\n").utf8).write(
        to: folder.appending(path: "open.toml"))
      let open = try Program.shell("$CAVERN hv broker --config open.toml --json", folder: folder)
      #expect(open.status == 77)
      #expect(try open.json()["error"]?["code"]?.stringValue == "http.openByMistake")
      try Data(PracticeBench.file.replacing("v_max", with: "v_maks").utf8).write(
        to: folder.appending(path: "wrong.toml"))
      let wrong = try Program.shell("$CAVERN hv broker --config wrong.toml --json", folder: folder)
      #expect(wrong.status == 78)
      #expect(try wrong.json()["error"]?["nearest"]?[0]?.stringValue == "v_max")
      #expect(try Program.shell("$CAVERN hv broker --config none.toml --json", folder: folder).status == 66)
      #expect(try Program.shell("$CAVERN hv status --socket none.sock --json", folder: folder).status == 69)
      #expect(try Program.shell("$CAVERN hv audit verify none.jsonl --json", folder: folder).status == 66)
    }
  }
}
