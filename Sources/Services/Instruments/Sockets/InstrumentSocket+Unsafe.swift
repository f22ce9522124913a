import Errors
import Glibc
import Synchronization

/// A TCP connection whose every operation has a time limit.
///
/// Closed when the last owner lets go; `shutDown` may be called from any thread and wakes whoever waits.
final class InstrumentSocket: Sendable {
  /// How an operation ended when it did not succeed.
  enum Fault: Error, Equatable {
    case timeout
    case closed
    case system(Int32)
  }

  private let descriptor: Int32

  /// Takes over an open descriptor.
  init(descriptor: Int32) {
    self.descriptor = descriptor
    var one: Int32 = 1
    // The option's size is that of the number it points to, here and below.
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { close(descriptor) }

  /// Connects to an IPv4 address.
  ///
  /// - Parameters:
  ///   - address: in host order.
  ///   - port: the port.
  ///   - milliseconds: the limit.
  static func connect(_ address: UInt32, port: UInt16, milliseconds: Int32) throws(Fault) -> InstrumentSocket {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .system(errno) }
    let connection = InstrumentSocket(descriptor: descriptor)
    let flags = fcntl(descriptor, F_GETFL)
    _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
    var place = socketAddress(address, port)
    let outcome = withUnsafePointer(to: &place) { pointer in
      // A sockaddr_in begins as a sockaddr does; its own size bounds what is read.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if outcome != 0 {
      guard errno == EINPROGRESS else { throw .system(errno) }
      try connection.wait(Int16(POLLOUT), milliseconds)
      var fault: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &fault, &size)
      guard fault == 0 else { throw fault == ETIMEDOUT ? .timeout : .system(fault) }
    }
    return connection
  }

  /// Sends all bytes of some pieces, one after another.
  func send(_ pieces: [ArraySlice<UInt8>], milliseconds: Int32) throws(Fault) {
    for piece in pieces { try send(piece, milliseconds: milliseconds) }
  }

  private func send(_ piece: ArraySlice<UInt8>, milliseconds: Int32) throws(Fault) {
    var done = 0
    while done < piece.count {
      // From `done`, at most to the end of the piece.
      let sent = piece.withUnsafeBytes { bytes in
        bytes.baseAddress.map {
          Glibc.send(descriptor, $0 + done, bytes.count - done, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        } ?? 0
      }
      if sent > 0 {
        done += sent
      } else if errno == EAGAIN || errno == EWOULDBLOCK {
        try wait(Int16(POLLOUT), milliseconds)
      } else if errno != EINTR {
        throw errno == EPIPE || errno == ECONNRESET ? .closed : .system(errno)
      }
    }
  }

  /// Receives exactly `count` bytes onto the end of `bytes`.
  func receive(_ count: Int, onto bytes: inout [UInt8], milliseconds: Int32) throws(Fault) {
    var left = count
    var piece = [UInt8](repeating: 0, count: min(count, 1 << 20))
    while left > 0 {
      let got = try receive(into: &piece, limit: min(left, piece.count), milliseconds: milliseconds)
      bytes.append(contentsOf: piece[..<got])
      left -= got
    }
  }

  /// Receives some bytes, at least one, into the beginning of `buffer`.
  ///
  /// - Parameter limit: how many at the most; not more than the buffer has.
  func receive(into buffer: inout [UInt8], limit: Int, milliseconds: Int32) throws(Fault) -> Int {
    while true {
      let most = min(limit, buffer.count)
      // `most` is bounded by the buffer's own count.
      let got = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, most, Int32(MSG_DONTWAIT)) }
      if got > 0 { return got }
      if got == 0 { throw .closed }
      if errno == EAGAIN || errno == EWOULDBLOCK {
        try wait(Int16(POLLIN), milliseconds)
      } else if errno != EINTR {
        throw errno == ECONNRESET ? .closed : .system(errno)
      }
    }
  }

  /// Ends the connection in both directions; whoever waits on it wakes with `closed`.
  func shutDown() { Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Makes the close abrupt: the other side sees a reset.
  func resetOnClose() {
    var off = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &off, socklen_t(MemoryLayout<linger>.size))
  }

  private func wait(_ events: Int16, _ milliseconds: Int32) throws(Fault) {
    var request = pollfd(fd: descriptor, events: events, revents: 0)
    while true {
      let ready = poll(&request, 1, milliseconds)
      if ready > 0 { return }
      if ready == 0 { throw .timeout }
      if errno != EINTR { throw .system(errno) }
    }
  }

  /// An IPv4 address and a port, both in host order, as the system wants them.
  static func socketAddress(_ address: UInt32, _ port: UInt16) -> sockaddr_in {
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    place.sin_addr.s_addr = address.bigEndian
    return place
  }

  /// The IPv4 address of a host in host order: a name, or four numbers with dots.
  static func resolve(_ host: String) throws(CavernError) -> UInt32 {
    var hints = addrinfo()
    hints.ai_family = AF_INET
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let outcome = getaddrinfo(host, nil, &hints, &found)
    defer { if let found { freeaddrinfo(found) } }
    guard outcome == 0, let first = found, let raw = first.pointee.ai_addr else {
      throw CavernError(
        "transport.unknownHost", "the host '\(host)' is not known", exit: .unavailable,
        expected: "a name or an IPv4 address")
    }
    // With AF_INET asked for, every entry holds a sockaddr_in.
    return raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt32(bigEndian: $0.pointee.sin_addr.s_addr) }
  }
}

/// A TCP port that takes connections; each is served by a thread of its own.
final class InstrumentListener: Sendable {
  /// The port, also when the kernel chose it.
  let port: UInt16
  private let descriptor: Int32
  private let open = Mutex<(isStopped: Bool, number: Int, connections: [Int: InstrumentSocket])>((false, 0, [:]))

  /// Listens on an address.
  ///
  /// - Parameters:
  ///   - address: IPv4 in host order.
  ///   - port: 0 lets the kernel choose.
  /// - Throws: `transport.cannotListen` (exit 69).
  init(_ address: UInt32, port: UInt16) throws(CavernError) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var one: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    self.port = try Self.bind(descriptor, address, port)
    guard listen(descriptor, 16) == 0 else {
      close(descriptor)
      throw CavernError("transport.cannotListen", "cannot listen on port \(port)", exit: .unavailable)
    }
  }

  deinit { close(descriptor) }

  /// Binds a socket; the port it got.
  ///
  /// - Throws: `transport.cannotListen`, the descriptor closed.
  static func bind(_ descriptor: Int32, _ address: UInt32, _ port: UInt16) throws(CavernError) -> UInt16 {
    var place = InstrumentSocket.socketAddress(address, port)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let outcome = withUnsafeMutablePointer(to: &place) { pointer in
      // As in `connect`: a sockaddr_in begins as a sockaddr does, and `size` bounds what is read and written.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard outcome else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw CavernError(
        "transport.cannotListen", "cannot listen on port \(port): \(reason)", exit: .unavailable,
        hint: port > 0 && port < 1024 ? "ports below 1024 need root" : nil)
    }
    return UInt16(bigEndian: place.sin_port)
  }

  /// Accepts connections on a thread until `stop`; `serve` runs on a thread for each.
  func start(_ serve: @escaping @Sendable (InstrumentSocket) -> Void) {
    InstrumentThread.run { [self] in
      while true {
        let accepted = accept(descriptor, nil, nil)
        if accepted < 0 {
          if errno == EINTR || errno == ECONNABORTED { continue }
          return
        }
        let connection = InstrumentSocket(descriptor: accepted)
        let number: Int? = open.withLock { state in
          guard !state.isStopped else { return nil }
          state.number += 1
          state.connections[state.number] = connection
          return state.number
        }
        guard let number else { return }
        InstrumentThread.run { [self] in
          serve(connection)
          connection.shutDown()
          _ = open.withLock { $0.connections.removeValue(forKey: number) }
        }
      }
    }
  }

  /// Ends listening and all connections.
  func stop() {
    let connections = open.withLock { state in
      state.isStopped = true
      return Array(state.connections.values)
    }
    Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
    for connection in connections { connection.shutDown() }
  }
}
