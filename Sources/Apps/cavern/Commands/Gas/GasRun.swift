import Arguments
import Bench
import Errors
import Instruments
import JSON
import TimeSeries

extension Command {
  /// `cavern gas run`: the recording service.
  static var gasRun: Command {
    Command(
      "run", "Record the gas board until stopped.",
      discussion: """
        Reads on a grid of time, stores the values, and forwards them to the servers of the configuration. A line that is gone \
        is opened again as soon as it is back, a bad reply is counted and never stored. SIGHUP reads the configuration again, \
        SIGTERM or Ctrl-C ends within five seconds. --once takes one reading and ends; --test prints readings and records \
        nothing.
        """,
      examples: [
        Example("cavern gas run --config bench.toml", "record until Ctrl-C"),
        Example("cavern gas run --port /dev/ttyACM0 --period 1s --store gas.db", "without a configuration"),
        Example("cavern gas run --port /dev/ttyACM0 --test", "look at readings"),
      ],
      options: GasArguments.options + [
        .option("period", "SPAN", .duration, "Time between readings.", note: "10s"),
        .option("location", "NAME", .text, "The tag location.", note: "Picosec gas"),
        .option(
          "layout", "NAME", .choice(["legacy", "wide"]), "Names that values are recorded under.", note: "legacy"),
        .option("store", "FILE", .file(["db"]), "The store.", note: "as the configuration says"),
        .option("readings", "N", .integer(1...(.max)), "End after so many readings.", note: "no end"),
        .option(
          "speed", "X", .number(0.01...1000), "With a simulator: let time run so many times faster.", default: "1"),
        .flag("once", "Take one reading and end."),
        .flag("test", "Print readings and record nothing."),
        .flag("forward", "Forward to the servers of the configuration.", isInvertible: true, isOn: true),
      ]
    ) { arguments in try await GasRunner(arguments).run() }
  }
}

/// One run of the service.
@MainActor
private struct GasRunner {
  let arguments: ParsedArguments
  let configuration: BenchConfiguration?
  let settings: GasSettings
  let isTest: Bool

  init(_ arguments: ParsedArguments) throws {
    self.arguments = arguments
    let isStandalone =
      try arguments.optionalString("port") != nil && (try arguments.optionalString("config")) == nil
    configuration = isStandalone ? nil : try BenchFiles.configuration(arguments)
    settings = try Self.settings(arguments, configuration)
    isTest = arguments.flag("test")
  }

  private static func settings(
    _ arguments: ParsedArguments, _ configuration: BenchConfiguration?
  ) throws(CavernError) -> GasSettings {
    var settings = try GasArguments.settings(arguments, configuration)
    if let period = try arguments.optionalDuration("period") {
      guard period >= .milliseconds(330) else {
        throw arguments.fault(
          "gas.period", "the board cannot measure so often", about: "period", expected: "at least 330 ms")
      }
      settings.period = period
    }
    if let location = try arguments.optionalString("location") {
      guard GasSettings.isLocation(location) else {
        throw arguments.fault(
          "usage.badValue", "no tag can hold it", about: "location",
          expected: "one line that does not end in a backslash")
      }
      settings.location = location
    }
    if let layout = try arguments.optionalString("layout").flatMap(GasSettings.Layout.init) { settings.layout = layout }
    return settings
  }

  func run() async throws -> Report {
    let log = ServiceLog(component: "gas")
    let store = try BenchFiles.store(arguments, configuration)
    let recorder = isTest ? nil : try Recorder(store, source: "gas", options: storeOptions)
    let limit = arguments.flag("once") ? 1 : try arguments.optionalInt("readings")
    let speed = try arguments.double("speed")
    var destinations: [Destination] = []
    if !isTest, arguments.flag("forward") {
      for entry in configuration?.timeSeries ?? [] {
        if let destination = try entry.destination() { destinations.append(destination) }
      }
    }
    let targets = destinations
    let forwarding = targets.isEmpty ? nil : Task.detached { try await Forwarding.run(store, targets, log: log) }
    Reloads.install()
    let status = await withCheckedContinuation { continuation in
      // The service waits in system calls, so it gets a thread of its own.
      ServiceThread.start("gas") { [self] in
        continuation.resume(returning: serve(recorder, limit: limit, speed: speed, log))
      }
    }
    if forwarding != nil { await Self.deliver(store, targets) }
    forwarding?.cancel()
    _ = await forwarding?.result
    SystemdNotifier.send("STOPPING=1")
    let json = status.json
    let readings = status.readings
    let isEmpty = readings == 0 && limit != nil
    // What the disk did not take up to the end is gone with this process, and nobody shall believe otherwise.
    let lost = (recorder?.unstoredCount ?? 0) + status.unwritten
    var warnings: [CavernWarning] = []
    if lost > 0 {
      warnings.append(CavernWarning("store.refused", "\(lost) values could not be stored and are lost", file: store))
    }
    var report = Report(
      status: lost > 0 ? .inputOutput : isEmpty ? .unavailable : .done, warnings: warnings, result: json,
      text: isTest ? "" : lost > 0 ? "\(readings) readings\n" : "\(readings) readings stored in \(store)\n")
    report.isService = true
    return report
  }

  /// Lets the servers have the last readings, where they take them at once; what they do not waits in the store.
  private static func deliver(_ store: String, _ destinations: [Destination]) async {
    let names = Set(destinations.map(\.name))
    let end = ContinuousClock.now + (Interrupts.isRequested ? .seconds(2) : .seconds(5))
    guard let reader = try? TimeSeriesStore(store, options: TimeSeriesStore.Options(isReadOnly: true)) else { return }
    while ContinuousClock.now < end {
      let open = ((try? reader.destinations()) ?? []).filter { names.contains($0.name) && $0.pendingBatches > 0 }
      guard open.contains(where: { $0.state == "new" || $0.state == "delivering" }) else { return }
      try? await Task.sleep(for: .milliseconds(50))
    }
  }

  private var storeOptions: TimeSeriesStore.Options {
    configuration?.storeOptions ?? TimeSeriesStore.Options(maximumBytes: 2 << 30)
  }

  nonisolated private func serve(
    _ recorder: Recorder?, limit: Int?, speed: Double, _ log: ServiceLog
  ) -> GasService.Status {
    let line = GasLine()
    let isJSON = arguments.flag("json")
    let isShown = isTest || arguments.flag("once")
    let file = isTest ? nil : configuration.map { "\($0.stateFolder)/gas.status.json" }
    let status = ServiceStatusFile(file)
    var running: GasService?
    // Between readings, which may be minutes apart, the thread of the board waits here.
    let clock = SystemBenchClock(
      speed: speed, shouldStop: { Interrupts.isRequested },
      whileWaiting: {
        SystemdWatchdog.feed()
        if let running { status.refresh(running.status.json) }
      })
    let service = GasService(
      settings, recorder: recorder, clock: clock,
      open: { (settings) throws(CavernError) in try line.open(settings) },
      tell: { event in
        Self.tell(event, log)
        if isShown, case .exchange(let result, _) = event { Self.show(result, isJSON: isJSON) }
      })
    running = service
    defer { running = nil }
    SystemdNotifier.send("READY=1")
    let reloads = Reloads.Watcher()
    service.run(limit: limit) {
      status.write(service.status.json)
      guard reloads.isDue, let file = configuration?.file else { return nil }
      do throws(CavernError) {
        let fresh = try BenchConfiguration(file: file)
        log.note("config.reloaded", file)
        return fresh.gas
      } catch {
        log.warn("config.refused", "\(error.text); the earlier configuration holds")
        return nil
      }
    }
    _ = recorder?.flush()
    status.write(service.status.json)
    return service.status
  }

  nonisolated private static func show(_ result: GasBoard.Result, isJSON: Bool) {
    var object = result.exchange.json.objectValue ?? JSONObject()
    object["time"] = .integer(Int(result.time))
    let line =
      isJSON ? JSONValue.object(object).text() : "\(TimeText.text(result.time))  \(GasText.line(result.exchange))"
    // With --json the readings go to standard error's side of the pipe: the one object at the end is the result.
    if isJSON {
      StandardStreams.writeError(Array("\(line)\n".utf8))
    } else {
      try? StandardStreams.write(Array("\(line)\n".utf8))
    }
  }

  nonisolated private static func tell(_ event: GasService.Event, _ log: ServiceLog) {
    switch event {
    case .connected(let words): log.note("gas.connected", words)
    case .disconnected(let reason): log.warn("gas.disconnected", reason)
    case .exchange(let result, let receipt):
      if !result.exchange.outcome.isUsable {
        log.warn("gas.exchange", "\(result.exchange.outcome.rawValue): \(result.exchange.reason ?? "")")
      }
      if receipt.queued > 0 || receipt.rejected > 0 {
        log.warn("store.refused", receipt.reasons.first ?? "the store does not take samples")
      }
    case .alarm(let name, let isRaised, let message):
      if isRaised { log.warn(name, message.isEmpty ? "alarm" : message) } else { log.note(name, "over") }
    case .clockStep(let size): log.warn("clock_step", "\(size) s")
    case .recordFailed(let reason): log.warn("store.refused", reason)
    }
  }
}
