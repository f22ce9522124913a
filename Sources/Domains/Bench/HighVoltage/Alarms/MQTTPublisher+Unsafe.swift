import CMosquitto
import Errors
import SharedLibraries
import Synchronization

/// Publishes messages to an MQTT broker through libmosquitto; reconnects by itself.
public final class MQTTPublisher: Sendable {
  private let address: UInt

  private static let library: Bool = mosquitto_lib_init() == 0

  /// Connects in the background.
  ///
  /// - Throws: `library.missing`, `mqtt.unavailable` (exit 69) when there is no library or it refuses.
  public init(host: String, port: Int) throws(CavernError) {
    try SharedLibrary.mosquitto.load()
    guard Self.library, let client = mosquitto_new(nil, true, nil) else {
      throw CavernError("mqtt.unavailable", "the MQTT library does not start", exit: .unavailable)
    }
    address = UInt(bitPattern: client)
    mosquitto_reconnect_delay_set(client, 1, 30, true)
    // Both return at once; the library's thread connects and sends.
    mosquitto_connect_async(client, host, Int32(port), 30)
    guard mosquitto_loop_start(client) == 0 else {
      throw CavernError("mqtt.unavailable", "the MQTT library has no thread", exit: .unavailable)
    }
  }

  deinit {
    guard let client = OpaquePointer(bitPattern: address) else { return }
    mosquitto_disconnect(client)
    mosquitto_loop_stop(client, false)
    mosquitto_destroy(client)
  }

  /// Hands a message over; it goes out at least once when the broker is there (quality of service 1).
  ///
  /// - Parameters:
  ///   - topic: where to.
  ///   - text: the message.
  ///   - isRetained: whether the broker keeps it for later readers.
  public func publish(_ topic: String, _ text: String, isRetained: Bool = false) {
    guard let client = OpaquePointer(bitPattern: address) else { return }
    let bytes = Array(text.utf8)
    // The library copies the message during the call.
    _ = bytes.withUnsafeBytes {
      mosquitto_publish(client, nil, topic, Int32($0.count), $0.baseAddress, 1, isRetained)
    }
  }
}
