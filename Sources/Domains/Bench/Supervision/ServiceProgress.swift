import Synchronization

/// When the thread that does a service's work last got on.
///
/// A watchdog that is fed by another thread, because that one still turns, watches nothing: whoever feeds it asks here first.
public final class ServiceProgress: Sendable {
  private let start = ContinuousClock.now
  /// Milliseconds from the start to the last note, or to the end of the rest that it announced.
  private let last = Atomic(0)

  /// A thread that begins now.
  public init() {}

  /// Notes that the thread got on.
  ///
  /// - Parameter rest: for how long it has nothing to do from now on; in that time nothing is expected of it.
  public func note(resting rest: Duration = .zero) {
    last.store(Self.milliseconds(ContinuousClock.now - start + rest), ordering: .relaxed)
  }

  /// Whether the thread got on within a time, or is at rest.
  public func hasGotOn(within limit: Duration) -> Bool {
    Self.milliseconds(ContinuousClock.now - start) - last.load(ordering: .relaxed) <= Self.milliseconds(limit)
  }

  private static func milliseconds(_ duration: Duration) -> Int { Int(duration / .milliseconds(1)) }
}
