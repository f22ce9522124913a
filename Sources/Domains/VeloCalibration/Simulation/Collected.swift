import Synchronization

/// Values that threads hand in by number.
final class Collected<Value: Sendable>: Sendable {
  private let values: Mutex<[Value?]>

  init(_ count: Int) { values = Mutex(Array(repeating: nil, count: count)) }

  /// Hands in the value of a place that exists.
  func set(_ place: Int, _ value: Value) { values.withLock { $0[place] = value } }

  /// What was handed in, in order.
  func all() -> [Value] { values.withLock { $0.compactMap { $0 } } }
}
