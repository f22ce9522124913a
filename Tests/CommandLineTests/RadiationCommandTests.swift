import Foundation
import JSON
import TestSupport
import Testing

/// Fluence, profiles and damage as scripts meet them.
@Suite("Radiation commands", .serialized)
struct RadiationCommandTests {
  static func path(_ name: String) -> String { TestResources.path("pixel-radiation/\(name)") }

  @Test("defect 5: importing again replaces the field, and gives the same bytes")
  func defect5ImportAgain() throws {
    try withTemporaryFolder { folder in
      let run = try Program.shell(
        """
        $CAVERN pixel fluence import '\(Self.path("usrbin_6x60x60_ascii"))' --out f --format root,text --json > a.json &&
        cp -r f g &&
        $CAVERN pixel fluence import '\(Self.path("usrbin_6x60x60_ascii"))' --out f --format root,text --json > b.json &&
        diff -r f g && cmp a.json b.json && cat f/fluence_field_units.txt && wc -l < f/fluence_charged.txt
        """, folder: folder)
      #expect(run.status == 0, "\(run.errors)\(run.output)")
      #expect(run.output == "fluence: n_{eq} cm^{-2}\nr: cm\nz: cm\n3660\n")
    }
  }

  @Test("exit codes and error codes of bad input")
  func faults() throws {
    try withTemporaryFolder { folder in
      let text = try String(contentsOfFile: Self.path("usrbin_6x60x60_ascii"), encoding: .utf8)
      try Data(text.prefix(200_000).utf8).write(to: folder.appending(path: "cut"))
      try Data().write(to: folder.appending(path: "empty"))
      for (line, status, code) in [
        ("fluence import cut --out o", 65, "fluka.count"), ("fluence import empty --out o", 65, "fluka.empty"),
        ("fluence import absent --out o", 66, "file.missing"), ("fluence import . --out o", 66, "file.isDirectory"),
        ("fluence at 3 0 --field absent", 66, "file.missing"), ("fluence at 3 0 --field .", 66, "fluence.noField"),
        ("fluence at 19 0 --field '\(Self.path("usrbin_6x60x60_ascii"))'", 65, "fluence.outside"),
        ("profile merge absent --out m.txt", 66, "input.missing"),
        ("profile merge cut --out m.txt", 65, "profile.refused"),
        ("simulate-damage empty", 65, "profile.empty"), ("simulate-damage absent", 66, "file.missing"),
      ] {
        let run = try Program.shell("$CAVERN pixel \(line) --json", folder: folder)
        #expect(run.status == status, "\(line): \(run.output)")
        #expect(try run.json()["error"]?["code"]?.stringValue == code, "\(line)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "o").path))
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "m.txt").path))
    }
  }

  @Test("of a ROOT file that was cut the kinds that are whole are given, with status 2 and the file's name")
  func cutField() throws {
    try withTemporaryFolder { folder in
      let run = try Program.shell(
        """
        $CAVERN pixel fluence import '\(Self.path("usrbin_6x60x60_ascii"))' --out f --format root --quiet > all
        head -c 60000 f/fluence_field.root > cut.root
        $CAVERN pixel fluence at 3 0 --field cut.root --csv; echo $?
        $CAVERN pixel fluence modules --field cut.root --particle pions --json; echo $?
        """, folder: folder)
      let lines = run.output.split(separator: "\n").map(String.init)
      #expect(lines.contains { $0.hasPrefix("allpart,") } && !lines.contains { $0.hasPrefix("pions,") })
      #expect(lines.contains("2") && lines.last == "65", "\(run)")
      #expect(run.output.contains("'pions' is not among what is whole of the damaged file"))
      #expect(run.errors.contains("warning: cut.root: bytes 60000 to "))
    }
  }

  @Test("a merge refuses junk with its line, or leaves it out with --keep-going; a file that is there is not replaced")
  func merge() throws {
    try withTemporaryFolder { folder in
      let run = try Program.shell(
        "cp -r '\(Self.path("merge/case_gap"))' in && printf 'a b\\n' > in/junk.txt && $CAVERN pixel profile merge in --out m.txt --json",
        folder: folder)
      #expect(run.status == 65)
      #expect(try run.json()["error"]?["message"]?.stringValue?.contains("junk.txt:1") == true)
      let kept = try Program.shell(
        "$CAVERN pixel profile merge in --keep-going --compat --out m.txt --json && cmp m.txt '\(Self.path("expected/merge_case_gap.txt"))'",
        folder: folder)
      #expect(kept.status == 0, "\(kept.output)")
      let result = try kept.json()["result"]
      #expect(result?["not_merged"]?[0]?["file"]?.stringValue == "junk.txt")
      #expect(result?["seams"]?[0]?["seconds"]?.intValue == 65566)
      #expect(try Program.shell("$CAVERN pixel profile merge in --keep-going --out m.txt", folder: folder).status == 73)
      let strict = try Program.shell(
        "$CAVERN pixel profile merge in --keep-going --require-continuous --out n.txt --json", folder: folder)
      #expect(strict.status == 65)
      #expect(try strict.json()["error"]?["code"]?.stringValue == "profile.notContinuous")
      let filled = try Program.shell(
        "$CAVERN pixel profile merge in --keep-going --require-continuous --fill-gaps T=275 --out n.txt", folder: folder
      )
      #expect(filled.status == 0, "\(filled.errors)")
      #expect(try Program.shell("$CAVERN pixel profile check n.txt", folder: folder).status == 0)
      #expect(try Program.shell("$CAVERN pixel profile check in/early.txt in/late.txt", folder: folder).status == 1)
    }
  }

  @Test("damage goes to standard output, a file and a folder with the same numbers")
  func damage() throws {
    try withTemporaryFolder { folder in
      let profile = Self.path("expected/profiles/profile_BPix_BmI_SEC1_LYR1_physics.tsv")
      let run = try Program.shell(
        """
        $CAVERN pixel simulate-damage '\(profile)' --csv -o - > a.csv &&
        $CAVERN pixel simulate-damage '\(profile)' --csv -o b.csv --quiet && cmp a.csv b.csv &&
        $CAVERN pixel simulate-damage '\(profile)' --reference-temperature -20.5 --out r --quiet > t.txt &&
        ls r r/figures && head -1 a.csv
        """, folder: folder)
      #expect(run.status == 0, "\(run.errors)\(run.output)")
      #expect(run.output.contains("leakage-vs-time.png"))
      #expect(
        run.output.contains(
          "row,timestamp_s,fluence_n_eq_cm2,neff_cm3,vdep_v,ileak_20c_a_cm3,ileak_0c_a_cm3,measured_0c_a_cm3"))
    }
  }
}
