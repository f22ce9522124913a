import Errors
import JSON

/// Looking for instruments on the network.
public enum ScopeDiscovery {
  /// An instrument that answered.
  public struct Found: Sendable, Equatable {
    /// IPv4 address.
    public var host: String
    /// Port of its VXI-11 core channel.
    public var corePort: Int
    /// Its answer to `*IDN?`; `nil` when it gave none.
    public var identity: String?

    /// `host`, `resource`, `core_port`, `identity`.
    public var json: JSONValue {
      [
        "host": .string(host), "resource": .string("TCPIP::\(host)::inst0::INSTR"), "core_port": .integer(corePort),
        "identity": .optional(identity),
      ]
    }
  }

  /// Asks port mappers for VXI-11, by broadcast or at given hosts, and each that serves it who it is.
  ///
  /// - Parameters:
  ///   - hosts: names or IPv4 addresses; `255.255.255.255` asks the local network.
  ///   - mapperPort: port of the port mappers.
  ///   - timeout: how long answers are collected.
  /// - Returns: the instruments by address.
  public static func find(
    hosts: [String] = ["255.255.255.255"], mapperPort: UInt16 = VXI11.mapperPort, timeout: Duration
  ) throws(CavernError) -> [Found] {
    var addresses: [UInt32] = []
    for host in hosts { addresses.append(try InstrumentSocket.resolve(host)) }
    let transaction = UInt32.random(in: 1...(.max))
    // GETPORT (3) of the core channel for TCP (6).
    var call = RPCMessage.encoded(transaction, VXI11.mapperProgram, VXI11.mapperVersion, 3)
    for value in [VXI11.coreProgram, VXI11.version, 6, 0] { call.unsigned(value) }
    let answers = DatagramQuestion.ask(call.bytes, addresses, port: mapperPort, timeout: timeout)
    var found: [UInt32: Found] = [:]
    for (address, answer) in answers where found[address] == nil {
      guard var results = RPCMessage.results(answer[...], of: transaction), let port = results.unsigned(),
        port > 0, port < 65536
      else { continue }
      let host = [24, 16, 8, 0].map { String(address >> $0 & 255) }.joined(separator: ".")
      let place = VXI11Transport.Place(host: host, corePort: UInt16(port))
      var identity: String?
      if let line = try? VXI11Transport(place, timeout: timeout),
        (try? line.write(Array("*IDN?\n".utf8), timeout: timeout)) != nil,
        let reply = try? line.read(limit: 4096, timeout: timeout)
      {
        identity = ScopeReply.value(String(decoding: reply, as: UTF8.self))
        line.close()
      }
      found[address] = Found(host: host, corePort: Int(port), identity: identity)
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }
}
