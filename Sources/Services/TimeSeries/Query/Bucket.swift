/// What the samples of one stretch of time amount to.
public struct Bucket: Sendable, Equatable {
  /// Where the stretch begins, nanoseconds since 1970-01-01 UTC.
  public var start: Int64
  /// How many samples there are; buckets without any do not exist.
  public var count: Int
  /// Their sum.
  public var sum: Double
  /// The smallest and when it came first.
  public var minimum: Double, minimumTime: Int64
  /// The largest and when it came first.
  public var maximum: Double, maximumTime: Int64
  /// The first.
  public var first: Double, firstTime: Int64
  /// The last.
  public var last: Double, lastTime: Int64

  /// The unweighted mean.
  public var mean: Double { sum / Double(count) }

  /// A bucket with one sample.
  init(start: Int64, time: Int64, value: Double) {
    (self.start, count, sum) = (start, 1, value)
    (minimum, maximum, first, last) = (value, value, value, value)
    (minimumTime, maximumTime, firstTime, lastTime) = (time, time, time, time)
  }

  /// Adds a later sample.
  mutating func add(time: Int64, value: Double) {
    count += 1
    sum += value
    if value < minimum { (minimum, minimumTime) = (value, time) }
    if value > maximum { (maximum, maximumTime) = (value, time) }
    (last, lastTime) = (value, time)
  }

  /// Adds the samples of a later stretch; its start is forgotten.
  public mutating func add(_ later: Bucket) {
    count += later.count
    sum += later.sum
    if later.minimum < minimum { (minimum, minimumTime) = (later.minimum, later.minimumTime) }
    if later.maximum > maximum { (maximum, maximumTime) = (later.maximum, later.maximumTime) }
    (last, lastTime) = (later.last, later.lastTime)
  }

  /// First, smallest, largest and last sample in order of time, each once: what a line plot of one column of pixels needs
  /// (M4; Jugel et al., VLDB 2014).
  public var extremes: [(time: Int64, value: Double)] {
    let four = [(firstTime, first), (minimumTime, minimum), (maximumTime, maximum), (lastTime, last)].sorted {
      $0.0 < $1.0
    }
    var result: [(time: Int64, value: Double)] = []
    for (time, value) in four where result.last?.time != time { result.append((time, value)) }
    return result
  }
}

/// Collects samples and stretches in order of time into buckets.
struct BucketCollector {
  /// The length of a bucket in nanoseconds; `nil` for one bucket over all.
  let every: Int64?
  private(set) var buckets: [Bucket] = []

  init(every: Int64?) { self.every = every }

  /// The start of the bucket a time belongs to; buckets are aligned to 1970-01-01 UTC.
  func start(_ time: Int64) -> Int64 {
    guard let every else { return 0 }
    return floored(time, to: every)
  }

  mutating func add(time: Int64, value: Double) {
    let start = start(time)
    if buckets.last?.start == start {
      buckets[buckets.count - 1].add(time: time, value: value)
    } else {
      buckets.append(Bucket(start: start, time: time, value: value))
    }
  }

  mutating func add(_ bucket: Bucket) {
    let start = start(bucket.firstTime)
    if buckets.last?.start == start {
      buckets[buckets.count - 1].add(bucket)
    } else {
      var copy = bucket
      copy.start = start
      buckets.append(copy)
    }
  }
}

/// The largest multiple of `step` that is not above `time`.
func floored(_ time: Int64, to step: Int64) -> Int64 {
  let rest = time % step
  return rest < 0 ? time - rest - step : time - rest
}
