import Errors
import Foundation
import Instruments
import JSON

extension HVBroker {
  /// Owns the line until the broker stops: connects, makes exchanges, connects again.
  func ownLine() {
    var failures = 0
    while !isStopping.load(ordering: .relaxed) {
      progress.note()
      switch connect() {
      case .line(var line):
        failures = 0
        serve(&line)
        line.close()
        lost()
        pause(seconds: 0.2)
      case .refused(let why):
        setLink(why)
        let steps = [1.0, 2, 4, 8, 15, 30]
        pause(seconds: steps[min(failures, steps.count - 1)] * Double.random(in: 0.8...1.2))
        failures += 1
      case .silent:
        setLink("hv.slot_busy: connected, but the supply is silent; another client may hold its one place")
        condition("hv.slot_busy", true, "the supply is connected and silent")
        pause(seconds: 60)
      }
    }
    for job in queue.set(isOpen: false) { give(job, .disconnected("the broker stops")) }
    hasStopped.store(true, ordering: .sequentiallyConsistent)
  }

  private enum Connection {
    case line(CAENLine)
    case refused(String)
    case silent
  }

  /// Connects and finds out who is there; never two connections at a time.
  private func connect() -> Connection {
    do throws(CavernError) {
      var timing = CAENLine.Timing()
      timing.reply = configuration.timeout
      var line = CAENLine(try configuration.line.open(within: .seconds(2)), timing: timing)
      _ = try line.settle()
      var identities: [HVIdentity] = []
      for board in configuration.boards {
        if let found = HVIdentification.identify(
          board.address, serial: board.serial, &line, within: configuration.timeout, note: { progress.note() })
        {
          identities.append(found)
        }
      }
      guard !identities.isEmpty else {
        // Closed at once is another thing than silent.
        let probe = line.exchange(.monitor(board: configuration.boards.first?.address ?? 0, "BDNAME"))
        line.close()
        if case .disconnected(let why) = probe.outcome {
          return .refused("the supply does not keep the connection: \(why)")
        }
        return .silent
      }
      for board in configuration.boards where !identities.contains(where: { $0.address == board.address }) {
        log("board \(board.address) is silent")
      }
      _ = queue.set(isOpen: true)
      post(.connected(identities))
      closeOpenIntents(&line)
      setLink("connected")
      condition("hv.slot_busy", false, "")
      condition("hv.comm_lost", false, "")
      log(
        "connected to \(configuration.line.text): \(identities.map { "\($0.board.model) \($0.board.serial)" }.joined(separator: ", "))"
      )
      return .line(line)
    } catch {
      return .refused(error.text)
    }
  }

  /// Intents of an earlier run without a result: the device says how things are.
  private func closeOpenIntents(_ line: inout CAENLine) {
    let intents = state.withLock { state in
      defer { state.openIntents = [] }
      return state.openIntents
    }
    for intent in intents {
      progress.note()
      let parameter = intent["parameter"]?.stringValue ?? ""
      let confirmation = ["ON", "OFF", "BDCLR"].contains(parameter) ? "STAT" : parameter
      let request = CAENRequest.monitor(
        board: intent["board"]?.intValue ?? 0, channel: intent["channel"]?.intValue, confirmation)
      let value = line.exchangeRepeating(request, within: configuration.timeout).outcome.text
      var record = JSONObject([
        ("time_ns", .integer(Int(Date().timeIntervalSince1970 * 1e9))), ("monotonic_ms", .integer(now)),
        ("event", "result"),
      ])
      for name in [
        "op_id", "verb", "actor", "role", "address", "client", "board", "channel", "parameter", "requested", "sent",
      ] {
        record[name] = intent[name]
      }
      record["read_back"] = .optional(value)
      record["outcome"] = "unknown_outcome"
      let reads = "the device now reads \(confirmation) \(value ?? "nothing")"
      record["reason"] = .string("the broker ended before the result; \(reads)")
      state.withLock { state in
        do {
          try state.audit.append(record)
        } catch {
          log("\(error)")
        }
        report(
          "hv.unknown_outcome", "\(intent["board"]?.intValue ?? 0).\(intent["channel"]?.intValue ?? 0)", true,
          "a SET of an earlier run has no known outcome: \(intent["sent"]?.stringValue ?? "")", &state)
      }
    }
  }

  private func serve(_ line: inout CAENLine) {
    var lastTick = -1000
    while !isStopping.load(ordering: .relaxed) {
      progress.note()
      let time = now
      if time - lastTick >= 50 {
        lastTick = time
        refreshExternal()
        post(.tick)
        state.withLock { state in
          for step in state.alarms.tick(at: now) { announce(step, &state) }
        }
      }
      guard let job = queue.next(until: Date(timeIntervalSinceNow: 0.05)) else { continue }
      let began = ContinuousClock.now
      let exchange = line.exchange(job.request)
      queue.finished(job, took: .now - began)
      if !settle(job, exchange, &line) { return }
    }
  }

  /// Brings an exchange to its end: a reading that failed is repeated once after the line was put in step again.
  ///
  /// - Returns: whether the line can go on.
  private func settle(_ job: LineQueue.Job, _ exchange: CAENExchange, _ line: inout CAENLine) -> Bool {
    switch exchange.outcome {
    case .ok, .deviceError:
      give(job, exchange)
      return true
    case .disconnected:
      give(job, exchange)
      return false
    case .malformed, .timeout, .desync, .unknownOutcome:
      let isInStep = resynchronise(&line, board: job.request.board ?? 0)
      if !job.request.mayChange, isInStep {
        give(job, line.exchange(job.request))
      } else {
        give(job, exchange)
      }
      return isInStep
    }
  }

  /// Drains the line and asks for the serial number until it comes: only then do requests and replies belong together again.
  private func resynchronise(_ line: inout CAENLine, board: Int) -> Bool {
    let serial = state.withLock { $0.core.boards[board]?.serial }
    for _ in 0..<2 {
      line.drain()
      let check = line.exchange(.monitor(board: board, "BDSNUM"), within: .milliseconds(250))
      if let text = check.outcome.text, serial == nil || serial == text { return true }
      switch check.outcome {
      case .timeout, .disconnected: return false
      default: continue
      }
    }
    return false
  }

  /// Hands the outcome to whoever waits for it.
  private func give(_ job: LineQueue.Job, _ exchange: CAENExchange) {
    if case .write(let operation) = job.tag { state.withLock { $0.replies[operation] = exchange.reply } }
    if let tag = job.tag { post(.exchanged(tag, exchange.outcome)) }
    for asker in job.askers { asker.answer(exchange) }
  }

  private func give(_ job: LineQueue.Job, _ outcome: CAENOutcome) {
    give(job, CAENExchange(request: job.request, outcome: outcome))
  }

  /// The line is gone: everybody is told, and nothing is switched.
  private func lost() {
    let left = queue.set(isOpen: false)
    post(.disconnected)
    for job in left { give(job, .disconnected("the connection is gone")) }
    setLink("disconnected")
    log("the connection is gone")
  }

  private func setLink(_ text: String) {
    let now = now
    state.withLock { state in
      state.linkText = text
      if text == "connected" {
        state.downSince = nil
      } else if state.downSince == nil {
        state.downSince = now
      }
    }
  }

  private func condition(_ name: String, _ holds: Bool, _ text: String) {
    state.withLock { report(name, "", holds, text, &$0) }
  }

  /// Waits, and looks after alarms meanwhile.
  private func pause(seconds: Double) {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end, !isStopping.load(ordering: .relaxed) {
      progress.note()
      let now = now
      state.withLock { state in
        if let since = state.downSince, now - since > Int(configuration.lossLimit / .milliseconds(1)) {
          report("hv.comm_lost", "", true, "no connection for \((now - since) / 1000) s: \(state.linkText)", &state)
        }
        for step in state.alarms.tick(at: now) { announce(step, &state) }
      }
      Thread.sleep(forTimeInterval: 0.05)
    }
  }
}
