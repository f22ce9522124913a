import Errors
import Files
import Foundation
import Instruments
import JSON
import Results
import Tables

/// The folder of a run: `manifest.json`, `index.jsonl`, `raw/C2-00000012.trc`.
///
/// Waveforms are written as `<name>.part`, synchronised and renamed, and an existing name is never taken again; the index
/// grows by a line after each file. Opening a folder that a crash left behind removes the `.part` files and rebuilds the
/// index from the files that decode.
public struct RunFolder: Sendable {
  /// The folder.
  public let path: String
  /// The records of the index in order of sweep and channel.
  public private(set) var records: [SweepRecord]
  /// What opening put right.
  public private(set) var repairs: [CavernWarning] = []
  /// Number of the next sweep: above all that the folder has.
  public private(set) var nextSweep: Int

  /// The place of the index.
  public var indexPath: String { "\(path)/index.jsonl" }
  /// The place of the manifest.
  public var manifestPath: String { "\(path)/manifest.json" }
  private var rawPath: String { "\(path)/raw" }

  /// Opens a run for reading.
  ///
  /// - Throws: `scope.notARun` (exit 66) for a folder without an index and waveforms.
  public init(reading path: String) throws(CavernError) {
    self.path = path
    records = []
    nextSweep = 0
    guard
      FileManager.default.fileExists(atPath: "\(path)/raw")
        || FileManager.default.fileExists(atPath: "\(path)/index.jsonl")
    else {
      throw CavernError(
        "scope.notARun", "there is no run of an oscilloscope here", exit: .noInput, file: path,
        expected: "a folder with index.jsonl and raw/")
    }
    records = try Self.readIndex("\(path)/index.jsonl").sorted { ($0.sweep, $0.channel) < ($1.sweep, $1.channel) }
    nextSweep = (records.map(\.sweep).max() ?? -1) + 1
  }

  /// Makes a run folder, or opens one to add to it, putting right what a crash has left.
  ///
  /// - Throws: `file.cannotCreate`, `file.cannotWrite`.
  public init(writing path: String) throws(CavernError) {
    self.path = path
    records = []
    nextSweep = 0
    do {
      try FileManager.default.createDirectory(atPath: "\(path)/raw", withIntermediateDirectories: true)
    } catch {
      throw CavernError(
        "file.cannotCreate", "the folder cannot be created: \(error.localizedDescription)", exit: .cannotCreate,
        file: path)
    }
    try recover()
  }

  // MARK: Reading

  private static func readIndex(_ path: String) throws(CavernError) -> [SweepRecord] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    // A line that a crash cut off is no record.
    return try FileBytes.read(path).split(separator: 10).compactMap { line in
      (try? JSONValue(parsing: Array(line))).flatMap { SweepRecord($0) }
    }
  }

  /// Removes `.part` files and makes the index say what the folder holds.
  private mutating func recover() throws(CavernError) {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: rawPath)) ?? []).sorted()
    for name in names where name.hasSuffix(".part") {
      unlink("\(rawPath)/\(name)")
      repairs.append(CavernWarning("scope.partRemoved", "an unfinished file was removed", file: "raw/\(name)"))
    }
    let old = try Self.readIndex(indexPath)
    let known = Dictionary(old.map { ($0.file, $0) }) { $1 }
    var found: [SweepRecord] = []
    for name in names where name.hasSuffix(".trc") {
      guard let (channel, sweep) = Self.parts(name) else { continue }
      nextSweep = max(nextSweep, sweep + 1)
      if let record = known["raw/\(name)"], Self.size("\(rawPath)/\(name)") == record.bytes {
        found.append(record)
        continue
      }
      let bytes = try FileBytes.read("\(rawPath)/\(name)")
      guard let waveform = try? Waveform(decoding: bytes) else {
        repairs.append(CavernWarning("scope.damaged", "a file that does not decode is left out", file: "raw/\(name)"))
        continue
      }
      found.append(
        SweepRecord(
          sweep: sweep, channel: channel, file: "raw/\(name)", bytes: bytes.count, sha256: SHA256.hexDigest(of: bytes),
          waveform: waveform, hostNanoseconds: nil, readings: [], flags: ["recovered"]))
      repairs.append(
        CavernWarning("scope.recovered", "a file without a line in the index was added", file: "raw/\(name)"))
    }
    records = found.sorted { ($0.sweep, $0.channel) < ($1.sweep, $1.channel) }
    if records != old {
      try AtomicFile.write(indexPath, text: records.map { $0.json.text() + "\n" }.joined())
    }
  }

  /// Channel and sweep of a name such as `C2-00000012.trc`.
  static func parts(_ name: String) -> (channel: String, sweep: Int)? {
    let stem = name.dropLast(4).split(separator: "-")
    guard stem.count == 2, let sweep = Int(stem[1]), sweep >= 0 else { return nil }
    return (String(stem[0]), sweep)
  }

  private static func size(_ path: String) -> Int? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
  }

  /// The bytes that are free where the run lies; `nil` when the system does not say.
  public var freeBytes: Int? {
    (try? FileManager.default.attributesOfFileSystem(forPath: path))?[.systemFreeSize] as? Int
  }

  // MARK: Writing

  /// The name of a sweep's file, relative to the folder.
  public static func file(channel: String, sweep: Int) -> String {
    let digits = sweep.description
    return "raw/\(channel)-\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits).trc"
  }

  /// Writes the waveforms of a sweep and their lines of the index: either all files of the sweep get their names, or none.
  ///
  /// - Parameters:
  ///   - sweep: messages by channel, with what is known of each.
  ///   - isSynchronised: whether to wait for the disk.
  /// - Returns: the records.
  /// - Throws: `file.cannotCreate` for a name that is taken, `file.cannotWrite`.
  public mutating func write(_ sweep: AcquiredSweep, isSynchronised: Bool) throws(CavernError) -> [SweepRecord] {
    var new: [SweepRecord] = []
    do throws(CavernError) {
      for (channel, message) in zip(sweep.channels, sweep.messages) {
        let name = Self.file(channel: channel, sweep: sweep.number)
        let waveform = try Waveform(decoding: message)
        let digest = try PartFile.write(
          "\(path)/\(name)", message, waveform.fileRange, isSynchronised: isSynchronised)
        new.append(
          SweepRecord(
            sweep: sweep.number, channel: channel, file: name, bytes: waveform.fileRange.count, sha256: digest,
            waveform: waveform, hostNanoseconds: sweep.hostNanoseconds, readings: sweep.readings, flags: sweep.flags))
      }
      for record in new { try PartFile.publish("\(path)/\(record.file)") }
    } catch {
      for channel in sweep.channels { unlink("\(path)/\(Self.file(channel: channel, sweep: sweep.number)).part") }
      throw error
    }
    if isSynchronised { try PartFile.synchroniseFolder(rawPath) }
    try PartFile.append(indexPath, new.map { $0.json.text() + "\n" }.joined(), isSynchronised: isSynchronised)
    records += new
    nextSweep = max(nextSweep, sweep.number + 1)
    return new
  }

  /// Replaces the manifest, whole or not at all.
  ///
  /// - Throws: `file.cannotCreate`, `file.cannotWrite`.
  public func writeManifest(_ members: [(String, JSONValue)]) throws(CavernError) {
    let files: JSONValue = .array(
      records.map { ["file": .string($0.file), "bytes": .integer($0.bytes), "sha256": .string($0.sha256)] })
    let manifest = JSONValue.object(JSONObject([("schema", "cavern.scope.run/1")] + members + [("files", files)]))
    try AtomicFile.write(manifestPath, text: manifest.text(.pretty) + "\n")
  }
}

/// A sweep on its way from the oscilloscope to the disk.
public struct AcquiredSweep: Sendable {
  /// Number in the run.
  public var number: Int
  /// The channels, in order.
  public var channels: [String]
  /// What the oscilloscope sent, a message for each channel.
  public var messages: [[UInt8]]
  /// The host's clock when the transfer began, in nanoseconds since 1970 UTC.
  public var hostNanoseconds: Int?
  /// Values of the bench with their age in seconds.
  public var readings: [(name: String, value: Double, age: Double)] = []
  /// `forced`, `hv_trip`.
  public var flags: [String] = []

  /// A sweep.
  public init(number: Int, channels: [String], messages: [[UInt8]], hostNanoseconds: Int? = nil) {
    (self.number, self.channels, self.messages, self.hostNanoseconds) = (number, channels, messages, hostNanoseconds)
  }
}
