import Foundation
import Synchronization

/// The VXI-11 side of the simulated oscilloscope: core channel, abort channel and port mapper.
final class SimulatedVXI11: Sendable {
  private let instrument: SimulatedInstrument
  private let device: String
  private let links = Mutex<(next: Int32, outputs: [Int32: SimulatedOutput])>((1, [:]))
  private let maximumReceive: UInt32
  /// Port of the abort channel.
  private let abortPort: Mutex<UInt16> = Mutex(0)

  init(_ instrument: SimulatedInstrument, device: String, maximumReceive: Int) {
    self.instrument = instrument
    self.device = device
    self.maximumReceive = UInt32(maximumReceive)
  }

  func setAbortPort(_ port: UInt16) { abortPort.withLock { $0 = port } }

  /// Serves a connection of the core channel.
  func serveCore(_ connection: InstrumentSocket) {
    var own: Set<Int32> = []
    var pace: Int?
    RPCServer.serve(connection, pace: { bytes in Self.hold(bytes, pace) }) { call in
      guard call.program == VXI11.coreProgram else { return .programUnavailable }
      guard call.version == VXI11.version else { return .versionMismatch(VXI11.version) }
      pace = nil
      if call.procedure == 10 { return create(call.arguments, &own) }
      if call.procedure == 12 { return read(call.arguments, connection, &pace) }
      return core(call.procedure, call.arguments, &own)
    }
    for link in own { destroy(link) }
  }

  /// Serves a connection of the abort channel.
  func serveAbort(_ connection: InstrumentSocket) {
    RPCServer.serve(connection) { call in
      guard call.program == VXI11.abortProgram else { return .programUnavailable }
      guard call.procedure == 1 else { return call.procedure == 0 ? .results([]) : .procedureUnavailable }
      var arguments = call.arguments
      guard let link = arguments.integer() else { return .garbage }
      guard let output = self.output(link) else { return Self.error(.badLink) }
      output.abort()
      return Self.error(.none)
    }
  }

  private static func hold(_ bytes: Int, _ pace: Int?) {
    guard let pace, pace > 0 else { return }
    Thread.sleep(forTimeInterval: Double(bytes) / Double(pace))
  }

  private func output(_ link: Int32) -> SimulatedOutput? { links.withLock { $0.outputs[link] } }

  private func destroy(_ link: Int32) {
    _ = instrument.unlock(Int(link))
    _ = links.withLock { $0.outputs.removeValue(forKey: link) }
  }

  private static func error(_ error: VXI11.DeviceError, _ more: UInt32...) -> RPCMessage.Outcome {
    var writer = XDRWriter()
    writer.integer(error.rawValue)
    for value in more { writer.unsigned(value) }
    return .results(writer.bytes)
  }

  private func create(_ arguments: XDRReader, _ own: inout Set<Int32>) -> RPCMessage.Outcome {
    var arguments = arguments
    guard arguments.integer() != nil, let wantsLock = arguments.unsigned(), let lockTimeout = arguments.unsigned(),
      let name = arguments.opaque()
    else { return .garbage }
    guard String(decoding: name, as: UTF8.self).lowercased() == device else {
      return Self.error(.notAccessible, 0, 0, 0)
    }
    let link = links.withLock { state in
      defer { state.next += 1 }
      state.outputs[state.next] = SimulatedOutput()
      return state.next
    }
    if wantsLock != 0, !instrument.lock(Int(link), waiting: Int(min(lockTimeout, 60_000))) {
      destroy(link)
      return Self.error(.locked, 0, 0, 0)
    }
    own.insert(link)
    return Self.error(.none, UInt32(bitPattern: link), UInt32(abortPort.withLock { $0 }), maximumReceive)
  }

  private func read(
    _ arguments: XDRReader, _ connection: InstrumentSocket, _ pace: inout Int?
  ) -> RPCMessage.Outcome? {
    var arguments = arguments
    guard let link = arguments.integer(), let size = arguments.unsigned(), let timeout = arguments.unsigned(),
      let lockTimeout = arguments.unsigned(), let flags = arguments.integer(), let terminator = arguments.integer()
    else { return .garbage }
    guard let output = output(link) else { return Self.error(.badLink, 0, 0) }
    guard admit(link, flags, lockTimeout) else { return Self.error(.locked, 0, 0) }
    switch output.next(Int(size), waiting: Int(min(timeout, 3_600_000))) {
    case .timeout: return Self.error(.timeout, 0, 0)
    case .aborted: return Self.error(.abort, 0, 0)
    case .cut(let bytes):
      // A record that promises more than is sent before the line breaks.
      var head = XDRWriter()
      head.unsigned(1 << 31 | UInt32(bytes.count + 4096))
      try? connection.send([head.bytes[...], bytes], milliseconds: 1000)
      connection.resetOnClose()
      return nil
    case .bytes(let bytes, let isEnd, let bytesPerSecond):
      pace = bytesPerSecond
      var reason: VXI11.Reason = isEnd ? .end : []
      if bytes.count == Int(size) { reason.insert(.requestCount) }
      if flags & VXI11.terminatorSet != 0, bytes.last == UInt8(truncatingIfNeeded: terminator) {
        reason.insert(.character)
      }
      var writer = XDRWriter()
      writer.integer(VXI11.DeviceError.none.rawValue)
      writer.integer(reason.rawValue)
      writer.unsigned(UInt32(bytes.count))
      return .results(writer.bytes, payload: bytes)
    }
  }

  private func admit(_ link: Int32, _ flags: Int32, _ lockTimeout: UInt32) -> Bool {
    instrument.admit(Int(link), waiting: flags & VXI11.waitLock != 0 ? Int(min(lockTimeout, 60_000)) : 0)
  }

  /// The procedures with short answers.
  private func core(
    _ procedure: UInt32, _ arguments: XDRReader, _ own: inout Set<Int32>
  ) -> RPCMessage.Outcome {
    var arguments = arguments
    guard procedure != 0 else { return .results([]) }
    guard (11...26).contains(procedure) else { return .procedureUnavailable }
    guard let link = arguments.integer() else { return .garbage }
    guard let output = output(link) else { return Self.error(.badLink, 0, 0) }
    switch procedure {
    case 11:
      guard arguments.unsigned() != nil, let lockTimeout = arguments.unsigned(), let flags = arguments.integer(),
        let data = arguments.opaque()
      else { return .garbage }
      guard admit(link, flags, lockTimeout) else { return Self.error(.locked, 0) }
      if let message = output.collect(data, isEnd: flags & VXI11.end != 0) { output.put(instrument.execute(message)) }
      return Self.error(.none, UInt32(data.count))
    case 13, 14, 15, 16, 17:
      guard let flags = arguments.integer(), let lockTimeout = arguments.unsigned() else { return .garbage }
      guard admit(link, flags, lockTimeout) else { return Self.error(.locked, 0) }
      if procedure == 13 { return Self.error(.none, UInt32(instrument.statusByte())) }
      if procedure == 14 { _ = instrument.execute(Array("*TRG".utf8)) }
      if procedure == 15 { output.clear() }
      return Self.error(.none)
    case 18:
      guard let flags = arguments.integer(), let lockTimeout = arguments.unsigned() else { return .garbage }
      let patience = flags & VXI11.waitLock != 0 ? Int(min(lockTimeout, 60_000)) : 0
      return Self.error(instrument.lock(Int(link), waiting: patience) ? .none : .locked)
    case 19: return Self.error(instrument.unlock(Int(link)) ? .none : .noLock)
    case 23:
      destroy(link)
      own.remove(link)
      return Self.error(.none)
    default: return Self.error(.notSupported)
    }
  }
}

/// A port mapper (RFC 1833, version 2) that knows the programs of the simulated instrument.
struct SimulatedPortMapper: Sendable {
  /// Ports by program.
  let ports: [UInt32: UInt16]

  /// Answers a call.
  func answer(_ call: RPCMessage.Call) -> RPCMessage.Outcome {
    guard call.program == VXI11.mapperProgram else { return .programUnavailable }
    guard call.version == VXI11.mapperVersion else { return .versionMismatch(VXI11.mapperVersion) }
    var writer = XDRWriter()
    switch call.procedure {
    case 0: return .results([])
    case 3:
      var arguments = call.arguments
      guard let program = arguments.unsigned(), arguments.unsigned() != nil, let protocolNumber = arguments.unsigned()
      else { return .garbage }
      writer.unsigned(protocolNumber == 6 ? UInt32(ports[program] ?? 0) : 0)
      return .results(writer.bytes)
    case 4:
      for (program, port) in ports.sorted(by: { $0.key < $1.key }) {
        for value in [1, program, 1, 6, UInt32(port)] { writer.unsigned(value) }
      }
      writer.unsigned(0)
      return .results(writer.bytes)
    default: return .procedureUnavailable
    }
  }
}
