import Errors

/// A server of remote procedure calls over TCP with record marking (RFC 5531, section 11).
struct RPCServer {
  /// Longest call that is taken, in bytes.
  static let longestCall = 1 << 22

  /// What one connection does with a call; `nil` ends the connection.
  typealias Handler = (RPCMessage.Call) -> RPCMessage.Outcome?

  /// Serves one connection until it ends.
  ///
  /// - Parameter pace: called with the bytes about to be sent; for simulated slow lines.
  static func serve(
    _ connection: InstrumentSocket, pace: (Int) -> Void = { _ in }, _ handle: Handler
  ) {
    do throws(InstrumentSocket.Fault) {
      while true {
        let record = try receive(connection)
        guard let call = RPCMessage.call(record[...]), let outcome = handle(call) else { return }
        let head = RPCMessage.reply(to: call.transaction, outcome)
        var payload: ArraySlice<UInt8> = []
        if case .results(_, let bytes) = outcome { payload = bytes }
        let padding = [UInt8](repeating: 0, count: -payload.count & 3)
        var mark = XDRWriter()
        mark.unsigned(1 << 31 | UInt32(truncatingIfNeeded: head.count + payload.count + padding.count))
        pace(payload.count)
        try connection.send([mark.bytes[...] + head, payload, padding[...]], milliseconds: 30_000)
      }
    } catch {
      // The client has gone or does not read; the connection ends.
      return
    }
  }

  private static func receive(_ connection: InstrumentSocket) throws(InstrumentSocket.Fault) -> [UInt8] {
    var record: [UInt8] = []
    while true {
      var mark: [UInt8] = []
      // An idle client is left alone; the listener's end wakes the wait.
      try connection.receive(4, onto: &mark, milliseconds: -1)
      var reader = XDRReader(mark[...])
      let word = reader.unsigned() ?? 0
      let length = Int(word & 0x7FFF_FFFF)
      guard record.count + length <= longestCall else { throw .closed }
      try connection.receive(length, onto: &record, milliseconds: 30_000)
      if word >> 31 == 1 { return record }
    }
  }
}
