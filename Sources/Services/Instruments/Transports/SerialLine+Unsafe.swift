import Errors
import Glibc

/// A serial line at any speed, 8N1, without flow control.
///
/// The line is opened for its owner alone and with HUPCL cleared, so that closing it does not drop DTR: an Uno-class board
/// takes the edge of DTR for a reset. libserialport is used to find ports and their identity; reading and writing go through
/// termios, since libserialport refuses pseudo terminals, on which simulators answer.
public final class SerialLine: ByteLine {
  /// The device as it was named.
  public let device: String
  private let descriptor: Int32

  /// Opens a device.
  ///
  /// - Parameters:
  ///   - device: the path, best one below `/dev/serial/by-id/`.
  ///   - baud: bits a second, one of the standard speeds.
  /// - Throws: `line.disconnected` (exit 69), `line.badSpeed` (exit 64).
  public init(device: String, baud: Int) throws(CavernError) {
    guard let speed = Self.speeds[baud] else {
      throw CavernError(
        "line.badSpeed", "\(baud) bits a second is no speed of a serial line", exit: .usage, file: device,
        expected: Self.speeds.keys.sorted().map(String.init).joined(separator: ", "))
    }
    self.device = device
    descriptor = Glibc.open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    var settings = termios()
    guard descriptor >= 0, tcgetattr(descriptor, &settings) == 0 else {
      let why = String(cString: strerror(errno))
      if descriptor >= 0 { Glibc.close(descriptor) }
      throw CavernError("line.disconnected", "cannot open the line: \(why)", exit: .unavailable, file: device)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      Glibc.close(descriptor)
      throw CavernError("line.inUse", "another process uses the line", exit: .tryAgain, file: device)
    }
    cfmakeraw(&settings)
    settings.c_iflag &= ~tcflag_t(IXON | IXOFF)
    settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
    settings.c_cflag &= ~(tcflag_t(HUPCL) | tcflag_t(CRTSCTS))
    cfsetspeed(&settings, speed)
    tcsetattr(descriptor, TCSANOW, &settings)
  }

  deinit { Glibc.close(descriptor) }

  private static let speeds: [Int: speed_t] = [
    1200: speed_t(B1200), 2400: speed_t(B2400), 4800: speed_t(B4800), 9600: speed_t(B9600), 19200: speed_t(B19200),
    38400: speed_t(B38400), 57600: speed_t(B57600), 115_200: speed_t(B115200), 230_400: speed_t(B230400),
    460_800: speed_t(B460800), 921_600: speed_t(B921600),
  ]

  /// Hands over all bytes.
  ///
  /// - Throws: `line.disconnected`, `line.busy`.
  public func send(_ bytes: [UInt8], within limit: Duration) throws(CavernError) {
    let end = ContinuousClock.now + limit
    var done = 0
    while done < bytes.count {
      // From `done`, at most to the end of the array.
      let wrote = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if wrote > 0 {
        done += wrote
      } else if wrote < 0, errno == EAGAIN {
        guard wait(Int16(POLLOUT), until: end) else {
          throw CavernError(
            "line.busy", "the bytes were not taken within \(limit)", exit: .tryAgain, file: device)
        }
      } else if wrote == 0 || errno != EINTR {
        throw gone
      }
    }
  }

  /// Bytes that have arrived; waits for the first of them.
  ///
  /// - Throws: `line.disconnected`.
  public func receive(upTo count: Int, within limit: Duration) throws(CavernError) -> [UInt8] {
    guard wait(Int16(POLLIN), until: .now + limit) else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    // At most the array's own length is written to it.
    let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    if got > 0 { return Array(bytes[..<got]) }
    if got < 0, errno == EAGAIN || errno == EINTR { return [] }
    // End of file or EIO: the cable was pulled, or the other side of a pseudo terminal has closed.
    throw gone
  }

  /// Forgets what has not been sent or read.
  public func close() { tcflush(descriptor, TCIOFLUSH) }

  private var gone: CavernError {
    CavernError("line.disconnected", "the line is gone", exit: .unavailable, file: device)
  }

  private func wait(_ events: Int16, until end: ContinuousClock.Instant) -> Bool {
    while true {
      let left = max(.zero, end - .now)
      var entry = pollfd(fd: descriptor, events: events, revents: 0)
      let code = poll(&entry, 1, Int32(clamping: Int((left / .milliseconds(1)).rounded(.up))))
      if code > 0 || (code < 0 && errno != EINTR) { return true }
      if ContinuousClock.now >= end { return false }
    }
  }
}
