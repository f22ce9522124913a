import Arguments
import Bench
import Errors
import Foundation
import Instruments
import JSON

extension Command {
  /// `cavern hv set`: set points of one channel.
  static var hvSet: Command {
    Command(
      "set", "Set voltage and current limit, or another parameter, of one channel.",
      discussion: """
        Every rule of the broker is asked, the intent is written down, the SET goes out, and the device is read back. A value \
        that is there already is sent to nobody. The status is 77 when a rule refuses, 1 when the read-back differs, 79 when \
        it is not known whether the device acted. Protection parameters (MAXV, TRIP, RUP, RDW, PDWN, IMRANGE) need an expert.
        """,
      examples: [
        Example("cavern hv set --channel 2 --voltage -450 --dry-run", "say what would happen"),
        Example("cavern hv set --channel mesh --voltage 450 --current 2", "set both, and wait for the ramp"),
        Example("cavern hv set --channel 0 --parameter RUP=20 --reason 'slower ramp'", "set the ramp rate"),
      ],
      options: HighVoltageArguments.place + [
        .option(
          "voltage", "V", .number(-10000...10000), "Set point in volts, with its sign where the channel is signed."),
        .option("current", "UA", .number(0...10000), "Current limit in microampere."),
        .option("parameter", "NAME=VALUE", .text, "Another parameter and its value."),
        .flag("round", "Round toward zero to the resolution of the device."),
        .option("expect", "VALUE", .number(), "Refuse unless the set point is this now."),
        HighVoltageArguments.wait,
      ] + HighVoltageArguments.acting + HighVoltageArguments.broker
    ) { arguments in
      var request = try HighVoltageArguments.request("set", arguments)
      let voltage = try arguments.optionalDouble("voltage")
      let current = try arguments.optionalDouble("current")
      if let text = try arguments.optionalString("parameter") {
        guard voltage == nil, current == nil, let sign = text.firstIndex(of: "=") else {
          throw arguments.fault(
            "usage.badValue", "--parameter takes NAME=VALUE, alone", about: "parameter", expected: "for example RUP=20")
        }
        let value = String(text[text.index(after: sign)...])
        request["par"] = .string(text[..<sign].uppercased())
        request["value"] = Double(value).map { .number($0) } ?? .string(value)
      } else {
        guard voltage != nil || current != nil else {
          throw CavernError(
            "usage.missingValue", "--voltage or --current is needed", exit: .usage,
            hint: "'\(arguments.path.text) --help' explains them")
        }
        if let voltage { request["voltage"] = .number(voltage) }
        if let current { request["current"] = .number(current) }
      }
      if arguments.flag("round") { request["round"] = true }
      if let expected = try arguments.optionalDouble("expect") { request["expect"] = .number(expected) }
      try HighVoltageArguments.addActing(&request, arguments)
      return try await HighVoltageAct(arguments).run(request, watches: voltage != nil)
    }
  }

  /// `cavern hv on`.
  static var hvOn: Command {
    Command(
      "on", "Switch a channel on, after setting it when a voltage or current is given.",
      discussion: """
        The order is current limit, voltage, both read back, then ON. Without --voltage the channel goes to the set point it \
        has, which is shown and asked about unless --yes.
        """,
      examples: [
        Example("cavern hv on --channel 2 --voltage 400 --yes", "set and switch on"),
        Example("cavern hv on --channel mesh --yes", "switch on with the present set point"),
      ],
      options: HighVoltageArguments.place + [
        .option("voltage", "V", .number(-10000...10000), "Set point in volts."),
        .option("current", "UA", .number(0...10000), "Current limit in microampere."),
        .flag("yes", short: "y", "Do not ask."), HighVoltageArguments.wait,
      ] + HighVoltageArguments.acting + HighVoltageArguments.broker
    ) { arguments in
      var request = try HighVoltageArguments.request("on", arguments)
      if let voltage = try arguments.optionalDouble("voltage") { request["voltage"] = .number(voltage) }
      if let current = try arguments.optionalDouble("current") { request["current"] = .number(current) }
      try HighVoltageArguments.addActing(&request, arguments)
      if !arguments.flag("yes"), !arguments.flag("dry-run"), request["voltage"] == nil {
        var asked = request
        asked["op"] = "get"
        asked["par"] = "VSET"
        let answer = try HighVoltageArguments.connect(arguments).require(asked)
        let volts = answer["value"]?.doubleValue ?? 0
        guard arguments.surroundings.isErrorTerminal else {
          throw CavernError(
            "usage.notConfirmed", "the channel would go to its present set point of \(volts) V", exit: .usage,
            hint: "give --yes, or --voltage")
        }
        StandardStreams.writeError(Array("the channel will go to \(volts) V; switch on? [y/N] ".utf8))
        guard readLine()?.lowercased().hasPrefix("y") == true else {
          throw CavernError("hv.notConfirmed", "not confirmed; nothing was sent", exit: .notPermitted)
        }
      }
      return try await HighVoltageAct(arguments).run(request, watches: true)
    }
  }

  /// `cavern hv off` and `cavern hv kill`.
  static var hvOff: Command {
    all("off", "Switch a channel off, at its ramp rate or at once as its PDWN says.", waits: true)
  }

  static var hvKill: Command {
    all("kill", "Switch a channel off at once, whatever its PDWN says.", waits: false)
  }

  private static func all(_ name: String, _ abstract: String, waits: Bool) -> Command {
    Command(
      name, abstract, discussion: "Goes ahead of everything else in the queue, and needs no lease.",
      examples: [
        Example("cavern hv \(name) --channel 2", "one channel"),
        Example("cavern hv \(name) --all", "every channel of the board, one after the other"),
      ],
      options: HighVoltageArguments.place + [.flag("all", "Every channel of the board.")]
        + (waits ? [HighVoltageArguments.wait] : []) + HighVoltageArguments.acting + HighVoltageArguments.broker
    ) { arguments in
      guard arguments.flag("all") else {
        var request = try HighVoltageArguments.request(name, arguments)
        try HighVoltageArguments.addActing(&request, arguments)
        return try await HighVoltageAct(arguments).run(request, watches: waits)
      }
      guard !arguments.isGiven("channel") else {
        throw CavernError("usage.conflict", "--all and --channel exclude each other", exit: .usage)
      }
      let client = try HighVoltageArguments.connect(arguments)
      let board = try arguments.int("board")
      let status = try client.require(JSONObject([("op", "status")]))
      let channels = (status["channels"]?.arrayValue ?? []).filter { $0["board"]?.intValue == board }
      guard !channels.isEmpty else {
        throw CavernError("hv.no_such_channel", "there is no board \(board)", exit: .notPermitted)
      }
      var answers: [JSONValue] = []
      var failed: CavernError?
      for channel in channels {
        var request = JSONObject([
          ("op", .string(name)), ("board", .integer(board)), ("channel", channel["channel"] ?? .null),
        ])
        try HighVoltageArguments.addActing(&request, arguments)
        let answer = try client.send(request)
        answers.append(answer)
        if answer["ok"]?.boolValue != true { failed = failed ?? BrokerClient.error(answer) }
      }
      if let failed, answers.allSatisfy({ $0["ok"]?.boolValue != true }) { throw failed }
      let done = answers
      return Report(
        status: failed == nil ? .done : failed?.exit == .outcomeUnknown ? .outcomeUnknown : .partial,
        warnings: failed.map { [CavernWarning($0)] } ?? [], result: .array(done),
        text: done.map { HighVoltageArguments.text($0) }.joined(separator: "\n"))
    }
  }

  /// `cavern hv clear`.
  static var hvClear: Command {
    Command(
      "clear", "Clear a trip: 0 V, off, clear the alarm of the board, drop the latch.",
      discussion: """
        Every tripped channel of the board goes to 0 V and off first, since the device can only clear a whole board. Channels \
        that are on and did not trip are left alone. The channel stays off: energising it is a separate act.
        """,
      examples: [Example("cavern hv clear --channel 2 --reason 'spark understood'", "clear a trip")],
      options: HighVoltageArguments.place + HighVoltageArguments.acting + HighVoltageArguments.broker
    ) { arguments in
      var request = try HighVoltageArguments.request("clear", arguments)
      try HighVoltageArguments.addActing(&request, arguments)
      return try await HighVoltageAct(arguments).run(request, watches: false)
    }
  }

  /// `cavern hv ramp`.
  static var hvRamp: Command {
    Command(
      "ramp", "Bring a channel to a voltage, in steps when asked.",
      discussion: """
        With --step the set point moves by so many volts at a time; every step is checked by all rules, interlocks included, \
        and is waited for, and then --dwell passes. The first step that is refused ends the ramp where it stands.
        """,
      examples: [
        Example("cavern hv ramp --channel mesh --to 450 --step 50 --dwell '10 s'", "go up in steps"),
        Example("cavern hv ramp --channel 2 --to 0", "go to 0 V and stay on"),
      ],
      options: HighVoltageArguments.place + [
        .option("to", "V", .number(-10000...10000), "Where to, in volts."),
        .option("step", "V", .number(0.1...10000), "Volts a step."),
        .option("dwell", "S", .duration, "How long to stay after each step.", default: "0 s"),
        HighVoltageArguments.wait,
      ] + HighVoltageArguments.acting + HighVoltageArguments.broker
    ) { arguments in
      let target = try arguments.double("to")
      var request = try HighVoltageArguments.request("ramp", arguments)
      try HighVoltageArguments.addActing(&request, arguments)
      let act = HighVoltageAct(arguments)
      guard let step = try arguments.optionalDouble("step"), !arguments.flag("dry-run") else {
        request["value"] = .number(target)
        return try await act.run(request, watches: true)
      }
      var present = try act.value("VSET", request)
      var report = Report(result: .null, text: "")
      repeat {
        let left = target - present
        present = abs(left) <= step ? target : present + (left < 0 ? -step : step)
        // Steps stay on the resolution of the device.
        present = (present * 10).rounded() / 10
        request["value"] = .number(present)
        report = try await act.run(request, watches: true)
        guard report.status == .done else { return report }
        if present != target {
          let end = ContinuousClock.now + (try arguments.duration("dwell"))
          while ContinuousClock.now < end, !Interrupts.isRequested { try await Task.sleep(for: .milliseconds(50)) }
        }
      } while present != target && !Interrupts.isRequested
      return report
    }
  }
}

/// One act through the broker, watched to its end.
@MainActor
struct HighVoltageAct {
  let arguments: ParsedArguments

  init(_ arguments: ParsedArguments) { self.arguments = arguments }

  /// A reading of the channel that a request is about.
  func value(_ name: String, _ request: JSONObject, _ client: BrokerClient? = nil) throws(CavernError) -> Double {
    var get = JSONObject([("op", "get"), ("par", .string(name))])
    for key in ["board", "channel", "name"] { get[key] = request[key] }
    if let client { return try client.require(get)["value"]?.doubleValue ?? 0 }
    let client = try HighVoltageArguments.connect(arguments)
    return try client.require(get)["value"]?.doubleValue ?? 0
  }

  /// Makes a request; waits for the ramp when it starts one.
  func run(_ request: JSONObject, watches: Bool) async throws -> Report {
    let client = try HighVoltageArguments.connect(arguments)
    let isWatched = watches && arguments.flag("wait") && !arguments.flag("dry-run")
    let before = isWatched ? abs(try value("VMON", request, client)) : 0
    let answer = try client.require(request)
    guard isWatched, try isMoving(request, client) else {
      return Report(result: answer, text: HighVoltageArguments.text(answer))
    }
    let isOff = request["op"]?.stringValue == "off"
    let target = isOff ? 0 : abs(try value("VSET", request, client))
    let rate = try value(target > before ? "RUP" : "RDW", request, client)
    let ramp = RampWatch(from: before, to: target, rate: rate)
    let verdict = try await follow(ramp, request, client)
    var object = answer.objectValue ?? JSONObject()
    object["ramp"] = .string(verdict.name)
    let result = JSONValue.object(object)
    let text = HighVoltageArguments.text(answer)
    guard let problem = verdict.problem else { return Report(result: result, text: "\(text)\nthe output is there") }
    return Report(
      status: .failed, warnings: [CavernWarning("hv.\(verdict.name)", problem)], result: result, text: text)
  }

  /// Whether the output is on its way, or on: what is off and stays off need not be waited for.
  private func isMoving(_ request: JSONObject, _ client: BrokerClient) throws(CavernError) -> Bool {
    let status = CAENStatus(Int(try value("STAT", request, client)))
    return status.isOn || status.isRamping
  }

  private func follow(_ ramp: RampWatch, _ request: JSONObject, _ client: BrokerClient) async throws
    -> RampWatch.Verdict
  {
    let start = ContinuousClock.now
    while true {
      let voltage = abs(try value("VMON", request, client))
      let status = CAENStatus(Int(try value("STAT", request, client)))
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let verdict = ramp.judge(voltage: voltage, status: status, after: seconds)
      if verdict != .going || Interrupts.isRequested { return verdict }
      // Often at first, then once a second.
      try await Task.sleep(for: .milliseconds(seconds < 2 ? 200 : 1000))
    }
  }
}

extension RampWatch.Verdict {
  /// The stable name.
  var name: String {
    switch self {
    case .going: "interrupted"
    case .done: "done"
    case .fault: "ramp_fault"
    case .wentOff: "went_off"
    case .late: "ramp_late"
    }
  }

  /// What is wrong; `nil` when nothing is.
  var problem: String? {
    switch self {
    case .done: nil
    case .going: "the ramp goes on without being watched"
    case .fault(let names): "the ramp was ended by \(names.joined(separator: ", "))"
    case .wentOff: "the output went off on its way"
    case .late: "the output is not there in the time that its rate allows"
    }
  }
}
