import Foundation

extension SimulatedScope {
  /// Longest message that is taken, in bytes.
  static let inputLimit = 256

  /// Runs commands and gives the reply of their queries, without a line end.
  mutating func execute(_ commands: ArraySlice<ScopeCommand>, at now: Double) -> Answer {
    advance(to: now)
    var reply: [UInt8] = []
    var fault: OscilloscopeFault?
    for command in commands {
      guard command.isQuery else {
        run(command, at: now)
        continue
      }
      guard let part = query(command) else { continue }
      if command.header == "WF" {
        fault = take(.truncated, .wrongLength, .cut, .mute, .slow, channel: channel(command.path))
      } else {
        fault = fault ?? take(.mute, channel: nil)
      }
      if !reply.isEmpty { reply.append(UInt8(ascii: ";")) }
      if reply.isEmpty { reply = part } else { reply += part }
    }
    return Answer(reply: reply.isEmpty ? nil : reply, fault: fault)
  }

  mutating func fail(command number: Int) {
    commandError = number
    eventStatus |= 1 << 5
  }

  mutating func fail(execution number: Int) {
    executionError = number
    eventStatus |= 1 << 4
  }

  /// The channel of a path such as `C2`, from 0.
  func channel(_ path: String?) -> Int? {
    guard let path, path.hasPrefix("C"), let number = Int(path.dropFirst()),
      settings.channels.indices.contains(number - 1)
    else { return nil }
    return number - 1
  }

  /// Takes a number, keeps it inside limits, and says so in VAB when it had to be changed.
  private mutating func coerced(_ wish: Double, _ limits: ClosedRange<Double>) -> Double {
    let value = min(max(wish, limits.lowerBound), limits.upperBound)
    if value != wish { isAdjusted = true }
    return value
  }

  // MARK: Commands

  private mutating func run(_ command: ScopeCommand, at now: Double) {
    let arguments = command.arguments
    switch command.header {
    case "*CLS":
      (eventStatus, commandError, executionError, deviceError) = (0, 0, 0, 0)
      isAdjusted = false
    case "*RST":
      settings = SimulatedScopeSettings(channels: settings.channels.count)
      armedUntil = nil
    case "*TRG", "FRTR": if armedUntil != nil { finish(at: now) } else { fail(execution: 22) }
    case "*OPC": eventStatus |= 1
    case "*SRE", "*ESE", "HCSU", "STO", "DELF", "DIR":
      if arguments.isEmpty { if command.header != "STO" { fail(execution: 27) } }
    case "ARM":
      settings.triggerMode = "SINGLE"
      arm(at: now)
    case "STOP":
      settings.triggerMode = "STOP"
      armedUntil = nil
    case "WAIT": break
    case "TRMD":
      guard let mode = choice(arguments.first, ["AUTO", "NORM", "SINGLE", "STOP"]) else { return }
      settings.triggerMode = mode
      if mode == "STOP" { armedUntil = nil } else { arm(at: now) }
    case "CHDR": if let word = choice(arguments.first, ["OFF", "SHORT", "LONG"]) { settings.header = word }
    case "CORD": if let word = choice(arguments.first, ["HI", "LO"]) { settings.isLittleEndian = word == "LO" }
    case "CFMT":
      guard arguments.count == 3, choice(arguments[0], ["DEF9", "IND0", "OFF"]) != nil,
        let word = choice(arguments[1], ["WORD", "BYTE"]), choice(arguments[2], ["BIN"]) != nil
      else { return fail(execution: 25) }
      settings.isWord = word == "WORD"
    case "WFSU": runTransferSetup(arguments)
    case "TDIV":
      guard let wish = arguments.first.flatMap({ ScopeCommand.number($0, unit: "S") }), wish > 0 else {
        return fail(command: 3)
      }
      let value = SimulatedScopeSettings.nearestTimebase(wish)
      if abs(value / wish - 1) > 1e-6 { isAdjusted = true }
      settings.timebase = value
    case "MSIZ":
      if let wish = arguments.first.flatMap({ ScopeCommand.number($0, unit: "") }) {
        settings.memory = Int(coerced(wish, 500...64e6))
      }
    case "SEQ": runSequence(arguments)
    case "TRWI": if let wish = voltage(arguments.first) { settings.window = coerced(wish, 0...25) }
    case "TRSE": runTriggerSelect(arguments)
    case "BWL":
      guard arguments.count == 2, let number = channel(arguments[0].uppercased()) else { return fail(execution: 25) }
      if let word = choice(arguments[1], ["OFF", "ON", "200MHZ"]) { settings.channels[number].bandwidthLimit = word }
    case "STST":
      guard arguments.count >= 2 else { return fail(execution: 27) }
      for (place, text) in arguments.prefix(4).enumerated() { settings.storeSetup[place] = text.uppercased() }
    case "FLNM":
      if arguments.count >= 4 {
        settings.fileNames[arguments[1].uppercased()] = arguments[3]
      } else {
        fail(execution: 27)
      }
    case "SCDP": internalState |= 2
    case "VDIV", "OFST", "CPL", "TRA", "TRLV", "TRSL", "TRCP", "WFTX": runChannel(command)
    default: fail(command: 1)
    }
  }

  private mutating func runChannel(_ command: ScopeCommand) {
    guard let argument = command.arguments.first else { return fail(execution: 27) }
    guard let number = channel(command.path) else {
      let external = ["EX", "EX10", "LINE"].contains(command.path ?? "")
      if !(external && command.header.hasPrefix("TR")) { fail(command: 2) }
      return
    }
    switch command.header {
    case "VDIV":
      guard let wish = voltage(argument) else { return }
      // Steps of the variable gain: three digits.
      let limited = coerced(wish, 2e-3...1)
      let scale = pow(10, (2 - floor(log10(limited))))
      let value = (limited * scale).rounded() / scale
      if abs(value / limited - 1) > 1e-9 { isAdjusted = true }
      settings.channels[number].voltsPerDivision = value
    case "OFST":
      guard let wish = voltage(argument) else { return }
      let most = settings.channels[number].voltsPerDivision < 0.1 ? 0.5 : 5
      settings.channels[number].offset = coerced(wish, -most...most)
    case "TRLV":
      guard let wish = voltage(argument) else { return }
      let most = 5 * settings.channels[number].voltsPerDivision
      settings.channels[number].triggerLevel = coerced(wish, -most...most)
    case "CPL":
      if let word = choice(argument, ["D50", "D1M", "A1M", "GND"]) { settings.channels[number].coupling = word }
    case "TRA": if let word = choice(argument, ["ON", "OFF"]) { settings.channels[number].isOn = word == "ON" }
    case "TRSL": if let word = choice(argument, ["POS", "NEG"]) { settings.channels[number].triggerSlope = word }
    case "TRCP":
      if let word = choice(argument, ["AC", "DC", "HFREJ", "LFREJ"]) {
        settings.channels[number].triggerCoupling = word
      }
    default: settings.channels[number].text = Self.unquoted(argument)
    }
  }

  private mutating func runSequence(_ arguments: [String]) {
    guard let word = choice(arguments.first, ["ON", "OFF"]) else { return }
    guard word == "ON" else {
      settings.sequence = nil
      return
    }
    guard arguments.count > 1 else {
      settings.sequence = settings.sequence ?? 2
      return
    }
    guard let wish = ScopeCommand.number(arguments[1], unit: "") else { return fail(command: 3) }
    settings.sequence = Int(coerced(wish.rounded(), 2...15000))
    if arguments.count > 2, let memory = ScopeCommand.number(arguments[2], unit: "") {
      settings.memory = Int(coerced(memory, 50...64e6)) * (settings.sequence ?? 1)
    }
  }

  private mutating func runTriggerSelect(_ arguments: [String]) {
    let types = ["DROP", "EDGE", "GLIT", "INTV", "STD", "SNG", "SQ", "TEQ"]
    guard let type = choice(arguments.first, types) else { return }
    settings.triggerType = type
    for (key, value) in zip(arguments.dropFirst(), arguments.dropFirst(2)) {
      if key.uppercased() == "SR" { settings.triggerSource = value.uppercased() }
      if key.uppercased() == "HT" { settings.holdType = value.uppercased() }
    }
  }

  private mutating func runTransferSetup(_ arguments: [String]) {
    for (key, value) in zip(arguments, arguments.dropFirst()) {
      guard let number = Int(value) else { continue }
      switch key.uppercased() {
      case "SP": settings.transfer.sparsing = number
      case "NP": settings.transfer.points = number
      case "FP": settings.transfer.first = number
      case "SN": settings.transfer.segment = number
      default: break
      }
    }
  }

  private mutating func choice(_ text: String?, _ words: [String]) -> String? {
    guard let text, let word = words.first(where: { $0 == text.uppercased() }) else {
      fail(command: 5)
      return nil
    }
    return word
  }

  private mutating func voltage(_ text: String?) -> Double? {
    guard let value = text.flatMap({ ScopeCommand.number($0, unit: "V") }) else {
      fail(command: 3)
      return nil
    }
    return value
  }

  private static func unquoted(_ text: String) -> String {
    guard text.count >= 2, text.hasPrefix("'"), text.hasSuffix("'") else { return text }
    return String(text.dropFirst().dropLast().replacing("''", with: "'"))
  }
}
