import Errors
import Foundation
import TestSupport
import Testing

@testable import TimeSeries

private let second: Int64 = 1_000_000_000

@Suite("The store of series")
struct StoreTests {
  private func point(_ name: String, _ value: Double, at time: Int64, tag: String = "0") -> Point {
    Point(PointKey(name, ["ch": tag]), [.init("v", .number(value), unit: "V")], time: time)
  }

  @Test("samples come back in order of time, the window's end not included")
  func window() throws {
    let store = try TimeSeriesStore(":memory:")
    let receipt = try store.append([3, 1, 2].map { point("m", Double($0), at: Int64($0)) })
    #expect(receipt.accepted == 3 && receipt.rejected == 0 && receipt.batch == 1)
    let series = try #require(try store.series(SeriesSelection(measurement: "m")).first)
    #expect(series.unit == "V" && series.key.point.tag("ch") == "0")
    #expect(try store.samples(of: series, in: 1..<3).map(\.time) == [1, 2])
    #expect(try store.last(of: series, in: 0..<3)?.value == .number(2))
    #expect(try store.last(of: series, in: 4..<9) == nil)
  }

  @Test("values of every kind come back as they were")
  func kinds() throws {
    let store = try TimeSeriesStore(":memory:")
    let values: [FieldValue] = [
      .number(-0.0), .number(5), .integer(.min), .unsigned(.max), .boolean(true), .text("µ \"x\""), .text(""),
    ]
    for (place, value) in values.enumerated() {
      _ = try store.append([Point(PointKey("m\(place)"), [.init("v", value)], time: 1)])
    }
    for (place, value) in values.enumerated() {
      let series = try #require(try store.series(SeriesSelection(measurement: "m\(place)")).first)
      let found = try #require(try store.samples(of: series, in: 0..<9).first?.value)
      #expect(found == value)
      if case .number(let number) = found, case .number(let given) = value {
        #expect(number.bitPattern == given.bitPattern)
      }
    }
  }

  @Test("the same time again takes the earlier value's place, or moves on by a nanosecond when both are to be kept")
  func sameTime() throws {
    let store = try TimeSeriesStore(":memory:")
    _ = try store.append([point("m", 1, at: 5)])
    _ = try store.append([point("m", 2, at: 5)])
    let series = try #require(try store.series().first)
    #expect(try store.samples(of: series, in: 0..<9).map(\.value) == [.number(2)])
    _ = try store.append([point("m", 3, at: 5)], .init(keepsBoth: true))
    #expect(try store.samples(of: series, in: 0..<9).map(\.time) == [5, 6])
  }

  @Test("a sample of another kind than its series is refused with both kinds, the others stored")
  func kindConflict() throws {
    let store = try TimeSeriesStore(":memory:")
    _ = try store.append([point("m", 1, at: 1)])
    let receipt = try store.append([
      Point(PointKey("m", ["ch": "0"]), [.init("v", .text("x")), .init("w", .integer(1))], time: 2)
    ])
    #expect(receipt.accepted == 1 && receipt.rejected == 1)
    #expect(receipt.reasons == ["m v: text where the series holds number"])
  }

  @Test("buckets agree with sums by hand for random samples, windows and lengths, with and without roll-ups")
  func buckets() throws {
    var generator = SplitMix(state: 5)
    let store = try TimeSeriesStore(":memory:")
    // Dense ten minutes, sparse ones and gaps in between.
    var points: [Point] = []
    var time: Int64 = 1_700_000_123 * second
    for number in 0..<9000 {
      let step: Int64 = number % 3000 < 2400 ? second / 2 : 45 * second
      time += step + Int64(generator.next() % 1000)
      points.append(point("m", Double(Int64(bitPattern: generator.next()) % 1000), at: time))
    }
    _ = try store.append(points)
    let series = try #require(try store.series().first)
    let (first, last) = (points[0].time, points[points.count - 1].time)
    for isRolled in [false, true] {
      if isRolled { try store.maintain() }
      for _ in 0..<60 {
        let a = first - 1000 * second + Int64(generator.next() % UInt64(last - first + 2000 * second))
        let b = a + 1 + Int64(generator.next() % UInt64(last - first))
        let every: Int64? = [nil, 7 * second, 10 * second, 60 * second, 600 * second, 1800 * second][
          Int(generator.next() % 6)]
        let found = try store.buckets(of: series, in: a..<b, every: every)
        var expected = BucketCollector(every: every)
        for point in points where point.time >= a && point.time < b {
          expected.add(time: point.time, value: point.fields[0].value.double ?? .nan)
        }
        #expect(found == expected.buckets, "\(a)..<\(b) every \(every ?? 0), rolled \(isRolled)")
      }
    }
  }

  @Test("a sample that comes late, or anew, is in the buckets although they were summed up before")
  func lateSamples() throws {
    let store = try TimeSeriesStore(":memory:")
    let base = 1_700_000_400 * second
    _ = try store.append((0..<5000).map { point("m", 1, at: base + Int64($0) * second) })
    try store.maintain()
    let series = try #require(try store.series().first)
    func sum() throws -> Double {
      try store.buckets(of: series, in: .min..<(.max), every: nil).reduce(0) { $0 + $1.sum }
    }
    #expect(try sum() == 5000)
    _ = try store.append([point("m", 10, at: base + 700 * second + 1), point("m", 100, at: base + 800 * second)])
    #expect(try sum() == 5109)
    try store.maintain()
    #expect(try sum() == 5109)
  }

  @Test("a plot of many samples keeps the extremes of every stretch")
  func extremes() throws {
    let store = try TimeSeriesStore(":memory:")
    let base = 1_700_000_400 * second
    var points = (0..<20000).map { point("m", 0, at: base + Int64($0) * second / 10) }
    points[7777] = point("m", 50, at: points[7777].time)
    points[15000] = point("m", -50, at: points[15000].time)
    _ = try store.append(points)
    try store.maintain()
    let series = try #require(try store.series().first)
    let window = base..<points[19999].time + 1
    let every = TimeSeriesStore.bucketLength(for: window, count: 100)
    let found = try store.buckets(of: series, in: window, every: every).flatMap(\.extremes)
    #expect(found.count <= 400)
    #expect(found.contains { $0.time == points[7777].time && $0.value == 50 })
    #expect(found.contains { $0.time == points[15000].time && $0.value == -50 })
    #expect(found.map(\.time) == found.map(\.time).sorted())
  }

  @Test("the oldest samples make room, with a record of what no destination had; protected series stay")
  func retention() throws {
    let store = try TimeSeriesStore(":memory:")
    try store.addDestination("main")
    let base = 1_700_000_000 * second
    _ = try store.append([point("alarm", 1, at: base - 1)], .init(isProtected: true))
    for block in 0..<20 {
      _ = try store.append((0..<2000).map { point("m", Double($0), at: base + Int64(block * 2000 + $0) * second) })
    }
    try store.acknowledge("main", OutboxTurn(stream: .live, after: 0), through: 6, delivered: 10001)
    let result = try store.enforceRetention(limit: 700_000)
    #expect(result.usage < 1)
    let series = try #require(try store.series(SeriesSelection(measurement: "m")).first)
    let left = try store.samples(of: series, in: .min..<(.max))
    #expect(left.count == 40000 - result.deletedSamples)
    #expect(left.last?.time == base + 39999 * second)
    let gap = try #require(try store.series(SeriesSelection(measurement: "cavern_gap", field: "lines")).first)
    #expect(gap.key.point.tag("source") == "main")
    let lost = try store.samples(of: gap, in: .min..<(.max)).compactMap(\.value.double).reduce(0, +)
    #expect(Int(lost) == result.lostSamples && result.lostSamples == result.deletedSamples - 10000)
    let alarm = try #require(try store.series(SeriesSelection(measurement: "alarm")).first)
    #expect(try store.samples(of: alarm, in: .min..<(.max)).count == 1)
  }

  @Test("two connections to one file see each other's samples and series")
  func connections() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "s.db").path
      let first = try TimeSeriesStore(path)
      let second = try TimeSeriesStore(path)
      _ = try first.append([point("a", 1, at: 1)])
      _ = try second.append([point("a", 2, at: 2), point("b", 3, at: 3)])
      _ = try first.append([point("b", 4, at: 4)])
      let reader = try TimeSeriesStore(path, options: .init(isReadOnly: true))
      #expect(try reader.series().count == 2)
      for series in try reader.series() { #expect(try reader.samples(of: series, in: 0..<9).count == 2) }
      #expect(caught { try reader.append([point("a", 1, at: 9)]) } != nil)
    }
  }

  @Test("a missing file, a foreign one and one of a later version are told apart")
  func faults() throws {
    try withTemporaryFolder { folder in
      let readOnly = TimeSeriesStore.Options(isReadOnly: true)
      let missing = caught { try TimeSeriesStore(folder.path + "/none.db", options: readOnly) }
      #expect(missing?.code == "input.missing")
      let text = folder.appending(path: "text.db")
      try Data("no database at all, but long enough to look like one".utf8).write(to: text)
      #expect(caught { try TimeSeriesStore(text.path, options: readOnly) }?.code == "database.notADatabase")
      let later = folder.appending(path: "later.db").path
      try TimeSeriesStore(later).database.execute("PRAGMA user_version = 99")
      #expect(caught { try TimeSeriesStore(later) }?.code == "store.version")
    }
  }
}
