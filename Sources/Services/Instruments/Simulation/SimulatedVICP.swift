import Foundation

/// The VICP side of the simulated oscilloscope.
struct SimulatedVICP: Sendable {
  let instrument: SimulatedInstrument

  /// Serves a connection until it ends.
  func serve(_ connection: InstrumentSocket) {
    let output = SimulatedOutput()
    do throws(InstrumentSocket.Fault) {
      while true {
        var header: [UInt8] = []
        try connection.receive(VICPFrame.size, onto: &header, milliseconds: -1)
        guard let frame = VICPFrame(header), frame.length <= 1 << 20 else { return }
        var data: [UInt8] = []
        try connection.receive(frame.length, onto: &data, milliseconds: 30_000)
        if frame.operation.contains(.clear) {
          output.clear()
          continue
        }
        guard frame.operation.contains(.data),
          let message = output.collect(data, isEnd: frame.operation.contains(.end))
        else { continue }
        let answer = instrument.execute(message)
        output.put(answer)
        guard answer.reply != nil, answer.fault?.kind != .mute else { continue }
        guard try send(output, connection, sequence: frame.sequence) else { return }
      }
    } catch {
      // The client has gone.
      return
    }
  }

  /// Sends what is queued in blocks; `false` when the connection is to break.
  private func send(
    _ output: SimulatedOutput, _ connection: InstrumentSocket, sequence: UInt8
  ) throws(InstrumentSocket.Fault) -> Bool {
    while true {
      switch output.next(1 << 20, waiting: 1000) {
      case .timeout, .aborted: return true
      case .cut(let bytes):
        let frame = VICPFrame([.data, .end], sequence: sequence, length: bytes.count + 4096)
        try connection.send([frame.bytes[...], bytes], milliseconds: 30_000)
        connection.resetOnClose()
        return false
      case .bytes(let bytes, let isEnd, let bytesPerSecond):
        if let bytesPerSecond, bytesPerSecond > 0 {
          Thread.sleep(forTimeInterval: Double(bytes.count) / Double(bytesPerSecond))
        }
        let frame = VICPFrame(isEnd ? [.data, .end] : [.data], sequence: sequence, length: bytes.count)
        try connection.send([frame.bytes[...], bytes], milliseconds: 30_000)
        if isEnd { return true }
      }
    }
  }
}
