import Conditions
import JSON

/// Where series of readings are silent for long: what a profile bridges with the readings before.
public struct SeriesContinuity: Sendable, Equatable {
  /// A time without any reading, in s since 1970.
  public struct Gap: Sendable, Equatable {
    /// The last reading before, or the beginning of what was looked at.
    public var from: Double
    /// The next reading, or the end of what was looked at.
    public var to: Double
    /// Its length, in s.
    public var seconds: Double { to - from }
  }

  /// Silence up to this counts as none, in s.
  public static let limit = 3600.0

  /// Gaps with readings, or the end, behind them; in order of time.
  public private(set) var gaps: [Gap] = []
  /// The beginning of what was looked at, or a reading shortly before it; NaN before anything was.
  private var start = Double.nan
  private var first: Double?
  private var last: Double?
  private var end = Double.nan

  /// Nothing looked at yet.
  public init() {}

  /// Looks at a period: a gap is a time in which no series has a reading.
  ///
  /// The gaps before the first reading and behind the last stay open until what is next to the period is known; see
  /// `add(_:)` and `closed`. The cost is one search in each series for every `limit` of the period.
  init(_ series: [ReadingSeries], from begin: Double, to end: Double) {
    start = series.compactMap { $0.latest(before: begin, notBefore: -.infinity)?.time }.max() ?? begin
    self.end = end
    first = Self.next(series, from: begin, to: end)
    guard var place = first else { return }
    while let reached = series.compactMap({ $0.latest(upTo: min(place + Self.limit, end), notBefore: place)?.time })
      .max()
    {
      guard reached <= place else {
        place = reached
        continue
      }
      guard let after = Self.next(series, from: place.nextUp, to: end) else { break }
      gaps.append(Gap(from: place, to: after))
      place = after
    }
    last = place
  }

  /// Takes the beginning for a reading, whatever was before it.
  mutating func begin(at time: Double) { start = time }

  private static func next(_ series: [ReadingSeries], from begin: Double, to end: Double) -> Double? {
    series.compactMap { one -> Double? in
      let index = one.count(before: begin)
      return index < one.times.count && one.times[index] <= end ? one.times[index] : nil
    }.min()
  }

  /// Adds a period behind this one.
  public mutating func add(_ other: SeriesContinuity) {
    guard !other.start.isNaN else { return }
    guard !start.isNaN else {
      self = other
      return
    }
    if let next = other.first {
      if let last {
        if next - last > Self.limit { gaps.append(Gap(from: last, to: next)) }
      } else {
        first = next
      }
      last = other.last
    }
    gaps += other.gaps
    end = other.end
  }

  /// All gaps, those at the beginning and end of the whole included.
  public var closed: [Gap] {
    guard !start.isNaN else { return gaps }
    guard let first, let last else { return end - start > Self.limit ? [Gap(from: start, to: end)] : [] }
    let head = first - start > Self.limit ? [Gap(from: start, to: first)] : []
    let tail = end - last > Self.limit ? [Gap(from: last, to: end)] : []
    return head + gaps + tail
  }

  /// What to say about gaps of something.
  static func text(_ gaps: [Gap], of what: String) -> String {
    guard let longest = gaps.max(by: { $0.seconds < $1.seconds }) else { return "\(what) without gap" }
    func time(_ seconds: Double) -> String { ConditionsTime(microseconds: Int64(seconds * 1e6)).text.prefix(19) + "" }
    let together = gaps.reduce(0) { $0 + $1.seconds }
    return "\(what) with \(gaps.count) gap\(gaps.count == 1 ? "" : "s") of more than 1 h bridged, "
      + "\(Int(together)) s together, the longest \(Int(longest.seconds)) s from \(time(longest.from)) to "
      + "\(time(longest.to))"
  }

  /// Gaps for scripts.
  static func json(_ gaps: [Gap]) -> JSONValue {
    .array(gaps.map { ["from": .number($0.from), "to": .number($0.to), "seconds": .number($0.seconds)] })
  }

  /// What `init(stored:)` reads.
  var stored: JSONValue {
    [
      "bounds": [
        .optional(start.isNaN ? nil : start), .optional(first), .optional(last), .optional(end.isNaN ? nil : end),
      ],
      "gaps": .array(gaps.map { [.number($0.from), .number($0.to)] }),
    ]
  }

  /// The continuity of `stored`.
  init(stored: JSONValue?) {
    let bounds = stored?["bounds"]
    start = bounds?[0]?.doubleValue ?? .nan
    first = bounds?[1]?.doubleValue
    last = bounds?[2]?.doubleValue
    end = bounds?[3]?.doubleValue ?? .nan
    gaps = (stored?["gaps"]?.arrayValue ?? []).map {
      Gap(from: $0[0]?.doubleValue ?? .nan, to: $0[1]?.doubleValue ?? .nan)
    }
  }
}
