import Foundation
import JSON
import TestSupport
import Testing

/// The commands of `cavern velo` as scripts meet them.
@Suite("VELO commands", .serialized)
struct VeloCommandTests {
  /// A small simulated scan, made once.
  private static func simulated(_ folder: URL, _ more: String = "", acquisitions: Int = 4) throws {
    let made = try Program.shell(
      "$CAVERN velo simulate --output SIM --step 12 --acquisitions \(acquisitions) --shutter 104s840ms \(more)",
      folder: folder)
    #expect(made.status == 0, "\(made.errors)")
  }

  @Test("a run writes every file that scripts rely on, keeps, replaces and resumes results as it is told")
  func run() throws {
    try withTemporaryFolder { folder in
      try Self.simulated(folder, "--missing 1")
      let run = try Program.shell("$CAVERN velo run SIM/dataset.toml --output OUT --json", folder: folder)
      #expect(run.status == 0, "\(run.output.prefix(500))")
      let json = try run.json()
      #expect(json["schema"]?.stringValue == "cavern.velo.run/1")
      #expect(json["result"]?["scans"]?[0]?["categories"]?["good"]?.intValue ?? 0 > 60_000)
      for name in [
        "result.json", "provenance.json", "report.html", "warm/acquisitions.csv", "warm/live_time.csv",
        "warm/asic_flux.csv", "warm/hits.parquet", "warm/pixels.parquet", "warm/calibration.json",
      ] {
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: "OUT/\(name)").path), "\(name)")
      }
      let again = try Program.shell("$CAVERN velo run SIM/dataset.toml --output OUT --json", folder: folder)
      #expect(again.status == 73)
      let hint = try again.json()["error"]?["hint"]?.stringValue ?? ""
      #expect(hint.contains("--force") && hint.contains("--keep"))
      #expect(try Program.shell("$CAVERN velo run SIM/dataset.toml --output OUT --keep", folder: folder).status == 0)
      let digest = "sha256sum OUT/warm/pixels.parquet OUT/warm/hits.parquet OUT/warm/calibration.json"
      let before = try Program.shell(digest, folder: folder).output
      let resumed = try Program.shell(
        "$CAVERN velo run SIM/dataset.toml --output OUT --resume --no-figures --threads 1", folder: folder)
      #expect(resumed.status == 0 && resumed.errors.contains("taken over"), "\(resumed.errors)")
      // Sums taken over or read, one thread or two: the same bytes.
      #expect(try Program.shell(digest, folder: folder).output == before)
    }
  }

  @Test("flux, fits, gains, comparison, figures, recipe and page go from step to step")
  func steps() throws {
    try withTemporaryFolder { folder in
      try Self.simulated(folder)
      for line in [
        "flux SIM/dataset.toml -o FLUX", "fit SIM/dataset.toml --flux FLUX -o FIT --pixels 0:64,0:64 --equation F4",
        "gain SIM/dataset.toml --flux FLUX -o GAIN --group even --group odd",
        "gain SIM/dataset.toml --flux FLUX -o OLD/OLD --method legacy --layout legacy --pixels 100:140,100:140",
        "compare GAIN OLD/OLD", "systematics --reference GAIN --variants OLD/OLD,FIT --csv",
        "recipe threshold --dataset SIM/dataset.toml -o GAIN --charge 1000", "report GAIN -o page.html --scan warm",
        "plot heatmap SIM/dataset.toml -o GAIN --param K", "plot flux SIM/dataset.toml -o GAIN --pixel 100,100",
        "plot summary --results GAIN,OLD/OLD --type both --labels new,old --figures plots",
        "pack SIM/dataset.toml -o PACKED",
        "unpack PACKED/warm/Module0_VP0-0_ECS_data_ST_104s840ms_scan.parquet -o FILES",
        "detector SIM/dataset.toml -o DET --csv",
      ] {
        let outcome = try Program.shell("$CAVERN velo \(line)", folder: folder)
        #expect(outcome.status == 0, "\(line): \(outcome.errors)\(outcome.output.prefix(300))")
      }
      let same = try Program.shell(
        "diff -q FILES/Module0_VP0-0_ECS_data_ST_104s840ms_THR_1504_1.csv SIM/warm/Module0_VP0-0_ECS_data_ST_104s840ms_THR_1504_1.csv && "
          + "ls OLD/OLD/E0matrix_ST_104s840ms_warm.csv OLD/results_collection.csv GAIN/warm/even/pixels.parquet DET/detector.parquet",
        folder: folder)
      #expect(same.status == 0, "\(same.output)\(same.errors)")
      let reused = try Program.shell("$CAVERN velo detector SIM/dataset.toml -o DET", folder: folder)
      #expect(reused.output.contains("1 reused"), "\(reused.output)")
    }
  }

  @Test(
    "bad datasets end with 78 before anything is read",
    arguments: [
      ("acquistions = 3", 78, "dataset.unknownKey"), ("p0 = { f = 1, A = 2 }", 78, "dataset.value"),
      ("folder = \"nowhere\"", 78, "dataset.value"),
    ])
  func datasets(line: String, status: Int32, code: String) throws {
    try withTemporaryFolder { folder in
      var keys = [
        "label": "\"warm\"", "folder": "\".\"", "shutter": "\"2s621ms\"", "acquisitions": "1",
        "threshold": "{ from = 1480, to = 1600, step = 10 }",
      ]
      let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      keys[parts[0]] = parts[1]
      let text =
        "[dataset]\nname = \"x\"\nmodule = \"Module0\"\nasic = \"VP0-0\"\n[[scan]]\n"
        + keys.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }.joined()
      try Data(text.utf8).write(to: folder.appending(path: "d.toml"))
      let run = try Program.shell("$CAVERN velo run d.toml -o OUT --json", folder: folder)
      #expect(run.status == status, "\(run.output)")
      #expect(try run.json()["error"]?["code"]?.stringValue == code)
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "OUT").path))
    }
  }

  @Test("a scan without files, an output that cannot be made and a dataset that is not there say so")
  func places() throws {
    try withTemporaryFolder { folder in
      try Self.simulated(folder)
      #expect(try Program.shell("$CAVERN velo run none.toml -o OUT", folder: folder).status == 66)
      #expect(try Program.shell("$CAVERN velo run SIM/dataset.toml -o /proc/OUT", folder: folder).status == 73)
      let isFolder = try Program.shell("$CAVERN velo run SIM -o OUT", folder: folder)
      #expect(isFolder.status == 66 && isFolder.errors.contains("name SIM/dataset.toml"), "\(isFolder.errors)")
      try Data("a file".utf8).write(to: folder.appending(path: "taken"))
      let taken = try Program.shell("$CAVERN velo run SIM/dataset.toml -o taken --force --json", folder: folder)
      #expect(taken.status == 73)
      let emptied = try Program.shell(
        "rm SIM/warm/*_THR_*; $CAVERN velo run SIM/dataset.toml -o OUT --json", folder: folder)
      #expect(emptied.status == 65)
      let scan = try Program.shell("$CAVERN velo run SIM/dataset.toml -o OUT --scan wram --json", folder: folder)
      #expect(scan.status == 64)
      #expect(try scan.json()["error"]?["nearest"]?[0]?.stringValue == "warm")
    }
  }

  /// A row of the table of bad input: what is done to a small scan, how it is worked on, how that ends, and what is said.
  private struct BadInput {
    var row: String
    var change: String
    var command = "run"
    var output = "OUT"
    var status: Int32
    var says: [String]
  }

  private static let badInputs: [BadInput] = [
    BadInput(
      row: "an acquisition without a file", change: "rm warm/*_1480_0.csv", command: "flux", status: 0,
      says: ["1480,0,missing", "1480,1,104.84", "velo.missing"]),
    BadInput(
      row: "a threshold without files", change: "rm warm/*_1492_*", command: "flux", status: 2,
      says: ["1492,0,0.0", "velo.noLiveTime", "left out: 1492"]),
    BadInput(
      row: "fewer thresholds than parameters and three", change: "sed -i 's/to = 1600/to = 1540/' dataset.toml",
      command: "fit", status: 65, says: ["velo.tooFewThresholds", "at least 7 for F1_0"]),
    BadInput(
      row: "damaged, empty and faulty files",
      change: """
        F=(warm/*_THR_*); sed -i '3s/,[0-9]*$//' ${F[0]}; sed -i '4s/$/,0/' ${F[1]}; sed -i 256d ${F[2]}
        sed -i '5s/^./x/' ${F[3]}; sed -i '6s/^./-1/' ${F[4]}; sed -i '7s/^./2147483648/' ${F[5]}; : > ${F[6]}
        sed -i 's/[0-9]\\+/0/g' ${F[7]}; sed -i 's/[0-9]*$/18/; 1,89s/18$/19/' ${F[8]}; rm ${F[9]}; mkdir ${F[9]}
        """, command: "flux", status: 2,
      says: [
        "1480,0,corrupt,\"line 3, field 255", "1480,1,corrupt,\"line 4, field 257", "1492,0,corrupt,line 256",
        "1492,1,corrupt,\"line 5, field 1: not a whole", "1504,0,corrupt,\"line 6, field 1: a negative",
        "1504,1,corrupt,\"line 7, field 1: a count above", "1516,0,corrupt,line 1: the file is empty",
        "1516,1,empty,,0,0.0", "1528,0,bad,", "1528,1,corrupt,", "velo.corrupt",
      ]),
    BadInput(
      row: "hits of masked pixels, baseline 0 or above E0, start values without a finite flux",
      change:
        "sed -i 's/^[0-9.]*/0/; s/,[^,]*/,1700/' warm/*Predict.csv; sed -i 's/s = 12, E0 = 1/s = 0, E0 = 1/' dataset.toml",
      command: "fit --pixels 100:101,0:2", status: 0,
      says: ["\"withoutTarget\": 2", "\"good\": 2", "velo.maskedHits", "velo.start"]),
    BadInput(
      row: "a mask that is no matrix", change: "echo 1,2 > warm/Module0_VP0-0_Matrix_Mask.csv", status: 65,
      says: ["velo.matrix", "2 numbers instead of 256"]),
    BadInput(
      row: "a baseline that is no number", change: "sed -i '9s/^[0-9.]*/nan/' warm/*Predict.csv", status: 65,
      says: ["velo.matrix", "\"line\": 9"]),
    BadInput(
      row: "a shutter time of 0", change: "sed -i 's/104s840ms/0s000ms/' dataset.toml", status: 78,
      says: ["velo.shutter", "\"line\": 10"]),
    BadInput(
      row: "a negative shutter time", change: "sed -i 's/104s840ms/-1s0ms/' dataset.toml", status: 78,
      says: ["velo.shutter"]),
    BadInput(
      row: "a malformed shutter time", change: "sed -i 's/104s840ms/1s1000ms/' dataset.toml", status: 78,
      says: ["velo.shutter"]),
    BadInput(
      row: "thresholds the wrong way round", change: "sed -i 's/from = 1480/from = 1700/' dataset.toml", status: 78,
      says: ["dataset.value", "from 1700 to 1600"]),
    BadInput(
      row: "a step of 0", change: "sed -i 's/step = 12/step = 0/' dataset.toml", status: 78,
      says: ["step 0 is no range"]
    ),
    BadInput(
      row: "more thresholds than memory holds", change: "sed -i 's/to = 1600, step = 12/to = 99000/' dataset.toml",
      status: 78, says: ["dataset.value", "too many"]),
    BadInput(
      row: "a condition that excludes everything", change: "sed -i 's/False/thr > 0/' dataset.toml", status: 65,
      says: ["velo.allExcluded"]),
    BadInput(
      row: "a malformed condition", change: "sed -i 's/False/thr > > 0/' dataset.toml", status: 78,
      says: ["velo.condition", "\"column\": 7"]),
    BadInput(
      row: "an acquisition twice", change: "gzip -k warm/*_1492_1.csv", status: 65,
      says: ["velo.duplicate", "THR_1492_1.csv'", "THR_1492_1.csv.gz'"]),
    BadInput(
      row: "compressed acquisitions inside an archive are read, damaged ones said to be so",
      change: "gzip warm/*_THR_*; echo x > warm/x.gz; mv warm/x.gz warm/*_1600_1.csv.gz; cd warm; "
        + "tar -cf scan.tar --remove-files *_THR_*; cd ..", command: "flux", status: 0,
      says: ["1588,1,good", "1600,1,corrupt"]),
    BadInput(
      row: "compressed acquisitions without libarchive: not one of them counts as damaged",
      change: "gzip warm/*_THR_*; echo x > ../libarchive.so; cp ../libarchive.so ../libarchive.so.13; "
        + "export LD_LIBRARY_PATH=$PWD/..", command: "flux", status: 69, says: ["library.missing", "libarchive.so.13"]),
    BadInput(
      row: "a folder that cannot be made", change: "true", output: "/proc/none", status: 73, says: ["file.cannotCreate"]
    ),
    BadInput(
      row: "a full disk", change: "trap '' XFSZ; ulimit -f 100", command: "flux", status: 74, says: ["file.cannotWrite"]
    ),
  ]

  @Test("every row of the table of bad input ends as it should, with what is wrong named and nothing half written")
  func badInput() throws {
    try withTemporaryFolder { folder in
      try Self.simulated(folder, "--masked 2", acquisitions: 2)
      for bad in Self.badInputs {
        let outcome = try Program.shell(
          """
          rm -rf ROW; cp -r SIM ROW; cd ROW; \(bad.change)
          $CAVERN velo \(bad.command) dataset.toml -o \(bad.output) --json; status=$?
          cat OUT/warm/acquisitions.csv OUT/warm/live_time.csv 2> /dev/null; exit $status
          """, folder: folder)
        #expect(outcome.status == bad.status, "\(bad.row): \(outcome.output.prefix(600))\(outcome.errors)")
        for text in bad.says { #expect(outcome.output.contains(text), "\(bad.row): '\(text)' is missing") }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "ROW").path)
        let isWhole = bad.status == 0 || bad.status == 2
        let known = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "SIM").path)
        #expect(Set(names).subtracting(known) == (isWhole ? ["OUT"] : []), "\(bad.row)")
      }
    }
  }

  @Test("a scan is followed while it is taken, and the result ends up as if all had been there at once")
  func watch() throws {
    try withTemporaryFolder { folder in
      try Self.simulated(folder)
      let watched = try Program.shell(
        """
        mkdir LATER; mv SIM/warm/*_THR_15[3-9]*_3.csv LATER/
        $CAVERN velo run SIM/dataset.toml -o OUT --no-figures --watch 200ms > log 2> err & pid=$!
        for i in $(seq 300); do grep -q acquisitions: err && break; sleep 0.1; done
        mv LATER/* SIM/warm/
        wait $pid; echo status $?; cat err
        $CAVERN velo run SIM/dataset.toml -o OUT --watch 1s --keep; echo kept $?
        """, folder: folder)
      #expect(watched.output.contains("status 0"), "\(watched.output)")
      #expect(watched.output.contains("39 of 44 acquisitions: warm 12"), "\(watched.output)")
      #expect(watched.output.contains("44 of 44 acquisitions"), "\(watched.output)")
      #expect(watched.output.hasSuffix("kept 64\n"), "files of a scan that is followed may not be taken from last time")
      let same = try Program.shell(
        "$CAVERN velo run SIM/dataset.toml -o ALL --no-figures && cmp OUT/warm/pixels.parquet ALL/warm/pixels.parquet",
        folder: folder)
      #expect(same.status == 0, "\(same.output)")
    }
  }

  @Test("a misspelt key that must be there is named together with the missing one")
  func misspelt() throws {
    try withTemporaryFolder { folder in
      let text =
        "[dataset]\nname = \"x\"\nmodule = \"M\"\nasic = \"A\"\n[[scan]]\nlabel = \"warm\"\nfolder = \".\"\n"
        + "shutter = \"2s621ms\"\nacquisition = 3\nthreshold = { from = 1480, to = 1600 }\n"
      try Data(text.utf8).write(to: folder.appending(path: "d.toml"))
      let run = try Program.shell("$CAVERN velo run d.toml -o OUT --json", folder: folder)
      #expect(run.status == 78)
      #expect(try run.json()["error"]?["hint"]?.stringValue?.contains("'acquisition'") == true, "\(run.output)")
    }
  }
}
