import Arguments
import Bench
import Errors
import Instruments
import JSON
import TimeSeries

extension Command {
  /// `cavern gas read`: one reading, not recorded.
  static var gasRead: Command {
    Command(
      "read", "Read the board once and print the values; nothing is recorded.",
      examples: [Example("cavern gas read --port /dev/ttyACM0 --json", "one reading for a script")],
      options: GasArguments.options
    ) { arguments in
      let isNamed = try arguments.optionalString("port") != nil
      let configuration = isNamed ? nil : try BenchFiles.configuration(arguments)
      let settings = try GasArguments.settings(arguments, configuration)
      let board = try GasConnection.open(settings)
      let result = try board.measure()
      var object = result.exchange.json.objectValue ?? JSONObject()
      object["time"] = result.exchange.reading == nil ? .null : .integer(Int(result.time))
      let (json, exchange) = (JSONValue.object(object), result.exchange)
      return Report(status: status(exchange.outcome), result: json, text: GasText.lines(exchange))
    }
  }

  /// No answer is a device that is not available, a wrong one bad data.
  private static func status(_ outcome: GasOutcome) -> ExitStatus {
    switch outcome {
    case .ok, .okWithoutVOC: .done
    case .timeout, .sensorMissing, .sensorError: .unavailable
    default: .badData
    }
  }
}

/// A board for a few exchanges of one command.
enum GasConnection {
  /// Opens the line, waits until the board listens, and agrees on the protocol.
  static func open(_ settings: GasSettings) throws(CavernError) -> GasBoard {
    let (line, _) = try GasLine().open(settings)
    let clock = SystemBenchClock { Interrupts.isRequested }
    guard clock.wait(until: settings.settle) else {
      throw CavernError("gas.interrupted", "stopped before the board was ready", exit: .interrupted)
    }
    // What came while the board started is no answer to anything.
    _ = try line.drain(quiet: .milliseconds(20), limit: .milliseconds(200))
    var options = GasBoard.Options()
    options.timeLimit = settings.timeLimit
    let board = GasBoard(line, options: options) { TimeSeriesStore.now() }
    if settings.protocolChoice != .version0 { _ = try board.identify() }
    return board
  }
}
