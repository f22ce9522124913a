import Foundation
import Instruments

/// What waits for the line: four classes in strict order, first in first out inside a class.
///
/// Monitoring puts in one exchange at a time, so a set waits for at most the exchange that is under way. Those who only ask
/// get at most half of the line in any second while monitoring waits. Equal questions that wait at the same time share one
/// exchange.
final class LineQueue: @unchecked Sendable {
  /// One exchange that is to be made.
  struct Job {
    var request: CAENRequest
    var priority: HVPriority
    var tag: HVTag?
    /// Those who asked the same, with who they are.
    var askers: [(client: Int, answer: @Sendable (CAENExchange) -> Void)] = []
    var since = ContinuousClock.now
    /// Exchanges that had begun when it came.
    var begunBefore = 0

    /// The operation it belongs to.
    var operation: Int? {
      switch tag {
      case .read(let id, _), .write(let id), .verify(let id, _): id
      case .monitor, nil: nil
      }
    }
  }

  /// What the queue has seen.
  struct Statistics: Sendable {
    /// SETs that went out.
    var sets = 0
    /// Most exchanges of lower classes that began between the coming and the going of a SET or emergency.
    var mostOvertakings = 0
    /// Longest wait of a SET or emergency.
    var longestWait = Duration.zero
    /// Exchanges that went out.
    var exchanges = 0
    /// Questions, and exchanges that answered them.
    var gets = 0
    /// Exchanges made for questions.
    var getExchanges = 0
  }

  // NSCondition guards everything below.
  private let condition = NSCondition()
  private var queues: [[Job]] = Array(repeating: [], count: HVPriority.allCases.count)
  private var isOpen = false
  private var figures = Statistics()
  /// When interactive exchanges ended, and how long they took, within the last second.
  private var interactive: [(end: ContinuousClock.Instant, took: Duration)] = []
  /// How many questions of one client may wait.
  static let clientLimit = 32

  var statistics: Statistics { condition.withLock { figures } }

  /// Opens or closes the line; what waits is given back when it closes.
  func set(isOpen: Bool) -> [Job] {
    condition.withLock {
      self.isOpen = isOpen
      guard !isOpen else { return [] }
      defer { queues = queues.map { _ in [] } }
      return queues.flatMap { $0 }
    }
  }

  /// Puts in an exchange; `false` when there is no line.
  func push(_ tag: HVTag, _ request: CAENRequest, _ priority: HVPriority) -> Bool {
    condition.withLock {
      guard isOpen else { return false }
      var job = Job(request: request, priority: priority, tag: tag)
      job.begunBefore = figures.exchanges
      queues[priority.rawValue].append(job)
      condition.signal()
      return true
    }
  }

  /// Asks for a reading.
  ///
  /// - Returns: why it is not taken; `nil` when it is.
  func ask(
    _ request: CAENRequest, client: Int, _ answer: @escaping @Sendable (CAENExchange) -> Void
  ) -> HVErrorCode? {
    condition.withLock {
      guard isOpen else { return .disconnected }
      let place = HVPriority.interactive.rawValue
      let waiting = queues[place].reduce(0) { $0 + $1.askers.count { $0.client == client } }
      guard waiting < Self.clientLimit else { return .busy }
      figures.gets += 1
      if let same = queues[place].firstIndex(where: { $0.request.text == request.text && !$0.askers.isEmpty }) {
        queues[place][same].askers.append((client, answer))
      } else {
        queues[place].append(Job(request: request, priority: .interactive, askers: [(client, answer)]))
        condition.signal()
      }
      return nil
    }
  }

  /// Takes out what an operation has waiting.
  func cancel(operation: Int) -> [HVTag] {
    condition.withLock {
      var tags: [HVTag] = []
      for place in queues.indices {
        tags += queues[place].filter { $0.operation == operation }.compactMap(\.tag)
        queues[place].removeAll { $0.operation == operation }
      }
      return tags
    }
  }

  /// The next exchange; waits until a time.
  func next(until end: Date) -> Job? {
    condition.withLock {
      while queues.allSatisfy(\.isEmpty) {
        if !condition.wait(until: end) { return nil }
      }
      guard let place = choose() else { return nil }
      let job = queues[place].removeFirst()
      if case .write = job.tag {
        figures.sets += 1
        figures.mostOvertakings = max(figures.mostOvertakings, figures.exchanges - job.begunBefore)
        figures.longestWait = max(figures.longestWait, .now - job.since)
      }
      figures.exchanges += 1
      if !job.askers.isEmpty { figures.getExchanges += 1 }
      return job
    }
  }

  private func choose() -> Int? {
    let first = queues.firstIndex { !$0.isEmpty }
    guard first == HVPriority.interactive.rawValue, !queues[HVPriority.monitoring.rawValue].isEmpty else {
      return first
    }
    let now = ContinuousClock.now
    interactive.removeAll { now - $0.end > .seconds(1) }
    let used = interactive.reduce(Duration.zero) { $0 + $1.took }
    return used > .milliseconds(500) ? HVPriority.monitoring.rawValue : first
  }

  /// Notes how long an interactive exchange took.
  func finished(_ job: Job, took: Duration) {
    guard job.priority == .interactive else { return }
    condition.withLock { interactive.append((.now, took)) }
  }

  /// Wakes the line.
  func wake() { condition.withLock { condition.broadcast() } }
}
