import Foundation
import Glibc
import Synchronization

/// Stands between a client and a server on loopback and does harm on demand: cuts connections in the middle of an answer, or
/// stops passing anything on.
public final class FaultProxy: Sendable {
  /// What it does to a connection.
  public enum Harm: Sendable, Equatable {
    /// Nothing.
    case none
    /// Closes the connection once the server has sent so many bytes.
    case cut(afterBytes: Int)
    /// Passes nothing on any more once the server has sent so many bytes.
    case stall(afterBytes: Int)
  }

  private struct State {
    var harms: [Harm] = []
    var descriptors: [Int32] = []
    var connections = 0
    var isStopped = false
  }

  /// The port it listens on.
  public let port: Int
  private let listener: Int32
  private let target: Int
  private let state = Mutex(State())

  /// A proxy before a port.
  ///
  /// - Parameter harms: what happens to the first connections, in order; later ones are left alone.
  public init(to target: Int, harms: [Harm] = []) throws {
    self.target = target
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = LoopbackAddress.make(port: 0)
    guard LoopbackAddress.bind(listener, &address) == 0, listen(listener, 16) == 0 else {
      throw PostgresServer.Fault(description: "the proxy cannot listen")
    }
    port = LoopbackAddress.port(of: listener)
    state.withLock { $0.harms = harms }
    Thread.detachNewThread { [self] in accept() }
  }

  /// How many connections it has seen.
  public var connections: Int { state.withLock { $0.connections } }

  /// Closes everything.
  public func stop() {
    let open = state.withLock { state in
      state.isStopped = true
      return state.descriptors
    }
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
  }

  private func accept() {
    while true {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0 else { return }
      let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = LoopbackAddress.make(port: target)
      guard LoopbackAddress.connect(server, &address) == 0 else {
        close(client)
        close(server)
        continue
      }
      let harm = state.withLock { state -> Harm in
        state.connections += 1
        state.descriptors += [client, server]
        return state.harms.isEmpty ? .none : state.harms.removeFirst()
      }
      Thread.detachNewThread { Self.pump(from: client, to: server, .none) }
      Thread.detachNewThread { Self.pump(from: server, to: client, harm) }
    }
  }

  private static func pump(from source: Int32, to sink: Int32, _ harm: Harm) {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    var passed = 0
    while true {
      let count = read(source, &buffer, buffer.count)
      guard count > 0 else { break }
      passed += count
      if case .cut(let limit) = harm, passed > limit { break }
      if case .stall(let limit) = harm, passed > limit { continue }
      var sent = 0
      while sent < count {
        let wrote = buffer[sent..<count].withUnsafeBytes { send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard wrote > 0 else { break }
        sent += wrote
      }
      if sent < count { break }
    }
    shutdown(source, Int32(SHUT_RDWR))
    shutdown(sink, Int32(SHUT_RDWR))
  }
}
