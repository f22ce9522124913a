import Foundation
import JSON
import TestSupport
import Testing

@Suite("cavern config")
struct ConfigCommandTests {
  @Test("show --origin names file and line, variable, or default")
  func origin() throws {
    try withTemporaryFolder { folder in
      try Data("[beam]\n\nthreshold = 0.5\n".utf8).write(to: folder.appending(path: "cavern.toml"))
      let environment = ["CAVERN_BEAM_DPP": "0.002"]
      let csv = try Program.shell("$CAVERN config show --csv", environment: environment, folder: folder)
      #expect(csv.status == 0)
      let lines = csv.output.split(separator: "\n").map(String.init)
      #expect(lines[0] == "setting,value,unit,origin")
      #expect(lines.contains("beam.threshold,0.5,,cavern.toml:3"))
      #expect(lines.contains("beam.dpp,0.002,,CAVERN_BEAM_DPP"))
      #expect(lines.contains("figures.format,png,,default"))
      let json = try Program.shell("$CAVERN config show beam.threshold --json", folder: folder).json()
      let setting = json["result"]?["settings"]?[0]
      #expect(setting?["value"]?.stringValue == "0.5")
      #expect(setting?["origin"]?["file"]?.stringValue == "cavern.toml")
      #expect(setting?["origin"]?["line"]?.intValue == 3)
    }
  }

  @Test("check ends with 78 and the place of the fault, 66 when the file is not there")
  func check() throws {
    try withTemporaryFolder { folder in
      #expect(try Program.shell("$CAVERN config check", folder: folder).status == 0)
      try Data("[beam]\ndppp = 1\n".utf8).write(to: folder.appending(path: "cavern.toml"))
      for line in ["$CAVERN config check", "$CAVERN config check cavern.toml", "$CAVERN config show"] {
        let outcome = try Program.shell(line, folder: folder)
        #expect(outcome.status == 78)
        #expect(outcome.errors.hasPrefix("cavern: cavern.toml:2:1: there is no setting 'beam.dppp'\n"))
        #expect(outcome.errors.contains("did you mean 'beam.dpp'"))
      }
      #expect(try Program.shell("$CAVERN config show --config other.toml", folder: folder).status == 66)
      #expect(try Program.shell("$CAVERN config check other.toml", folder: folder).status == 66)
      #expect(try Program.shell("$CAVERN version", folder: folder).status == 0)
    }
  }

  @Test("the sample is a valid settings file")
  func sample() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.shell("$CAVERN config sample > cavern.toml && $CAVERN config check", folder: folder)
      #expect(outcome.status == 0)
      #expect(outcome.output == "cavern.toml: valid\n")
    }
  }
}
