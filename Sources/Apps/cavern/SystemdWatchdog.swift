import Synchronization

/// The watchdog of systemd, fed at most once a second however often it is asked.
///
/// Feed it from the thread that does the work, or ask that one's `ServiceProgress` first.
enum SystemdWatchdog {
  private static let nextMeal = Mutex(ContinuousClock.now)

  /// Says that the work goes on.
  static func feed() {
    let isDue = nextMeal.withLock { next in
      guard ContinuousClock.now >= next else { return false }
      next = .now + .seconds(1)
      return true
    }
    if isDue { SystemdNotifier.send("WATCHDOG=1") }
  }
}
