import Errors
import Foundation
import Instruments
import JSON
import Synchronization

/// Serves clients on a Unix socket, one JSON object a line; who they are, the kernel says.
public final class BrokerSocket: Sendable {
  private let broker: HVBroker
  private let listener: Socket
  private let path: String
  private let isStopping = Atomic(false)

  /// Starts listening; the socket has mode 0660.
  ///
  /// - Throws: `line.cannotListen` (exit 69).
  public init(_ broker: HVBroker) throws(CavernError) {
    self.broker = broker
    path = broker.configuration.socket
    listener = try Socket.listen(path: path, mode: 0o660)
    let thread = Thread { [self] in acceptAll() }
    thread.name = "hv-clients"
    thread.start()
  }

  /// Stops listening.
  public func stop() {
    isStopping.store(true, ordering: .relaxed)
    listener.shutDown()
    try? FileManager.default.removeItem(atPath: path)
  }

  private func acceptAll() {
    while !isStopping.load(ordering: .relaxed) {
      guard let socket = listener.accept(within: .milliseconds(200)) else { continue }
      let thread = Thread { [self] in serve(socket) }
      thread.stackSize = 1 << 20
      thread.start()
    }
  }

  /// What a local user may do.
  static func role(of user: UInt32, _ configuration: HVConfiguration) -> HVRole {
    if user == LocalUsers.own || user == 0 { return .expert }
    if let group = configuration.operatorsGroup, LocalUsers.isMember(user, of: group) { return .operator }
    return .viewer
  }

  private func serve(_ socket: Socket) {
    guard let peer = socket.peer else { return }
    let client = broker.newClient()
    defer { broker.clientLeft(client) }
    let actor = HVActor(
      name: LocalUsers.name(peer.user), role: Self.role(of: peer.user, broker.configuration), client: client)
    var session = BrokerSession(broker, actor)
    let output = Mutex(socket)
    @Sendable func send(_ json: JSONValue) {
      output.withLock { socket in
        // A client that does not read is let go.
        if (try? socket.send(Array((json.text() + "\n").utf8), within: .seconds(2))) == nil { socket.shutDown() }
      }
    }
    var rest: [UInt8] = []
    while !isStopping.load(ordering: .relaxed) {
      guard let bytes = try? socket.receive(upTo: 65536, within: .milliseconds(500)) else { return }
      rest += bytes
      guard rest.count <= 64 << 10 else { return }
      while let end = rest.firstIndex(of: 0x0A) {
        let line = Array(rest[..<end])
        rest.removeSubrange(...end)
        guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) else { continue }
        guard let request = try? JSONValue(parsing: line) else {
          send(["ok": false, "error": "bad_request", "message": "not a JSON object"])
          continue
        }
        if request["op"]?.stringValue == "subscribe" {
          let wanted = Set(request["what"]?.arrayValue?.compactMap(\.stringValue) ?? ["samples", "alarms"])
          var answer = JSONObject()
          if let id = request["id"] { answer["id"] = id }
          answer["ok"] = true
          send(.object(answer))
          let events = HVEventPump { send($0) }
          broker.listen(client) { kind, json in
            if wanted.contains(kind) { events.add(["event": .string(kind), "data": json]) }
          }
        } else {
          send(session.answer(request))
        }
      }
    }
  }
}

/// Carries events to one reader on a queue of its own, so that a slow one holds up nobody; the oldest are dropped.
final class HVEventPump: Sendable {
  private let queue = DispatchQueue(label: "hv-events")
  private let waiting = Atomic(0)
  private let send: @Sendable (JSONValue) -> Void

  init(_ send: @escaping @Sendable (JSONValue) -> Void) { self.send = send }

  func add(_ json: JSONValue) {
    guard waiting.load(ordering: .relaxed) < 4096 else { return }
    waiting.add(1, ordering: .relaxed)
    queue.async { [self] in
      send(json)
      waiting.subtract(1, ordering: .relaxed)
    }
  }
}
