import Foundation
import JSON
import TestSupport
import Testing

@Suite("cavern ts")
struct TimeSeriesCommandTests {
  private let lines = """
    Temperature\\ [K],location=Picosec\\ gas val=290 1000000000
    Temperature\\ [K],location=Picosec\\ gas val=292 2000000000
    Temperature\\ [K],location=other val=300 2500000000
    Temperature\\ [K],location=Picosec\\ gas val=297 9000000000
    note text="hello" 3000000000

    """

  private func withStore(_ body: (URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try Data(lines.utf8).write(to: folder.appending(path: "in.lp"))
      let outcome = try Program.shell("$CAVERN ts import in.lp --store s.db --json", folder: folder)
      #expect(outcome.status == 0)
      #expect(try outcome.json()["result"]?["accepted"]?.intValue == 5)
      try body(folder)
    }
  }

  private func query(_ options: String, _ folder: URL) throws -> Program.Outcome {
    try Program.shell("$CAVERN ts query --store s.db --measurement 'Temperature [K]' \(options)", folder: folder)
  }

  @Test("rows come in order of time with value and tags; the window is half open")
  func rows() throws {
    try withStore { folder in
      let result = try query("--from 1 --to 9 --json", folder).json()["result"]
      let rows = try #require(result?["rows"]?.arrayValue)
      #expect(rows.map { $0["time"]?.intValue } == [1_000_000_000, 2_000_000_000, 2_500_000_000])
      #expect(rows[0]["tags"]?["location"]?.stringValue == "Picosec gas" && rows[0]["value"]?.doubleValue == 290)
      let csv = try query("--from 1970-01-01T00:00:01.5Z --csv", folder).output
      #expect(
        csv.hasPrefix("time,value,measurement,field,location\n2000000000,292.0,Temperature [K],val,Picosec gas\n"))
    }
  }

  @Test(
    "reductions give one value a series, or one for all",
    arguments: [
      ("--tag 'location=Picosec gas' --mean", 293.0), ("--tag location=other --mean", 300), ("--mean --merge", 294.75),
      ("--min --merge", 290), ("--max --merge", 300), ("--tag 'location=Picosec gas' --last", 297),
      ("--last --merge", 297), ("--tag 'location=Picosec gas' --mean --time-weighted --to 11", 292.8),
    ] as [(String, Double)])
  func reductions(options: String, value: Double) throws {
    try withStore { folder in
      let found = try query("\(options) --json", folder).json()["result"]?["value"]?.doubleValue
      #expect(abs((found ?? .nan) - value) < 1e-9)
    }
  }

  @Test("stretches are aligned and empty ones absent")
  func every() throws {
    try withStore { folder in
      let result = try query("--tag 'location=Picosec gas' --every 2s --json", folder).json()["result"]
      let rows = try #require(result?["rows"]?.arrayValue)
      #expect(rows.map { $0["time"]?.intValue } == [0, 2_000_000_000, 8_000_000_000])
      #expect(rows.map { $0["value"]?.doubleValue } == [290, 292, 297])
    }
  }

  @Test("no points are null and status 1, never NaN or 0; an unknown measurement gets the nearest name")
  func nothing() throws {
    try withStore { folder in
      for options in ["--from -1h", "--from -1h --mean", "--tag location=nowhere --last", "--from 3 --to 4 --every 1s"]
      {
        let outcome = try query("\(options) --json", folder)
        #expect(outcome.status == 1)
        #expect(try outcome.json()["result"] == .null)
      }
      let unknown = try Program.shell(
        "$CAVERN ts query --store s.db --measurement 'Temperature' --mean", folder: folder)
      #expect(unknown.status == 1 && unknown.errors.contains("nearest: 'Temperature [K]'"))
    }
  }

  @Test(
    "what cannot be meant is refused",
    arguments: [
      "--from 5 --to 5", "--from 9 --to 1", "--from soon", "--every 0s", "--every x", "--mean --max",
      "--points 10 --mean",
      "--merge", "--time-weighted", "--tag nothing", "--tag =x",
    ])
  func refused(options: String) throws {
    try withStore { folder in
      let outcome = try query("\(options) --json", folder)
      #expect(outcome.status == 64, "\(outcome.output)")
      #expect(try outcome.json()["schema"]?.stringValue == "cavern.error/1")
    }
  }

  @Test("export gives back what import took, byte by byte after another import")
  func export() throws {
    try withStore { folder in
      let first = try Program.shell("$CAVERN ts export --store s.db", folder: folder)
      #expect(first.output.split(separator: "\n").count == 5)
      let again = try Program.shell(
        "$CAVERN ts export --store s.db | $CAVERN ts import - --store t.db >/dev/null && $CAVERN ts export --store t.db",
        folder: folder)
      #expect(again.output == first.output)
    }
  }

  @Test("faulty lines are refused one by one with their number; the others are stored")
  func faultyLines() throws {
    try withTemporaryFolder { folder in
      try Data("good v=1 1\nbad v=nan 2\ngood v=2 3\ngood v=\"x\" 4\n".utf8).write(to: folder.appending(path: "in.lp"))
      let outcome = try Program.shell("$CAVERN ts import in.lp --store s.db --json", folder: folder)
      #expect(outcome.status == 2)
      let json = try outcome.json()
      #expect(json["result"]?["accepted"]?.intValue == 2 && json["result"]?["faultyLines"]?.intValue == 1)
      #expect(json["warnings"]?[0]?["line"]?.intValue == 2)
      #expect(try Program.shell("echo nothing | $CAVERN ts import - --store u.db", folder: folder).status == 65)
      #expect(try Program.shell("$CAVERN ts import /dev/null --store u.db", folder: folder).status == 65)
      #expect(try Program.shell("$CAVERN ts import none.lp --store u.db", folder: folder).status == 66)
      #expect(try Program.shell("$CAVERN ts import . --store u.db", folder: folder).status == 66)
      #expect(try Program.shell("$CAVERN ts import in.lp --store /proc/none/u.db", folder: folder).status == 73)
      for (place, code) in [("none.db", "input.missing"), (".", "input.folder")] {
        let refused = try Program.shell("$CAVERN ts query --store \(place) --json", folder: folder)
        #expect(refused.status == 66)
        #expect(try refused.json()["error"]?["code"]?.stringValue == code)
      }
      #expect(try Program.shell("$CAVERN ts import in.lp --store .", folder: folder).status == 66)
      #expect(try Program.shell("$CAVERN ts query --store in.lp", folder: folder).status == 65)
    }
  }

  @Test("a dead letter is tried again once it can be stored; one that cannot stays in the list")
  func retryDeadLetters() throws {
    try withStore { folder in
      let outcome = try Program.shell(
        """
        python3 <<'END'
        import sqlite3
        store = sqlite3.connect("s.db")
        for line in ["note text=5 7", 'note text="again" 8000000000', "no line"]:
            store.execute("INSERT INTO deadletter(destination, time, reason, line) VALUES('main', 1, 'refused', ?)",
                          (line.encode(),))
        store.commit()
        END
        $CAVERN ts deadletter --store s.db --retry >/dev/null; echo "retry $?"
        $CAVERN ts deadletter --store s.db --csv | cut -d, -f1
        $CAVERN ts query --store s.db --measurement note --last
        """, folder: folder)
      #expect(outcome.output == "retry 2\nid\n1\n3\nagain\n", "\(outcome)")
      #expect(outcome.errors.contains("letter 1 stays: note text: number where the series holds text"))
    }
  }

  @Test("flush says what waits when the server does not answer, and ends with 75")
  func flush() throws {
    try withStore { folder in
      let outcome = try Program.shell(
        "$CAVERN ts flush --store s.db --to influx1 --url http://127.0.0.1:9 --timeout 200ms --json", folder: folder)
      #expect(outcome.status == 75)
      let destination = try outcome.json()["result"]?["destinations"]?[0]
      #expect(destination?["state"]?.stringValue == "waiting" && destination?["pendingSamples"]?.intValue == 5)
      let status = try Program.shell("$CAVERN ts status --store s.db --json", folder: folder).json()["result"]
      #expect(status?["samples"]?.intValue == 5 && status?["destinations"]?[0]?["name"]?.stringValue == "influx1")
    }
  }
}

@Suite("cavern bench")
struct BenchCommandTests {
  /// A bench with a gas board, for simulators in place of devices.
  private static let gas = """
    [bench]
    state_dir = "unused"
    [gas]
    port = "/nowhere"
    period = "400ms"
    """

  @Test("check names the line of a fault with status 78, and what does not answer with status 1")
  func check() throws {
    try withTemporaryFolder { folder in
      try Data("[gas]\nport = \"/nowhere\"\nperoid = 1\n".utf8).write(to: folder.appending(path: "bad.toml"))
      let bad = try Program.shell("$CAVERN bench check --config bad.toml --json", folder: folder)
      #expect(bad.status == 78)
      #expect(try bad.json()["error"]?["line"]?.intValue == 3)
      try Data("[bench]\nstate_dir = \"state\"\n[gas]\nport = \"/nowhere\"\n".utf8).write(
        to: folder.appending(path: "bench.toml"))
      let dark = try Program.shell("$CAVERN bench check --json", folder: folder)
      #expect(dark.status == 1)
      #expect(try Program.shell("$CAVERN bench check --offline --json", folder: folder).status == 0)
      #expect(try Program.shell("$CAVERN bench check --config none.toml", folder: folder).status == 66)
      // A check makes nothing.
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/state"))
    }
  }

  @Test("a simulated bench records, shows its state and numbers, and ends in order")
  func run() throws {
    try withTemporaryFolder { folder in
      let text = """
        \(Self.gas)
        [web]
        listen = ["127.0.0.1:0"]
        """
      try Data(text.utf8).write(to: folder.appending(path: "bench.toml"))
      let outcome = try Program.shell(
        """
        $CAVERN bench run --simulate --state s --json >out 2>log & run=$!
        for i in $(seq 600); do grep -q '"readings":[1-9]' s/gas.status.json 2>/dev/null && break; sleep 0.02; done
        $CAVERN bench status --config s/bench.simulated.toml --json; echo "status $?" >&2
        kill -HUP $run; kill -TERM $run; wait $run; echo "run $?" >&2
        """, folder: folder)
      #expect(outcome.errors.contains("status 0") && outcome.errors.contains("run 0"), "\(outcome)")
      #expect(try outcome.json()["result"]?["devices"]?["gas"]?["state"]?.stringValue == "ok")
      let count = try Program.shell(
        "$CAVERN ts query --store s/series.db --measurement 'Humidity [RH]' --last", folder: folder)
      #expect(count.status == 0)
    }
  }

  @Test("services end when the one that looks after them is killed, and leave their devices as they are")
  func killedSupervisor() throws {
    try withTemporaryFolder { folder in
      try Data(Self.gas.utf8).write(to: folder.appending(path: "bench.toml"))
      let outcome = try Program.shell(
        """
        $CAVERN bench run --simulate --state s >/dev/null 2>log & run=$!
        for i in $(seq 1000); do grep -q '"readings":[1-9]' s/gas.status.json 2>/dev/null && break; sleep 0.02; done
        services=$(pgrep -P $run); kill -9 $run
        left() { ps -o stat= -p $(echo $services | tr ' ' ,) | grep -v ^Z | wc -l; }
        for i in $(seq 300); do [ $(left) = 0 ] && break; sleep 0.05; done
        echo "$(echo $services | wc -w) started, $(left) left"
        """, folder: folder)
      #expect(outcome.output == "2 started, 0 left\n", "\(outcome)")
    }
  }

  @Test("gas and high voltage of one bench know each other: interlocks see the gas, the store sees both, SIGHUP renews")
  func wholeBench() throws {
    try withTemporaryFolder { folder in
      let text = """
        \(Self.gas)
        [web]
        listen = ["127.0.0.1:PORT"]
        [[hv]]
        name = "main"
        address = "127.0.0.1:1"
        socket = "hv.sock"
        period = "100ms"
        [hv.log]
        period = "500ms"
        [[hv.channel]]
        channel = 0
        name = "mesh"
        v_max = 450.0
        i_max = 100.0
        max_step_v = 300.0
        interlock = [ "gas.age < 30", "gas.pressure in 50000..150000" ]
        """
      try Data(text.utf8).write(to: folder.appending(path: "bench.toml"))
      let outcome = try Program.shell(
        """
        port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
        sed -i "s/PORT/$port/" bench.toml
        $CAVERN bench run --simulate --state s --quiet >out 2>log & run=$!
        wait_for() { for i in $(seq 1000); do grep -q "$1" "$2" 2>/dev/null && return; sleep 0.02; done; }
        wait_for '"readings":[1-9]' s/gas.status.json
        wait_for '"mesh.vmon"' s/hv-main.status.json
        last() { $CAVERN ts query --store s/series.db --measurement HV --last --json; }
        for i in $(seq 200); do last >/dev/null 2>&1 && break; sleep 0.05; done
        curl -s "http://127.0.0.1:$port/metrics" | grep ^cavern_up >&2
        $CAVERN hv set --channel mesh --voltage 50 --config s/bench.simulated.toml >&2; echo "set $?" >&2
        kill -HUP $run
        for i in $(seq 1000); do [ $(grep -c 'service.started.*hv-main' log) -ge 2 ] && break; sleep 0.02; done
        grep -c 'service.ended' log >&2
        wait_for '"mesh.vmon"' s/hv-main.status.json
        kill -TERM $run; wait $run; echo "run $?" >&2
        last
        """, folder: folder)
      let log = (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? ""
      #expect(outcome.errors.contains("set 0") && outcome.errors.contains("run 0"), "\(outcome)\n\(log)")
      // The numbers of the bench are at the address of [web] beside the broker.
      for device in ["gas", "hv-main"] { #expect(outcome.errors.contains("cavern_up{device=\"\(device)\"} 1.0")) }
      // Nothing ended with a fault.
      #expect(outcome.errors.contains("\n0\n"), "\(outcome)\n\(log)")
      #expect(outcome.output.contains("VMon") && outcome.output.contains("Board"), "\(outcome)")
    }
  }
}
