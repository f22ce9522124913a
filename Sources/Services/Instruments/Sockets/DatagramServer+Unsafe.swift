import Errors
import Glibc

/// A UDP port that answers each datagram with one.
final class DatagramServer: Sendable {
  private let descriptor: Int32

  /// Binds a port.
  ///
  /// - Throws: `transport.cannotListen`.
  init(_ address: UInt32, port: UInt16) throws(CavernError) {
    descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    _ = try InstrumentListener.bind(descriptor, address, port)
  }

  deinit { close(descriptor) }

  /// Answers on a thread until `stop`.
  func start(_ answer: @escaping @Sendable ([UInt8]) -> [UInt8]?) {
    InstrumentThread.run { [self] in
      var buffer = [UInt8](repeating: 0, count: 2048)
      while true {
        var from = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // The buffer's own count and the address's own size bound what the system writes.
        let got = buffer.withUnsafeMutableBytes { bytes in
          withUnsafeMutablePointer(to: &from) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
              recvfrom(descriptor, bytes.baseAddress, bytes.count, 0, $0, &size)
            }
          }
        }
        // An end of the socket reads as nothing from nowhere.
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { return }
        guard let reply = answer(Array(buffer[..<got])) else { continue }
        _ = reply.withUnsafeBytes { bytes in
          withUnsafePointer(to: &from) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
              sendto(descriptor, bytes.baseAddress, bytes.count, 0, $0, size)
            }
          }
        }
      }
    }
  }

  /// Ends answering.
  func stop() { Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }
}

/// Questions by UDP broadcast.
enum DatagramQuestion {
  /// Sends a datagram and collects the answers until the time is over.
  ///
  /// - Returns: IPv4 addresses in host order with the bytes of their answers, in the order they came.
  static func ask(
    _ question: [UInt8], _ addresses: [UInt32], port: UInt16, timeout: Duration
  ) -> [(address: UInt32, answer: [UInt8])] {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var one: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &one, socklen_t(MemoryLayout<Int32>.size))
    for address in addresses {
      var place = InstrumentSocket.socketAddress(address, port)
      _ = question.withUnsafeBytes { bytes in
        withUnsafePointer(to: &place) { pointer in
          pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            sendto(descriptor, bytes.baseAddress, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
          }
        }
      }
    }
    let end = ContinuousClock.now + timeout
    var answers: [(address: UInt32, answer: [UInt8])] = []
    var buffer = [UInt8](repeating: 0, count: 2048)
    while true {
      let left = ContinuousClock.now.duration(to: end)
      guard left > .zero else { return answers }
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, left.milliseconds) > 0 else { continue }
      var from = sockaddr_in()
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let got = buffer.withUnsafeMutableBytes { bytes in
        withUnsafeMutablePointer(to: &from) { pointer in
          pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            recvfrom(descriptor, bytes.baseAddress, bytes.count, 0, $0, &size)
          }
        }
      }
      if got > 0 { answers.append((UInt32(bigEndian: from.sin_addr.s_addr), Array(buffer[..<got]))) }
    }
  }
}
