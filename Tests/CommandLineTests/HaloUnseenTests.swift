import Foundation
import JSON
import TestSupport
import Testing

private func run(_ line: String) throws -> Program.Outcome {
  try withTemporaryFolder { folder in
    try Program.shell(line, environment: ["HALO": TestResources.path("halo")], folder: folder)
  }
}

@Suite("cavern halo with unusual input")
struct HaloUnseenTests {
  @Test("lumisections without the start of any run are left out with a remark, not laid over hits at a wrong time")
  func unplaced() throws {
    let outcome = try run(
      """
      D=$HALO/two-runs; echo '<html>sign in</html>' > login.json
      $CAVERN halo rates $D/raw --brilcalc $D/brilcalc_normtag.csv --csv --quiet > a &&
      $CAVERN halo rates $D/raw --offline --csv --quiet > b && cmp a b &&
      $CAVERN halo rates $D/raw --oms login.json --brilcalc $D/brilcalc_normtag.csv --json
      """)
    #expect(outcome.status == 0, "\(outcome)")
    let codes = try outcome.json()["warnings"]?.arrayValue?.compactMap { $0["code"]?.stringValue } ?? []
    #expect(codes.contains("halo.luminosityUnplaced"))
    #expect(codes.contains { $0.hasPrefix("oms.") }, "\(codes)")
  }

  @Test("listings of brilcalc: in other units, without rows, without summary, all zero, or a single lumisection")
  func listings() throws {
    let outcome = try run(
      """
      D=$HALO/two-runs; N=$D/brilcalc_normtag.csv; rates() { $CAVERN halo rates $D/raw --oms $D/oms/runs.json --brilcalc $1 --json; }
      sed 's#(/ub)#(/nb)#g' $N > nb.csv; grep '^#' $N > none.csv; grep -v '^#Summary' $N > cut.csv; head -3 $N > one.csv
      awk -F, -v OFS=, '/^#/ {print; next} {$6 = 0; $7 = 0; print}' $N > zero.csv
      for f in $N nb none cut one zero; do rates ${f%.csv}.csv > $(basename $f .csv).json || echo failed $f; done
      $CAVERN halo plot lumi $D/raw --oms $D/oms/runs.json --brilcalc zero.csv > /dev/null 2>&1; echo $?
      printf '[%s,%s,%s,%s,%s,%s]' "$(cat brilcalc_normtag.json)" "$(cat nb.json)" "$(cat none.json)" "$(cat cut.json)" "$(cat one.json)" "$(cat zero.json)" > all
      cat all
      """)
    let text = outcome.output
    #expect(text.hasPrefix("66\n"), "\(text.prefix(200))")
    let answers = try JSONValue(parsing: Array(text.dropFirst(3).utf8)).arrayValue ?? []
    try #require(answers.count == 6)
    func delivered(_ index: Int) -> Double? {
      answers[index]["result"]?["bins"]?.arrayValue?.compactMap { $0["delivered_per_ub"]?.doubleValue }.max()
    }
    let usual = try #require(delivered(0))
    #expect(delivered(1).map { abs($0 / usual - 1000) < 1e-6 } == true)
    #expect(delivered(2) == nil)
    #expect(delivered(3) == usual)
    #expect(delivered(5) == 0)
    let codes = answers.map { $0["warnings"]?.arrayValue?.compactMap { $0["code"]?.stringValue } ?? [] }
    #expect(codes[2].contains("halo.noLuminosity") && codes[3].contains("brilcalc.noSummary"))
    // Nothing is lost, whatever the bins are.
    for answer in answers {
      let rows = (answer["result"]?["bins"]?.arrayValue ?? []).filter { $0["region"]?.stringValue == "SR" }
      #expect(rows.reduce(0) { $0 + ($1["count"]?.intValue ?? 0) } == 941 + 831)
    }
  }

  @Test("a kept answer that is damaged or of another format is set aside, and the analysis goes on")
  func damagedCache() throws {
    let outcome = try run(
      """
      mkdir cache; echo 'garbage{' > cache/run_380115.json; echo '{"schema": "older"}' > cache/run_380116.json
      $CAVERN halo rates $HALO/two-runs/raw --cache cache --offline --json; ls cache
      """)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output.hasSuffix("run_380115.json.damaged\nrun_380116.json.damaged\n"))
    #expect(outcome.output.components(separatedBy: "halo.cacheDamaged").count == 3)
  }

  @Test("rates of channels as CSV and JSON, of chosen channels only")
  func channels() throws {
    let outcome = try run(
      """
      D=$HALO/two-runs/raw
      $CAVERN halo rates $D --per-channel --channels PN01,MF --region SR --csv > a; head -1 a
      cut -d, -f3 a | sort -u | wc -l
      $CAVERN halo rates $D --channels PN1; echo $?
      """)
    #expect(
      outcome.output.hasPrefix("region,uhtr,channel,bin_start_ms,bin_end_ms,count,delivered_per_ub\n"), "\(outcome)")
    #expect(outcome.output.hasSuffix("64\n"))
    #expect(outcome.errors.contains("there is no channel or group 'PN1'"))
    let table = try run("$CAVERN halo rates $HALO/two-runs/raw --per-channel --region SR --json").json()["result"]
    let rows = table?["channel_bins"]?.arrayValue ?? []
    let known = try String(
      contentsOfFile: TestResources.path("halo/two-runs/expected/regions_by_channel.csv"), encoding: .utf8)
    for line in known.split(whereSeparator: \.isNewline).dropFirst() {
      let cells = line.split(separator: ",")
      let sum = rows.filter { $0["channel"]?.stringValue == String(cells[1]) }.reduce(0) {
        $0 + ($1["count"]?.intValue ?? 0)
      }
      #expect(sum == Int(cells[2]), "\(line)")
    }
  }

  @Test("rates for 10^11 protons are those of the incoming beam; a listing that cannot be used is named")
  func intensities() throws {
    let outcome = try run(
      """
      D=$HALO/two-runs; rates() { $CAVERN halo rates $D/raw --region SR --intensity $1 --json; }
      echo '#fill,run,ls,time,egev,intensity1,intensity2' > beam.csv
      tr ':' ',' < $D/brilcalc_normtag.csv | awk -F, '!/^#/ {print $2 "," $1 "," $3 "," $5 ",6800,2e14,1e14"}' >> beam.csv
      cut -d, -f2- beam.csv | sed 's/^run,/#run,/' | cut -d, -f3- | sed '1s/.*/time,beam1,beam2/;2,$s/,6800//' > times.csv
      sed 's/2e14/0/' beam.csv > none.csv; echo 'a,b' > bad.csv
      printf '[%s,%s,%s,%s]' "$(rates beam.csv)" "$(rates times.csv)" "$(rates none.csv)" "$(rates bad.csv)"
      """)
    let answers = try JSONValue(parsing: Array(outcome.output.utf8)).arrayValue ?? []
    try #require(answers.count == 4, "\(outcome)")
    func statistics(_ answer: Int, _ board: Int) -> JSONValue? {
      answers[answer]["result"]?["statistics"]?.arrayValue?.first { $0["uhtr"]?.intValue == board }
    }
    for (board, protons) in [(4, 2e14), (11, 1e14)] {
      let rows = (answers[0]["result"]?["bins"]?.arrayValue ?? []).filter {
        $0["uhtr"]?.intValue == board && $0["protons"]?.doubleValue == protons
      }
      try #require(!rows.isEmpty)
      let hits = rows.reduce(0.0) { $0 + ($1["count"]?.doubleValue ?? 0) }
      let seconds = rows.reduce(0.0) {
        $0 + (($1["bin_end_ms"]?.doubleValue ?? 0) - ($1["bin_start_ms"]?.doubleValue ?? 0)) / 1000
      }
      let rate = statistics(0, board)?["per_second_per_1e11"]?.doubleValue ?? 0
      #expect(abs(rate / (hits / seconds / (protons / 1e11)) - 1) < 1e-9)
      #expect((statistics(1, board)?["per_second_per_1e11"]?.doubleValue ?? 0) > 0)
    }
    #expect(statistics(2, 4)?["per_second_per_1e11"] == .null)
    #expect(answers[3]["error"]?["code"]?.stringValue == "intensity.noHeader")
    #expect(answers[3]["error"]?["file"]?.stringValue == "bad.csv")
  }

  @Test("--csv says the form of files where -o is given, so that the report can be JSON; spectra can be in fC")
  func formsAndCharge() throws {
    let outcome = try run(
      """
      D=$HALO/text-oddities/raw
      $CAVERN halo decode $D -o out --csv --json > report && ls out && grep -c schema report
      $CAVERN halo decode $D --csv --json > report; echo $?
      $CAVERN halo plot lego $D --charge --csv --quiet | awk -F, '$3 == 150 {print $5; exit}'
      $CAVERN halo plot adc $D --charge --figure adc.svg --csv --quiet | awk -F, 'NR == 1 || /tdc/' | head -2
      grep -c fC adc-charge-PN.svg; $CAVERN halo plot tdc $D --charge --quiet; echo $?
      """)
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(
      lines.prefix(9) == [
        "decode_counts.csv", "diagnostics.csv", "records_uHTR11.csv", "records_uHTR4.csv", "1", "64", "10900.0",
        "kind,channel,value,count,charge_fC", "tdc,PN01,6,3,",
      ], "\(outcome)")
    #expect(lines.last == "64", "\(outcome)")
  }

  @Test("figures of hits of some regions, channels or a condition show only those")
  func selections() throws {
    let outcome = try run(
      """
      D=$HALO/two-runs/raw; sum() { awk -F, 'NR > 1 {n += $NF} END {print n}'; }
      $CAVERN halo plot lego $D --region SR --csv --quiet | sum
      $CAVERN halo plot lego $D --where 'tdc == 31' --channels PN --csv --quiet | cut -d, -f2 | sort -u | tr '\\n' ' '
      $CAVERN halo plot lego $D --region SR,CP --csv --quiet | sum
      $CAVERN halo regions $D --csv | awk -F, 'NR > 1 {n += $3; m += $3 + $6} END {print n, m}'
      """)
    let lines = outcome.output.split(separator: "\n").map(String.init)
    let known = lines.last?.split(separator: " ") ?? []
    #expect(lines.count == 3 && known.count == 2, "\(outcome)")
    #expect(
      lines.first ?? "" == known.first ?? " " && lines.dropFirst().first == "31 tdc \(known.last ?? "")", "\(outcome)")
  }

  @Test("watch keeps the shifter's page, reads only what was added, and counts a half-written record once it is whole")
  func watchPage() throws {
    let outcome = try run(
      """
      mkdir data; F=$HALO/two-runs/raw/uHTR4.txt; head -c 300000 $F > data/uHTR4.txt
      $CAVERN halo watch data --interval 50ms --rounds 600 --page page.html --json > out 2> log & PID=$!
      for i in $(seq 500); do grep -q hits log && break; sleep 0.02; done
      tail -c +300001 $F >> data/uHTR4.txt
      for i in $(seq 500); do grep -q '^2521 hits' log && break; sleep 0.02; done
      kill -INT $PID; wait $PID; echo $? $(wc -c < data/uHTR4.txt); grep -c 'class="light ' page.html; cat out
      """)
    let lines = outcome.output.split(separator: "\n", maxSplits: 2).map(String.init)
    try #require(lines.count == 3, "\(outcome)")
    #expect(lines[0].hasPrefix("130 "))
    #expect(lines[1] == "3")
    let result = try JSONValue(parsing: Array(lines[2].utf8))["result"]
    let size = try #require(lines[0].split(separator: " ").last.flatMap { Int($0) })
    #expect(result?["hits"]?.intValue == 2521)
    #expect(result?["bytes_read"]?.intValue.map { $0 < size + 2000 } == true)
  }

  @Test("compressed text, and bins too narrow to hold, are dealt with in words")
  func forms() throws {
    let outcome = try run(
      """
      mkdir a; gzip -c $HALO/two-runs/raw/uHTR4.txt > a/uHTR4.txt.gz
      $CAVERN halo decode a -o out --csv > /dev/null && cmp out/records_uHTR4.csv $HALO/two-runs/expected/records_uHTR4.csv && echo same
      $CAVERN halo convert a -o out > /dev/null && ls out/uHTR4.uhtr
      $CAVERN halo rates a --bins 0.001; echo $?
      """)
    #expect(outcome.output == "same\nout/uHTR4.uhtr\n64\n", "\(outcome)")
    #expect(outcome.errors.contains("1000000"), "\(outcome)")
  }
}
