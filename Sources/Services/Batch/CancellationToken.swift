import Synchronization

/// Asks a batch to stop: items that are being worked on are finished and delivered, no further one is begun.
public final class CancellationToken: Sendable {
  private let flag = Atomic(false)

  /// A token that has not been cancelled.
  public init() {}

  /// Asks for the stop; safe on any thread and in a signal handler, any number of times.
  public func cancel() { flag.store(true, ordering: .releasing) }

  /// Whether the stop was asked for.
  public var isCancelled: Bool { flag.load(ordering: .acquiring) }
}
