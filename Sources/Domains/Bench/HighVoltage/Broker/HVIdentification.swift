import Instruments

/// Asks a board who it is, what it can and how it stands: what follows every connection.
struct HVIdentification {
  /// What is read of all channels.
  private static let channelParameters = [
    "VMIN", "VMAX", "VDEC", "IMAX", "ISDEC", "MAXV", "POL", "RUP", "RDW", "TRIP", "PDWN", "VSET", "ISET", "VMON",
    "IMON",
    "STAT", "IMRANGE",
  ]

  /// The board at an address; `nil` when it is silent.
  ///
  /// - Parameters:
  ///   - address: on the chain.
  ///   - serial: the configured serial number; another one makes the board a stranger that is only read.
  ///   - line: the line.
  ///   - limit: how long each reply may take.
  ///   - note: is called before each of the questions, which are many.
  static func identify(
    _ address: Int, serial: String?, _ line: inout CAENLine, within limit: Duration, note: () -> Void = {}
  ) -> HVIdentity? {
    func ask(_ name: String, _ channel: Int? = nil, _ line: inout CAENLine) -> [CAENValue]? {
      note()
      return line.exchangeRepeating(.monitor(board: address, channel: channel, name), within: limit).outcome.values
    }
    guard let model = ask("BDNAME", nil, &line)?.first?.text else { return nil }
    guard let count = ask("BDNCH", nil, &line)?.first?.integer, (1...16).contains(count),
      let firmware = ask("BDFREL", nil, &line)?.first?.text, let number = ask("BDSNUM", nil, &line)?.first?.text
    else { return nil }
    var board = HVBoardState()
    board.model = model
    board.channelCount = count
    board.firmware = firmware
    board.serial = number
    board.isTrusted = serial == nil || serial == number
    board.isLocal = ask("BDCTR", nil, &line)?.first?.text == "LOCAL"
    var channels = Array(repeating: HVChannelState(), count: count)
    for name in channelParameters {
      // A limit that a member of the family does not know stays unknown.
      guard let values = ask(name, count, &line), values.count == count else { continue }
      for (index, value) in values.enumerated() { take(value, name, &channels[index]) }
    }
    return HVIdentity(address: address, board: board, channels: channels)
  }

  private static func take(_ value: CAENValue, _ name: String, _ channel: inout HVChannelState) {
    switch name {
    case "VSET": channel.voltageSet = value.number
    case "ISET": channel.currentSet = value.number
    case "VMON": channel.voltage = value.number
    case "IMON": channel.current = value.number
    case "STAT": channel.status = value.integer.map { CAENStatus($0) }
    case "IMRANGE": channel.isLowRange = value.text == "LOW"
    default: channel.facts.take(value, name)
    }
  }
}
