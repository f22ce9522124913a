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

  /// Writes all bytes; a reader that is gone is an error, not a signal that ends the program.
  func writeWithoutSignal(_ bytes: Data) throws {
    // The kernel and the C library fill these sets, which live through the calls.
    var broken = sigset_t()
    var before = sigset_t()
    sigemptyset(&broken)
    sigaddset(&broken, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &broken, &before)
    defer {
      // The signal that this write raised waits for this thread: it is taken away before the thread can get it.
      var now = timespec()
      sigtimedwait(&broken, nil, &now)
      pthread_sigmask(SIG_SETMASK, &before, nil)
    }
    try write(contentsOf: bytes)
  }
}
