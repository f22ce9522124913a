import Foundation
import JSON
import TestSupport
import Testing

@Suite("The program and its streams")
struct StreamTests {
  @Test("help asked for goes to standard output with status 0")
  func help() throws {
    for line in ["$CAVERN --help", "$CAVERN help", "$CAVERN -h", "$CAVERN config --help", "$CAVERN help config show"] {
      let outcome = try Program.shell(line)
      #expect(outcome.status == 0)
      #expect(outcome.output.contains("Usage: cavern"))
      #expect(outcome.errors.isEmpty)
    }
    #expect(try Program.shell("$CAVERN help config").output == Program.shell("$CAVERN config -h").output)
  }

  @Test("help loads neither Arrow nor Parquet, which take longer to load than all else")
  func helpLoadsNoArrow() throws {
    let help = try Program.shell("LD_DEBUG=files $CAVERN --help")
    #expect(help.status == 0)
    #expect(help.errors.contains("libc.so"))
    #expect(!help.errors.contains("arrow"))
  }

  @Test("a program without its library of Arrow says where it looked; what needs no table works")
  func missingArrow() throws {
    try withTemporaryFolder { folder in
      // Something of that name which is no library: the loader stops at it and looks no further.
      let text = try Program.shell(
        """
        cp "$CAVERN" cavern && echo damaged > libcavern-arrow.so && printf 'x,y\\n1,2\\n2,4\\n3,6.5\\n' > data.csv &&
        ./cavern fit data.csv --model 'y = a*x' --start a=1
        """, folder: folder)
      #expect(text.status == 0, "\(text.errors)")
      let table = try Program.shell(
        "./cavern beam inspect \(TestResources.path("tables/codec-lz4.parquet"))", folder: folder)
      #expect(table.status == 69)
      #expect(table.errors.contains("the library for Parquet and Arrow files cannot be loaded"))
      #expect(table.errors.contains("libcavern-arrow.so beside the program"))
    }
  }

  @Test("help that had to be given goes to standard error with status 64")
  func missingCommand() throws {
    for line in ["$CAVERN", "$CAVERN config", "$CAVERN --quiet"] {
      let outcome = try Program.shell(line)
      #expect(outcome.status == 64)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains("Usage: cavern"))
    }
  }

  @Test("a slip of the pen gives status 64, the word and the nearest name on standard error")
  func unknown() throws {
    let outcome = try Program.shell("$CAVERN confg show")
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.errors == """
        cavern: 'cavern' has no command 'confg'
          cavern confg show
                 ^^^^^
          did you mean 'config'?
          hint: 'cavern --help' lists the commands

        """)
  }

  @Test("a failure under --json is one object on standard output and nothing on standard error")
  func jsonFailure() throws {
    let outcome = try Program.shell("$CAVERN config shw --json")
    #expect(outcome.status == 64)
    #expect(outcome.errors.isEmpty)
    let json = try outcome.json()
    #expect(json["schema"]?.stringValue == "cavern.error/1")
    #expect(json["error"]?["code"]?.stringValue == "usage.unknownCommand")
    #expect(json["error"]?["nearest"]?[0]?.stringValue == "show")
  }

  @Test("a result under --json is one object with schema, result and warnings")
  func jsonResult() throws {
    for (line, schema) in [
      ("$CAVERN version --json", "cavern.version/1"), ("$CAVERN --json config show", "cavern.config.show/1"),
      ("$CAVERN commands --json", "cavern.commands/1"), ("$CAVERN help exit-codes --json", "cavern.help/1"),
    ] {
      let outcome = try Program.shell(line)
      #expect(outcome.status == 0)
      let json = try outcome.json()
      #expect(json.objectValue?.names == ["schema", "result", "warnings"])
      #expect(json["schema"]?.stringValue == schema)
    }
  }

  @Test("a reader that has gone ends the program quietly")
  func head() throws {
    let outcome = try Program.shell("set -o pipefail; for i in 1 2 3 4 5; do $CAVERN commands --json | head -1; done")
    #expect(outcome.status == 0)
    #expect(outcome.output == String(repeating: "{\n", count: 5))
    #expect(outcome.errors.isEmpty)
  }

  @Test("a closed standard output and a full disk are status 74 with the reason")
  func unwritable() throws {
    let closed = try Program.shell("$CAVERN version >&-")
    #expect(closed.status == 74)
    #expect(closed.errors == "cavern: cannot write to standard output: Bad file descriptor\n")
    let full = try Program.shell("$CAVERN version --json >/dev/full")
    #expect(full.status == 74)
    #expect(full.errors == "cavern: cannot write to standard output: No space left on device\n")
    #expect(try Program.shell("$CAVERN --help >/dev/full").status == 74)
    #expect(try Program.shell("$CAVERN bogus --json >/dev/full").status == 74)
  }

  @Test("a closed standard error or input changes nothing")
  func closedErrors() throws {
    let outcome = try Program.shell("$CAVERN version 2>&- <&-")
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("cavern "))
    #expect(try Program.shell("$CAVERN bogus 2>&-").status == 64)
  }

  @Test("colour comes only when it is asked for, as there is no terminal")
  func color() throws {
    #expect(try !Program.shell("$CAVERN --help").output.contains("\u{1B}"))
    #expect(try Program.shell("$CAVERN --color always --help").output.contains("\u{1B}[1m"))
    #expect(try Program.shell("$CAVERN --color=always bogus").errors.contains("\u{1B}[1;31mcavern:"))
    #expect(try Program.shell("NO_COLOR=1 $CAVERN --color never --help").output.contains("Usage: cavern"))
  }

  @Test("an output file appears whole, and what cannot be created is status 73")
  func outputFiles() throws {
    try withTemporaryFolder { folder in
      #expect(try Program.shell("$CAVERN config sample -o out.toml", folder: folder).status == 0)
      let written = try String(contentsOf: folder.appending(path: "out.toml"), encoding: .utf8)
      #expect(try Program.shell("$CAVERN config sample").output == written)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out.toml"])
      let refused = try Program.shell("$CAVERN config sample -o no/such/folder/x", folder: folder)
      #expect(refused.status == 73)
      #expect(refused.output.isEmpty)
      #expect(try Program.shell("$CAVERN config sample -o /dev/full", folder: folder).status == 74)
      #expect(try Program.shell("$CAVERN config sample -o -", folder: folder).output == written)
    }
  }

  @Test("--csv and --json exclude each other")
  func conflict() throws {
    let outcome = try Program.shell("$CAVERN config show --csv --json")
    #expect(outcome.status == 64)
    #expect(try outcome.json()["error"]?["code"]?.stringValue == "usage.conflict")
  }
}
