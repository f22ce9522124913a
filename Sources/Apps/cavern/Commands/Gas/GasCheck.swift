import Arguments
import Bench
import Errors
import Instruments
import JSON
import TimeSeries

extension Command {
  /// `cavern gas check`: whether everything is in order.
  static var gasCheck: Command {
    Command(
      "check", "Try the line, the protocol and a few readings, and say what is in order.",
      examples: [Example("cavern gas check --port /dev/ttyACM0", "before a run")],
      options: GasArguments.options + [.option("readings", "N", .integer(1...100), "How many readings.", default: "3")]
    ) { arguments in
      let isNamed = try arguments.optionalString("port") != nil
      let configuration = isNamed ? nil : try BenchFiles.configuration(arguments)
      let settings = try GasArguments.settings(arguments, configuration)
      return try check(settings, readings: try arguments.int("readings"))
    }
  }

  private static func check(_ settings: GasSettings, readings: Int) throws(CavernError) -> Report {
    var steps: [(name: String, isGood: Bool, text: String)] = []
    let port = SerialPort.named(settings.port)
    steps.append(("port", true, port.map { "\($0.device) \($0.description)" } ?? settings.port))
    let (line, _) = try GasLine().open(settings)
    guard SystemBenchClock(shouldStop: { Interrupts.isRequested }).wait(until: settings.settle) else {
      throw CavernError("gas.interrupted", "stopped before the board was ready", exit: .interrupted)
    }
    let early = try line.drain(quiet: .milliseconds(20), limit: .milliseconds(200))
    let greeting = GasLineDecoder.decode(early)
    if greeting.outcome == .sensorMissing { steps.append(("sensor", false, greeting.reason ?? "")) }
    var options = GasBoard.Options()
    options.timeLimit = settings.timeLimit
    let board = GasBoard(line, options: options) { TimeSeriesStore.now() }
    let identification = try board.identify()
    let isSpoken = settings.protocolChoice != .version1 || identification.version >= 1
    steps.append(
      ("protocol", isSpoken, identification.version == 0 ? "version 0" : identification.words.joined(separator: ";")))
    var good = 0
    for number in 1...readings {
      let exchange = try board.measure().exchange
      if exchange.outcome.isUsable { good += 1 }
      steps.append(("reading \(number)", exchange.outcome.isUsable, GasText.line(exchange)))
    }
    let list = steps
    let isGood = steps.allSatisfy(\.isGood)
    return Report(
      status: good == 0 ? .unavailable : isGood ? .done : .failed,
      result: [
        "ok": .bool(isGood),
        "checks": .array(list.map { ["name": .string($0.name), "ok": .bool($0.isGood), "text": .string($0.text)] }),
      ],
      text: list.map { "\($0.isGood ? "ok  " : "BAD ")  \($0.name): \($0.text)\n" }.joined())
  }
}
