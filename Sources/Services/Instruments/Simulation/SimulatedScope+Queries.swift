import Foundation

extension SimulatedScope {
  /// The reply to a query, without a line end; `nil` for none.
  mutating func query(_ command: ScopeCommand) -> [UInt8]? {
    if command.header == "WF" { return waveform(command) }
    if command.header == "SCDP" { return Self.picture }
    guard let value = value(command) else { return nil }
    let name = settings.header == "LONG" ? ScopeCommand.longForms[command.header] ?? command.header : command.header
    let path = command.path.map { "\($0):" } ?? ""
    // Common queries of IEEE 488.2 answer with their header only when headers are on, as LeCroy's do.
    return Array((settings.header == "OFF" ? value : "\(path)\(name) \(value)").utf8)
  }

  private mutating func value(_ command: ScopeCommand) -> String? {
    switch command.header {
    case "*IDN": return identity
    case "*OPC": return "1"
    case "*STB": return statusByte().description
    case "*ESR":
      defer { eventStatus = 0 }
      return eventStatus.description
    case "*SRE", "*ESE": return "0"
    case "CMR":
      defer { commandError = 0 }
      return commandError.description
    case "EXR":
      defer { executionError = 0 }
      return executionError.description
    case "DDR":
      defer { deviceError = 0 }
      return deviceError.description
    case "INR":
      defer { internalState = 0 }
      return internalState.description
    case "CHDR": return settings.header
    case "CFMT": return "DEF9,\(settings.isWord ? "WORD" : "BYTE"),BIN"
    case "CORD": return settings.isLittleEndian ? "LO" : "HI"
    case "WFSU":
      let setup = settings.transfer
      return "SP,\(setup.sparsing),NP,\(setup.points),FP,\(setup.first),SN,\(setup.segment)"
    case "TDIV": return Self.number(settings.timebase, "S")
    case "TRMD": return settings.triggerMode
    case "MSIZ": return Self.number(Double(settings.memory), "SAMPLE")
    case "SEQ":
      let memory = settings.memory / (settings.sequence ?? 1)
      return settings.sequence.map { "ON,\($0),\(memory)" } ?? "OFF"
    case "TRWI": return Self.number(settings.window, "V")
    case "TRSE": return "\(settings.triggerType),SR,\(settings.triggerSource),HT,\(settings.holdType)"
    case "BWL":
      return settings.channels.enumerated().map { "C\($0.offset + 1),\($0.element.bandwidthLimit)" }.joined(
        separator: ",")
    case "STST":
      let setup = settings.storeSetup
      return "\(setup[0]),\(setup[1]),AUTO,\(setup[2]),FORMAT,\(setup[3])"
    case "FLNM":
      let type = command.arguments.count > 1 ? command.arguments[1].uppercased() : "C1"
      return "TYPE,\(type),FILE,\(settings.fileNames[type] ?? "'\(type)TRACE'")"
    case "DIR": return "DISK,HDD,'\(settings.folder)'"
    case "VDIV", "OFST", "CPL", "TRA", "TRLV", "TRSL", "TRCP", "WFTX": return channelValue(command)
    default:
      fail(command: 1)
      return nil
    }
  }

  private mutating func channelValue(_ command: ScopeCommand) -> String? {
    guard let number = channel(command.path) else {
      if ["EX", "EX10", "LINE"].contains(command.path ?? ""), command.header.hasPrefix("TR") {
        return command.header == "TRLV" ? Self.number(0, "V") : command.header == "TRSL" ? "POS" : "DC"
      }
      fail(command: 2)
      return nil
    }
    let input = settings.channels[number]
    switch command.header {
    case "VDIV": return Self.number(input.voltsPerDivision, "V")
    case "OFST": return Self.number(input.offset, "V")
    case "TRLV": return Self.number(input.triggerLevel, "V")
    case "CPL": return input.coupling
    case "TRA": return input.isOn ? "ON" : "OFF"
    case "TRSL": return input.triggerSlope
    case "TRCP": return input.triggerCoupling
    default: return "'\(input.text)'"
    }
  }

  /// Bits of `*STB?`: 0 INB, 2 VAB, 5 ESB; VAB is cleared by reading.
  mutating func statusByte() -> Int {
    defer { isAdjusted = false }
    return (internalState != 0 ? 1 : 0) | (isAdjusted ? 4 : 0) | (eventStatus != 0 ? 32 : 0)
  }

  private mutating func waveform(_ command: ScopeCommand) -> [UInt8]? {
    let parts = command.arguments.first?.uppercased() ?? "ALL"
    guard let number = channel(command.path) else {
      fail(command: 2)
      return nil
    }
    guard ["DESC", "TEXT", "TIME", "DAT1", "DAT2", "ALL"].contains(parts) else {
      fail(execution: 25)
      return nil
    }
    let head =
      switch settings.header {
      case "OFF": ""
      case "LONG": "C\(number + 1):WAVEFORM \(parts),"
      default: "C\(number + 1):WF \(parts),"
      }
    guard let message = message(channel: number, header: head) else {
      fail(execution: 31)
      return nil
    }
    guard parts != "ALL" else { return message }
    let block = message[(head.utf8.count + 11)...]
    let text = settings.channels[number].text.isEmpty ? 0 : 160
    let times = memory?.settings.sequence == nil ? 0 : 16 * (memory?.triggers.count ?? 0)
    let ends = [WaveDescriptor.length, WaveDescriptor.length + text, WaveDescriptor.length + text + times]
      .map { block.startIndex + $0 }
    let part =
      switch parts {
      case "DESC": block[..<ends[0]]
      case "TEXT": block[ends[0]..<ends[1]]
      case "TIME": block[ends[1]..<ends[2]]
      case "DAT1": block[ends[2]...]
      default: block[block.startIndex..<block.startIndex]
      }
    return WaveformEncoder.framed(Array(part), header: head)
  }

  /// `5.00E-09 S`, with as many digits as tell settings apart.
  private static func number(_ value: Double, _ unit: String) -> String {
    let short = String(format: "%.2E", value)
    let text = Double(short) == value ? short : String(format: "%.6E", value)
    return "\(text) \(unit)"
  }

  /// The smallest picture in PNG: one white point.
  private static let picture: [UInt8] = [
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0,
    0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0xF8, 0x0F, 0, 1, 1, 1, 0,
    0x1B, 0xB6, 0xEE, 0x56, 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
  ]
}
