import Synchronization

/// Asks a batch to stop: items that are being worked on are finished and delivered, no further one is begun.
public final class CancellationToken: Sendable {
  private let flag = Atomic(false)
  private let condition: @Sendable () -> Bool

  /// A token that has not been cancelled.
  ///
  /// - Parameter condition: also stops the batch when true, for instance that Ctrl-C was pressed; asked before each item.
  public init(orWhen condition: @escaping @Sendable () -> Bool = { false }) { self.condition = condition }

  /// Asks for the stop; safe on any thread, any number of times.
  public func cancel() { flag.store(true, ordering: .releasing) }

  /// Whether the stop was asked for.
  public var isCancelled: Bool { flag.load(ordering: .acquiring) || condition() }
}
