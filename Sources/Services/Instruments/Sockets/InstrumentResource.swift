import Errors

/// The address of an instrument: a VISA resource string, or a host alone.
///
/// `TCPIP::host::inst0::INSTR` (VXI-11), `TCPIP0::host::INSTR`, `VICP::host::INSTR`, `host`, `host:port`.
public struct InstrumentResource: Sendable, Equatable {
  /// How the instrument is reached.
  public enum Kind: String, Sendable, CaseIterable {
    /// Try VICP, then VXI-11: an oscilloscope listens on one of them.
    case automatic = "auto"
    /// VXI-11.
    case vxi11
    /// VICP.
    case vicp
  }

  /// How it is reached.
  public var kind: Kind
  /// Name or IPv4 address.
  public var host: String
  /// Name of the device behind VXI-11.
  public var device = "inst0"
  /// Port of the core channel or of VICP; `nil` for the usual one.
  public var port: UInt16?
  /// Port of the port mapper.
  public var mapperPort = VXI11.mapperPort

  /// Reads an address.
  ///
  /// - Throws: `transport.badResource` (exit 64).
  public init(_ text: String) throws(CavernError) {
    let parts = text.split(separator: "::", omittingEmptySubsequences: false).map(String.init)
    let head = parts[0].uppercased()
    guard parts.count > 1 else {
      let pieces = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard pieces.count <= 2, let host = pieces.first, Self.isHost(host) else { throw Self.bad(text) }
      (kind, self.host) = (.automatic, host)
      if pieces.count == 2 {
        guard let number = UInt16(pieces[1]), number > 0 else { throw Self.bad(text) }
        port = number
      }
      return
    }
    var rest = Array(parts.dropFirst())
    guard let host = rest.first, Self.isHost(host) else { throw Self.bad(text) }
    self.host = host
    rest.removeFirst()
    if rest.last?.uppercased() == "INSTR" { rest.removeLast() }
    guard rest.count <= 1, rest.allSatisfy({ !$0.isEmpty }) else { throw Self.bad(text) }
    if head == "VICP", rest.isEmpty {
      kind = .vicp
    } else if head == "TCPIP" || head.hasPrefix("TCPIP") && UInt8(head.dropFirst(5)) != nil {
      kind = .vxi11
      if let name = rest.first {
        guard name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "," }), !name.lowercased().hasPrefix("hislip")
        else {
          throw Self.bad(text)
        }
        device = name
      }
    } else {
      throw Self.bad(text)
    }
  }

  private static func isHost(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        byte == 0x2D || byte == 0x2E || byte == 0x5F || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte)
      }
  }

  private static func bad(_ text: String) -> CavernError {
    CavernError(
      "transport.badResource", "'\(text)' is not the address of an instrument", exit: .usage,
      expected: "HOST, HOST:PORT, TCPIP::HOST::inst0::INSTR or VICP::HOST::INSTR")
  }

  /// Connects.
  ///
  /// - Parameter timeout: for each step.
  /// - Throws: as the transports; with `auto`, the fault of VXI-11 when neither answers.
  public func connect(timeout: Duration) throws(CavernError) -> any MessageTransport {
    switch kind {
    case .vicp: return try VICPTransport(host: host, port: port ?? VICPFrame.port, timeout: timeout)
    case .vxi11: return try vxi11(timeout)
    case .automatic:
      if port == nil {
        let patience = min(timeout, .seconds(2))
        if let line = try? VICPTransport(host: host, timeout: patience) { return line }
      }
      return try vxi11(timeout)
    }
  }

  private func vxi11(_ timeout: Duration) throws(CavernError) -> VXI11Transport {
    try VXI11Transport(
      VXI11Transport.Place(host: host, device: device, corePort: port, mapperPort: mapperPort), timeout: timeout)
  }
}
