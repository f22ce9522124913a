import Foundation

extension FileHandle {
  /// Waits until there is something to read, the end included; `false` when there is not at the deadline.
  func isReadable(until deadline: ContinuousClock.Instant) -> Bool {
    while true {
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero else { return false }
      // The kernel writes to this one entry, which lives through the call: its number is 1.
      var entry = pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&entry, 1, Int32(clamping: Int((left / .milliseconds(1)).rounded(.up))))
      if ready > 0 { return true }
      // A signal came in between; anything else is told by the reading.
      if ready < 0, errno != EINTR { return true }
    }
  }
}
