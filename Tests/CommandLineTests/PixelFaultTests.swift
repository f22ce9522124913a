import Foundation
import JSON
import TestSupport
import Testing

/// What the user of `cavern pixel` must see when something is wrong: one test for each row of the list of faults, and the
/// defects of the earlier program that show in whole runs.
@Suite("cavern pixel: faults", .serialized)
struct PixelFaultTests {
  private static let resources = TestResources.path("pixel")
  private static let fills = "\(resources)/expected/fills/fills_run3.csv"
  private static let radiation = TestResources.path("pixel-radiation")

  /// Runs lines in a folder with the reference conditions as `c.sqlite`, after `sql` has changed them.
  private func run(
    _ line: String, sql: String = "", environment: [String: String] = [:], fills: String? = nil
  ) throws -> Program.Outcome {
    try withTemporaryFolder { folder in
      if let fills { try Data(fills.utf8).write(to: folder.appending(path: "fills.csv")) }
      let made = try Program.shell(
        """
        python3 - <<'E'
        import sqlite3
        c = sqlite3.connect('c.sqlite')
        c.executescript('BEGIN;' + open('\(Self.resources)/db/conditions.sql').read() + ''' \(sql); COMMIT;''')
        E
        """, folder: folder)
      #expect(made.status == 0, "\(made.errors)")
      return try Program.shell(
        line.replacing("FETCH", with: "$CAVERN pixel currents fetch --db c.sqlite --fills \(Self.fills)")
          .replacing("GROUPS", with: "$CAVERN pixel temperatures groups --db c.sqlite --fills \(Self.fills)"),
        environment: environment, folder: folder)
    }
  }

  // MARK: Defects

  @Test("defect 1: times are UTC in any time zone, also over changes to and from summer time")
  func utc() throws {
    let fills = """
      fill_number,start_stable_beam,end_stable_beam
      8300,2022-10-29 22:10:00.000000,2022-10-30 04:40:00.000000
      8310,2023-03-26 00:20:00.000000,2023-03-26 05:00:00.000000

      """
    let byls = """
      #run:fill,ls,time,beamstatus,E(GeV),delivered(/ub),recorded(/ub),avgpu,source
      1:8300,1:1,10/30/22 00:30:00,STABLE BEAMS,6800,5.0,5.0,30,HFET
      1:8310,1:1,03/26/23 01:30:00,STABLE BEAMS,6800,7.0,7.0,30,HFET
      #Summary:
      #nfill,nrun,nls,ncms,totdelivered(/ub),totrecorded(/ub)
      #2,2,2,2,12.0,12.0
      """
    let line = """
      printf '%s\\n' '\(byls)' > byls.csv
      $CAVERN pixel profile build --db c.sqlite --fills fills.csv --lumi byls.csv --groups BPix_BmI_SEC1_LYR1 \
      --field \(Self.radiation)/usrbin_6x60x60_ascii --interfill-step '1 d' --allow-skips --quiet --out p > log 2>&1 || cat log
      cut -f1-5 p/profile_BPix_BmI_SEC1_LYR1_physics.tsv
      """
    let outcomes = try ["UTC", "Europe/Zurich", "America/New_York"].map {
      try run(line, environment: ["TZ": $0], fills: fills).output
    }
    #expect(outcomes[0] == outcomes[1] && outcomes[0] == outcomes[2])
    let rows = outcomes[0].split(separator: "\n").dropFirst().map { row in
      row.split(separator: "\t").compactMap { Double($0) }
    }
    #expect(rows.count > 12)
    for (before, row) in zip(rows, rows.dropFirst()) { #expect(row[1] - row[2] == before[1], "\(row)") }
    // 2022-10-29 22:30:00 UTC is the end of the first 20 minutes, 2023-03-26 05:00:00 UTC that of the last fill.
    #expect(rows.first?[1] == 1_667_082_600 && rows.last?[1] == 1_679_806_800)
  }

  @Test("defect 12: a password comes from a file that others cannot read, and stands in no message")
  func secrets() throws {
    let outcome = try run(
      """
      echo 'very-secret' > geheim; chmod 600 geheim
      $CAVERN pixel db check --db 'Driver=/nonexistent/driver.so;UID=reader' --password-file geheim --json > a 2> b
      echo $?; cat a b; chmod 644 geheim
      $CAVERN pixel db check --db 'Driver=/nonexistent/driver.so;UID=reader' --password-file geheim 2>&1; echo $?
      $CAVERN pixel db check --db 'Driver=/nonexistent/driver.so;UID=reader;PWD=very-secret' 2>&1; echo $?
      """)
    #expect(outcome.output.hasPrefix("69\n"), "\(outcome.output)")
    #expect(!outcome.output.contains("very-secret") && outcome.output.contains("geheim"), "\(outcome.output)")
    let codes = outcome.output.split(separator: "\n").compactMap { Int($0) }
    #expect(codes == [69, 78, 69], "\(outcome.output)")
  }

  @Test(
    "defect 25: nothing that lies in a folder is run or taken for an answer: a damaged page of the cache is set aside")
  func noEvaluation() throws {
    let outcome = try run(
      """
      mkdir cache; echo "__import__('os').system('touch pwned')" > cache/page.json; echo 'touch pwned' > cache/x.sh
      $CAVERN pixel fills --first-fill 8010 --last-fill 8030 --offline --oms-cache cache --json; echo $?; ls
      """)
    #expect(outcome.output.contains("\n69\n") && !outcome.output.contains("pwned"), "\(outcome.output)")
  }

  // MARK: Faults

  @Test("fill CSV: missing end, end ≤ start, text, duplicate: line number and reason; equal duplicates count once")
  func fillList() throws {
    let fills = """
      fill_number,start_stable_beam,end_stable_beam
      8016,2022-07-19 20:11:08.000000,2022-07-20 08:42:51.000000
      8018,2022-07-20 15:30:40.000000,
      8019,2022-07-21 02:26:20.000000,2022-07-21 02:12:33.000000
      eight,2022-07-21 02:41:00.000000,2022-07-21 11:58:21.000000
      8016,2022-07-19 20:11:08.000000,2022-07-20 08:42:51.000000
      8022,2022-07-21 20:00:00.000000,2022-07-22 01:00:00.000000
      8022,2022-07-21 21:00:00.000000,2022-07-22 01:00:00.000000

      """
    let outcome = try run(
      "$CAVERN pixel currents fetch --db c.sqlite --fills fills.csv --subsystem Barrel --out o; echo $?; ls o",
      fills: fills)
    for (line, reason) in [(3, "no end"), (4, "ends at or before"), (5, "'eight' is no fill number"), (8, "line 7")] {
      #expect(outcome.errors.contains("fills.csv:\(line): ") && outcome.errors.contains(reason), "\(outcome.errors)")
    }
    #expect(
      outcome.output.contains("\n2\n") && outcome.output.contains("8016_Barrel.txt")
        && !outcome.output.contains("8022_"))
  }

  @Test(
    "brilcalc not found, failing, empty, without summary or with a cut row: 69 with command, status and last words; never zero"
  )
  func brilcalc() throws {
    let line = "$CAVERN pixel lumi --from brilcalc --first-fill 8018 --last-fill 8018 --csv --brilcalc"
    let outcome = try run(
      """
      \(line) /nonexistent/brilcalc; echo $?
      printf '#!/bin/sh\\necho gone >&2; exit 3\\n' > fails; printf '#!/bin/sh\\nexit 0\\n' > empty
      printf '#!/bin/sh\\nhead -4 \(Self.resources)/brilcalc/fills_8010_8030_ub.csv\\n' > cut; chmod +x fails empty cut
      \(line) ./fails; echo $?; \(line) ./empty; echo $?; \(line) ./cut; echo $?
      """)
    #expect(outcome.output == "69\n69\n69\n69\n", "\(outcome.output)")
    for word in ["status 3", "gone", "lumi --begin 8018 --end 8018", "wrote nothing", "summary"] {
      #expect(outcome.errors.contains(word), "\(word): \(outcome.errors)")
    }
  }

  @Test(
    "brilcalc summary with zero: zero, with a warning; data in OMS but 0 from brilcalc: a warning that names the fill")
  func zeroLuminosity() throws {
    let outcome = try run(
      """
      printf '#run:fill,time,nls,ncms,delivered(/ub),recorded(/ub)\\n#Summary:\\n#nfill,nrun,nls,ncms,totdelivered(/ub),totrecorded(/ub)\\n#0,0,0,0,0.0,0.0\\n' > zero.csv
      $CAVERN pixel lumi --from brilcalc --first-fill 8018 --last-fill 8018 --listing zero.csv --csv \
      --compare \(Self.resources)/expected/luminosity_oms/integrated_luminosity_per_fill_run3.csv; echo $?
      """)
    #expect(outcome.output.contains("\n8018,0.0,0.0,0.0,0.0\n0\n"), "\(outcome.output)")
    #expect(
      outcome.errors.contains("no luminosity") && outcome.errors.contains("fill 8018 has 0.335"), "\(outcome.errors)")
  }

  @Test("DB gap: one line with table and times, and the fill is skipped; the rest is done")
  func gap() throws {
    let outcome = try run(
      "FETCH --subsystem Barrel --out o --json > a; echo $?; cat a; ls o",
      sql: "DELETE FROM fwcaenchannel WHERE change_date BETWEEN '2022-07-20 12:00' AND '2022-07-20 23:59'")
    #expect(outcome.output.hasPrefix("2\n") && outcome.output.contains("fwcaenchannel has no row"), "\(outcome.output)")
    #expect(outcome.output.contains("8016_Barrel.txt") && !outcome.output.contains("8018_Barrel.txt\n"))
    let sensors = try run(
      "GROUPS --subsystem Barrel --last-fill 8018 --out o; echo $?; grep -c carried o/BPix/8016.csv o/BPix/8018.csv",
      sql: "DELETE FROM tkplcreadsensor WHERE change_date BETWEEN '2022-07-20 12:00' AND '2022-07-20 23:59'")
    let lines = sensors.errors.split(separator: "\n").filter { $0.contains("tkplcreadsensor has no row") }
    #expect(lines.count == 1 && lines[0].contains("from 2022-07-20 11:") && lines[0].contains("fill 8018"), "\(lines)")
    #expect(sensors.output.hasSuffix("8016.csv:0\no/BPix/8018.csv:128\n"), "\(sensors.output)")
  }

  @Test("channel without reading in a fill: listed, and the average counts the others")
  func silentChannel() throws {
    let outcome = try run(
      """
      FETCH --subsystem Barrel --first-fill 8016 --last-fill 8016 --process --out o &&
      $CAVERN pixel leakage trend --currents o --layers 1 --no-figures --csv --out l | grep '8016,1,both,none,,'
      """,
      sql: """
        UPDATE fwcaenchannel SET actual_imon = NULL WHERE dpid IN (SELECT n.id FROM aliases a JOIN dp_name2id n
        ON n.dpname || '.' = a.dpe_name WHERE a.alias LIKE '%PixelBarrel_BmI_S1_LAY14/channel002')
        """)
    #expect(
      outcome.errors.contains("1 Barrel channels without reading: PixelBarrel_BmI_S1_LAY14/channel002"),
      "\(outcome.errors)")
    #expect(outcome.output.contains("8016,1,both,none,,171.24651290322583,31,"), "\(outcome.output)")
  }

  @Test("a current below −1 µA or above 10 mA is kept and flagged; bias off is flagged and left out of averages")
  func strangeCurrents() throws {
    func set(_ cable: String, _ values: String) -> String {
      """
      UPDATE fwcaenchannel SET \(values) WHERE dpid IN (SELECT n.id FROM aliases a JOIN dp_name2id n
      ON n.dpname || '.' = a.dpe_name WHERE a.alias LIKE '%\(cable)');
      """
    }
    let outcome = try run(
      """
      FETCH --subsystem Barrel --first-fill 8016 --last-fill 8016 --process --out o; grep -E 'BmI_S[123]_LAY14/channel002' o/8016_Barrel.csv
      $CAVERN pixel currents process --in o --fills \(Self.fills) --last-fill 8016 --subsystem Barrel --out p --quiet > /dev/null
      $CAVERN pixel leakage trend --currents p --layers 1 --no-figures --csv --out l | grep '8016,1,both,none,,'
      """,
      sql: set("PixelBarrel_BmI_S1_LAY14/channel002", "actual_imon = -5")
        + set("PixelBarrel_BmI_S2_LAY14/channel002", "actual_imon = 20000")
        + set("PixelBarrel_BmI_S3_LAY14/channel002", "actual_vmon = 0.2"))
    for word in ["negative", "high", "hv-off"] { #expect(outcome.output.contains(word), "\(word): \(outcome.output)") }
    #expect(
      outcome.output.contains("BPix_BmI_SEC3_LYR1: hv-off") && outcome.output.contains(",29,"), "\(outcome.output)")
  }

  @Test(
    "sensor above 40 °C or below −60 °C: left out, counted by name; silent: partial n/m; a loop without any: missing")
  func sensors() throws {
    func ids(_ label: String) -> String {
      "(SELECT n.id FROM aliases a JOIN dp_name2id n ON n.dpname || '.' = a.dpe_name WHERE a.alias LIKE '%\(label)')"
    }
    let outcome = try run(
      "GROUPS --subsystem Barrel --first-fill 8016 --last-fill 8016 --out o; echo $?; cat o/BPix/8016.csv",
      sql: """
        UPDATE tkplcreadsensor SET value_converted = 41 WHERE dpid IN \(ids("3I_L1D1PN"));
        UPDATE tkplcreadsensor SET value_converted = -61 WHERE dpid IN \(ids("4I_L1D2MN"));
        DELETE FROM tkplcreadsensor WHERE dpid IN \(ids("5I_L3D3PF")) OR dpid IN \(ids("5M_L3D3PF")) OR dpid IN \(ids("5R_L3D3PF"))
        """)
    #expect(outcome.errors.contains("3I_L1D1PN") && outcome.errors.contains("4I_L1D2MN"), "\(outcome.errors)")
    for (group, quality) in [
      ("BPix_BmI_SEC1_LYR1", "partial 1/2"), ("BPix_BmI_SEC5_LYR1", "partial 2/3"), ("BPix_BmO_SEC5_LYR3", "missing"),
    ] {
      let row = outcome.output.split(separator: "\n").first { $0.contains(",\(group),") }
      #expect(row?.contains(quality) == true, "\(group): \(row ?? "")")
    }
  }

  @Test(
    "unknown names: the name and the nearest known ones",
    arguments: [
      ("voltages --db c.sqlite --fills F --group BPix_BmI_SEC1_LYR9", 64, "BPix_BmI_SEC1_LYR1"),
      ("fills --era 2202 --oms-pages x", 64, "2022"),
      ("leakage trend --currents . --subsystem Barel --out o", 64, "Barrel"),
      ("currents fetch --db c.sqlite --fills F --schema 'a;b' --out o", 64, "letters"),
    ])
  func unknownNames(line: String, status: Int32, nearest: String) throws {
    let outcome = try run("$CAVERN pixel \(line.replacing("F ", with: "\(Self.fills) "))")
    #expect(outcome.status == status && outcome.errors.contains(nearest), "\(outcome.errors)")
  }

  @Test("fill outside any phase or era: named")
  func noPhase() throws {
    let fills = "fill_number,start_stable_beam,end_stable_beam\n5600,2016-12-20 00:00:00,2016-12-20 05:00:00\n"
    let outcome = try run(
      "$CAVERN pixel profile build --db c.sqlite --fills fills.csv --lumi x --field x --out o; echo $?; "
        + "$CAVERN pixel currents fetch --db c.sqlite --fills fills.csv --out o; echo $?",
      fills: fills)
    #expect(outcome.output == "65\n65\n" && outcome.errors.contains("fill 5600"), "\(outcome.errors)")
  }

  @Test("(r, z) outside the field: 65 with the limits; an empty selection: 65, and no figure")
  func outside() throws {
    let outcome = try run(
      """
      $CAVERN pixel fluence at 18 0 --field \(Self.radiation)/usrbin_6x60x60_ascii; echo $?
      FETCH --first-fill 9000 --last-fill 9001 --subsystem Barrel --out o; echo $?; ls o
      """)
    #expect(outcome.output == "65\n65\n", "\(outcome.output)")
    #expect(outcome.errors.contains("0.0 ≤ r < 18.0 cm") && outcome.errors.contains("9000"), "\(outcome.errors)")
  }

  @Test("output exists: refused unless --overwrite, --skip-existing or --resume")
  func existing() throws {
    let line = "FETCH --subsystem Barrel --first-fill 8016 --last-fill 8016 --quiet --out o > /dev/null"
    let outcome = try run(
      "\(line); \(line); echo $?; \(line) --overwrite; echo $?; \(line) --skip-existing; echo $?; \(line) --resume; echo $?"
    )
    #expect(
      outcome.output == "73\n0\n0\n0\n" && outcome.errors.contains("--overwrite"), "\(outcome.output)\(outcome.errors)")
  }

  @Test("the summary names what was done and skipped, also as JSON with --report; --allow-skips ends with 0")
  func summary() throws {
    let outcome = try run(
      "FETCH --subsystem Barrel --allow-skips --report r.json --out o > /dev/null 2>&1; echo $?; cat r.json",
      sql: "DELETE FROM fwcaenchannel WHERE change_date BETWEEN '2022-07-20 12:00' AND '2022-07-20 23:59'")
    #expect(outcome.output.hasPrefix("0\n"))
    let report = try JSONValue(parsing: String(outcome.output.dropFirst(2)))["result"]
    #expect(report?["done"]?.intValue == 6 && report?["skipped"]?[0]?["fill"]?.intValue == 8018, "\(outcome.output)")
  }

  // MARK: Options

  @Test("--format json and csv print what --json and --csv do; failures are JSON too; --jobs changes no byte")
  func formats() throws {
    let outcome = try run(
      """
      A="$CAVERN pixel fluence at 3.1 5 --field \(Self.radiation)/usrbin_6x60x60_ascii"
      $A --json > 1; $A --format json > 2; cmp 1 2 && $A --csv > 1; $A --format=csv > 2; cmp 1 2 && echo same
      $CAVERN pixel fluence at 99 5 --format json --field \(Self.radiation)/usrbin_6x60x60_ascii | grep -c '"code": "fluence.outside"'
      $CAVERN pixel fluence at 3 5 --format yaml --field x; echo $?
      $CAVERN pixel db check --db c.sqlite --format json > 1; $CAVERN pixel db check --db c.sqlite --jobs 1 --json > 2; cmp 1 2 && echo equal
      """)
    #expect(outcome.output == "same\n1\n64\nequal\n", "\(outcome.output)\(outcome.errors)")
  }

  @Test("--bin day gives the mean of a day's fills, with the temperature of the sensors")
  func byDay() throws {
    let outcome = try run(
      """
      $CAVERN pixel leakage trend --currents \(Self.resources)/expected/currents_processed \
      --temperatures \(Self.resources)/expected/temperatures_readout_group --fills \(Self.fills) --bin day --tref 0 \
      --layers 1 --no-figures --quiet --out l > /dev/null; echo $?; head -1 l/average_per_day.csv
      grep ',1,both,roc,0,' l/average_per_day.csv; grep -E '^80(19|20|22),1,both,roc,0,' l/average_per_layer.csv
      """)
    let lines = outcome.output.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(
      lines.first?.first == "0" && outcome.output.contains("day_utc,layer,z_side"), "\(outcome.output)\(outcome.errors)"
    )
    let day = try #require(lines.first { $0.first == "2022-07-21" })
    let fills = lines.filter { ["8019", "8020", "8022"].contains($0.first ?? "") }.compactMap { Double($0[5]) }
    #expect(fills.count == 3 && day[8] == "3")
    #expect(abs((Double(day[5]) ?? 0) - fills.reduce(0, +) / 3) < 1e-12)
    #expect((Double(day[10]) ?? 0) > 250)
  }
}
