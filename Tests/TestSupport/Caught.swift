import Errors

/// The error that a call throws; `nil` when it throws none or one of another type.
///
/// Stands in for `#expect(throws:)`: in optimised builds of Swift 6.3 its check of a closure whose only throwing call has
/// typed throws stops the process now and then.
public func caught<Value>(_ body: () throws -> Value) -> CavernError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? CavernError
  }
}
