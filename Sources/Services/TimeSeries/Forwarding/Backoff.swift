/// Waiting times after failures: 1, 2, 4 … 60 s, each up to 20 % shorter or longer, so that many clients do not come back
/// at once.
public struct Backoff: Sendable {
  private var failures = 0
  private let longest: Duration
  private let first: Duration

  /// A sequence of waiting times.
  public init(first: Duration = .seconds(1), longest: Duration = .seconds(60)) {
    self.first = first
    self.longest = longest
  }

  /// The time to wait after one more failure.
  ///
  /// - Parameter wish: what the server asks for, which is kept to.
  public mutating func next(
    wish: Duration? = nil, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    let plain = min(longest, first * (1 << min(failures, 16)))
    failures += 1
    if let wish { return wish }
    return plain * Double.random(in: 0.8...1.2, using: &generator)
  }

  /// Begins anew after a success.
  public mutating func reset() { failures = 0 }
}
