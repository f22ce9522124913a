import Foundation
import JSON
import TestSupport
import Testing

/// The oscilloscope commands as scripts meet them.
@Suite("Oscilloscope commands", .serialized)
struct ScopeCommandTests {
  static func file(_ name: String) -> String { TestResources.path("bench/trc/\(name)") }

  @Test("decode prints the columns and the values of the golden table")
  func decode() throws {
    let run = try Program.shell("$CAVERN scope decode '\(Self.file("seq_i16_be.trc"))' --csv -o -")
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n")
    #expect(lines.first == "segment,index,raw,time_s,volts")
    #expect(lines.count == 607)
    #expect(lines.dropFirst().first == "0,0,7991,-2.503e-08,1.3488750414835522")
    let json = try Program.shell("$CAVERN scope decode '\(Self.file("with_user_text.trc"))' --json").json()
    #expect(json["schema"]?.stringValue == "cavern.scope.decode/1")
    #expect(json["result"]?["descriptor"]?["WAVE_ARRAY_COUNT"]?.intValue == 202)
    #expect(json["warnings"]?.arrayValue?.isEmpty == true)
  }

  @Test("a refused file gives the name of its fault and status 65")
  func refusals() throws {
    try withTemporaryFolder { folder in
      let good = try TestResources.bytes("bench/trc/seq_i16_le.trc")
      var hostile = good
      hostile.replaceSubrange(11 + 60..<11 + 64, with: [0xFF, 0xFF, 0xFF, 0x7F])
      let files: [(String, [UInt8], String)] = [
        ("empty", [], "no_descriptor"), ("cut", Array(good.prefix(900)), "truncated"),
        ("hostile", hostile, "bad_descriptor"), ("text", Array("hello\n".utf8), "no_descriptor"),
      ]
      for (name, bytes, code) in files {
        try Data(bytes).write(to: folder.appending(path: name))
        let run = try Program.shell("$CAVERN scope decode \(name) --json", folder: folder)
        #expect(run.status == 65)
        #expect(try run.json()["error"]?["code"]?.stringValue == code, "\(name)")
        let plain = try Program.shell("$CAVERN scope decode \(name) --csv -o -", folder: folder)
        #expect(plain.status == 65 && plain.output.isEmpty)
        #expect(plain.errors.contains(code))
      }
      let info = try Program.shell("$CAVERN scope info cut --json", folder: folder).json()
      #expect(info["result"]?["descriptor"]?["SUBARRAY_COUNT"]?.intValue != nil)
      #expect(info["warnings"]?[0]?["code"]?.stringValue == "truncated")
      #expect(try Program.shell("$CAVERN scope decode . ", folder: folder).status == 66)
      #expect(try Program.shell("$CAVERN scope decode absent", folder: folder).status == 66)
      #expect(
        try Program.shell(
          "$CAVERN scope decode '\(Self.file("single_i8_le.trc"))' --csv -o no/such/place", folder: folder
        )
        .status == 73)
    }
  }

  /// Starts a simulated oscilloscope; `$port` is where it serves VICP, `$sim` its number.
  private static let simulator = """
    $CAVERN scope sim --mapper-port 0 --vicp-port 0 --rate 1000000 --for 50s > ports.json & sim=$!
    for i in $(seq 200); do grep -q '}' ports.json && break; read -t 0.05 < <(:) || true; done
    port=$(sed 's/.*"vicp_port":\\([0-9]*\\).*/\\1/' ports.json)
    """

  @Test("the simulator serves a whole acquisition and analysis")
  func acquisition() throws {
    try withTemporaryFolder { folder in
      let line = """
        \(Self.simulator)
        at="--address VICP::127.0.0.1::INSTR --port $port"
        $CAVERN scope id $at && $CAVERN scope channel C2 --vdiv 0.3 --offset 0.9 $at --json > set.json
        $CAVERN scope acquire $at --channels C1,C2 --sequence 200 --vdiv C1=0.2,C2=0.2 --offset C1=0.5,C2=0.5 \
          --sweeps 3 --out run --poll 2ms --no-sync
        kill $sim
        $CAVERN scope export run -o run.parquet && $CAVERN scope analyse run --json > result.json
        """
      let run = try Program.shell(line, folder: folder)
      #expect(run.output.contains("3 sweeps, 600 segments"), "\(run.output)\(run.errors)")
      #expect(run.status == 0, "\(run.errors)")
      let settings = try JSONValue(parsing: Array(try Data(contentsOf: folder.appending(path: "set.json"))))
      #expect(settings["result"]?["settings"]?[0]?["actual"]?.stringValue == "3.00E-01 V")
      let result = try JSONValue(parsing: Array(try Data(contentsOf: folder.appending(path: "result.json"))))
      #expect(result["result"]?["pairs"]?[0]?["channel"]?.stringValue == "C2")
    }
  }

  @Test("values of the bench's services go with every sweep, and a trip of high voltage ends the run with 77")
  func trip() throws {
    try withTemporaryFolder { folder in
      let line = """
        \(Self.simulator)
        printf '[bench]\\nstate_dir = "state"\\n[[scope]]\\nname = "s"\\ntransport = "vicp"\\naddress = "127.0.0.1:%s"\\n' \
          "$port" > bench.toml
        mkdir state
        status() { printf '{"lastGood":%s000000000,"last":{"mesh.vmon":450.1,"mesh.trip":%s}}' "$(date +%s)" "$1" > state/new
          mv state/new state/hv-main.status.json; }
        status 0
        $CAVERN scope acquire --bench bench.toml --channels C2 --sequence 2 --sweeps 1000000 --out run --poll 2ms --no-sync \
          > out & run=$!
        for i in $(seq 500); do grep -q vmon run/index.jsonl 2>/dev/null && break; read -t 0.02 < <(:) || true; done
        status 1
        wait $run; echo "acquire $?"
        kill $sim
        head -n 1 run/index.jsonl
        """
      let run = try Program.shell(line, folder: folder)
      #expect(run.output.contains("acquire 77"), "\(run.output)\(run.errors)")
      #expect(run.output.contains("\"hv.mesh.vmon\":{\"value\":450.1"), "\(run.output)")
    }
  }
}
