import Errors
import Foundation
import Glibc
import Synchronization

/// Puts a simulator on a pseudo terminal, as a unit on a USB cable appears.
public final class CAENSimulatorTerminal: Sendable {
  /// The device that clients open.
  public let path: String
  private let descriptor: Int32
  private let isStopped = Atomic(false)

  /// Opens a pseudo terminal and answers on it.
  ///
  /// - Throws: `line.cannotListen` (exit 69).
  public init(_ simulator: CAENSimulator) throws(CavernError) {
    // What posix_openpt, unlockpt and ptsname do, which Glibc does not show to Swift: TIOCSPTLCK 0, TIOCGPTN.
    descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var unlocked: Int32 = 0
    var number: UInt32 = 0
    guard descriptor >= 0, ioctl(descriptor, 0x4004_5431, &unlocked) == 0, ioctl(descriptor, 0x8004_5430, &number) == 0
    else {
      throw CavernError("line.cannotListen", "no pseudo terminal can be opened", exit: .unavailable)
    }
    path = "/dev/pts/\(number)"
    // Raw mode: no echo, no translation of line ends.
    var settings = termios()
    tcgetattr(descriptor, &settings)
    cfmakeraw(&settings)
    tcsetattr(descriptor, TCSANOW, &settings)
    let thread = Thread { [self] in serve(simulator) }
    thread.name = "hv-simulator-terminal"
    thread.start()
  }

  deinit { close(descriptor) }

  /// Stops answering.
  public func stop() { isStopped.store(true, ordering: .relaxed) }

  private func serve(_ simulator: CAENSimulator) {
    var reader = RequestLines()
    var block = [UInt8](repeating: 0, count: 1024)
    while !isStopped.load(ordering: .relaxed) {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, 100) > 0 else { continue }
      // At most the block's own length is written to it.
      let count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count <= 0 {
        // EIO while no client has the device open.
        usleep(20000)
        continue
      }
      for line in reader.add(Array(block[..<count])) {
        for piece in simulator.answer(line).pieces {
          if piece.pause > 0 { Thread.sleep(forTimeInterval: piece.pause) }
          // Replies are far shorter than the terminal's buffer, so one call takes them whole.
          _ = piece.bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        }
      }
    }
  }
}
