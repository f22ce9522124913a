import Arguments
import Errors
import TestSupport
import Testing

/// Parses a command line of the sample tree, which must ask to run a command.
private func arguments(_ words: [String]) throws -> ParsedArguments {
  guard case .run(let parsed) = try CommandParser(SampleTree.root).parse(words) else {
    throw CavernError("test", "no run", exit: .internal)
  }
  return parsed
}

/// The error that a command line of the sample tree gives.
private func fault(_ words: [String]) -> CavernError? {
  do {
    _ = try CommandParser(SampleTree.root).parse(words)
    return nil
  } catch {
    return error
  }
}

@Suite("Command lines")
struct CommandParserTests {
  @Test(
    "a value may follow its option apart, behind a sign, or at once",
    arguments: [
      ["scan", "fit", "f", "--output", "x"], ["scan", "fit", "f", "--output=x"], ["scan", "fit", "f", "-o", "x"],
      ["scan", "fit", "f", "-ox"], ["scan", "fit", "f", "-o=x"], ["scan", "fit", "--output", "x", "f"],
      ["scan", "fit", "-fdox", "f"], ["scan", "fit", "-fo", "x", "f"],
    ])
  func forms(words: [String]) throws {
    let parsed = try arguments(words)
    #expect(try parsed.string("output") == "x")
    #expect(try parsed.string("file") == "f")
  }

  @Test("a word that begins with a minus sign and a digit is a value", arguments: ["-20.5", "-1e-3", "-.5", "-0"])
  func negative(number: String) throws {
    let parsed = try arguments(["scan", "fit", "f", "--start", "a=1", "--window", "\(number):3", "--label", number])
    #expect(try parsed.strings("label") == [number])
    #expect(try parsed.range("window").from == Double(number))
    #expect(try parsed.range("window").to == 3)
  }

  @Test(
    "after an option that needs a value, a word with a dash that is no option is the value",
    arguments: ["-a*x", "-x", "-(a+b)", "--a*x"])
  func formulas(text: String) throws {
    #expect(try arguments(["scan", "fit", "f", "--label", text]).strings("label") == [text])
    #expect(try arguments(["scan", "fit", "f", "-o", text]).string("output") == text)
  }

  @Test("negative numbers are arguments, also behind options")
  func negativeArguments() throws {
    let parsed = try arguments(["scan", "fit", "f", "-3", "--force", "-4"])
    #expect(try parsed.ints("rows") == [-3, -4])
  }

  @Test("an empty value, a value with a sign, and a dash are values")
  func oddValues() throws {
    let parsed = try arguments(["scan", "fit", "-", "--label=", "--label", "", "--label=a=b", "-o", "-"])
    #expect(try parsed.string("file") == "-")
    #expect(try parsed.strings("label") == ["", "", "a=b"])
    #expect(try parsed.string("output") == "-")
  }

  @Test("two dashes end the options, once")
  func terminator() throws {
    let parsed = try arguments(["scan", "fit", "--force", "--", "--odd name"])
    #expect(try parsed.string("file") == "--odd name")
    #expect(parsed.flag("force"))
    let command = try arguments(["show", "--", "--"])
    #expect(try command.string("file") == "--")
  }

  @Test("short flags may be bundled and counted")
  func bundles() throws {
    let parsed = try arguments(["scan", "fit", "-fdvv", "f", "-v"])
    #expect(parsed.flag("force"))
    #expect(parsed.flag("dry-run"))
    #expect(parsed.count("verbose") == 3)
    #expect(!parsed.flag("json"))
  }

  @Test("the last form of an invertible flag holds")
  func inversion() throws {
    #expect(try arguments(["scan", "fit", "f"]).flag("figures"))
    #expect(try !arguments(["scan", "fit", "f", "--no-figures"]).flag("figures"))
    #expect(try arguments(["scan", "fit", "f", "--no-figures", "--figures"]).flag("figures"))
    #expect(fault(["scan", "fit", "f", "--no-force"])?.code == "usage.unknownOption")
  }

  @Test("shared options may stand before and behind the command words")
  func shared() throws {
    #expect(try arguments(["--json", "scan", "fit", "f"]).flag("json"))
    #expect(try arguments(["scan", "--json", "fit", "f"]).flag("json"))
    #expect(try arguments(["scan", "fit", "f", "--json"]).flag("json"))
    #expect(fault(["--force", "scan", "fit", "f"])?.code == "usage.unknownOption")
    #expect(try arguments(["show"]).string("color") == "auto")
  }

  @Test("repeatable options add up in the order given, others refuse a second value")
  func repetition() throws {
    let parsed = try arguments(["scan", "fit", "f", "--start", "a=1", "--start=b=-2.5,c=3"])
    let start = try parsed.assignments("start")
    #expect(start.map(\.name) == ["a", "b", "c"])
    #expect(start.map(\.value) == [1, -2.5, 3])
    #expect(fault(["scan", "fit", "f", "-o", "x", "-o", "y"])?.code == "usage.repeated")
    #expect(try arguments(["scan", "fit", "f", "-o", "x", "-o", "x"]).string("output") == "x")
    #expect(
      caught {
        try arguments(["scan", "fit", "f", "--start", "a=1", "--start", "a=2"]).assignments("start")
      } != nil)
  }

  @Test("values come typed, and from the default when not given")
  func typed() throws {
    let parsed = try arguments(["scan", "fit", "f", "--bunches", "0-3,7", "--timeout", "1.5 h", "--size=2kB"])
    #expect(try parsed.optionalIndices("bunches") == [0, 1, 2, 3, 7])
    #expect(try parsed.duration("timeout") == .seconds(5400))
    #expect(try parsed.byteCount("size") == 2000)
    #expect(try parsed.double("dpp") == 0.001)
    #expect(try parsed.strings("plane") == ["H", "V"])
    #expect(try parsed.optionalInt("count") == nil)
    #expect(parsed.origin(of: "dpp") == .standard)
    #expect(parsed.origin(of: "bunches") == .commandLine(word: 4))
    #expect(!parsed.isGiven("dpp"))
  }

  @Test("asking for what is not declared is a fault of the program")
  func undeclared() throws {
    let parsed = try arguments(["show"])
    let error = caught { try parsed.string("fil") }
    #expect(error?.code == "arguments.undeclared")
    #expect(error?.exit == .internal)
    #expect(error?.nearest == ["file"])
  }

  @Test(
    "what is missing or wrong is named with exit 64",
    arguments: [
      (["scan", "ft"], "usage.unknownCommand", ["fit"]), (["scam"], "usage.unknownCommand", ["scan"]),
      (["scan", "fit", "f", "--plnae", "H"], "usage.unknownOption", ["--plane"]),
      (["scan", "fit", "f", "-x"], "usage.unknownOption", []),
      (["scan", "fit", "f", "-plane"], "usage.unknownOption", ["--plane"]),
      (["scan", "fit", "f", "-force"], "usage.unknownOption", ["--force"]),
      (["scan", "fit", "f", "--output"], "usage.missingValue", []),
      (["scan", "fit", "f", "--output", "--force"], "usage.missingValue", []),
      (["scan", "fit", "f", "--force=yes"], "usage.unexpectedValue", []),
      (["scan", "fit", "f", "-f=1"], "usage.unexpectedValue", []),
      (["scan", "fit", "f", "--plane", "H,W"], "usage.badValue", []),
      (["scan", "fit", "f", "--method", "exat"], "usage.badValue", ["exact"]),
      (["scan", "fit", "f", "--dpp", "1.5"], "usage.badValue", []),
      (["scan", "fit", "f", "--dpp", "nan"], "usage.badValue", []),
      (["scan", "fit", "f", "--count", "0"], "usage.badValue", []),
      (["scan", "fit", "f", "x"], "usage.badValue", []), (["scan", "fit"], "usage.missingArgument", []),
      (["show", "a", "b"], "usage.unexpectedArgument", []),
    ] as [([String], String, [String])])
  func faults(words: [String], code: String, nearest: [String]) throws {
    let error = try #require(fault(words))
    #expect(error.code == code)
    #expect(error.exit == .usage)
    if code != "usage.badValue" || !nearest.isEmpty { #expect(Array(error.nearest.prefix(nearest.count)) == nearest) }
  }

  @Test("an error marks its word on the command line as it would be typed")
  func excerpt() throws {
    let error = try #require(fault(["scan", "fit", "my file", "--plnae", "H"]))
    #expect(error.excerpt == "wire scan fit 'my file' --plnae H\n                        ^^^^^^^")
    #expect(
      error.text == """
        'wire scan fit' has no option '--plnae'
          wire scan fit 'my file' --plnae H
                                  ^^^^^^^
          did you mean '--plane'?
          hint: 'wire scan fit --help' lists the options
        """)
  }

  @Test("a long command line is shortened around the word")
  func longExcerpt() throws {
    let words =
      ["scan", "fit"] + Array(repeating: "12345", count: 40) + ["--bad"] + Array(repeating: "12345", count: 40)
    let lines = try #require(fault(words)?.excerpt).split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines[0].hasPrefix("... 12345 --bad 12345"))
    #expect(lines[1].hasSuffix("          ^^^^^"))
  }

  @Test(
    "help is found anywhere, also on a line that is wrong",
    arguments: [
      (["--help"], "wire"), (["-h"], "wire"), (["help"], "wire"), (["help", "scan", "fit"], "wire scan fit"),
      (["scan", "help", "fit"], "wire scan fit"), (["scan", "--help"], "wire scan"),
      (["scan", "fit", "--bogus", "--help"], "wire scan fit"), (["scan", "fit", "--output", "-h"], "wire scan fit"),
    ])
  func help(words: [String], path: String) throws {
    guard case .help(let found) = try CommandParser(SampleTree.root).parse(words) else {
      Issue.record("no help")
      return
    }
    #expect(found.text == path)
  }

  @Test("help behind two dashes is a word")
  func helpWord() throws { #expect(try arguments(["show", "--", "--help"]).string("file") == "--help") }

  @Test("a group without a command and the version are answers of their own")
  func groups() throws {
    guard case .missingCommand(let path) = try CommandParser(SampleTree.root).parse(["scan"]) else {
      Issue.record("no missing command")
      return
    }
    #expect(path.text == "wire scan")
    guard case .version = try CommandParser(SampleTree.root).parse(["--version"]) else {
      Issue.record("no version")
      return
    }
    #expect(fault(["scan", "--version"])?.code == "usage.unknownOption")
  }

  @Test("settings stand in for what the command line does not give, and are checked")
  func settings() throws {
    let lookup: (String) throws(CavernError) -> (text: String, place: String)? = { key in
      key == "beam.dpp" ? ("0.5", "cavern.toml:3") : nil
    }
    let parsed = try arguments(["scan", "fit", "f"]).completed(by: lookup)
    #expect(try parsed.double("dpp") == 0.5)
    #expect(parsed.origin(of: "dpp") == .setting(key: "beam.dpp", place: "cavern.toml:3"))
    #expect(try arguments(["scan", "fit", "f", "--dpp", "0.1"]).completed(by: lookup).double("dpp") == 0.1)
    let error = caught {
      try arguments(["scan", "fit", "f"]).completed { _ throws(CavernError) in ("2", "CAVERN_BEAM_DPP") }
    }
    #expect(error?.exit == .configuration)
    #expect(error?.message.contains("CAVERN_BEAM_DPP") == true)
  }

  @Test("hostile words give an error or a value, never a crash")
  func hostile() {
    var seed: UInt64 = 42
    func random(_ bound: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % bound
    }
    let pieces = [
      "-", "--", "=", "a", "scan", "fit", "é", "\u{0}", "9", ".", ":", ",", " ", "plane", "o", "\u{1F600}", "",
    ]
    for _ in 0..<5000 {
      let words = (0..<random(6)).map { _ in (0..<random(5)).map { _ in pieces[random(pieces.count)] }.joined() }
      if let error = fault(words) { #expect(error.exit == .usage) }
    }
  }
}
