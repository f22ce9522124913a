import Errors
import Foundation
import JSON
import Synchronization

/// Puts a simulator on a TCP port that serves one client at a time, as the device does.
public final class CAENSimulatorServer: Sendable {
  /// What happens to a second client.
  public enum SecondClient: String, Sendable, CaseIterable {
    /// Its connection ends at once.
    case refuse
    /// It is accepted and never answered.
    case mute
    /// It takes the place of the first.
    case steal
  }

  private struct Slot {
    var owner: ObjectIdentifier?
    var heldUntil: ContinuousClock.Instant?
    var clients: [ObjectIdentifier: Socket] = [:]
    var isStopped = false
  }

  /// The simulator behind it.
  public let simulator: CAENSimulator
  private let listener: Socket
  private let second: SecondClient
  private let hold: Duration
  private let slot = Mutex(Slot())

  /// Starts listening.
  ///
  /// - Parameters:
  ///   - simulator: what answers.
  ///   - port: 0 lets the kernel choose.
  ///   - second: what happens to a second client.
  ///   - hold: how long the place of a client that ended abruptly stays taken.
  /// - Throws: `line.cannotListen` (exit 69).
  public init(
    _ simulator: CAENSimulator, host: String = "127.0.0.1", port: Int = 0, second: SecondClient = .refuse,
    hold: Duration = .zero
  ) throws(CavernError) {
    self.simulator = simulator
    self.second = second
    self.hold = hold
    listener = try Socket.listen(host: host, port: port)
    let thread = Thread { [self] in acceptAll() }
    thread.name = "hv-simulator"
    thread.start()
  }

  /// The TCP port.
  public var port: Int { listener.port }

  /// Stops listening and ends all connections.
  public func stop() {
    let clients = slot.withLock { slot in
      slot.isStopped = true
      return Array(slot.clients.values)
    }
    listener.shutDown()
    for client in clients { client.shutDown() }
  }

  /// Ends the connections abruptly, as a power cut does.
  public func dropClients() {
    for client in slot.withLock({ Array($0.clients.values) }) {
      client.resetOnClose()
      client.shutDown()
    }
  }

  private var isStopped: Bool { slot.withLock { $0.isStopped } }

  private func acceptAll() {
    while !isStopped {
      guard let client = listener.accept(within: .milliseconds(200)) else { continue }
      let thread = Thread { [self] in serve(client) }
      thread.start()
    }
  }

  /// Whether the client may have the place.
  private func take(_ client: Socket) -> Bool {
    slot.withLock { slot in
      slot.clients[ObjectIdentifier(client)] = client
      let isHeld = slot.heldUntil.map { $0 > .now } ?? false
      if slot.owner == nil, !isHeld {
        slot.owner = ObjectIdentifier(client)
        return true
      }
      if second == .steal {
        if let owner = slot.owner { slot.clients[owner]?.shutDown() }
        slot.owner = ObjectIdentifier(client)
        return true
      }
      return false
    }
  }

  private func release(_ client: Socket, isAbrupt: Bool) {
    slot.withLock { slot in
      slot.clients[ObjectIdentifier(client)] = nil
      guard slot.owner == ObjectIdentifier(client) else { return }
      slot.owner = nil
      slot.heldUntil = isAbrupt ? .now + hold : nil
    }
  }

  private func serve(_ client: Socket) {
    let isOwner = take(client)
    var isAbrupt = false
    defer {
      client.shutDown()
      release(client, isAbrupt: isAbrupt)
    }
    if !isOwner, second == .refuse { return }
    var reader = RequestLines()
    while !isStopped {
      do throws(CavernError) {
        for line in reader.add(try client.receive(upTo: 4096, within: .milliseconds(200))) where isOwner {
          let answer = simulator.answer(line)
          for piece in answer.pieces {
            if piece.pause > 0 { Thread.sleep(forTimeInterval: piece.pause) }
            try client.send(piece.bytes, within: .seconds(5))
          }
          if answer.isAbrupt { client.resetOnClose() }
          if answer.ends { return }
        }
      } catch {
        // An end in order is read as such; anything else left the place taken.
        isAbrupt = !error.message.contains("closed")
        return
      }
    }
  }
}

/// Cuts arriving bytes into request lines ended by CR, LF or both.
struct RequestLines {
  private var rest: [UInt8] = []

  /// The lines that are whole now.
  mutating func add(_ bytes: [UInt8]) -> [String] {
    var lines: [String] = []
    for byte in bytes {
      if byte == 0x0D || byte == 0x0A {
        if !rest.isEmpty { lines.append(String(decoding: rest, as: UTF8.self)) }
        rest = []
      } else if rest.count < 1024 {
        rest.append(byte)
      }
    }
    return lines
  }
}
