import Glibc

/// Messages to systemd (sd_notify(3)): `READY=1`, `WATCHDOG=1`, `RELOADING=1`, `STOPPING=1`.
enum SystemdNotifier {
  /// Sends a message; does nothing when systemd did not start the program.
  static func send(_ message: String) {
    guard let place = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }), !place.isEmpty else { return }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var path = Array(place.utf8)
    // An at sign stands for the zero byte of an abstract address.
    if path[0] == UInt8(ascii: "@") { path[0] = 0 }
    guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    // The path is shorter than the field, as checked above.
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
    let bytes = Array(message.utf8)
    _ = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
      }
    }
  }
}
