import CSerialPort
import Glibc

/// A serial port of this machine and what is plugged into it.
public struct SerialPort: Sendable, Equatable {
  /// The device node, for example `/dev/ttyACM0`; it may change when the device is plugged in again.
  public var device: String
  /// What the driver says it is.
  public var description: String
  /// Who is plugged in; `nil` for a port that is not on the USB.
  public var identity: Identity?

  /// What stays the same when a USB device is plugged in again elsewhere.
  public struct Identity: Sendable, Equatable {
    /// Vendor and product.
    public var vendor: Int, product: Int
    /// The serial number; boards without one cannot be told apart.
    public var serialNumber: String?
  }

  /// The ports of this machine, found through libserialport.
  public static func all() -> [SerialPort] {
    var list: UnsafeMutablePointer<OpaquePointer?>?
    guard sp_list_ports(&list) == SP_OK, let list else { return [] }
    defer { sp_free_port_list(list) }
    var ports: [SerialPort] = []
    var place = 0
    // The list ends with a null pointer.
    while let port = list[place] {
      ports.append(SerialPort(port))
      place += 1
    }
    return ports
  }

  /// The port of a device node or of a link to one; `nil` for what libserialport does not know, as pseudo terminals.
  public static func named(_ path: String) -> SerialPort? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    let device = String(cString: resolved)
    return all().first { $0.device == device }
  }

  /// The port into which a device is plugged now; `nil` when it is in none.
  public static func holding(_ identity: Identity) -> SerialPort? { all().first { $0.identity == identity } }

  /// Reads the facts of a port; the strings belong to it and are copied.
  private init(_ port: OpaquePointer) {
    func text(_ start: UnsafeMutablePointer<CChar>?) -> String? { start.map { String(cString: $0) } }
    device = text(sp_get_port_name(port)) ?? ""
    description = text(sp_get_port_description(port)) ?? ""
    var (vendor, product): (Int32, Int32) = (0, 0)
    if sp_get_port_transport(port) == SP_TRANSPORT_USB, sp_get_port_usb_vid_pid(port, &vendor, &product) == SP_OK {
      identity = Identity(
        vendor: Int(vendor), product: Int(product), serialNumber: text(sp_get_port_usb_serial(port)))
    } else {
      identity = nil
    }
  }
}
