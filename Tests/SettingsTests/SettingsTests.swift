import Arguments
import Errors
import Foundation
import Settings
import TestSupport
import Testing

/// A small schema with every kind that behaves in its own way.
private let schema = SettingsSchema([
  SettingsKey("beam.dpp", .number(0...1), default: "0.001", "Momentum spread."),
  SettingsKey("beam.optics", .text, example: "Q26", "Optics."),
  SettingsKey("beam.planes", .list(.choice(["H", "V"])), default: "H,V", "Planes."),
  SettingsKey("store.limit", .byteCount, default: "10 MiB", "Largest file."),
  SettingsKey("store.wait", .duration, default: "250 ms", "Longest wait."),
  SettingsKey("store.sync", .boolean, default: "true", "Whether to flush."),
  SettingsKey("store.threads", .integer(1...64), example: "4", unit: "threads", "Threads."),
])

private func values(_ text: String) throws -> [String: Settings.Value] {
  try SettingsFile.values(in: Array(text.utf8), path: "cavern.toml", schema: schema)
}

private func fault(_ text: String) -> CavernError? {
  do {
    _ = try SettingsFile.values(in: Array(text.utf8), path: "cavern.toml", schema: schema)
    return nil
  } catch {
    return error
  }
}

@Suite("Settings files")
struct SettingsFileTests {
  @Test("values carry their line and column")
  func origins() throws {
    let values = try values("[beam]\ndpp = 0.002\nplanes = ['V']\n\n[store]\n  wait = \"1 s\"\n")
    #expect(values["beam.dpp"] == .init(text: "0.002", origin: .file("cavern.toml", line: 2, column: 7)))
    #expect(values["beam.planes"]?.text == "V")
    #expect(values["store.wait"]?.origin == .file("cavern.toml", line: 6, column: 10))
    #expect(values.count == 3)
  }

  @Test("dotted keys and inline tables mean the same as sections")
  func notations() throws {
    #expect(try values("beam.dpp = 0.5")["beam.dpp"]?.text == "0.5")
    #expect(try values("beam = { dpp = 0.5 }")["beam.dpp"]?.text == "0.5")
    #expect(try values("").isEmpty)
  }

  @Test(
    "unknown keys are errors at the name, with the nearest one",
    arguments: [
      ("[beam]\n dppp = 1\n", "there is no setting 'beam.dppp'", 2, 2, ["beam.dpp"]),
      ("[baem]\ndpp = 1\n", "there is no section 'baem'", 1, 2, ["beam"]),
      ("speed = 1\n", "there is no setting 'speed'", 1, 1, []),
      ("[beam.more]\nx = 1\n", "there is no section 'beam.more'", 1, 7, ["beam"]),
    ] as [(String, String, Int, Int, [String])])
  func unknown(text: String, message: String, line: Int, column: Int, nearest: [String]) throws {
    let error = try #require(fault(text))
    #expect(error.code == "config.unknownKey")
    #expect(error.message == message)
    #expect(error.exit == .configuration)
    #expect(error.file == "cavern.toml")
    #expect(error.line == line)
    #expect(error.column == column)
    #expect(error.nearest == nearest)
  }

  @Test(
    "values of the wrong kind are errors at the value",
    arguments: [
      ("beam.dpp = 'x'", 12), ("beam.dpp = '0.1'", 12), ("beam.dpp = 2", 12), ("beam.dpp = nan", 12),
      ("beam.dpp = inf", 12),
      ("beam.dpp = [1]", 12), ("beam.dpp = 2020-01-01", 12), ("store.sync = 'yes'", 14), ("store.sync = 1.5", 14),
      ("store.wait = '1 parsec'", 14), ("store.limit = '-1 B'", 15), ("store.threads = 1.5", 17),
      ("store.threads = 65", 17),
      ("beam.planes = ['H', 'W']", 21), ("beam.planes = ['H,V']", 16), ("beam.planes = [['H']]", 16),
      ("beam = 3", 1),
    ])
  func wrong(text: String, column: Int) throws {
    let error = try #require(fault(text))
    #expect(error.code == (text == "beam = 3" ? "config.unknownKey" : "config.badValue"))
    #expect(error.exit == .configuration)
    #expect(error.line == 1)
    #expect(error.column == column)
  }

  @Test(
    "what is not TOML is an error with line and column",
    arguments: [
      ("[beam\n", 1), ("[beam]\ndpp = = 1\n", 2), ("a = 1\na = 2\n", 2), ("a = \"\u{1}\"", 1), ("x", 1),
    ])
  func syntax(text: String, line: Int) throws {
    let error = try #require(fault(text))
    #expect(error.code == "config.syntax")
    #expect(error.exit == .configuration)
    #expect(error.line == line)
    #expect(error.column != nil)
  }

  @Test("hostile texts end in an error or in values, never in a crash")
  func hostile() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(fault("x = " + deep)?.code == "config.syntax")
    #expect(fault("x = " + String(repeating: "{a=", count: 5000))?.code == "config.syntax")
    var seed: UInt64 = 7
    for _ in 0..<2000 {
      let bytes = (0..<40).map { _ -> UInt8 in
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: seed >> 40)
      }
      do {
        _ = try SettingsFile.values(in: bytes, path: "x", schema: schema)
      } catch {
        #expect(error.exit == .configuration)
      }
    }
  }

  @Test("a text with a zero byte and one that is not UTF-8 are refused")
  func bytes() {
    for bytes in [[0x61, 0x00], [0xFF, 0xFE], Array("x = '".utf8) + [0xC3]] as [[UInt8]] {
      #expect(caught { try SettingsFile.values(in: bytes, path: "x", schema: schema) } != nil)
    }
  }

  @Test("documents keep the order of the text, and every kind of value")
  func documents() throws {
    let text = "b = 1\na = 2.5\n[t]\nz = true\nd = 2024-05-06T07:08:09Z\n[[l]]\nx = 'é'\n[[l]]\n"
    let root = try TOMLNode.parse(Array(text.utf8), file: nil)
    guard case .table(let members) = root.value else { return }
    #expect(members.map(\.name) == ["b", "a", "t", "l"])
    #expect(root["b"]?.value == .integer(1))
    #expect(root["a"]?.value == .number(2.5))
    #expect(root["t"]?["z"]?.value == .boolean(true))
    #expect(root["t"]?["d"]?.value == .moment("2024-05-06T07:08:09Z"))
    guard case .array(let list)? = root["l"]?.value else { return }
    #expect(list.count == 2)
    #expect(list[0]["x"]?.value == .string("é"))
  }
}

@Suite("Settings")
struct SettingsTests {
  @Test("flag over environment over project over user over system over default")
  func precedence() throws {
    try withTemporaryFolder { folder in
      let names = ["project", "user/cavern", "system"]
      var places: [String] = []
      for name in names {
        let directory = folder.appending(path: name)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        places.append(directory.appending(path: "cavern.toml").path)
      }
      func load(_ environment: [String: String] = [:], flag: String? = nil) throws -> Settings.Value? {
        try Settings.load(
          schema: schema, environment: environment, places: places,
          flags: flag.map { ["beam.dpp": ("dpp", $0)] } ?? [:])["beam.dpp"]
      }
      #expect(try load() == .init(text: "0.001", origin: .standard))
      for (position, text) in [(2, "0.3"), (1, "0.2"), (0, "0.1")] {
        try Data("\n[beam]\ndpp = \(text)\n".utf8).write(to: URL(filePath: places[position]))
        #expect(try load() == .init(text: text, origin: .file(places[position], line: 3, column: 7)))
      }
      let environment = ["CAVERN_BEAM_DPP": "0.05"]
      #expect(try load(environment) == .init(text: "0.05", origin: .environment("CAVERN_BEAM_DPP")))
      #expect(try load(environment, flag: "0.01") == .init(text: "0.01", origin: .flag("dpp")))
    }
  }

  @Test("files merge key by key")
  func merging() throws {
    let strong = try values("beam.dpp = 0.5")
    let weak = try values("beam.dpp = 0.1\nbeam.optics = 'Q20'")
    let settings = try Settings(schema: schema, layers: [strong, weak])
    #expect(settings["beam.dpp"]?.text == "0.5")
    #expect(settings["beam.optics"]?.text == "Q20")
    #expect(settings.given("beam.planes") == nil)
    #expect(settings.given("beam.dpp") != nil)
  }

  @Test("the usual places follow the working folder and the XDG rules")
  func places() {
    #expect(
      Settings.places(environment: ["HOME": "/home/a"], folder: ".") == [
        "cavern.toml", "/home/a/.config/cavern/cavern.toml", "/etc/cavern/cavern.toml",
      ])
    #expect(
      Settings.places(environment: ["HOME": "/home/a", "XDG_CONFIG_HOME": "/x"], folder: "/w") == [
        "/w/cavern.toml", "/x/cavern/cavern.toml", "/etc/cavern/cavern.toml",
      ])
    #expect(Settings.places(environment: ["XDG_CONFIG_HOME": "relative"], folder: ".").count == 2)
  }

  @Test("the one file asked for must be there, and stands alone")
  func oneFile() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "mine.toml").path
      let error = caught {
        try Settings.load(schema: schema, file: file, environment: [:], places: [])
      }
      #expect(error?.code == "config.missing")
      #expect(error?.exit == .noInput)
      try Data("beam.dpp = 0.25".utf8).write(to: URL(filePath: file))
      let usual = folder.appending(path: "cavern.toml").path
      try Data("beam.optics = 'Q20'".utf8).write(to: URL(filePath: usual))
      let settings = try Settings.load(
        schema: schema, environment: ["CAVERN_CONFIG": file], places: [usual])
      #expect(settings.double("beam.dpp") == 0.25)
      #expect(settings["beam.optics"] == nil)
      #expect(settings.files == [file])
    }
  }

  @Test("variables in a section that are no settings are errors, others are let alone")
  func variables() throws {
    let error = caught { try Settings(schema: schema, environment: ["CAVERN_BEAM_DP": "1"]) }
    #expect(error?.code == "config.unknownKey")
    #expect(error?.nearest.first == "CAVERN_BEAM_DPP")
    _ = try Settings(schema: schema, environment: ["CAVERN_NO_COLOR": "1", "CAVERN_CPU": "baseline", "BEAM_DPP": "x"])
    let wrong = caught {
      try Settings(schema: schema, environment: ["CAVERN_BEAM_DPP": "x"])
    }
    #expect(wrong?.code == "config.badValue")
    #expect(wrong?.message.contains("CAVERN_BEAM_DPP") == true)
  }

  @Test("values come typed, with units")
  func typed() throws {
    let settings = try Settings(schema: schema)
    #expect(settings.byteCount("store.limit") == 10_485_760)
    #expect(settings.duration("store.wait") == .milliseconds(250))
    #expect(settings.bool("store.sync") == true)
    #expect(settings.int("store.threads") == nil)
    #expect(settings.list("beam.planes") == ["H", "V"])
    #expect(settings["nothing"] == nil)
  }

  @Test("the sample is valid as it stands, and with every setting in force gives the defaults")
  func sample() throws {
    let sample = schema.sample
    #expect(try values(sample).isEmpty)
    let active = sample.split(separator: "\n").map { line in
      line.hasPrefix("# ") ? String(line.dropFirst(2)) : String(line)
    }
    let values = try values(active.joined(separator: "\n"))
    #expect(values.count == schema.keys.count)
    for key in schema.keys { #expect(values[key.name]?.text == key.standard ?? key.example) }
  }
}

@Suite("Secrets")
struct SecretFileTests {
  @Test("a secret is read from a file with mode 0600 only")
  func modes() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "token").path
      try Data("  s3cret\n".utf8).write(to: URL(filePath: file))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
      #expect(try SecretFile.read(file) == "s3cret")
      try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: file)
      #expect(try SecretFile.read(file) == "s3cret")
      for mode in [0o640, 0o604, 0o610, 0o666] {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        let error = caught { try SecretFile.read(file) }
        #expect(error?.code == "secret.openToOthers")
        #expect(error?.exit == .configuration)
        #expect(error?.text.contains("s3cret") == false)
      }
    }
  }

  @Test("an empty file, a folder and a file that is not there are no secrets")
  func missing() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "token").path
      #expect(caught { try SecretFile.read(file) } != nil)
      #expect(caught { try SecretFile.read(folder.path) } != nil)
      try Data("\n \n".utf8).write(to: URL(filePath: file))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
      let error = caught { try SecretFile.read(file) }
      #expect(error?.code == "secret.empty")
    }
  }
}
