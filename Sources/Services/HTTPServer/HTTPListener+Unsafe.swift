import Errors
import Glibc

/// Listening sockets and what is known of the other side of a connection.
enum HTTPListener {
  /// A listening descriptor, and the endpoint with the port that the kernel chose.
  ///
  /// - Throws: `http.cannotListen` (exit 69).
  static func listen(_ endpoint: HTTPEndpoint) throws(CavernError) -> (descriptor: Int32, endpoint: HTTPEndpoint) {
    switch endpoint {
    case .tcp(let host, let port): return try listen(host, port)
    case .unix(let path, let mode): return (try listen(path, mode), endpoint)
    }
  }

  private static func listen(_ host: String, _ port: Int) throws(CavernError) -> (Int32, HTTPEndpoint) {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &list) == 0, let entry = list?.pointee else {
      throw fault("no such address", 0, HTTPEndpoint.tcp(host: host, port: port).text)
    }
    defer { freeaddrinfo(list) }
    let descriptor = socket(entry.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var on: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
    if entry.ai_family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, size) }
    guard bind(descriptor, entry.ai_addr, entry.ai_addrlen) == 0, Glibc.listen(descriptor, 128) == 0 else {
      let code = errno
      close(descriptor)
      throw fault("cannot listen", code, HTTPEndpoint.tcp(host: host, port: port).text)
    }
    return (descriptor, .tcp(host: host, port: localPort(descriptor)))
  }

  private static func listen(_ path: String, _ mode: UInt32) throws(CavernError) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw fault("the path of a Unix socket has 1 to 107 bytes", 0, path)
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var facts = stat()
    if lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    // The mask keeps others out from the first moment.
    let mask = umask(~mode_t(mode) & 0o777)
    // A sockaddr_un may be read as the sockaddr it begins with.
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    let number = errno
    umask(mask)
    guard code == 0, Glibc.listen(descriptor, 128) == 0 else {
      close(descriptor)
      throw fault("cannot listen", number, "unix:\(path)")
    }
    return descriptor
  }

  private static func localPort(_ descriptor: Int32) -> Int {
    withAddress(descriptor, getsockname) { family, raw in
      // Both kinds of address hold the port in bytes 2 and 3, the higher first.
      family == AF_INET || family == AF_INET6 ? Int(raw[2]) << 8 | Int(raw[3]) : 0
    }
  }

  /// The address of the other side as text.
  static func address(of descriptor: Int32) -> String {
    withAddress(descriptor, getpeername) { family, raw in
      var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN) + 1)
      // The address begins at byte 4 (IPv4) or 8 (IPv6); `text` has room for the longest form.
      let offset = family == AF_INET ? 4 : 8
      guard family == AF_INET || family == AF_INET6, let base = raw.baseAddress,
        inet_ntop(family, base + offset, &text, socklen_t(text.count)) != nil
      else { return "unknown" }
      return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  /// The user on the other side of a Unix socket.
  static func user(of descriptor: Int32) -> UInt32? {
    // Process, user, group: the kernel's `struct ucred`, which Glibc does not show to Swift.
    var credentials: (process: Int32, user: UInt32, group: UInt32) = (0, 0, 0)
    var size = socklen_t(12)
    return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 ? credentials.user : nil
  }

  private static func withAddress<Value>(
    _ descriptor: Int32, _ call: (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32,
    _ body: (Int32, UnsafeRawBufferPointer) -> Value
  ) -> Value {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    // The storage is as large as any address; the system writes at most `size` bytes.
    _ = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(descriptor, $0, &size) }
    }
    let family = Int32(storage.ss_family)
    return withUnsafeBytes(of: &storage) { body(family, $0) }
  }

  private static func fault(_ what: String, _ code: Int32, _ place: String) -> CavernError {
    let why = code == 0 ? "" : ": \(String(cString: strerror(code)))"
    return CavernError("http.cannotListen", "\(what)\(why)", exit: .unavailable, file: place)
  }
}
