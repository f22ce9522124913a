import Errors
import Foundation

/// Brings what the store holds to one destination, in order, at least once each.
///
/// Oldest batches go first, so that the order within a series is kept. A position moves on only when the server has
/// acknowledged every line, or refused it by itself.
public actor Forwarder {
  /// What one step came to.
  public enum Step: Sendable, Equatable {
    /// Nothing waits.
    case idle
    /// So many lines were delivered, so many refused.
    case delivered(Int, refused: Int)
    /// The server cannot take them now; to be tried again after a time.
    case waiting(Duration, String)
    /// The server refuses until somebody puts something right; to be tried again after a minute.
    case misconfigured(Duration, String)
  }

  private let store: TimeSeriesStore
  private let destination: Destination
  private let writer: any LineWriter
  private var backoff: Backoff
  private var generator = SystemRandomNumberGenerator()

  /// A forwarder with a connection of its own.
  ///
  /// - Parameters:
  ///   - path: the store's file.
  ///   - destination: the server.
  ///   - writer: what sends; HTTP unless said otherwise.
  ///   - backoff: waiting times after failures.
  /// - Throws: as `TimeSeriesStore.init`.
  public init(
    _ path: String, _ destination: Destination, writer: (any LineWriter)? = nil, backoff: Backoff = Backoff()
  ) throws(CavernError) {
    store = try TimeSeriesStore(path)
    self.destination = destination
    self.writer = writer ?? HTTPLineWriter(destination)
    self.backoff = backoff
    try store.addDestination(destination.name)
  }

  /// Delivers the next page.
  ///
  /// - Throws: errors of the store.
  public func step() async throws(CavernError) -> Step {
    guard let page = try store.outboxPage(for: destination.name, lines: destination.batchLines) else { return .idle }
    var delivery = LineDelivery(writer)
    for part in page.parts {
      let bucket = destination.bucket(of: part.source)
      switch await delivery.deliver(part.lines[...], bucket: bucket) {
      case .done: break
      case .misconfigured(let reason):
        try store.setState("misconfigured", message: reason, of: destination.name)
        return .misconfigured(.seconds(60), reason)
      case .later(let reason, let wish):
        try store.setState("waiting", message: reason, of: destination.name)
        return .waiting(backoff.next(wish: wish, using: &generator), reason)
      }
    }
    backoff.reset()
    try store.acknowledge(
      destination.name, through: page.lastBatch, delivered: delivery.delivered, deadLetters: delivery.deadLetters)
    return .delivered(delivery.delivered, refused: delivery.deadLetters.count)
  }

  /// Delivers until nothing waits or a time is over.
  ///
  /// - Returns: whether nothing waits any more.
  public func flush(until deadline: ContinuousClock.Instant) async throws(CavernError) -> Bool {
    while ContinuousClock.now < deadline {
      switch try await step() {
      case .idle: return true
      case .delivered: continue
      case .waiting(let wait, _), .misconfigured(let wait, _):
        let end = min(deadline, ContinuousClock.now + wait)
        guard (try? await Task.sleep(until: end, clock: .continuous)) != nil else { return false }
      }
    }
    return try store.outboxPage(for: destination.name, lines: 1) == nil
  }

  /// Delivers until the task is cancelled, looking for new samples once a second.
  ///
  /// - Parameter report: is told about every change between delivering and waiting.
  public func run(every pause: Duration = .seconds(1), report: @Sendable (Step) -> Void = { _ in }) async {
    while !Task.isCancelled {
      do throws(CavernError) {
        let step = try await step()
        report(step)
        switch step {
        case .delivered: continue
        case .idle: try? await Task.sleep(for: pause)
        case .waiting(let wait, _), .misconfigured(let wait, _): try? await Task.sleep(for: wait)
        }
      } catch {
        // The store is busy or its disk is full; what is stored stays stored.
        try? await Task.sleep(for: pause)
      }
    }
  }
}
