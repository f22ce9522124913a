import Errors

/// A broker with all of its interfaces.
public final class HVService: Sendable {
  /// The broker.
  public let broker: HVBroker
  private let socket: BrokerSocket
  private let pages: BrokerWeb?
  private let old: BrokerXMLRPC?

  /// Starts everything; nothing is left running when a part does not start.
  ///
  /// - Parameters:
  ///   - configuration: what it needs to know.
  ///   - recorder: takes samples to be recorded.
  ///   - neighbour: what is served over HTTP at the broker's addresses besides.
  ///   - log: takes lines about what happens.
  /// - Throws: `http.openByMistake` (exit 77) before anything is opened, and what the parts throw.
  public init(
    _ configuration: HVConfiguration, recorder: (@Sendable ([HVLogSample]) -> Void)? = nil,
    neighbour: BrokerWeb.Neighbour? = nil,
    log: @escaping @Sendable (String) -> Void
  ) throws(CavernError) {
    // Refuse what would be open by mistake before the line is touched.
    _ = try BrokerWeb.serverConfiguration(configuration)
    broker = try HVBroker(configuration, recorder: recorder, log: log)
    pages = try Self.pages(broker, neighbour, log)
    old = configuration.servesXMLRPC ? try BrokerXMLRPC(broker) : nil
    socket = try BrokerSocket(broker)
    broker.begin()
  }

  /// The HTTP interface; a place that is taken, or a machine without IPv6, does not keep the supply from being served.
  private static func pages(
    _ broker: HVBroker, _ neighbour: BrokerWeb.Neighbour?, _ log: @Sendable (String) -> Void
  ) throws(CavernError) -> BrokerWeb? {
    var places = broker.configuration.web
    while !places.isEmpty {
      do throws(CavernError) {
        return try BrokerWeb(broker, on: places, neighbour: neighbour)
      } catch {
        guard error.code == "http.cannotListen" else { throw error }
        log("no HTTP at \(error.file ?? ""): \(error.message)")
        places.removeAll { $0.text == error.file }
        if !broker.configuration.web.contains(where: { $0.text == error.file }) { return nil }
      }
    }
    return nil
  }

  /// Where the HTTP interface listens.
  public var web: [String] { pages?.endpoints.map(\.text) ?? [] }

  /// The port of XML-RPC; `nil` when it is not served.
  public var portXMLRPC: Int? { old?.port }

  /// Ends everything in order; outputs stay as they are unless the configuration says otherwise.
  public func stop() {
    socket.stop()
    if broker.configuration.rampsDownOnExit { broker.rampDown() }
    broker.stop()
    pages?.stop()
    old?.stop()
  }
}

extension HVBroker {
  /// Brings every channel that is on to 0 V and off, for `on_exit = "ramp-down"`.
  func rampDown() {
    for place in state.withLock({ state in state.core.channels.filter { $0.value.isOn }.keys.sorted() }) {
      let answer = perform { id in
        var command = HVCommand(
          id: id, actor: HVActor(name: "broker", role: .emergency, client: 0, address: "broker"), channel: place,
          steps: [.off])
        command.reason = "the broker ends"
        return command
      }
      if let fault = answer.fault { log("channel \(place.text) is not off: \(fault.message)") }
    }
  }
}
