import Errors
import Foundation

/// Brings what the store holds to one destination, at least once each.
///
/// Batches go in order, oldest first. When more than a page waits, what waits is a backlog, and what is recorded from then on
/// goes ahead of it: a page of live samples and a page of the backlog take turns, each in order, so that a live sample waits for
/// one page at the most. A position moves on only when the server has acknowledged every line, or refused it by itself.
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
  /// Whose turn it is when backlog and live samples wait.
  private var prefersLive = true
  /// The last batch that was there at the attempt before.
  private var seen: Int64?
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
    let last = try store.lastBatch()
    let turn = try store.outboxTurn(
      for: destination.name, lines: destination.batchLines, seen: seen, prefersLive: prefersLive)
    seen = last
    guard let turn else { return .idle }
    let page = try store.outboxPage(after: turn.after, through: turn.through, lines: destination.batchLines)
    var delivery = LineDelivery(writer)
    for part in page?.parts ?? [] {
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
    prefersLive = turn.stream == .backlog
    try store.acknowledge(
      destination.name, turn, through: page?.lastBatch ?? turn.through ?? turn.after, delivered: delivery.delivered,
      deadLetters: delivery.deadLetters)
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
    return try !store.isWaiting(for: destination.name)
  }

  /// Delivers until the task is cancelled, looking for new samples once a second.
  ///
  /// - Parameter report: is told what each step came to.
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
        report(.waiting(pause, error.message))
        try? await Task.sleep(for: pause)
      }
    }
  }
}
