import Errors
import JSON

/// One piece of work of a batch: a file to analyse, a fill to fetch.
public struct BatchItem<Input: Sendable>: Sendable {
  /// Stable name of the item in the manifest, unique within the batch; for files the path relative to the folder.
  public var key: String
  /// What the work takes.
  public var input: Input

  /// An item with its name.
  public init(key: String, input: Input) {
    self.key = key
    self.input = input
  }
}

/// How an item ended.
public enum BatchState: String, Sendable, CaseIterable {
  /// All of it was done.
  case done
  /// A part of it could be done, for instance one plane of two.
  case partial
  /// There was nothing to do or the input is not usable; the cause is given.
  case skipped
  /// The work on it stopped with an error; it is tried again by the next run.
  case failed
}

/// What the work on one item gives.
public struct BatchResult<Product: Sendable>: Sendable {
  /// How it ended.
  public var state: BatchState
  /// A small summary that the manifest keeps, so that a later run can report the item without doing it again.
  public var record: JSONValue
  /// The cause of `skipped` or `partial`, where there is one.
  public var cause: CavernError?
  /// The result in memory, handed to the sink and then dropped.
  public var product: Product

  /// A result; most often only the product and the record are given.
  public init(
    _ product: Product, state: BatchState = .done, record: JSONValue = .null, cause: CavernError? = nil
  ) {
    self.product = product
    self.state = state
    self.record = record
    self.cause = cause
  }
}

/// One item's end, as delivered to the sink in the order of the input.
public struct BatchOutcome<Product: Sendable>: Sendable {
  /// Position of the item in the input, from 0.
  public var position: Int
  /// Name of the item.
  public var key: String
  /// How it ended.
  public var state: BatchState
  /// Summary kept in the manifest; `null` after an error.
  public var record: JSONValue
  /// The error of a failed item, the cause of a skipped or partial one.
  public var cause: CavernError?
  /// The result; `nil` for a failed item and for one that was taken over from an earlier run.
  public var product: Product?
  /// Whether the item was taken over from an earlier run because neither its input nor the settings changed.
  public var reused: Bool
}
