import Arguments
import Bench
import Errors
import Files
import Foundation
import HTTPServer
import JSON
import Synchronization

extension Command {
  /// `cavern bench run`: all services of a bench.
  static var benchRun: Command {
    Command(
      "run", "Run all services of a bench until stopped: gas, high voltage, forwarding, pages.",
      discussion: """
        Each service is a process of its own, so that none waits for another; one that ends with a fault is started again \
        after two seconds. SIGHUP makes them read the configuration again, SIGTERM or Ctrl-C ends them in order within five \
        seconds and leaves high voltage as it is. --simulate starts simulators in place of the devices.
        """,
      examples: [
        Example("cavern bench run --config bench.toml", "a real bench"),
        Example("cavern bench run --config bench.toml --simulate --state /tmp/bench", "without any hardware"),
      ],
      options: [
        .flag("simulate", "Start simulators in place of devices."),
        .option("state", "DIR", .folder, "State folder.", note: "as the configuration says"),
        .option("for", "SPAN", .duration, "End after this time.", note: "no end"),
      ]
    ) { arguments in try await BenchRunner(arguments).run() }
  }
}

/// One run of a bench.
@MainActor
private struct BenchRunner {
  let arguments: ParsedArguments
  let log = ServiceLog(component: "bench")

  init(_ arguments: ParsedArguments) { self.arguments = arguments }

  func run() async throws -> Report {
    let end = try arguments.optionalDuration("for").map { ContinuousClock.now + $0 }
    let original = try BenchFiles.requiredConfiguration(arguments)
    let state = try arguments.optionalString("state") ?? original.stateFolder
    try OutputFolder.prepare(state)
    let isSimulated = arguments.flag("simulate")
    let (file, simulators) = try configurationFile(original, state: state, isSimulated: isSimulated)
    let configuration = try BenchConfiguration(file: file)
    let supervisor = ServiceSupervisor(log: log)
    for simulator in simulators { supervisor.start(simulator) }
    for service in services(configuration) { supervisor.start(service) }
    let server: HTTPServer?
    do throws(CavernError) {
      // A broker of high voltage serves the addresses of [web] itself; the pages are then on a socket beside it.
      let hasBroker = !configuration.highVoltage.isEmpty
      server = try BenchPages.serve(
        configuration, listen: hasBroker ? "unix:\(URL(filePath: state).path)/web.sock" : nil)
      log.note("web.listening", (server?.endpoints.map(\.text) ?? []).joined(separator: " "))
    } catch {
      // Pages are a comfort; recording goes on without them.
      server = nil
      log.warn("web.refused", error.message)
    }
    Reloads.install()
    let reloads = Reloads.Watcher()
    SystemdNotifier.send("READY=1")
    while !Interrupts.isRequested, end.map({ ContinuousClock.now < $0 }) ?? true {
      supervisor.tend()
      if reloads.isDue { supervisor.reload() }
      SystemdWatchdog.feed()
      guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { break }
    }
    SystemdNotifier.send("STOPPING=1")
    let ended = await supervisor.stop(within: .seconds(5))
    server?.stop()
    let devices = JSONObject(BenchState(configuration).statuses.map { ($0.name, $0.status) })
    let (name, summary) = (configuration.name, supervisor.summary)
    var report = Report(
      status: ended ? .done : .failed,
      result: ["bench": .string(name), "services": .array(summary), "devices": .object(devices)], text: "")
    report.isService = true
    return report
  }

  /// The configuration that services read: the one given, or a copy with the places of simulators.
  private func configurationFile(
    _ original: BenchConfiguration, state: String, isSimulated: Bool
  ) throws(CavernError) -> (file: String, simulators: [ServiceSupervisor.Service]) {
    let isMoved = state != original.stateFolder
    guard isSimulated || isMoved else { return (original.file, []) }
    var simulators: [ServiceSupervisor.Service] = []
    var places = SimulatedConfiguration.Places(
      stateFolder: isMoved ? state : nil, gasPort: original.gas?.port ?? "", highVoltage: [])
    if isSimulated {
      if original.gas != nil {
        places.gasPort = "\(state)/simulated-gas"
        simulators.append(.init(name: "gas-sim", words: ["gas", "sim", "--link", places.gasPort], renewal: .none))
      }
      for place in original.highVoltage.indices {
        let port = try FreePort.choose()
        places.highVoltage.append("127.0.0.1:\(port)")
        simulators.append(.init(name: "hv-sim-\(place)", words: ["hv", "sim", "--port", "\(port)"], renewal: .none))
      }
    }
    let text = String(decoding: try InputBytes.read(original.file, limit: 4 << 20), as: UTF8.self)
    let file = "\(state)/bench.\(isSimulated ? "simulated" : "moved").toml"
    try AtomicFile.write(
      file, text: try SimulatedConfiguration.text(text, file: original.file, places: places), isSynchronised: false)
    return (file, simulators)
  }

  private func services(_ configuration: BenchConfiguration) -> [ServiceSupervisor.Service] {
    let file = configuration.file
    var services: [ServiceSupervisor.Service] = []
    if configuration.timeSeries.contains(where: { $0.kind != nil }) {
      services.append(.init(name: "forward", words: ["ts", "forward", "--config", file]))
    }
    if configuration.gas != nil {
      services.append(.init(name: "gas", words: ["gas", "run", "--config", file, "--no-forward"], renewal: .signal))
    }
    if CommandTree.root.subcommand("hv")?.subcommand("broker") != nil {
      for name in configuration.supplyNames {
        services.append(
          .init(
            name: "hv-\(name)",
            words: [
              "hv", "broker", "--supply", name, "--config", file, "--state", "\(configuration.stateFolder)/hv-\(name)",
            ]))
      }
    } else if !configuration.highVoltage.isEmpty {
      log.warn("hv.absent", "this program has no broker of high voltage")
    }
    return services
  }
}
