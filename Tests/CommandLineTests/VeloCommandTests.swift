import Foundation
import JSON
import TestSupport
import Testing

/// The commands of `cavern velo` as scripts meet them.
@Suite("VELO commands", .serialized)
struct VeloCommandTests {
  /// A small simulated scan, made once.
  private static func simulated(_ folder: URL, _ more: String = "") throws {
    let made = try Program.shell(
      "$CAVERN velo simulate --output SIM --step 12 --acquisitions 4 --shutter 104s840ms \(more)", folder: folder)
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
    "bad datasets end with 78, or 66 and 65, before anything is read",
    arguments: [
      ("shutter = \"0s000ms\"", 78, "velo.shutter"), ("exclude = \"thr == (\"", 78, "velo.condition"),
      ("threshold = { from = 1600, to = 1480 }", 78, "dataset.value"), ("acquistions = 3", 78, "dataset.unknownKey"),
      ("p0 = { f = 1, A = 2 }", 78, "dataset.value"), ("folder = \"nowhere\"", 78, "dataset.value"),
      ("mask = \"short.csv\"", 65, "velo.matrix"), ("exclude = \"True\"", 65, "velo.allExcluded"),
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
      try Data("1,2,3\n".utf8).write(to: folder.appending(path: "short.csv"))
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
