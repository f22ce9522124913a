import Foundation
import JSON
import TestSupport
import Testing

@Suite("cavern pixel")
struct PixelCommandTests {
  private static let resources = TestResources.path("pixel")
  private static let fills = "\(resources)/expected/fills/fills_run3.csv"

  /// A folder with the reference conditions as `c.sqlite`.
  private func withCase<Value>(_ body: (URL) throws -> Value) throws -> Value {
    try withTemporaryFolder { folder in
      let made = try Program.shell(
        """
        python3 - <<'E'
        import sqlite3
        c = sqlite3.connect('c.sqlite')
        c.executescript('BEGIN;' + open('\(Self.resources)/db/conditions.sql').read() + 'COMMIT;')
        E
        """, folder: folder)
      #expect(made.status == 0, "\(made.errors)")
      return try body(folder)
    }
  }

  private func files(_ folder: URL) throws -> [String: Data] {
    var found: [String: Data] = [:]
    let walk = FileManager.default.enumerator(atPath: folder.path)
    while let name = walk?.nextObject() as? String {
      var isFolder: ObjCBool = false
      let path = folder.appending(path: name)
      guard FileManager.default.fileExists(atPath: path.path, isDirectory: &isFolder), !isFolder.boolValue else {
        continue
      }
      found[name] = try Data(contentsOf: path)
    }
    return found
  }

  @Test("--compat writes the files of the earlier program, byte for byte, and nothing else")
  func compatible() throws {
    try withCase { folder in
      let line = """
        $CAVERN pixel currents fetch --db c.sqlite --fills \(Self.fills) --first-fill 8010 --last-fill 8030 --compat --out a &&
        $CAVERN pixel currents process --in a --fills \(Self.fills) --subsystem Barrel --compat --out b &&
        $CAVERN pixel temperatures groups --db c.sqlite --fills \(Self.fills) --subsystem Barrel --compat --out c &&
        $CAVERN pixel temperatures air --db c.sqlite --fills \(Self.fills) --compat --out d &&
        $CAVERN pixel temperatures pipe --db c.sqlite --fills \(Self.fills) --compat --out e &&
        $CAVERN pixel temperatures daily --readings \(Self.resources)/annealing/readings.csv --from 2022-07-01 --compat --out f &&
        diff -r a \(Self.resources)/expected/currents_from_database && diff -r b \(Self.resources)/expected/currents_processed &&
        diff -r c \(Self.resources)/expected/temperatures_readout_group &&
        diff -r d \(Self.resources)/expected/temperatures_air && diff -r e \(Self.resources)/expected/temperatures_pipe &&
        diff f/annealing_daily.csv \(Self.resources)/expected/annealing_daily.csv
        """
      let outcome = try Program.shell(line, folder: folder)
      #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
    }
  }

  @Test("a run that was stopped after some fills ends with the same bytes as one that was not")
  func resume() throws {
    try withTemporaryFolder { folder in
      let options =
        "--db sim/conditions.sqlite --lumi sim/integrated_luminosity_per_fill.csv --tref 0 --normroc --no-figures"
      let line = """
        $CAVERN pixel simulate --fills 8 --faults --out sim --quiet &&
        $CAVERN pixel run \(options) --fills sim/fills.csv --out whole --quiet --allow-skips &&
        $CAVERN pixel run \(options) --fills sim/fills.csv --out again --quiet --allow-skips &&
        rm again/result.json again/report.html again/currents_processed/*Barrel_HV_ByLayer.txt &&
        rm -r again/leakage again/temperatures_readout_group && rm again/currents_from_database/*EndCap.txt &&
        $CAVERN pixel run \(options) --fills sim/fills.csv --out again --quiet --allow-skips --resume
        """
      let outcome = try Program.shell(line, folder: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let (whole, again) = (try files(folder.appending(path: "whole")), try files(folder.appending(path: "again")))
      #expect(Set(whole.keys) == Set(again.keys))
      for (name, data) in whole { #expect(again[name] == data, "\(name)") }
      #expect(
        whole.keys.contains("leakage/azimuth_fits.csv") && whole.keys.contains("leakage_endcap/average_per_layer.csv"))
    }
  }

  @Test("Ctrl-C ends with 130 and a hint, leaves whole files and no other, and --resume ends with the same bytes")
  func interrupted() throws {
    try withTemporaryFolder { folder in
      // The program waits for its bad fills in a pipe while it is interrupted; one fill is done before.
      let line = """
        $CAVERN pixel simulate --fills 3 --out sim > log
        FETCH="$CAVERN pixel currents fetch --db sim/conditions.sqlite --fills sim/fills.csv --process"
        $FETCH --out whole > log; $FETCH --last-fill 8000 --out again > log; ls -A again > before
        mkfifo bad
        $FETCH --out again --resume --bad-fills bad 2> errors & program=$!
        exec 3>bad; kill -INT $program
        for i in $(seq 500); do grep -q finishing errors && break; sleep 0.01; done
        exec 3>&-; wait $program; echo "status $?"; cat errors
        ls -A again | cmp - before && $FETCH --out again --resume > log && echo resumed
        """
      let outcome = try Program.shell(line, folder: folder)
      #expect(outcome.output.contains("--resume") && outcome.output.contains("status 130\n"), "\(outcome)")
      #expect(outcome.output.hasSuffix("resumed\n"), "\(outcome)")
      let (whole, again) = (try files(folder.appending(path: "whole")), try files(folder.appending(path: "again")))
      #expect(Set(whole.keys) == Set(again.keys) && whole.count > 30)
      for (name, data) in whole { #expect(again[name] == data, "\(name)") }
    }
  }

  @Test(
    "bad command lines and inputs end with their status and say what is wrong",
    arguments: [
      ("currents fetch --db c.sqlite --fills nowhere.csv --out o", Int32(66), "input.missing"),
      ("currents fetch --db nowhere.sqlite --fills f.csv --out o", 66, "database.missing"),
      ("currents fetch --db . --fills f.csv --out o", 65, "database.folder"),
      ("currents fetch --db f.csv --fills f.csv --out o", 65, "database.notADatabase"),
      ("currents fetch --db empty --fills f.csv --out o", 65, "database.empty"),
      ("currents fetch --db 'Driver={nothing}' --fills f.csv --out o", 69, "database.noDriver"),
      ("currents fetch --db c.sqlite --fills empty --out o", 65, "fills.empty"),
      ("currents fetch --db c.sqlite --fills . --out o", 66, "input.folder"),
      ("currents fetch --db c.sqlite --fills f.csv --first-fill 1 --last-fill 2 --out o", 65, "pixel.noFills"),
      ("currents fetch --db c.sqlite --fills f.csv --first-fill 9 --last-fill 2 --out o", 64, "usage.badRange"),
      ("currents fetch --db c.sqlite --fills f.csv --era run9 --out o", 64, "pixel.unknownEra"),
      ("currents fetch --db c.sqlite --fills f.csv --out f.csv", 73, "file.cannotCreate"),
      ("currents fetch --db c.sqlite --fills f.csv --out /proc/nothing", 73, "file.cannotCreate"),
      ("currents fetch --fills f.csv --out o", 64, "usage.missingOption"),
      ("currents fetch --db c.sqlite --fills f.csv --schema 'x;y' --out o", 64, "pixel.badSchema"),
      ("currents process --in nowhere --fills f.csv --out o", 66, "pixel.nothingToProcess"),
      ("voltages --db c.sqlite --fills f.csv --group BPix_BmI_SEC1_LYR9", 64, "pixel.unknownGroup"),
      ("temperatures dump --db c.sqlite --match PC_1 --from yesterday --to 2022-07-20", 64, "usage.badTime"),
      ("temperatures dump --db c.sqlite --match NOTHING --from 2022-07-19 --to 2022-07-20", 65, "pixel.noReadings"),
      ("leakage trend --currents nowhere --fills f.csv --out o", 66, "pixel.noCurrents"),
      ("db export --from c.sqlite --to c.sqlite --begin 2022-07-19 --end 2022-07-20", 73, "database.exists"),
    ])
  func refused(_ words: String, _ status: Int32, _ code: String) throws {
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(atPath: Self.fills, toPath: folder.appending(path: "f.csv").path)
      try Data().write(to: folder.appending(path: "empty"))
      let line =
        "$CAVERN pixel db export --help >/dev/null; cp '\(Self.smallDatabase)' c.sqlite; $CAVERN pixel \(words) --json"
      let outcome = try Program.shell(line, folder: folder)
      #expect(outcome.status == status, "\(outcome.output)")
      #expect(try outcome.json()["error"]?["code"]?.stringValue == code, "\(outcome.output)")
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "o/currents.provenance.json").path))
    }
  }

  /// A copy of conditions without readings, made once.
  private static let smallDatabase: String = {
    let path = FileManager.default.temporaryDirectory.appending(path: "cavern-pixel-\(UUID().uuidString).sqlite").path
    _ = try? Program.shell(
      "sed '/INSERT INTO fwcaenchannel/,/;$/d;/INSERT INTO v_voltages/,/;$/d' '\(resources)/db/conditions.sql' >'\(path).sql';"
        + " python3 -c \"import sqlite3; sqlite3.connect('\(path)').executescript(open('\(path).sql').read())\"; rm '\(path).sql'"
    )
    return path
  }()

  @Test("21: an output that is there is refused before anything is read, and left as it was")
  func existingOutput() throws {
    try withCase { folder in
      let line = """
        mkdir o; echo mine >o/8016_Barrel.txt
        $CAVERN pixel currents fetch --db c.sqlite --fills \(Self.fills) --subsystem Barrel --out o --json; echo "=$?"
        cat o/8016_Barrel.txt; ls o
        """
      let outcome = try Program.shell(line, folder: folder)
      #expect(outcome.output.contains("pixel.exists") && outcome.output.contains("=73"))
      #expect(outcome.output.hasSuffix("mine\n8016_Barrel.txt\n"))
      let skip = try Program.shell(
        "$CAVERN pixel currents fetch --db c.sqlite --fills \(Self.fills) --subsystem Barrel --out o --skip-existing --json",
        folder: folder)
      let result = try skip.json()["result"]
      #expect(result?["existing"]?.intValue == 1 && result?["done"]?.intValue == 6)
    }
  }

  @Test("19: bad fills are left out and listed, and a dirty list ends with 2 and its line")
  func badFills() throws {
    try withCase { folder in
      try Data("8025 # noise\n".utf8).write(to: folder.appending(path: "bad.txt"))
      let outcome = try Program.shell(
        "$CAVERN pixel temperatures groups --db c.sqlite --fills \(Self.fills) --bad-fills bad.txt --out o --json --report r.json",
        folder: folder)
      #expect(outcome.status == 0)
      #expect(try outcome.json()["result"]?["badFills"]?[0]?.intValue == 8025)
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "o/BPix/8025.txt").path))
      #expect(FileManager.default.fileExists(atPath: folder.appending(path: "r.json").path))
      let dirty = try Program.shell(
        "(cat \(Self.fills); echo '8030,2022-07-24 00:00:00,') >f.csv; "
          + "$CAVERN pixel temperatures groups --db c.sqlite --fills f.csv --out p", folder: folder)
      #expect(dirty.status == 2)
      #expect(dirty.errors.contains("f.csv:9") && dirty.errors.contains("no end of stable beams"))
    }
  }

  @Test("a copy of a copy gives the same currents and temperatures")
  func export() throws {
    try withCase { folder in
      let line = """
        $CAVERN pixel db export --from c.sqlite --to d.sqlite --begin 2022-07-19 --end 2022-07-23 --json >/dev/null &&
        $CAVERN pixel db check --db d.sqlite --json &&
        $CAVERN pixel currents fetch --db d.sqlite --fills \(Self.fills) --compat --out a --quiet >/dev/null &&
        diff -r a \(Self.resources)/expected/currents_from_database &&
        $CAVERN pixel temperatures groups --db d.sqlite --fills \(Self.fills) --subsystem Barrel --compat --out c >/dev/null &&
        diff -r c \(Self.resources)/expected/temperatures_readout_group
        """
      let outcome = try Program.shell(line, folder: folder)
      #expect(outcome.status == 0, "\(outcome.output)")
      #expect(try outcome.json()["result"]?["isComplete"]?.boolValue == true)
    }
  }

  @Test("the azimuthal modulation that was put in comes out, with covariance")
  func truth() throws {
    try withTemporaryFolder { folder in
      let line = """
        $CAVERN pixel simulate --fills 3 --out sim --quiet >/dev/null &&
        $CAVERN pixel currents fetch --process --db sim/conditions.sqlite --fills sim/fills.csv --subsystem Barrel --out cur --quiet >/dev/null &&
        $CAVERN pixel temperatures groups --db sim/conditions.sqlite --fills sim/fills.csv --out temp --quiet >/dev/null &&
        $CAVERN pixel leakage azimuth --currents cur --temperatures temp --first-fill 8000 --normroc --tref 0 --no-figures \
          --out leak --json
        """
      let outcome = try Program.shell(line, folder: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let layers = try #require(try outcome.json()["result"]?["layers"]?.arrayValue)
      #expect(layers.count == 4)
      for layer in layers {
        let fit = try #require(layer["fit"])
        let (a, b) = (fit["A"]?.doubleValue ?? .nan, fit["B"]?.doubleValue ?? .nan)
        let phase = fit["phi0"]?.doubleValue ?? .nan
        let errorB = fit["standardErrors"]?["B"]?.doubleValue ?? .nan
        let errorPhase = fit["standardErrors"]?["phi0"]?.doubleValue ?? .nan
        let allowedB = 5 * errorB / a + 0.01
        let allowedPhase = 5 * errorPhase + 0.03
        #expect(abs(b / a - 0.18) < allowedB)
        #expect(abs(phase - 0.4) < allowedPhase)
        #expect(fit["covariance"]?.arrayValue?.count == 3)
      }
    }
  }
}
