import Arguments
import Bench
import Errors
import Files
import Foundation
import Instruments
import JSON
import Settings
import Tables

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
        .option("bench", "FILE", .file(["toml"]), "Take address, set-up and plan from [[scope]] of this file."),
        .option("scope", "NAME", .text, "Which oscilloscope of that file.", note: "the first"),
        .option("channels", "LIST", .list(.text), "Channels to read.", note: "those of the file"),
        .option("out", short: "o", "DIR", .folder, "The run folder."),
        .option("sequence", "N", .integer(1...1_000_000), "Segments of a sweep; 1 for single sweeps.", note: "as set"),
        .option("sweeps", "N", .integer(1...(.max)), "End after so many sweeps."),
        .option("time", "TIME", .duration, "End after this time."),
        .option("bytes", "SIZE", .byteCount, "End after so many bytes."),
        .option("min-free", "SIZE", .byteCount, "End when the disk has less room.", note: "1 GiB"),
        .option("sweep-timeout", "TIME", .duration, "How long to wait for a sweep.", note: "20 s"),
        .option("on-timeout", "WHAT", .choice(["skip", "force", "stop"]), "What to do then.", note: "skip"),
        .option(
          "on-hv-trip", "WHAT", .choice(["stop", "mark"]), "What a high-voltage trip does.", note: "stop"),
        .option(
          "readings", "FILE", .file(["jsonl"]),
          "High-voltage and gas values that go with the sweeps, in place of those of the bench's services."),
        .option("poll", "TIME", .duration, "Time between looks at the state.", note: "20 ms"),
        .option("timebase", "TIME", .text, "Time a division, for example 5NS.", note: "as set"),
        .option("vdiv", "Cn=VOLT,...", .assignments, "Volts a division of channels.", note: "as set"),
        .option("offset", "Cn=VOLT,...", .assignments, "Offsets of channels in volts.", note: "as set"),
        .option("trigger-source", "SOURCE", .text, "Source of an edge trigger.", note: "as set"),
        .option("trigger-level", "VOLT", .number(-1000...1000), "Its level in volts."),
        .option("trigger-slope", "SLOPE", .choice(["pos", "neg"]), "Its slope."),
        .flag("sync", "Wait until every sweep is on the disk.", isInvertible: true, isOn: true),
      ] + ScopeConnection.options
    ) { arguments in
      let bench = try arguments.optionalString("bench").map { (path) throws(CavernError) in
        try BenchConfiguration(file: path)
      }
      let configuration = try bench.map { (bench) throws(CavernError) in try oscilloscope(arguments, bench) }
      let plan = try plan(arguments, configuration)
      let readings: any BenchReadings =
        if let path = try arguments.optionalString("readings") {
          try ReadingsFile(path)
        } else if let bench {
          StatusReadings(stateFolder: bench.stateFolder)
        } else {
          NoReadings()
        }
      guard let place = try arguments.optionalString("out") ?? configuration.flatMap({ runFolder($0) }) else {
        throw CavernError("usage.missingValue", "--out is needed", exit: .usage, expected: "--out DIR")
      }
      let scope = try connect(arguments, configuration)
      defer { scope.close() }
      var checked = plan
      checked.channels = try plan.channels.map { (name) throws(CavernError) in
        try ScopeRequest.channel(name, of: scope.channels)
      }
      let folder = try RunFolder(writing: place)
      let requests = (configuration?.requests ?? []) + (try requests(arguments, scope.channels))
      var acquisition = Acquisition(scope, plan: checked, requests: requests)
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

  /// The oscilloscope of a bench that `--scope` names, else the first.
  private static func oscilloscope(
    _ arguments: ParsedArguments, _ bench: BenchConfiguration
  ) throws(CavernError) -> OscilloscopeConfiguration {
    var found: [OscilloscopeConfiguration] = []
    for node in bench.oscilloscopes {
      do throws(CavernError) {
        found.append(try OscilloscopeConfiguration(node))
      } catch {
        throw error.inFile(bench.file)
      }
    }
    let wanted = try arguments.optionalString("scope")
    guard let chosen = found.first(where: { wanted == nil || $0.name == wanted }) else {
      throw CavernError(
        "config.missingKey", wanted.map { "there is no oscilloscope '\($0)'" } ?? "there is no [[scope]]",
        exit: .configuration, file: bench.file, nearest: nearestNames(to: wanted ?? "", in: found.map(\.name)))
    }
    return chosen
  }

  /// Where runs of a configured oscilloscope go: a folder named after the time in the one that is configured.
  private static func runFolder(_ configuration: OscilloscopeConfiguration) -> String? {
    configuration.out.map { out in
      let time = Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: false))
      return "\(out)/\(configuration.name)-\(time.filter { $0 != ":" })"
    }
  }

  private static func connect(
    _ arguments: ParsedArguments, _ configuration: OscilloscopeConfiguration?
  ) throws(CavernError) -> LeCroyOscilloscope {
    guard let configuration, !arguments.isGiven("address") else { return try ScopeConnection.connect(arguments) }
    return try LeCroyOscilloscope(
      configuration.resource, channels: configuration.channels, timeout: configuration.timeout)
  }

  private static func plan(
    _ arguments: ParsedArguments, _ configuration: OscilloscopeConfiguration?
  ) throws(CavernError) -> AcquisitionPlan {
    var plan = configuration?.plan ?? AcquisitionPlan(channels: [])
    let channels = try arguments.strings("channels")
    if !channels.isEmpty { plan.channels = channels }
    guard !plan.channels.isEmpty else {
      throw CavernError("usage.missingValue", "--channels is needed", exit: .usage, expected: "--channels C1,C2")
    }
    plan.sweeps = try arguments.optionalInt("sweeps") ?? plan.sweeps
    plan.duration = try arguments.optionalDuration("time")
    plan.bytes = try arguments.optionalByteCount("bytes")
    plan.minimumFree = try arguments.optionalByteCount("min-free") ?? plan.minimumFree
    plan.sweepTimeout = try arguments.optionalDuration("sweep-timeout") ?? plan.sweepTimeout
    plan.pollInterval = try arguments.optionalDuration("poll") ?? plan.pollInterval
    if let word = try arguments.optionalString("on-timeout").flatMap(AcquisitionPlan.OnTimeout.init) {
      plan.onTimeout = word
    }
    if let word = try arguments.optionalString("on-hv-trip").flatMap(AcquisitionPlan.OnTrip.init) { plan.onTrip = word }
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
