import Synchronization

/// Results that several threads fill in, each at its own index.
final class SingleFitStore: Sendable {
  private let slots: Mutex<[SingleFit]>

  init(count: Int) { slots = Mutex(Array(repeating: SingleFit(parameterCount: 0), count: count)) }

  /// Stores one result; a lock per fit costs nothing beside the fit.
  func set(_ fit: SingleFit, at index: Int) { slots.withLock { $0[index] = fit } }

  /// All results, in order of the datasets.
  var fits: [SingleFit] { slots.withLock { $0 } }
}
