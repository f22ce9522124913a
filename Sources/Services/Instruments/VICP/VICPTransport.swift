import Errors
import Synchronization

/// A line to a LeCroy oscilloscope by VICP, its own protocol over TCP.
public final class VICPTransport: MessageTransport {
  private let host: String
  private let port: UInt16
  private let connectTimeout: Duration
  private var connection: InstrumentSocket?
  private var sequence: UInt8 = 1
  private var piece = [UInt8](repeating: 0, count: 1 << 20)
  private let shared = Mutex<InstrumentSocket?>(nil)

  /// Where it leads.
  public var resource: String { "VICP::\(host)::INSTR" }

  /// Connects.
  ///
  /// - Parameters:
  ///   - host: name or IPv4 address.
  ///   - port: the port, 1861 by the protocol.
  ///   - timeout: for connecting.
  /// - Throws: `transport.unknownHost`, `transport.lost`, `transport.timeout`.
  public init(host: String, port: UInt16 = 1861, timeout: Duration) throws(CavernError) {
    (self.host, self.port, connectTimeout) = (host, port, timeout)
    try connect()
  }

  deinit { connection?.shutDown() }

  private func connect() throws(CavernError) {
    let address = try InstrumentSocket.resolve(host)
    do throws(InstrumentSocket.Fault) {
      let new = try InstrumentSocket.connect(address, port: port, milliseconds: connectTimeout.milliseconds)
      connection = new
      shared.withLock { $0 = new }
    } catch {
      throw TransportFault.of(error, "VICP at \(host), port \(port)")
    }
    sequence = 1
  }

  /// Sends a message as one block with EOI.
  public func write(_ message: [UInt8], timeout: Duration) throws(CavernError) {
    try send(VICPFrame.Operation([.data, .remote, .end]), message, timeout, "write")
    sequence = VICPFrame.next(sequence)
  }

  /// Receives blocks up to one with EOI.
  public func read(into message: inout [UInt8], limit: Int, timeout: Duration) throws(CavernError) {
    let connection = try open()
    let deadline = Deadline(timeout)
    message.removeAll(keepingCapacity: true)
    while true {
      let frame = try header(connection, deadline)
      guard message.count + frame.length <= limit else {
        throw lose(TransportFault.malformed("a block of \(frame.length) bytes, more than \(limit) in all"))
      }
      var left = frame.length
      while left > 0 {
        let time = try limited(deadline)
        let got = try step("read") { () throws(InstrumentSocket.Fault) in
          try connection.receive(into: &piece, limit: left, milliseconds: time.milliseconds)
        }
        message.append(contentsOf: piece[..<got])
        left -= got
      }
      // A service request is a block of its own and no part of the message.
      if frame.operation.contains(.serviceRequest), !frame.operation.contains(.data) { continue }
      if frame.operation.contains(.end) { return }
    }
  }

  /// The status byte by `*STB?`: a serial poll has no answer of its own in version 1 of the protocol.
  public func readStatusByte(timeout: Duration) throws(CavernError) -> UInt8 {
    try write(Array("*STB?\n".utf8), timeout: timeout)
    let text = String(decoding: try read(limit: 256, timeout: timeout), as: UTF8.self)
    let number = text.split { !"0123456789".contains($0) }.last.flatMap { UInt8($0) }
    guard let number else { throw TransportFault.malformed("'\(text)' in answer to *STB?") }
    return number
  }

  /// `*TRG`.
  public func trigger(timeout: Duration) throws(CavernError) { try write(Array("*TRG\n".utf8), timeout: timeout) }

  /// A block with the CLEAR flag; what is still on its way is dropped.
  public func clear(timeout: Duration) throws(CavernError) {
    try send(VICPFrame.Operation([.data, .remote, .clear, .end]), [], timeout, "clear")
    // Bytes of the reply that was cut short may still come; the safe way past them is a new connection.
    try reconnect()
  }

  /// A block that sets or drops the REMOTE flag.
  public func setRemote(_ isRemote: Bool, timeout: Duration) throws(CavernError) {
    try send(isRemote ? [.data, .remote, .end] : [.data, .end], [], timeout, "remote")
  }

  /// Nothing: a VICP instrument serves one client at a time.
  public func lock(timeout: Duration) throws(CavernError) { _ = try open() }

  /// Nothing, as `lock`.
  public func unlock(timeout: Duration) throws(CavernError) {}

  /// Connects anew.
  public func reconnect() throws(CavernError) {
    close()
    try connect()
  }

  /// Ends the connection.
  public func close() {
    connection?.shutDown()
    connection = nil
    shared.withLock { $0 = nil }
  }

  /// Ends the connection under an operation that waits.
  public var abortHandle: TransportAbort {
    let now = shared.withLock { $0 }
    return TransportAbort { now?.shutDown() }
  }

  // MARK: Helpers

  private func open() throws(CavernError) -> InstrumentSocket {
    guard let connection else { throw TransportFault.lost("not connected") }
    return connection
  }

  private func send(
    _ operation: VICPFrame.Operation, _ data: [UInt8], _ timeout: Duration, _ what: String
  ) throws(CavernError) {
    let connection = try open()
    let frame = VICPFrame(operation, sequence: sequence, length: data.count)
    try step(what) { () throws(InstrumentSocket.Fault) in
      try connection.send([frame.bytes[...], data[...]], milliseconds: timeout.milliseconds)
    }
  }

  private func header(_ connection: InstrumentSocket, _ deadline: Deadline) throws(CavernError) -> VICPFrame {
    var bytes: [UInt8] = []
    let time = try limited(deadline)
    try step("read") { () throws(InstrumentSocket.Fault) in
      try connection.receive(VICPFrame.size, onto: &bytes, milliseconds: time.milliseconds)
    }
    guard let frame = VICPFrame(bytes) else { throw lose(TransportFault.malformed("not a VICP header")) }
    return frame
  }

  private func limited(_ deadline: Deadline) throws(CavernError) -> Duration {
    do throws(CavernError) {
      return try deadline.left("read")
    } catch {
      throw lose(error)
    }
  }

  private func step<Value>(
    _ what: String, _ body: () throws(InstrumentSocket.Fault) -> Value
  ) throws(CavernError) -> Value {
    do throws(InstrumentSocket.Fault) {
      return try body()
    } catch {
      throw lose(TransportFault.of(error, what))
    }
  }

  /// Gives the connection up: after a fault inside a block its stream is out of step.
  private func lose(_ fault: CavernError) -> CavernError {
    close()
    return fault
  }
}
