import Errors
import JSON

/// A machine-study session: the results of many files of all kinds, each reduced to what trends, reports and exports need.
public struct Session: Sendable {
  /// One device in one file.
  public struct Part: Sendable {
    /// Kind of device, a name of `SessionDevice.all`.
    public var device: String
    /// What is kept.
    public var content: any SessionContent

    /// A part.
    public init(device: String, content: any SessionContent) {
      self.device = device
      self.content = content
    }
  }

  /// One file.
  public struct Entry: Sendable {
    /// Path relative to the folder that was analysed.
    public var file: String
    /// SHA-256 of the file.
    public var sha256: String?
    /// How its analysis ended: `done`, `partial`, `skipped` or `failed`.
    public var state: String
    /// What is missing and why.
    public var causes: [String]
    /// What else to know.
    public var remarks: [String]
    /// Tables written for it, relative to the result folder.
    public var tables: [String]
    /// The devices in it; empty for a file that gave nothing.
    public var parts: [Part]

    /// A file.
    public init(
      file: String, sha256: String? = nil, state: String, causes: [String] = [], remarks: [String] = [],
      tables: [String] = [], parts: [Part] = []
    ) {
      self.file = file
      self.sha256 = sha256
      self.state = state
      self.causes = causes
      self.remarks = remarks
      self.tables = tables
      self.parts = parts
    }

    /// The moment of its first device, else that of the file's name.
    public var time: AcquisitionTime? {
      parts.lazy.compactMap(\.content.time).first ?? AcquisitionTime(fileName: file)
    }

    /// The line for a terminal.
    public var line: String { line(with: causes) }

    /// The line without what is missing, for where that is told by warnings.
    public var lineOfResults: String { line(with: []) }

    private func line(with causes: [String]) -> String {
      let text = parts.map(\.content.summary).filter { !$0.isEmpty } + causes
      return "\(file)  \(state)" + (text.isEmpty ? "" : "  " + text.joined(separator: "; "))
    }
  }

  /// The files, by time and then by name.
  public var entries: [Entry]
  /// Emittances with the intensities of the same cycles, when they were joined.
  public var join = IntensityJoin()

  /// A session; entries are brought into order.
  public init(entries: [Entry]) {
    let timed: [(time: Int, entry: Entry)] = entries.map { ($0.time?.nanoseconds ?? .max, $0) }
    let sorted = timed.sorted { left, right in
      left.time == right.time ? left.entry.file < right.entry.file : left.time < right.time
    }
    self.entries = sorted.map(\.entry)
  }

  /// The contents of one type with the files they come from, in order.
  public func contents<Content: SessionContent>(_ type: Content.Type) -> [(entry: Entry, content: Content)] {
    entries.flatMap { entry in entry.parts.compactMap { part in (part.content as? Content).map { (entry, $0) } } }
  }
}

extension Session.Entry {
  /// The record in `result.json` and in the manifest, read back by `init(json:)` without loss.
  public var json: JSONValue {
    [
      "file": .string(file), "sha256": .optional(sha256), "state": .string(state),
      "causes": .array(causes.map { .string($0) }), "remarks": .array(remarks.map { .string($0) }),
      "timeUTC": .optional(time?.text), "tables": .array(tables.map { .string($0) }),
      "parts": .array(parts.map { ["device": .string($0.device), "content": $0.content.json] }),
    ]
  }

  /// Reads the record back; `nil` when it is none.
  public init?(json: JSONValue) {
    guard let file = json["file"]?.stringValue, let state = json["state"]?.stringValue else { return nil }
    func texts(_ name: String) -> [String] { json[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    self.init(
      file: file, sha256: json["sha256"]?.stringValue, state: state, causes: texts("causes"), remarks: texts("remarks"),
      tables: texts("tables"),
      parts: (json["parts"]?.arrayValue ?? []).compactMap { part in
        guard let name = part["device"]?.stringValue, let record = part["content"],
          let content = SessionDevice.named(name)?.content(record)
        else { return nil }
        return Session.Part(device: name, content: content)
      })
  }
}

extension Session {
  /// The result of a session: entries in order, growth rates, joined intensities.
  public var json: JSONValue { json(files: .array(entries.map(\.json)), scans: .array(join.pairs.map(\.json))) }

  /// The document of a session, as `json` under a schema, made file by file.
  public func document(schema: String) -> JSONDocument {
    JSONDocument { lists in
      let files = lists.add(count: entries.count, depth: 2) { entries[$0].json }
      let scans = lists.add(count: join.pairs.count, depth: 3) { join.pairs[$0].json }
      return ["schema": .string(schema), "result": json(files: files, scans: scans)]
    }
  }

  private func json(files: JSONValue, scans: JSONValue) -> JSONValue {
    [
      "files": files, "growth": .array(growth.map(\.json)), "inOut": .array(inOut.map(\.json)),
      "join": join.json(scans: scans),
    ]
  }
}

extension Session.Entry {
  /// The outcome of analysing one file with every device that knows it.
  public struct Outcome: Sendable {
    /// The entry.
    public var entry: Session.Entry
    /// What the devices gave, in order.
    public var analyses: [SessionAnalysis]
    /// The first fault.
    public var fault: CavernError?
  }

  /// Analyses a file: recognises it by its content and gives it to every kind of device it holds.
  ///
  /// Damaged input is an outcome with a cause; only faults of the system are thrown, so that a batch tries them again.
  ///
  /// - Parameters:
  ///   - path: where the file is.
  ///   - name: how it is reported.
  public static func analyse(
    path: String, name: String, sha256: String?, settings: SessionSettings, devices: [SessionDevice] = SessionDevice.all
  ) throws(CavernError) -> Outcome {
    let probe = try FileProbe(path: path)
    var outcome = Outcome(
      entry: Session.Entry(file: name, sha256: sha256, state: "skipped"), analyses: [], fault: nil)
    func skip(_ fault: CavernError) {
      outcome.entry.causes.append(fault.message)
      outcome.fault = outcome.fault ?? fault
    }
    var known = devices.filter { $0.recognises(probe, settings) }
    switch probe.content {
    case .empty:
      skip(CavernError("file.empty", "the file is empty (0 bytes)", exit: .badData, file: path, offset: 0))
      return outcome
    case .unreadable(let fault):
      guard fault.exit == .badData else { throw fault }
      skip(fault)
      known = []
    case .parquet(let schema) where known.isEmpty:
      let names = schema.prefix(6).map(\.name).joined(separator: ", ")
      skip(
        CavernError(
          "session.unknownColumns", "no column is of a known device; the file holds \(names)", exit: .badData,
          file: path, expected: SessionDevice.all.map(\.title).joined(separator: ", ")))
    case .text where known.isEmpty, .other where known.isEmpty:
      skip(CavernError("session.unknownFile", "this is no acquisition of a known device", exit: .badData, file: path))
    default: break
    }
    var silent: [CavernError] = []
    for device in known {
      do {
        let analysis = try device.analyse(path, settings)
        outcome.entry.parts.append(Session.Part(device: device.name, content: analysis.content))
        outcome.entry.remarks += analysis.remarks
        for fault in analysis.faults { skip(fault) }
        outcome.analyses.append(analysis)
      } catch {
        guard error.exit == .badData || error.exit == .usage else { throw error }
        if error.code.hasSuffix(".nothingPublished") { silent.append(error) } else { skip(error) }
      }
    }
    // One file holds many devices, of which few publish in a cycle: those are all that was to be had.
    if outcome.entry.parts.isEmpty {
      for fault in silent { skip(fault) }
    } else {
      outcome.entry.remarks += silent.map { $0.hint ?? $0.message }
    }
    if !outcome.entry.parts.isEmpty { outcome.entry.state = outcome.entry.causes.isEmpty ? "done" : "partial" }
    return outcome
  }
}
