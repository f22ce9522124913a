import Arguments
import Errors
import Instruments

extension Command {
  /// `cavern hv exchange`: one raw request and its reply.
  static var hvExchange: Command {
    Command(
      "exchange", "Send one request to a supply and read its one reply.",
      discussion: """
        The text goes out as it stands, with a line end; nothing is repeated, and no broker checks it. Use it on lines \
        that no broker owns. The status is 0 for ok, 1 when the device answers an error, 65 for a reply that cannot be \
        trusted, 69 when none comes or the connection ends, and 79 when a SET went out without a reply to be trusted.
        """,
      examples: [
        Example(
          "cavern hv exchange --line tcp:192.0.2.20:1470 '$BD:00,CMD:MON,PAR:BDSNUM' --json",
          "ask for the serial number"),
        Example(
          "cavern hv exchange --line tcp:127.0.0.1:1470 '$BD:00,CMD:MON,CH:4,PAR:VMON'", "read all channels at once"),
      ],
      arguments: [Argument("text", .text, "The request, without its line end.")],
      options: [
        .option("line", "LINE", .text, "The line: tcp:HOST:PORT, or serial:DEVICE."),
        .option("timeout", "S", .duration, "How long the reply may take.", default: "1 s"),
      ]
    ) { arguments in
      let request = try CAENRequest(text: try arguments.string("text"))
      let address = try LineAddress(try arguments.string("line"))
      let limit = try arguments.duration("timeout")
      guard limit > .zero else {
        throw arguments.fault("usage.badValue", "the time limit must be longer than nothing", about: "timeout")
      }
      var exchange: CAENExchange
      do throws(CavernError) {
        var timing = CAENLine.Timing()
        // Long enough for what a device still has to say to an owner that has gone.
        timing.settle = .milliseconds(150)
        var line = CAENLine(try address.open(within: max(limit, .seconds(1))), timing: timing)
        defer { line.close() }
        let left = try line.settle()
        exchange = line.exchange(request, within: limit)
        exchange.stale += left
      } catch {
        exchange = CAENExchange(request: request, outcome: .disconnected(error.message))
      }
      let made = exchange
      return Report(status: made.exitStatus, result: made.json, text: text(made))
    }
  }

  private static func text(_ exchange: CAENExchange) -> String {
    let values = exchange.outcome.values ?? []
    guard !values.isEmpty else {
      return exchange.outcome.reason.map { "\(exchange.outcome.status): \($0)" } ?? exchange.outcome.status
    }
    let unit = exchange.request.definition?.unit.map { " \($0)" } ?? ""
    let shown = values.map { $0.number.map { "\($0)" } ?? $0.text }.joined(separator: " ")
    let flags = exchange.json["flags"]?.arrayValue?.compactMap(\.stringValue) ?? []
    return shown + unit + (flags.isEmpty ? "" : " (\(flags.joined(separator: ", ")))")
  }
}

extension CAENExchange {
  /// How a command that made this exchange alone ends.
  var exitStatus: Errors.ExitStatus {
    switch outcome {
    case .ok: .done
    case .deviceError: .failed
    case .malformed, .desync: .badData
    case .timeout, .disconnected: .unavailable
    case .unknownOutcome: .outcomeUnknown
    }
  }
}
