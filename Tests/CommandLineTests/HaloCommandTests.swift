import Foundation
import JSON
import TestSupport
import Testing

/// Runs a shell line in a fresh folder with `$HALO`, the known answers.
private func run(_ line: String, environment: [String: String] = [:]) throws -> Program.Outcome {
  try withTemporaryFolder { folder in try run(line, in: folder, environment: environment) }
}

private func run(
  _ line: String, in folder: URL, environment: [String: String] = [:]
) throws -> Program.Outcome {
  var variables = ["HALO": TestResources.path("halo")]
  variables.merge(environment) { $1 }
  return try Program.shell(line, environment: variables, folder: folder)
}

@Suite("cavern halo")
struct HaloCommandTests {
  @Test(
    "decode writes the known records, and a diagnostics file that is a header alone",
    arguments: ["two-runs", "continuation-files", "plus-minus-names", "text-oddities"])
  func decode(name: String) throws {
    let outcome = try run(
      """
      $CAVERN halo decode $HALO/\(name)/raw -o out --csv > counts &&
      cmp out/records_uHTR4.csv $HALO/\(name)/expected/records_uHTR4.csv &&
      cmp out/records_uHTR11.csv $HALO/\(name)/expected/records_uHTR11.csv &&
      tr -d '\\r' < $HALO/\(name)/expected/decode_counts.csv | cmp counts - && cat out/diagnostics.csv
      """)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output == "file,line,kind,records_lost,text\n")
  }

  @Test("clean, regions, runs and rates print the known answers")
  func analysis() throws {
    let outcome = try run(
      """
      D=$HALO/two-runs; C="--oms $D/oms/runs.json --brilcalc $D/brilcalc_normtag.csv,$D/brilcalc_online.csv"
      tr -d '\\r' < $D/expected/regions_by_channel.csv > r && $CAVERN halo regions $D/raw --csv | cmp - r &&
      $CAVERN halo runs $D/raw $C --csv > runs && $CAVERN halo rates $D/raw $C --csv > rates &&
      cut -d, -f1,2,5 rates > a && cut -d, -f1,2,5 $D/expected/rates_per_lumisection.csv > b && cmp a b &&
      cut -d, -f1-9 runs > a && cut -d, -f1-9 $D/expected/run_summary.csv > b && cmp a b &&
      $CAVERN halo clean $D/raw --json
      """)
    #expect(outcome.status == 0, "\(outcome)")
    let cutFlow = try outcome.json()["result"]
    #expect(try cutFlow == TestResources.json("halo/two-runs/expected/cutflow.json"))
  }

  @Test("saved answers may come in the other order, and beside the data")
  func savedAnswers() throws {
    let outcome = try run(
      """
      D=$HALO/two-runs
      $CAVERN halo rates $D/raw --oms $D/oms/run_380115.csv,$D/oms/run_380116.csv \
        --brilcalc $D/brilcalc_online.csv,$D/brilcalc_normtag.csv --csv > a &&
      $CAVERN halo rates $D/raw --csv > b && cmp a b && $CAVERN halo rates $D/raw --offline --json
      """)
    #expect(outcome.status == 0, "\(outcome)")
    let reference = try outcome.json()["result"]?["reference"]
    #expect(reference?["start_known"]?.boolValue == false)
    #expect(reference?["orbit"]?.intValue == 188_347_294)
  }

  @Test("convert gives the known binary, and every form reads back to the same records")
  func convert() throws {
    let outcome = try run(
      """
      cp $HALO/two-runs/raw/uHTR11.txt . && $CAVERN halo convert uHTR11.txt &&
      cmp uHTR11.uhtr $HALO/two-runs/binary/uHTR11.uhtr && mkdir t && mkdir u && cp uHTR11.uhtr u &&
      $CAVERN halo convert u --to text -o t && $CAVERN halo decode t --csv -o a > /dev/null &&
      cmp a/records_uHTR11.csv $HALO/two-runs/expected/records_uHTR11.csv &&
      $CAVERN halo convert u --to parquet -o t && $CAVERN halo convert u --to jsonl -o t && wc -l < t/uHTR11.jsonl
      $CAVERN halo convert uHTR11.txt; echo $?
      """)
    #expect(outcome.output.hasSuffix("2189\n73\n"), "\(outcome)")
  }

  @Test("the result of a report does not depend on threads, and says who is dead")
  func report() throws {
    let outcome = try run(
      """
      $CAVERN halo synth -o data --seed 3 --sections 8,8 --rate 12 --dead PN03 --quiet > /dev/null &&
      $CAVERN halo report data -o a --threads 1 --no-figures --quiet > /dev/null &&
      $CAVERN halo report data -o b --threads 3 --no-figures --quiet > /dev/null && diff -r a b && cat a/result.json
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let result = try outcome.json()["result"]
    #expect(result?["monitor"]?.stringValue == "warning")
    let bad = result?["channels"]?.arrayValue?.filter { $0["faults"]?.arrayValue?.isEmpty == false }
    #expect(bad?.map { $0["channel"]?.stringValue } == ["PN03"])
  }

  @Test("a side alone is analysed whole, and the other is said to have no data")
  func oneSide() throws {
    let outcome = try run(
      """
      $CAVERN halo synth -o data --sides minus --quiet > /dev/null && for k in stability occupancy channels violins lego adc rates runs; do
      $CAVERN halo plot $k data --figure $k.svg --quiet > /dev/null || echo failed $k; done
      $CAVERN halo report data -o out --no-figures --json
      """)
    #expect(outcome.status == 0, "\(outcome)")
    let checks = try outcome.json()["result"]?["checks"]?.arrayValue ?? []
    #expect(checks.contains { $0["name"]?.stringValue == "data" && $0["uhtr"]?.intValue == 4 })
  }

  @Test(
    "bad input ends with its status and a message",
    arguments: [
      ("decode /nonexistent", 66, "input.missing"), ("decode .", 66, "halo.noData"), ("ls .", 66, "halo.noData"),
      ("ls $HALO/two-runs/raw/uHTR4.txt", 66, "input.notAFolder"),
      ("decode $HALO/two-runs/oms/run_380115.csv", 65, "halo.unknownSide"),
      ("regions $HALO/text-oddities/raw --where 'tdc = 3'", 64, "halo.badExpression"),
      ("regions $HALO/text-oddities/raw --runs 5-3", 64, "halo.badRuns"),
      ("regions $HALO/text-oddities/raw --calibration $HALO/two-runs/oms/runs.json", 65, "calibration.badKey"),
      ("rates $HALO/text-oddities/raw --oms /nonexistent", 66, "file.missing"),
      ("rates $HALO/text-oddities/raw --bins 0", 64, "halo.badBins"),
      ("plot lumi $HALO/text-oddities/raw --offline", 66, "halo.noLuminosity"),
      ("phase --phases '1 2 3'", 64, "halo.badPhase"), ("report $HALO/text-oddities/raw", 64, "usage.missingOption"),
      ("decode $HALO/text-oddities/raw -o /proc/none", 73, "file.cannotCreate"),
      ("report $HALO/text-oddities/raw -o x --threshold deda=1", 64, "halo.unknownThreshold"),
      ("runinfo all", 64, "halo.badRuns"), ("runinfo '1;rm'", 64, "halo.badRuns"),
      ("runinfo 1 --ssh=-oProxyCommand=x --no-lumi", 64, "ssh.badHost"),
    ])
  func badInput(arguments: String, status: Int32, code: String) throws {
    let outcome = try run("$CAVERN halo \(arguments) --json")
    #expect(outcome.status == status, "\(outcome)")
    #expect(try outcome.json()["error"]?["code"]?.stringValue == code)
  }

  @Test("a binary of wrong version or size is refused with the number of whole hits")
  func damagedBinary() throws {
    let outcome = try run(
      """
      head -c 50000 $HALO/two-runs/binary/uHTR11.uhtr > uHTR11.uhtr; $CAVERN halo decode . ; echo $?
      printf '\\002\\000\\000\\000\\000' > uHTR11.uhtr; $CAVERN halo decode . ; echo $?
      """)
    #expect(outcome.output == "65\n65\n")
    #expect(outcome.errors.contains("room for 1190 whole hits"))
    #expect(outcome.errors.contains("version 2"))
  }

  @Test("damage is counted with file and line, and more of it than allowed ends with 2 and all data written")
  func damage() throws {
    let outcome = try run(
      """
      sed '4s/151/1x1/; 13s/,//' $HALO/two-runs/raw/uHTR4.txt > uHTR4.txt
      $CAVERN halo decode . -o a --csv > /dev/null 2>&1; echo $?; cat a/diagnostics.csv
      $CAVERN halo decode . -o b --csv --max-loss 0 > /dev/null 2>&1; echo $?; wc -l < b/records_uHTR4.csv
      """)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.first == "0" && lines.dropFirst(1).first == "file,line,kind,records_lost,text")
    #expect(lines.dropFirst(2).first?.hasPrefix("uHTR4.txt,4,bad-adc-line,1,") == true)
    #expect(lines.suffix(2) == ["2", "2521"], "\(outcome)")
  }

  @Test("folders and files with blanks, other letters and loops of links are handled")
  func paths() throws {
    let outcome = try run(
      """
      mkdir -p 'a b/Ünïcode' && cp $HALO/text-oddities/raw/uHTR4.txt 'a b/Ünïcode' && ln -s . 'a b/loop' &&
      $CAVERN halo ls 'a b' && $CAVERN halo clean 'a b/Ünïcode' --csv
      """)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output.hasSuffix("after_glitch_tdc0_adc124,79\n"))
  }

  @Test("every screen of a capture with trouble fits 80 columns")
  func screens() throws {
    let outcome = try run(
      """
      $CAVERN halo synth -o data --sections 3,3 --rate 40 --drift 3 --dead PN01,PN03,PF04,MN01 --noisy MF02 --damage 0.002
      for command in 'ls data --list-runs' "runinfo 380115 --cache $PWD --offline" 'calibrate data --max-loss 1' \\
        'calibrate data --method robust --max-loss 1' 'runs data --max-loss 1' 'watch data --once --max-loss 1' \\
        'report data -o x --no-figures --max-loss 1' 'compare data data --max-loss 1' 'decode data' \\
        'rates data --per-channel --max-loss 1' 'regions data --where bx>5 --max-loss 1'
      do echo "> $command"; $CAVERN halo $command --quiet; done
      """)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count > 150, "\(outcome)")
    #expect(lines.filter { $0.count > 80 && !$0.hasPrefix(">") }.isEmpty)
  }

  @Test("watch sees a file grow")
  func watch() throws {
    let outcome = try run(
      """
      mkdir data; head -c 20000 $HALO/two-runs/raw/uHTR4.txt > data/uHTR4.txt
      $CAVERN halo watch data --interval 50ms --rounds 400 --json > out 2> log & PID=$!
      for i in $(seq 500); do grep -q hits log && break; sleep 0.02; done
      cp $HALO/two-runs/raw/uHTR4.txt data/uHTR4.txt
      for i in $(seq 500); do [ $(grep -c 'hits (+' log) -ge 2 ] && break; sleep 0.02; done
      kill -INT $PID; wait $PID; echo $?; cat log
      """)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.first == "130", "\(outcome)")
    #expect(lines.last { $0.contains("hits (+") }?.hasPrefix("2521 hits (+") == true)
  }

  @Test("runinfo asks OMS and brilcalc, keeps the answers, and later works without either")
  func runInformation() throws {
    let answer = String(decoding: try TestResources.bytes("halo/two-runs/oms/runs.json"), as: UTF8.self)
    let server = try StubServer { _ in .reply(200, headers: ["Content-Type": "application/json"], body: answer) }
    defer { server.stop() }
    let outcome = try run(
      """
      mkdir bin; D=$HALO/two-runs
      printf '#!/bin/sh\\ncase "$*" in *normtag*) cat %s;; *) cat %s;; esac\\n' $D/brilcalc_normtag.csv $D/brilcalc_online.csv > bin/brilcalc
      chmod +x bin/brilcalc; export PATH=$PWD/bin:$PATH
      $CAVERN halo runinfo 380115-380116 --oms-url $URL --cache runs --csv > asked && rm bin/brilcalc &&
      $CAVERN halo runinfo 380115,380116 --oms-url http://127.0.0.1:1 --cache runs --csv > kept && cmp asked kept &&
      $CAVERN halo rates $D/raw --cache runs --csv > a && $CAVERN halo rates $D/raw --csv > b && cmp a b && cat kept
      """, environment: ["URL": server.address])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output.contains("380116,9568,2024-05-01T10:10:52Z,"))
    #expect(server.requests.count == 1)
  }

  @Test(
    "a runinfo that cannot have everything names the step and keeps the rest",
    arguments: [
      ("true", 302, 77, "oms.notSignedIn"), ("false", 200, 2, "brilcalc.failed"), ("true", 200, 2, "brilcalc.empty"),
      ("true", 503, 69, "oms.unavailable"),
    ])
  func partial(program: String, status: Int, wanted: Int32, code: String) throws {
    let answer = String(decoding: try TestResources.bytes("halo/two-runs/oms/runs.json"), as: UTF8.self)
    let server = try StubServer { _ in .reply(status, headers: ["Retry-After": "0"], body: status == 200 ? answer : "")
    }
    defer { server.stop() }
    let outcome = try run(
      """
      $CAVERN halo runinfo 380115-380116 --oms-url $URL --brilcalc-program /bin/\(program) --json
      """, environment: ["URL": server.address])
    #expect(outcome.status == wanted, "\(outcome)")
    #expect(outcome.output.contains(code))
  }
}
