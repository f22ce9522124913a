import Errors
import JSON

/// Where a result comes from: program, command, settings and inputs, so that anybody can make it again.
public struct Provenance: Sendable, Equatable {
  /// Name and version of the program.
  public var program: String
  /// Version of the program.
  public var version: String
  /// The command line, word by word.
  public var commandLine: [String]
  /// The settings that were in force.
  public var settings: JSONValue
  /// The files that were read.
  public var inputs: [Input]
  /// When the result was made, ISO 8601 in UTC; `nil`, the default, keeps the bytes the same on every run.
  public var timeStamp: String?

  /// A file that was read.
  public struct Input: Sendable, Equatable {
    /// Its path as the user named it.
    public var path: String
    /// Its SHA-256 digest in hexadecimal.
    public var sha256: String

    /// A file with its digest.
    public init(path: String, sha256: String) {
      self.path = path
      self.sha256 = sha256
    }

    /// A file whose digest is taken now.
    ///
    /// - Throws: as `SHA256.hexDigest(ofFile:)`.
    public init(reading path: String) throws(CavernError) {
      self.init(path: path, sha256: try SHA256.hexDigest(ofFile: path))
    }
  }

  /// A provenance; inputs and time stamp may be left out.
  public init(
    program: String = "cavern", version: String, commandLine: [String], settings: JSONValue = .object(JSONObject()),
    inputs: [Input] = [], timeStamp: String? = nil
  ) {
    self.program = program
    self.version = version
    self.commandLine = commandLine
    self.settings = settings
    self.inputs = inputs
    self.timeStamp = timeStamp
  }

  /// SHA-256 of the settings as compact JSON, so that results with the same settings can be told from others.
  public var settingsDigest: String { SHA256.hexDigest(of: Array(settings.text().utf8)) }

  /// The content of `provenance.json`.
  public var json: JSONValue {
    var object = JSONObject([
      ("schema", "cavern.provenance/1"), ("program", .string(program)), ("version", .string(version)),
      ("commandLine", .array(commandLine.map { .string($0) })), ("settings", settings),
      ("settingsSHA256", .string(settingsDigest)),
      ("inputs", .array(inputs.map { ["path": .string($0.path), "sha256": .string($0.sha256)] })),
    ])
    if let timeStamp { object["time"] = .string(timeStamp) }
    return .object(object)
  }
}
