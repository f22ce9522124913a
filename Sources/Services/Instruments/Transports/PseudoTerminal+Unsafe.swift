import Errors
import Glibc

/// The instrument's side of a pseudo terminal: what simulators answer on.
public final class PseudoTerminal: Sendable {
  /// The device that clients open.
  public let path: String
  private let descriptor: Int32

  /// Opens a pseudo terminal in raw mode.
  ///
  /// - Throws: `line.cannotListen` (exit 69).
  public init() throws(CavernError) {
    // What posix_openpt, unlockpt and ptsname do, which Glibc does not show to Swift: TIOCSPTLCK 0, TIOCGPTN.
    descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
    var unlocked: Int32 = 0
    var number: UInt32 = 0
    guard descriptor >= 0, ioctl(descriptor, 0x4004_5431, &unlocked) == 0, ioctl(descriptor, 0x8004_5430, &number) == 0
    else {
      if descriptor >= 0 { close(descriptor) }
      throw CavernError("line.cannotListen", "no pseudo terminal can be opened", exit: .unavailable)
    }
    path = "/dev/pts/\(number)"
    var settings = termios()
    tcgetattr(descriptor, &settings)
    cfmakeraw(&settings)
    tcsetattr(descriptor, TCSANOW, &settings)
  }

  deinit { close(descriptor) }

  /// Pulls the cable: the client's reads end with EIO, as those of a USB adapter do.
  ///
  /// The descriptor's number stays taken, by /dev/null, so that nobody else can meet it.
  public func hangUp() {
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard nothing >= 0 else { return }
    dup2(nothing, descriptor)
    close(nothing)
  }

  /// What a wait brought.
  public enum Event: Sendable, Equatable {
    /// Bytes of the client.
    case bytes([UInt8])
    /// Nothing within the limit.
    case nothing
    /// No client has the device open.
    case noClient
  }

  /// Waits for bytes of the client.
  public func wait(milliseconds: Int32) -> Event {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, milliseconds) > 0 else { return .nothing }
    var block = [UInt8](repeating: 0, count: 256)
    // At most the block's own length is written to it.
    let count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    if count > 0 { return .bytes(Array(block[..<count])) }
    if entry.revents & Int16(POLLHUP) != 0 {
      // Nobody is there and poll returns at once: rest, so that the wait takes its time.
      usleep(UInt32(max(1, min(milliseconds, 20))) * 1000)
      return .noClient
    }
    return .nothing
  }

  /// Sends bytes to the client as far as the terminal takes them.
  public func send(_ bytes: [UInt8]) {
    // Replies are far shorter than the terminal's buffer, so that one call takes them whole.
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  }
}
