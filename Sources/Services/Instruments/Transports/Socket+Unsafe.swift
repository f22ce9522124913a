import Errors
import Glibc

/// Stream sockets with plain system calls: connections with time limits, listeners on ports and paths.
///
/// A socket closes its descriptor when the last reference to it goes, so that no thread can meet a number that belongs to
/// somebody else by then. `shutDown()` ends the traffic and wakes whoever waits.
public final class Socket: Sendable {
  /// The descriptor; non-blocking.
  public let descriptor: Int32

  /// Takes over a descriptor and makes it non-blocking.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit { Glibc.close(descriptor) }

  // MARK: Connecting

  /// Connects to a TCP port.
  ///
  /// - Parameters:
  ///   - host: a name or an address.
  ///   - port: 1 to 65535.
  ///   - limit: how long a connection may take.
  /// - Throws: `line.disconnected` (exit 69) when nobody accepts within the limit.
  public static func connect(host: String, port: Int, within limit: Duration) throws(CavernError) -> Socket {
    var last = CavernError("line.disconnected", "no such host", exit: .unavailable, file: "\(host):\(port)")
    for address in try addresses(host: host, port: port, isPassive: false) {
      let socket = Socket(descriptor: Glibc.socket(address.family, Int32(SOCK_STREAM.rawValue), 0))
      let code = address.withPointer { Glibc.connect(socket.descriptor, $0, $1) }
      do throws(CavernError) {
        if code != 0 {
          guard errno == EINPROGRESS else { throw fault("cannot connect", errno, "\(host):\(port)") }
          try socket.finishConnecting(within: limit, "\(host):\(port)")
        }
        socket.setNoDelay()
        return socket
      } catch {
        last = error
      }
    }
    throw last
  }

  /// Connects to a Unix socket.
  public static func connect(path: String, within limit: Duration) throws(CavernError) -> Socket {
    let socket = Socket(descriptor: Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
    let code = try unixAddress(path).withPointer { Glibc.connect(socket.descriptor, $0, $1) }
    if code != 0 {
      guard errno == EINPROGRESS || errno == EAGAIN else { throw fault("cannot connect", errno, path) }
      try socket.finishConnecting(within: limit, path)
    }
    return socket
  }

  private func finishConnecting(within limit: Duration, _ place: String) throws(CavernError) {
    guard wait(for: Int16(POLLOUT), within: limit) else {
      throw CavernError("line.disconnected", "no connection within \(limit)", exit: .unavailable, file: place)
    }
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    // The kernel writes one Int32.
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
    guard code == 0 else { throw Self.fault("cannot connect", code, place) }
  }

  private func setNoDelay() {
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  // MARK: Listening

  /// Listens on a TCP port.
  ///
  /// - Parameter port: 0 lets the kernel choose; see `port`.
  /// - Throws: `line.cannotListen` (exit 69).
  public static func listen(host: String, port: Int) throws(CavernError) -> Socket {
    guard let address = try addresses(host: host, port: port, isPassive: true).first else {
      throw CavernError("line.cannotListen", "no such address", exit: .unavailable, file: "\(host):\(port)")
    }
    let socket = Socket(descriptor: Glibc.socket(address.family, Int32(SOCK_STREAM.rawValue), 0))
    var on: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(socket.descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
    if address.family == AF_INET6 { setsockopt(socket.descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, size) }
    guard address.withPointer({ Glibc.bind(socket.descriptor, $0, $1) }) == 0,
      Glibc.listen(socket.descriptor, 128) == 0
    else { throw cannotListen(errno, "\(host):\(port)") }
    return socket
  }

  /// Listens on a Unix socket; a socket that nobody listens on any more is replaced.
  ///
  /// - Parameters:
  ///   - path: where it appears.
  ///   - mode: who may connect, as permission bits.
  /// - Throws: `line.cannotListen` (exit 69).
  public static func listen(path: String, mode: mode_t) throws(CavernError) -> Socket {
    var facts = stat()
    if lstat(path, &facts) == 0 {
      guard facts.st_mode & S_IFMT == S_IFSOCK else { throw cannotListen(EEXIST, path) }
      if (try? connect(path: path, within: .seconds(1))) != nil { throw cannotListen(EADDRINUSE, path) }
      unlink(path)
    }
    let socket = Socket(descriptor: Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
    // The mode is set by the mask so that there is no moment in which others could connect.
    let mask = umask(~mode & 0o777)
    let code = try unixAddress(path).withPointer { Glibc.bind(socket.descriptor, $0, $1) }
    let number = errno
    umask(mask)
    guard code == 0 else { throw cannotListen(number, path) }
    guard Glibc.listen(socket.descriptor, 128) == 0 else { throw cannotListen(errno, path) }
    return socket
  }

  /// The next connection; `nil` when none came within the limit or the listener was shut down.
  public func accept(within limit: Duration) -> Socket? {
    guard wait(for: Int16(POLLIN), within: limit) else { return nil }
    let accepted = Glibc.accept(descriptor, nil, nil)
    guard accepted >= 0 else { return nil }
    let socket = Socket(descriptor: accepted)
    socket.setNoDelay()
    return socket
  }

  /// The local TCP port; 0 for other sockets.
  public var port: Int {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      // The storage is as large as any address; the kernel writes at most `size` bytes.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &size) }
      if pointer.pointee.ss_family == sa_family_t(AF_INET) {
        return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          Int(UInt16(bigEndian: $0.pointee.sin_port))
        }
      }
      guard pointer.pointee.ss_family == sa_family_t(AF_INET6) else { return 0 }
      return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
        Int(UInt16(bigEndian: $0.pointee.sin6_port))
      }
    }
  }

  /// User, group and process on the other end of a Unix socket.
  public var peer: (user: UInt32, group: UInt32, process: Int32)? {
    // Process, user, group: the kernel's `struct ucred`, which Glibc does not show to Swift.
    var credentials: (process: Int32, user: UInt32, group: UInt32) = (0, 0, 0)
    var size = socklen_t(12)
    guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else { return nil }
    return (credentials.user, credentials.group, credentials.process)
  }

  // MARK: Traffic

  /// Ends the traffic in both directions, in order, and wakes whoever waits.
  public func shutDown() { _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Makes the end of the connection abrupt: the other side sees a reset.
  public func resetOnClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// Sends all bytes.
  ///
  /// - Throws: `line.disconnected`, `line.busy`.
  public func send(_ bytes: [UInt8], within limit: Duration) throws(CavernError) {
    let end = ContinuousClock.now + limit
    var done = 0
    while done < bytes.count {
      // From `done`, at most to the end of the array.
      let sent = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, Int32(MSG_NOSIGNAL))
      }
      if sent >= 0 {
        done += sent
      } else if errno == EAGAIN {
        guard wait(for: Int16(POLLOUT), within: end - .now) else {
          throw CavernError("line.busy", "the bytes were not taken within \(limit)", exit: .tryAgain)
        }
      } else if errno != EINTR {
        throw Self.fault("the connection is gone", errno, nil)
      }
    }
  }

  /// Bytes that have arrived, waiting for the first of them; none when the time is over.
  ///
  /// - Throws: `line.disconnected` when the other side has closed.
  public func receive(upTo count: Int, within limit: Duration) throws(CavernError) -> [UInt8] {
    guard wait(for: Int16(POLLIN), within: limit) else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    // At most the array's own length is written to it.
    let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
    if got > 0 { return Array(bytes[..<got]) }
    if got < 0, errno == EAGAIN || errno == EINTR { return [] }
    throw got == 0
      ? CavernError("line.disconnected", "the other side has closed the connection", exit: .unavailable)
      : Self.fault("the connection is gone", errno, nil)
  }

  /// Waits until the socket can be read or written (or has ended); `false` when the time is over.
  public func wait(for events: Int16, within limit: Duration) -> Bool {
    let end = ContinuousClock.now + max(.zero, limit)
    while true {
      let left = max(.zero, end - .now)
      var entry = pollfd(fd: descriptor, events: events, revents: 0)
      // Rounded up, so that the wait is not shorter than asked for.
      let milliseconds = Int32(clamping: Int((left / .milliseconds(1)).rounded(.up)))
      let code = poll(&entry, 1, milliseconds)
      if code > 0 { return true }
      if code < 0, errno != EINTR { return true }
      if ContinuousClock.now >= end { return false }
    }
  }

  // MARK: Addresses

  private struct Address {
    var family: Int32
    var bytes: [UInt8]

    /// Calls `body` with the address as the system wants it.
    func withPointer<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
      // Aligned storage as large as any address; `bytes` came from one of these and fits.
      var storage = sockaddr_storage()
      return withUnsafeMutableBytes(of: &storage) { raw in
        raw.copyBytes(from: bytes)
        return raw.withMemoryRebound(to: sockaddr.self) { buffer in
          guard let base = buffer.baseAddress else { preconditionFailure("storage has an address") }
          return body(base, socklen_t(bytes.count))
        }
      }
    }
  }

  private static func addresses(host: String, port: Int, isPassive: Bool) throws(CavernError) -> [Address] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = isPassive ? AI_PASSIVE : 0
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, "\(port)", &hints, &list)
    guard code == 0 else {
      throw CavernError(
        "line.disconnected", "the name of the host is not known", exit: .unavailable, file: "\(host):\(port)")
    }
    defer { freeaddrinfo(list) }
    var result: [Address] = []
    var next = list
    while let entry = next?.pointee {
      if let address = entry.ai_addr {
        // getaddrinfo promises ai_addrlen bytes at ai_addr until the list is freed.
        let bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen)))
        result.append(Address(family: entry.ai_family, bytes: bytes))
      }
      next = entry.ai_next
    }
    return result
  }

  private static func unixAddress(_ path: String) throws(CavernError) -> Address {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.isEmpty else {
      throw CavernError(
        "line.badPath", "the path of a Unix socket has 1 to 107 bytes", exit: .configuration, file: path)
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return Address(family: AF_UNIX, bytes: withUnsafeBytes(of: &address) { Array($0) })
  }

  private static func fault(_ what: String, _ code: Int32, _ place: String?) -> CavernError {
    CavernError("line.disconnected", "\(what): \(String(cString: strerror(code)))", exit: .unavailable, file: place)
  }

  private static func cannotListen(_ code: Int32, _ place: String) -> CavernError {
    CavernError(
      "line.cannotListen", "cannot listen: \(String(cString: strerror(code)))", exit: .unavailable, file: place,
      hint: code == EADDRINUSE ? "another process listens there" : nil)
  }
}
