import Errors

/// A TCP connection to an instrument.
public struct TCPLine: ByteLine {
  /// The connection.
  public let socket: Socket

  /// A line over a connection.
  public init(_ socket: Socket) { self.socket = socket }

  /// Connects.
  ///
  /// - Parameters:
  ///   - host: a name or an address.
  ///   - port: 1 to 65535.
  ///   - limit: how long a connection may take.
  /// - Throws: `line.disconnected` (exit 69).
  public init(host: String, port: Int, within limit: Duration = .seconds(3)) throws(CavernError) {
    socket = try Socket.connect(host: host, port: port, within: limit)
  }

  /// Hands over all bytes; see `ByteLine`.
  public func send(_ bytes: [UInt8], within limit: Duration) throws(CavernError) {
    try socket.send(bytes, within: limit)
  }

  /// Bytes that have arrived; see `ByteLine`.
  public func receive(upTo count: Int, within limit: Duration) throws(CavernError) -> [UInt8] {
    try socket.receive(upTo: count, within: limit)
  }

  /// Ends the connection in order.
  public func close() { socket.shutDown() }
}
