import Errors
import Glibc

/// A supply on a USB or serial cable: 9600 baud, 8N1, XON/XOFF, which a device of the 1470 family needs.
public final class TerminalLine: ByteLine {
  private let descriptor: Int32

  /// Opens a device for itself alone.
  ///
  /// - Throws: `line.disconnected` (exit 69).
  public init(device: String) throws(CavernError) {
    descriptor = Glibc.open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0, isatty(descriptor) == 1 else {
      let why = descriptor >= 0 ? "not a serial device" : String(cString: strerror(errno))
      if descriptor >= 0 { Glibc.close(descriptor) }
      throw CavernError("line.disconnected", "cannot open the line: \(why)", exit: .unavailable, file: device)
    }
    // Others are kept out (TIOCEXCL).
    _ = ioctl(descriptor, UInt(TIOCEXCL))
    var settings = termios()
    tcgetattr(descriptor, &settings)
    cfmakeraw(&settings)
    settings.c_iflag |= tcflag_t(IXON | IXOFF)
    settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
    settings.c_cflag &= ~tcflag_t(HUPCL)
    cfsetspeed(&settings, speed_t(B9600))
    tcsetattr(descriptor, TCSANOW, &settings)
    tcflush(descriptor, TCIOFLUSH)
  }

  deinit { Glibc.close(descriptor) }

  /// Hands over all bytes; see `ByteLine`.
  public func send(_ bytes: [UInt8], within limit: Duration) throws(CavernError) {
    let end = ContinuousClock.now + limit
    var done = 0
    while done < bytes.count {
      // From `done`, at most to the end of the array.
      let wrote = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
      }
      if wrote > 0 {
        done += wrote
      } else if errno == EAGAIN {
        guard wait(Int16(POLLOUT), until: end) else {
          throw CavernError("line.busy", "the bytes were not taken within \(limit)", exit: .tryAgain)
        }
      } else if errno != EINTR {
        throw gone
      }
    }
  }

  /// Bytes that have arrived; see `ByteLine`.
  public func receive(upTo count: Int, within limit: Duration) throws(CavernError) -> [UInt8] {
    guard wait(Int16(POLLIN), until: .now + limit) else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    // At most the array's own length is written to it.
    let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    if got > 0 { return Array(bytes[..<got]) }
    if got < 0, errno == EAGAIN || errno == EINTR { return [] }
    throw gone
  }

  /// Throws away what is still under way; the device closes when the last reference goes.
  public func close() { tcflush(descriptor, TCIOFLUSH) }

  private var gone: CavernError { CavernError("line.disconnected", "the cable is gone", exit: .unavailable) }

  private func wait(_ events: Int16, until end: ContinuousClock.Instant) -> Bool {
    while true {
      let left = max(.zero, end - .now)
      var entry = pollfd(fd: descriptor, events: events, revents: 0)
      let code = poll(&entry, 1, Int32(clamping: Int((left / .milliseconds(1)).rounded(.up))))
      if code > 0 { return true }
      if code < 0, errno != EINTR { return true }
      if ContinuousClock.now >= end { return false }
    }
  }
}
