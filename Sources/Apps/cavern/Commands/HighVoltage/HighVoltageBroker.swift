import Arguments
import Bench
import Errors
import Files
import Foundation
import Instruments
import JSON
import TimeSeries

extension Command {
  /// `cavern hv broker`: the owner of the line.
  static var hvBroker: Command {
    Command(
      "broker", "Own the line to a supply and serve clients, within limits and with an audit.",
      discussion: """
        Everything comes from [[hv]] of the bench file: the line, the boards with their serial numbers, limits and interlocks \
        of every channel. A channel without limits takes nothing but OFF and 0 V. Clients come over the Unix socket, and over \
        HTTP where [web] says so; other addresses than the loopback need remote = true, TLS and tokens, or the broker refuses \
        to start. Readings go into the bench's store of series, gas values for interlocks come from its gas service. Ctrl-C \
        and SIGTERM end it within five seconds; outputs stay as they are.
        """,
      examples: [
        Example("cavern hv broker --config bench.toml", "serve the supply of a bench file"),
        Example(
          "cavern hv broker --line tcp:127.0.0.1:1470 --socket hv.sock --state .",
          "serve a supply without limits: read, off"),
      ],
      options: [
        .option("line", "LINE", .text, "The line, in place of the bench file's."),
        .option("state", "DIR", .folder, "Folder of audit, trips and lock, in place of the bench file's."),
        .option("socket", "PATH", .path, "Unix socket, in place of the bench file's."),
        .option("supply", "NAME", .text, "Name of the supply in the bench file.", note: "the first"),
      ]
    ) { arguments in
      var configuration = try HighVoltageArguments.configuration(arguments)
      if let line = try arguments.optionalString("line") {
        let address = try LineAddress(line)
        if configuration == nil { configuration = HVConfiguration(line: address) }
        configuration?.line = address
      }
      guard var configuration else {
        throw CavernError(
          "hv.noSupply", "there is neither a bench file nor --line", exit: .usage, hint: "give --config FILE")
      }
      if let folder = try arguments.optionalString("state") { configuration.stateFolder = folder }
      if let path = try arguments.optionalString("socket") { configuration.socket = path }
      return try await BrokerRun(arguments, configuration).run()
    }
  }

  /// `cavern hv token`: a token and its digest.
  static var hvToken: Command {
    Command(
      "token", "Make a token for a remote client, and the entry for the file of digests.",
      discussion: "The token is shown once and is stored nowhere; only its SHA-256 goes into the file.",
      examples: [Example("cavern hv token shift --role operator", "make a token for the shift")],
      arguments: [Argument("id", .text, "Name of the token, for the audit.")],
      options: [
        .option(
          "role", "ROLE", .choice(["viewer", "emergency", "operator", "expert"]), "What its bearer may do.",
          default: "viewer")
      ]
    ) { arguments in
      let made = TokenBook.make()
      let entry: JSONValue = [
        "id": .string(try arguments.string("id")), "sha256": .string(made.digest),
        "role": .string(try arguments.string("role")),
      ]
      return Report(
        result: ["token": .string(made.token), "entry": entry],
        text: "token: \(made.token)\nentry for the list \"tokens\" of the tokens file: \(entry.text())")
    }
  }

  /// `cavern hv shell`: words from a prompt or a pipe.
  static var hvShell: Command {
    Command(
      "shell", "Take commands from a prompt or a pipe, through the broker.",
      discussion: """
        Words: get CHANNEL PAR · set CHANNEL PAR VALUE · on CHANNEL · off CHANNEL · kill CHANNEL · clear CHANNEL · ramp CHANNEL \
        VOLTS · status · lease · release · quit. CHANNEL is a number, BOARD.CHANNEL or a name. Answers are JSON, one a line.
        """,
      examples: [Example("cavern hv shell --socket hv.sock", "talk to a broker")],
      options: HighVoltageArguments.broker
    ) { arguments in
      let client = try HighVoltageArguments.connect(arguments)
      let isPrompting = arguments.surroundings.isErrorTerminal
      var failures = 0
      while !Interrupts.isRequested {
        if isPrompting { StandardStreams.writeError(Array("hv> ".utf8)) }
        guard let line = readLine() else { break }
        let words = line.split(separator: " ").map(String.init)
        guard let verb = words.first else { continue }
        if verb == "quit" || verb == "exit" { break }
        guard let request = shellRequest(words) else {
          failures += 1
          StandardStreams.writeError(Array("not understood; 'cavern hv shell --help' lists the words\n".utf8))
          continue
        }
        let answer = try client.send(request)
        if answer["ok"]?.boolValue != true { failures += 1 }
        try StandardStreams.write(Array((answer.text() + "\n").utf8))
      }
      StandardStreams.exit(failures == 0 ? .done : .failed)
    }
  }

  private static func shellRequest(_ words: [String]) -> JSONObject? {
    var request = JSONObject([("op", .string(words[0]))])
    if ["status", "lease", "release"].contains(words[0]), words.count == 1 { return request }
    guard words.count >= 2 else { return nil }
    let parts = words[1].split(separator: ".")
    if parts.count == 2, let board = Int(parts[0]), let channel = Int(parts[1]) {
      (request["board"], request["channel"]) = (.integer(board), .integer(channel))
    } else if let channel = Int(words[1]) {
      request["channel"] = .integer(channel)
    } else {
      request["name"] = .string(words[1])
    }
    switch (words[0], words.count) {
    case ("get", 3): request["par"] = .string(words[2])
    case ("set", 4):
      request["par"] = .string(words[2])
      request["value"] = Double(words[3]).map { .number($0) } ?? .string(words[3])
    case ("ramp", 3):
      guard let volts = Double(words[2]) else { return nil }
      request["value"] = .number(volts)
    case ("on", 2), ("off", 2), ("kill", 2), ("clear", 2): break
    default: return nil
    }
    return request
  }
}

/// A broker from start to the signal that ends it.
@MainActor
private struct BrokerRun {
  let arguments: ParsedArguments
  let configuration: HVConfiguration

  init(_ arguments: ParsedArguments, _ configuration: HVConfiguration) {
    self.arguments = arguments
    self.configuration = configuration
  }

  func run() async throws -> Report {
    let bench = try HighVoltageArguments.benchFile(arguments).map { try BenchConfiguration(file: $0) }
    let log = ServiceLog(component: "hv")
    let recorder = bench.flatMap { Self.recorder($0, log) }
    var record: (@Sendable ([HVLogSample]) -> Void)?
    if let recorder {
      record = { samples in
        let receipt = recorder.record(samples.map(\.point))
        if receipt.queued > 0 || receipt.rejected > 0 {
          log.warn("store.refused", receipt.reasons.first ?? "the store does not take samples")
        }
      }
    }
    // The numbers of the bench are where [web] says, also when the broker is there.
    var neighbour: BrokerWeb.Neighbour?
    if let bench { neighbour = { request in BenchPages.answer(request, bench) } }
    let service = try HVService(configuration, recorder: record, neighbour: neighbour) { line in
      let time = Date().ISO8601Format(.iso8601(timeZone: .gmt, includingFractionalSeconds: true))
      StandardStreams.writeError(Array("\(time) hv \(line)\n".utf8))
    }
    let ready: JSONValue = [
      "supply": .string(configuration.name), "line": .string(configuration.line.text),
      "socket": .string(configuration.socket), "web": .array(service.web.map { .string($0) }),
      "xmlrpc": .optional(service.portXMLRPC), "audit": .string(HVBroker.auditPath(configuration)),
    ]
    if arguments.flag("json") {
      try StandardStreams.write(Array((ready.text() + "\n").utf8))
    } else {
      try StandardStreams.write(Array("serving \(configuration.line.text) on \(configuration.socket)\n".utf8))
    }
    Reloads.install()
    let reloads = Reloads.Watcher()
    SystemdNotifier.send("READY=1")
    // SIGHUP ends it in order as well: limits are read at the start, and must not change under a command that is under way.
    while !Interrupts.isRequested, !reloads.isDue {
      if let bench { exchange(service.broker, bench) }
      // This loop turns even when the thread of the line hangs; the watchdog is for that one.
      if service.broker.isLineAlive { SystemdWatchdog.feed() }
      try await Task.sleep(for: .milliseconds(250))
    }
    SystemdNotifier.send("STOPPING=1")
    service.stop()
    _ = recorder?.flush()
    StandardStreams.exit(.done)
  }

  /// The recorder of readings; a store that cannot be opened is told and does not keep the supply from being served.
  private static func recorder(_ bench: BenchConfiguration, _ log: ServiceLog) -> Recorder? {
    do throws(CavernError) {
      return try Recorder(bench.storePath, source: "hv", options: bench.storeOptions)
    } catch {
      log.warn("store.refused", "readings are not recorded: \(error.text)")
      return nil
    }
  }

  /// Takes what the gas service has measured for interlocks, and leaves the broker's own status for the others.
  private func exchange(_ broker: HVBroker, _ bench: BenchConfiguration) {
    let readings = StatusReadings.latest(bench.stateFolder).filter { !$0.name.hasPrefix("hv.") }
    let now = Date().timeIntervalSince1970
    for (time, group) in Dictionary(grouping: readings, by: \.time) {
      broker.publish(Dictionary(group.map { ($0.name, $0.value) }) { $1 }, age: now - time)
    }
    let path = "\(bench.stateFolder)/hv-\(configuration.name).status.json"
    try? AtomicFile.write(path, text: broker.serviceStatus().text() + "\n", isSynchronised: false)
  }
}
