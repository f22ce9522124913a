import Foundation
import TimeSeries

/// Time as services see it: intervals on a clock that never jumps, stamps on the wall clock.
public protocol BenchClock: AnyObject {
  /// Time since some moment; never goes back.
  var now: Duration { get }
  /// The wall clock, nanoseconds since 1970-01-01 UTC.
  var wall: Int64 { get }
  /// Waits until a moment.
  ///
  /// - Returns: `false` when the service is to stop.
  func wait(until moment: Duration) -> Bool
}

/// The clocks of this machine.
public final class SystemBenchClock: BenchClock {
  private let start = ContinuousClock.now
  private let speed: Double
  private let shouldStop: @Sendable () -> Bool
  private let whileWaiting: () -> Void

  /// Clocks.
  ///
  /// - Parameters:
  ///   - speed: how many times faster than real intervals pass; for simulators.
  ///   - shouldStop: asked while waiting.
  ///   - whileWaiting: called twenty times a second while waiting, for example to feed a watchdog: who waits hangs nowhere.
  public init(
    speed: Double = 1, shouldStop: @escaping @Sendable () -> Bool = { false },
    whileWaiting: @escaping () -> Void = {}
  ) {
    self.speed = speed
    self.whileWaiting = whileWaiting
    self.shouldStop = shouldStop
  }

  /// Time since the clocks were made, at their speed.
  public var now: Duration { (ContinuousClock.now - start) * speed }

  /// The wall clock, nanoseconds since 1970-01-01 UTC.
  public var wall: Int64 { TimeSeriesStore.now() }

  /// Waits until a moment, looking twenty times a second whether to stop.
  public func wait(until moment: Duration) -> Bool {
    while !shouldStop() {
      whileWaiting()
      let left = (moment - now) / .seconds(1) / speed
      if left <= 0 { return true }
      Thread.sleep(forTimeInterval: min(left, 0.05))
    }
    return false
  }
}

/// Moments at equal distances from a start; late ones are left out and not made up for.
public struct Cadence: Sendable, Equatable {
  private let start: Duration
  private let period: Duration

  /// A grid.
  public init(start: Duration, period: Duration) {
    self.start = start
    self.period = period
  }

  /// The first moment of the grid after a time.
  public func next(after time: Duration) -> Duration {
    guard time >= start else { return start }
    return start + period * Int(((time - start) / period).rounded(.down) + 1)
  }
}

/// Notices steps of the wall clock against the clock that never jumps.
public struct ClockStepDetector: Sendable {
  private var offset: Duration?

  /// A detector that has seen nothing.
  public init() {}

  /// The size of a step since the last call in seconds; `nil` for none of more than a second.
  public mutating func step(now: Duration, wall: Int64) -> Double? {
    let present = Duration.nanoseconds(wall) - now
    defer { offset = present }
    guard let offset else { return nil }
    let size = (present - offset) / .seconds(1)
    return abs(size) > 1 ? size : nil
  }
}
