/// A simulated 1470 supply: answers request lines as the device would.
public struct SimulatedBoard: Sendable {
  /// Address on the chain, 0 to 31.
  public var address: Int
  /// Model name.
  public var model = "R1470ET"
  /// Serial number.
  public var serial: String
  /// Firmware release; 1.04 hides trips.
  public var firmware = "1.08"
  /// Whether the front panel has control.
  public var isLocal = false
  /// Whether the interlock input is active.
  public var isInterlockActive = false
  /// Interlock mode.
  public var interlockMode = "CLOSED"
  /// The channels.
  public var channels: [SimulatedChannel]
  /// Largest voltage of a channel.
  public var maximumVoltage = 8000.0
  /// Largest current of a channel.
  public var maximumCurrent = 3000.0
  private var noise: UInt64

  /// A board that is off.
  ///
  /// - Parameters:
  ///   - address: on the chain.
  ///   - channels: 4 or 8.
  ///   - serial: serial number.
  ///   - seed: of the noise of the readings.
  public init(address: Int = 0, channels: Int = 4, serial: String = "19198", seed: UInt64 = 1) {
    self.address = address
    self.serial = serial
    self.channels = Array(repeating: SimulatedChannel(), count: channels)
    noise = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(address) &+ 1
  }

  private var isOldFirmware: Bool { firmware == "1.04" }

  /// Lets time pass.
  public mutating func advance(by seconds: Double) {
    for channel in channels.indices {
      channels[channel].isInterlocked = isInterlockActive
      channels[channel].advance(by: seconds, isOldFirmware: isOldFirmware)
    }
  }

  /// What a power cycle does.
  public mutating func cyclePower() { for channel in channels.indices { channels[channel].cyclePower() } }

  /// The answer to a request line without its end; `nil` for silence, when the line is for another address or for none.
  public mutating func answer(_ line: String) -> String? {
    guard line.hasPrefix("$BD:") else { return nil }
    let fields = line.dropFirst(1).split(separator: ",", omittingEmptySubsequences: false)
    guard let first = fields.first, Int(first.dropFirst(3)) == address else { return nil }
    let answer = respond(fields.dropFirst().map(String.init))
    return "#BD:\(address < 10 ? "0" : "")\(address),\(answer)"
  }

  /// Checks in the order CMD, CH, PAR, VAL, LOC.
  private mutating func respond(_ fields: [String]) -> String {
    var named: [String: String] = [:]
    for field in fields {
      guard let colon = field.firstIndex(of: ":") else { return "CMD:ERR" }
      named[String(field[..<colon])] = String(field[field.index(after: colon)...])
    }
    let command = named["CMD"]
    guard command == "MON" || command == "SET" else { return "CMD:ERR" }
    guard let name = named["PAR"] else { return "PAR:ERR" }
    let definition = CAENParameter.named(name)
    var range: Range<Int> = 0..<0
    if definition?.scope != .board {
      guard let text = named["CH"], let channel = Int(text), (0...channels.count).contains(channel) else {
        return "CH:ERR"
      }
      range = channel == channels.count ? 0..<channels.count : channel..<channel + 1
    }
    guard let definition, command == "MON" ? definition.isReadable : definition.isWritable else { return "PAR:ERR" }
    if command == "MON" {
      guard definition.scope == .channel else { return "CMD:OK,VAL:\(boardValue(name))" }
      return "CMD:OK,VAL:" + range.map { value(name, $0, definition) }.joined(separator: ";")
    }
    let wanted = named["VAL"]
    guard isRight(wanted, definition) else { return "VAL:ERR" }
    guard !isLocal else { return "LOC:ERR" }
    if definition.scope == .board { setBoard(name, wanted ?? "") }
    for channel in range { set(name, wanted ?? "", channel) }
    return "CMD:OK"
  }

  // MARK: Reading

  private func boardValue(_ name: String) -> String {
    switch name {
    case "BDNAME": model
    case "BDNCH": "\(channels.count)"
    case "BDFREL": firmware
    case "BDSNUM": serial
    case "BDILK": isInterlockActive ? "YES" : "NO"
    case "BDILKM": interlockMode
    case "BDCTR": isLocal ? "LOCAL" : "REMOTE"
    case "BDTERM": "ON"
    default: "\(alarm)"
    }
  }

  /// BDALARM: the channels in alarm.
  private var alarm: Int {
    channels.enumerated().reduce(0) { $0 | ($1.element.isAlarmed && !isOldFirmware ? 1 << $1.offset : 0) }
  }

  private mutating func value(_ name: String, _ index: Int, _ definition: CAENParameter) -> String {
    let channel = channels[index]
    func padded(_ value: Double) -> String { definition.padded(value) }
    switch name {
    case "VSET": return padded(channel.voltageSet)
    case "VMIN", "MVMIN", "IMIN", "TRIPMIN": return padded(0)
    case "VMAX": return padded(maximumVoltage)
    case "VDEC", "TRIPDEC": return "1"
    case "VMON": return padded(max(0, channel.voltage + (channel.voltage > 1 ? 0.05 * random() : 0)))
    case "ISET": return padded(channel.currentSet)
    case "IMAX": return padded(maximumCurrent)
    case "ISDEC": return "2"
    case "IMDEC": return channel.isLowRange ? "3" : "2"
    case "IMON":
      guard channel.isLowRange else { return padded(channel.current) }
      return definition.padded(min(channel.current, maximumCurrent / 10), decimals: 3, digits: 3)
    case "IMRANGE": return channel.isLowRange ? "LOW" : "HIGH"
    case "MAXV": return padded(channel.maximumVoltage)
    case "MVMAX": return padded(maximumVoltage + 100)
    case "MVDEC", "RUPDEC", "RDWDEC": return "0"
    case "RUP": return padded(channel.rampUp)
    case "RDW": return padded(channel.rampDown)
    case "RUPMIN", "RDWMIN": return padded(1)
    case "RUPMAX", "RDWMAX": return padded(500)
    case "TRIP": return padded(channel.tripTime)
    case "TRIPMAX": return padded(1000)
    case "PDWN": return channel.killsOnPowerDown ? "KILL" : "RAMP"
    case "POL": return channel.polarity
    default: return definition.padded(Double(channel.status), digits: 5)
    }
  }

  /// From -1 to 1 (SplitMix64, Steele, Lea and Flood 2014).
  private mutating func random() -> Double {
    noise &+= 0x9E37_79B9_7F4A_7C15
    var z = noise
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1
  }

  // MARK: Setting

  private func isRight(_ value: String?, _ definition: CAENParameter) -> Bool {
    switch definition.form {
    case .none: return value == nil
    case .word(let words): return value.map(words.contains) ?? false
    case .text: return false
    case .number, .integer:
      guard let value, let number = CAENNumber.parse(value)?.value else { return false }
      return switch definition.name {
      case "VSET": (0...maximumVoltage).contains(number)
      case "ISET": (0...maximumCurrent).contains(number)
      case "MAXV": (0...maximumVoltage + 100).contains(number)
      default: definition.range?.contains(number) ?? true
      }
    }
  }

  private mutating func setBoard(_ name: String, _ value: String) {
    if name == "BDILKM" { interlockMode = value }
    guard name == "BDCLR" else { return }
    for channel in channels.indices {
      channels[channel].isAlarmed = false
      channels[channel].isTripped = false
    }
  }

  private mutating func set(_ name: String, _ value: String, _ channel: Int) {
    let number = CAENNumber.parse(value)?.value ?? 0
    switch name {
    case "VSET": channels[channel].voltageSet = number
    case "ISET": channels[channel].currentSet = number
    case "MAXV": channels[channel].maximumVoltage = number
    case "RUP": channels[channel].rampUp = number
    case "RDW": channels[channel].rampDown = number
    case "TRIP": channels[channel].tripTime = number
    case "PDWN": channels[channel].killsOnPowerDown = value == "KILL"
    case "IMRANGE": channels[channel].isLowRange = value == "LOW"
    case "ON": channels[channel].switchOn()
    case "OFF": channels[channel].switchOff()
    default: break
    }
  }
}
