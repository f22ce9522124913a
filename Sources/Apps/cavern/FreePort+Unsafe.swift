import Errors
import Glibc

/// TCP ports of the loopback that nobody uses.
enum FreePort {
  /// A port that was free a moment ago, chosen by the kernel.
  ///
  /// - Throws: `port.none` (exit 69).
  static func choose() throws(CavernError) -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw CavernError("port.none", "no socket can be made", exit: .unavailable) }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    // The address is passed with its own size, and lives through the calls.
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isBound else { throw CavernError("port.none", "no port can be had", exit: .unavailable) }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
