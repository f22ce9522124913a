import Arguments
import Bench
import Errors
import Files
import Foundation
import Instruments
import JSON

extension Command {
  /// `cavern scope acquire`: sweeps to disk.
  static var scopeAcquire: Command {
    Command(
      "acquire", "Acquire sweeps into a run folder.",
      discussion: """
        Sets the oscilloscope up, then arms, waits, reads every channel and writes raw/C2-00000012.trc, index.jsonl and \
        manifest.json until one of --sweeps, --time or --bytes is reached, Ctrl-C, a full disk or a high-voltage trip. A sweep \
        during which the line breaks is given up and counted, and the next one goes on; no part of a file is left. An existing \
        run is added to. --readings names a file of JSON lines {"name": "hv.mesh.vmon", "value": 450.1, "time": 1764288000} \
        whose latest values go with every sweep; hv.<channel>.trip with a value other than 0 is a trip.
        """,
      examples: [
        Example(
          "cavern scope acquire --address 192.0.2.30 --channels C1,C2 --sequence 100 --sweeps 50 --out run12",
          "5000 segments of two channels")
      ],
      options: [
        .option("channels", "LIST", .list(.text), "Channels to read."),
        .option("out", short: "o", "DIR", .folder, "The run folder."),
        .option("sequence", "N", .integer(1...1_000_000), "Segments of a sweep; 1 for single sweeps.", note: "as set"),
        .option("sweeps", "N", .integer(1...(.max)), "End after so many sweeps."),
        .option("time", "TIME", .duration, "End after this time."),
        .option("bytes", "SIZE", .byteCount, "End after so many bytes."),
        .option("min-free", "SIZE", .byteCount, "End when the disk has less room.", default: "1 GiB"),
        .option("sweep-timeout", "TIME", .duration, "How long to wait for a sweep.", default: "20 s"),
        .option("on-timeout", "WHAT", .choice(["skip", "force", "stop"]), "What to do then.", default: "skip"),
        .option(
          "on-hv-trip", "WHAT", .choice(["stop", "mark"]), "What a high-voltage trip does.", default: "stop"),
        .option("readings", "FILE", .file(["jsonl"]), "High-voltage and gas values that go with the sweeps."),
        .option("poll", "TIME", .duration, "Time between looks at the state.", default: "20 ms"),
        .option("timebase", "TIME", .text, "Time a division, for example 5NS.", note: "as set"),
        .option("vdiv", "Cn=VOLT,...", .assignments, "Volts a division of channels.", note: "as set"),
        .option("offset", "Cn=VOLT,...", .assignments, "Offsets of channels in volts.", note: "as set"),
        .option("trigger-source", "SOURCE", .text, "Source of an edge trigger.", note: "as set"),
        .option("trigger-level", "VOLT", .number(-1000...1000), "Its level in volts."),
        .option("trigger-slope", "SLOPE", .choice(["pos", "neg"]), "Its slope."),
        .flag("sync", "Wait until every sweep is on the disk.", isInvertible: true, isOn: true),
      ] + ScopeConnection.options
    ) { arguments in
      let plan = try plan(arguments)
      let readings: any BenchReadings =
        try arguments.optionalString("readings").map { (path) throws(CavernError) in try ReadingsFile(path) }
        ?? NoReadings()
      let scope = try ScopeConnection.connect(arguments)
      defer { scope.close() }
      let channels = try plan.channels.map { (name) throws(CavernError) in
        try ScopeRequest.channel(name, of: scope.channels)
      }
      var checked = plan
      checked.channels = channels
      let folder = try RunFolder(writing: try arguments.string("out"))
      var acquisition = Acquisition(scope, plan: checked, requests: try requests(arguments, scope.channels))
      acquisition.readings = readings
      acquisition.program = "cavern \(Version.text)"
      acquisition.isInterrupted = { Interrupts.isRequested }
      let live = LiveRate(arguments)
      acquisition.onSweep = { live.show($0) }
      let outcome = try acquisition.run(into: folder)
      live.finish()
      return report(outcome, folder)
    }
  }

  private static func plan(_ arguments: ParsedArguments) throws(CavernError) -> AcquisitionPlan {
    let channels = try arguments.strings("channels")
    guard !channels.isEmpty else {
      throw CavernError("usage.missingValue", "--channels is needed", exit: .usage, expected: "--channels C1,C2")
    }
    var plan = AcquisitionPlan(channels: channels)
    plan.sweeps = try arguments.optionalInt("sweeps")
    plan.duration = try arguments.optionalDuration("time")
    plan.bytes = try arguments.optionalByteCount("bytes")
    plan.minimumFree = try arguments.byteCount("min-free")
    plan.sweepTimeout = try arguments.duration("sweep-timeout")
    plan.pollInterval = try arguments.duration("poll")
    plan.onTimeout = AcquisitionPlan.OnTimeout(rawValue: try arguments.string("on-timeout")) ?? .skip
    plan.onTrip = AcquisitionPlan.OnTrip(rawValue: try arguments.string("on-hv-trip")) ?? .stop
    plan.isSynchronised = arguments.flag("sync")
    return plan
  }

  private static func requests(_ arguments: ParsedArguments, _ channels: Int) throws(CavernError) -> [ScopeRequest] {
    var requests: [ScopeRequest] = []
    if let time = try arguments.optionalString("timebase") { requests.append(try .timebase(time)) }
    if let segments = try arguments.optionalInt("sequence") {
      requests.append(try .sequence(segments: segments > 1 ? segments : nil))
    }
    for (name, volts) in try arguments.assignments("vdiv") {
      requests.append(try .voltsPerDivision(name, volts: volts, channels: channels))
    }
    for (name, volts) in try arguments.assignments("offset") {
      requests.append(try .offset(name, volts: volts, channels: channels))
    }
    if let source = try arguments.optionalString("trigger-source") {
      requests.append(try .triggerSelect("edge", source: source, channels: channels))
      if let level = try arguments.optionalDouble("trigger-level") {
        requests.append(try .triggerLevel(source, volts: level, channels: channels))
      }
      if let slope = try arguments.optionalString("trigger-slope") {
        requests.append(try .triggerSlope(source, slope, channels: channels))
      }
    } else if arguments.isGiven("trigger-level") || arguments.isGiven("trigger-slope") {
      throw arguments.fault("usage.missingValue", "a level or slope needs --trigger-source", about: "trigger-level")
    }
    return requests
  }

  private static func report(_ outcome: Acquisition.Outcome, _ folder: RunFolder) -> Report {
    let counts = outcome.counts
    var warnings = folder.repairs
    for setting in outcome.settings where setting.isAdjusted {
      warnings.append(
        CavernWarning("scope.adjusted", "\(setting.name): \(setting.requested) was adjusted to \(setting.actual)"))
    }
    if let fault = outcome.lastFault { warnings.append(CavernWarning(fault)) }
    let status: ExitStatus =
      switch outcome.end {
      case .count, .time, .size, .interrupted: counts.lost + counts.stale > 0 ? .partial : .done
      case .trip: .notPermitted
      case .timeout: .failed
      case .unreachable: .unavailable
      case .diskFull, .writeFailed: .inputOutput
      }
    let lines = [
      "\(folder.path): \(counts.sweeps) sweeps, \(counts.segments) segments, \(counts.bytes) bytes",
      "ended: \(outcome.end.rawValue)",
      "lost \(counts.lost), stale \(counts.stale), timeouts \(counts.timeouts), forced \(counts.forced), "
        + "reconnects \(counts.reconnects), marked \(counts.marked)",
    ]
    return Report(
      status: status, warnings: warnings,
      result: [
        "folder": .string(folder.path), "end": .string(outcome.end.rawValue), "counts": counts.json,
        "settings": .array(outcome.settings.map(\.json)),
      ], text: lines.joined(separator: "\n"))
  }
}

/// Sweeps, segments and megabytes a second on the terminal.
private final class LiveRate {
  private let isShown: Bool
  private let start = ContinuousClock.now
  private var last = ContinuousClock.now

  init(_ arguments: ParsedArguments) {
    isShown = arguments.surroundings.isErrorTerminal && !arguments.flag("quiet")
  }

  func show(_ counts: AcquisitionCounts) {
    guard isShown, last.duration(to: .now) > .milliseconds(200) else { return }
    last = .now
    let parts = start.duration(to: last).components
    let seconds = Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
    let line =
      "\(counts.sweeps) sweeps  \(NumberText.significant(Double(counts.sweeps) / seconds, 3)) sweeps/s  "
      + "\(NumberText.significant(Double(counts.segments) / seconds, 3)) segments/s  "
      + "\(NumberText.significant(Double(counts.bytes) / seconds / 1e6, 3)) MB/s  lost \(counts.lost + counts.stale)"
    StandardStreams.writeError(Array("\r\(line)\u{1B}[K".utf8))
  }

  func finish() {
    if isShown { StandardStreams.writeError(Array("\r\u{1B}[K".utf8)) }
  }
}
