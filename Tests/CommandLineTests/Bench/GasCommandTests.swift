import Foundation
import JSON
import TestSupport
import Testing

@Suite("cavern gas")
struct GasCommandTests {
  private func decode(_ text: String) throws -> Program.Outcome {
    let hex = text.utf8.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    return try Program.shell("$CAVERN gas decode --hex '\(hex)' --json")
  }

  @Test("decode prints the outcome and the values, and ends with 65 for what is no reading")
  func decode() throws {
    let good = try decode("296.41;101325.00;34.20;53211\r\n")
    #expect(good.status == 0)
    let result = try good.json()["result"]
    #expect(result?["outcome"]?.stringValue == "ok" && result?["temperature_K"]?.doubleValue == 296.41)
    #expect(result?["voc_ohm"]?.doubleValue == 53211)
    let notReady = try decode("296.41;101325.00;34.20;0\r\n")
    #expect(notReady.status == 0)
    #expect(try notReady.json()["result"]?["voc_ohm"] == .null)
    for (text, outcome) in [
      ("", "timeout"), ("1;2;3\r\n", "malformed"), ("296.41;1;34.20;5\r\n", "out_of_range"), ("296", "partial"),
      ("Failed to begin reading :(\r\n", "sensor_error"), ("a\nb\n", "desync"),
      ("Could not find a valid BME680 sensor, check wiring!\r\n", "sensor_missing"),
    ] {
      let failed = try decode(text)
      #expect(failed.status == 65)
      #expect(try failed.json()["result"]?["outcome"]?.stringValue == outcome)
      #expect(try failed.json()["result"]?["pressure_Pa"] == .null)
    }
  }

  @Test("decode compensates registers, and explains files that hold none")
  func registers() throws {
    let file = TestResources.path("bench/bme680/vectors.json")
    let outcome = try Program.shell("$CAVERN gas decode --bme680 '\(file)' --id 0 --json")
    #expect(outcome.status == 0)
    let kelvin = try #require(try outcome.json()["result"]?["temperature_K"]?.doubleValue)
    #expect(abs(kelvin - 305.6551953125) < 1e-9)
    try withTemporaryFolder { folder in
      try Data("{\"field_hex\": \"00\"}".utf8).write(to: folder.appending(path: "bad.json"))
      try Data("no".utf8).write(to: folder.appending(path: "no.json"))
      try Data().write(to: folder.appending(path: "empty.json"))
      for (line, status) in [
        ("--bme680 bad.json", Int32(65)), ("--bme680 no.json", 65), ("--bme680 empty.json", 65), ("--bme680 .", 66),
        ("--bme680 none.json", 66), ("--hex 1", 64), ("--hex xx", 64), ("", 64), ("--hex 00 --bme680 bad.json", 64),
        ("--bme680 '\(file)'", 64), ("--bme680 '\(file)' --id 99", 65),
      ] {
        let failed = try Program.shell("$CAVERN gas decode \(line) --json", folder: folder)
        #expect(failed.status == status, "\(line): \(failed.output)")
        #expect(try failed.json()["schema"]?.stringValue == "cavern.error/1")
      }
    }
  }

  @Test("run records from the simulator through faults and a pulled cable, and query finds every reading")
  func recording() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.shell(
        """
        mkfifo faults
        $CAVERN gas sim --link board --speed 20 --seed 3 <faults >/dev/null 2>&1 & sim=$!
        exec 3>faults
        for i in $(seq 200); do [ -e board ] && break; sleep 0.02; done
        $CAVERN gas run --port board --period 400ms --settle 100ms --timeout 200ms --readings 9 --store g.db 2>log & run=$!
        for i in $(seq 200); do grep -q connected log && break; sleep 0.02; done
        echo '{"fault":"half"}' >&3; echo '{"fault":"nan"}' >&3; echo '{"fault":"unplug","seconds":10}' >&3
        wait $run; echo "status $?"
        kill -INT $sim; wait $sim; echo "sim $?"
        """, folder: folder)
      #expect(outcome.output.contains("status 0"), "\(outcome)")
      #expect(outcome.output.hasSuffix("sim 0\n"))
      let query = try Program.shell(
        "$CAVERN ts query --store g.db --measurement 'Pressure [Pa]' --from -1h --json", folder: folder)
      let rows = try #require(try query.json()["result"]?["rows"]?.arrayValue)
      let told = outcome.output.split(separator: " ").first.flatMap { Int($0) }
      #expect(rows.count == told)
      #expect(rows.allSatisfy { (95_000...100_000).contains($0["value"]?.doubleValue ?? 0) })
      let log = try String(contentsOf: folder.appending(path: "log"), encoding: .utf8)
      #expect(log.contains("gas.disconnected"))
    }
  }

  @Test("SIGHUP takes up a changed configuration; a broken one is refused with its place, and the earlier one holds")
  func reload() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.shell(
        """
        wait_for() { for i in $(seq 1500); do eval "$1" >/dev/null 2>&1 && return; sleep 0.02; done; echo "late: $1"; }
        write() { printf '[bench]\\nstate_dir = "state"\\n[gas]\\nport = "board"\\nsettle = "100ms"\\n%s\\n' "$1" >bench.toml; }
        write 'period = "400ms"'
        $CAVERN gas sim --link board --speed 20 >/dev/null 2>&1 & sim=$!
        wait_for '[ -e board ]'
        $CAVERN gas run --config bench.toml --layout legacy 2>log >/dev/null & run=$!
        wait_for 'grep -q connected log && [ -e state/gas.status.json ]'
        write 'peroid = "1s"'; kill -HUP $run
        wait_for 'grep -q config.refused log'
        grep -c "bench.toml:6:1: there is no setting 'gas.peroid'" log
        before=$($CAVERN ts query --store state/series.db --measurement 'Pressure [Pa]' --csv | wc -l)
        wait_for '[ $($CAVERN ts query --store state/series.db --measurement "Pressure [Pa]" --csv | wc -l) -gt '$before' ]'
        write 'location = "elsewhere"'; kill -HUP $run
        wait_for 'grep -q config.reloaded log'
        kill -TERM $run; wait $run; echo "run $?"
        kill $sim
        """, folder: folder)
      #expect(outcome.output == "1\nrun 0\n", "\(outcome)")
    }
  }

  @Test("a device that is not there ends read with 69 and its name")
  func missing() throws {
    let outcome = try Program.shell("$CAVERN gas read --port /nowhere --json")
    #expect(outcome.status == 69)
    #expect(try outcome.json()["error"]?["file"]?.stringValue == "/nowhere")
    #expect(try Program.shell("cd / && $CAVERN gas read --json").status == 64)
  }
}
