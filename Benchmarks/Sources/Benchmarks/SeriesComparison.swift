import Foundation
import TimeSeries

/// The store of series and line protocol, against bars in seconds; there is no twin.
///
/// Times on the wall for what waits for the disk, processor time for the rest.
struct SeriesComparison {
  var paths: Paths
  var repeats: Int

  static let names = ["series-append", "line-encode", "line-parse", "series-day", "series-year", "series-replay"]

  func all(isWanted: (String) -> Bool) -> [Comparison] {
    let folder = paths.scratch + "/series"
    try? FileManager.default.removeItem(atPath: folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var comparisons: [Comparison] = []
    if isWanted("series-append") { comparisons.append(append(folder)) }
    if isWanted("line-encode") || isWanted("line-parse") { comparisons += lines().filter { isWanted($0.name) } }
    if isWanted("series-day") || isWanted("series-year") { comparisons += queries(folder).filter { isWanted($0.name) } }
    if isWanted("series-replay") { comparisons.append(replay(folder)) }
    return comparisons
  }

  /// Eight channels at 10 Hz.
  private func batch(_ count: Int, from start: Int64) -> SampleBatch {
    var batch = SampleBatch()
    let keys = (0..<8).map { PointKey("HV", ["ch": "\($0)", "unit": "main"]) }
    for number in 0..<count {
      let time = start + Int64(number / 8) * 100_000_000
      let value = 400 + Double(number % 1000) / 100
      batch.append(Point(keys[number % 8], [.init("VMon", .number(value))], time: time))
    }
    return batch
  }

  private func append(_ folder: String) -> Comparison {
    var comparison = Comparison("series-append", "durable append, a point, batches of 50000")
    do {
      let store = try TimeSeriesStore("\(folder)/append.db")
      for round in 0...repeats {
        let batches = (0..<6).map { batch(50_000, from: Int64(round * 6 + $0) * 1_000_000_000_000) }
        let start = ContinuousClock.now
        for batch in batches { _ = try store.append(batch) }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if round > 0 { comparison.cavern.values.append(seconds / 300_000) }
      }
    } catch { comparison.fault = "\(error)" }
    return comparison
  }

  private func lines() -> [Comparison] {
    var encode = Comparison("line-encode", "line protocol, written, a line")
    var parse = Comparison("line-parse", "line protocol, read, a line")
    let samples = batch(200_000, from: 1_700_000_000_000_000_000)
    var encoder = LineEncoder()
    encoder.append(samples)
    let text = encoder.bytes
    for _ in 0..<repeats {
      encode.cavern.values.append(
        secondsPerCall {
          var encoder = LineEncoder()
          encoder.append(samples)
          if encoder.lineCount != 200_000 { encode.fault = "lines are missing" }
        } / 200_000)
      parse.cavern.values.append(
        secondsPerCall {
          var parser = LineParser()
          parser.parse(text)
          if parser.batch.samples.count != 200_000 { parse.fault = "lines are missing" }
        } / 200_000)
    }
    return [encode, parse]
  }

  /// A day at 10 Hz; and a year at one sample in 10 s with that day at its end, which has as many roll-ups as a year at 10 Hz.
  private func queries(_ folder: String) -> [Comparison] {
    var day = Comparison("series-day", "one day at 10 Hz to 2000 points")
    var year = Comparison("series-year", "one year to 2000 points")
    do {
      let store = try TimeSeriesStore("\(folder)/query.db")
      let second: Int64 = 1_000_000_000
      let end: Int64 = 1_700_000_000 * second
      let key = PointKey("HV", ["ch": "0"])
      func fill(_ count: Int, from start: Int64, every step: Int64) throws {
        for block in stride(from: 0, to: count, by: 50_000) {
          var batch = SampleBatch()
          for number in block..<min(block + 50_000, count) {
            let value = 400 + Double(number % 977) / 100
            batch.append(Point(key, [.init("VMon", .number(value))], time: start + Int64(number) * step))
          }
          _ = try store.append(batch)
        }
      }
      try fill(3_144_960, from: end - 365 * 86400 * second, every: 10 * second)
      try fill(864_000, from: end - 86400 * second, every: second / 10)
      try store.maintain()
      let series = try store.series()[0]
      for (window, place) in [(end - 86400 * second..<end, 0), (end - 365 * 86400 * second..<end, 1)] {
        for round in 0...max(5, repeats) {
          let start = ContinuousClock.now
          let every = TimeSeriesStore.bucketLength(for: window, count: 2000)
          let buckets = try store.buckets(of: series, in: window, every: every)
          let seconds = (ContinuousClock.now - start) / .seconds(1)
          let isWhole = (1000...2000).contains(buckets.count)
          if place == 0 {
            if round > 0 { day.cavern.values.append(seconds) }
            day.note = "\(buckets.count) points"
            if !isWhole { day.fault = "\(buckets.count) points" }
          } else {
            if round > 0 { year.cavern.values.append(seconds) }
            year.note = "\(buckets.count) points"
            if !isWhole { year.fault = "\(buckets.count) points" }
          }
        }
      }
    } catch {
      day.fault = "\(error)"
      year.fault = day.fault
    }
    return [day, year]
  }

  /// 400,000 lines of the store to a real InfluxDB 1 on loopback.
  private func replay(_ folder: String) -> Comparison {
    var comparison = Comparison("series-replay", "replay to InfluxDB 1.6, a line")
    do {
      let store = try TimeSeriesStore("\(folder)/replay.db")
      for block in 0..<8 { _ = try store.append(batch(50_000, from: Int64(block) * 1_000_000_000_000)) }
      // A batch leaves the outbox when all destinations have it, so all runs' are known before the first.
      for round in 0..<max(2, repeats / 2) { try store.addDestination("run\(round)") }
      let server = try InfluxServer(folder: folder + "/influx")
      defer { server.stop() }
      for round in 0..<max(2, repeats / 2) {
        let run = try ProgramRun(
          [
            paths.program, "ts", "flush", "--store", store.path, "--to", "influx1", "--url", server.url, "--bucket",
            "bench",
            "--destination", "run\(round)", "--timeout", "120s",
          ], measuredBy: paths.measurer)
        comparison.cavern.values.append(run.seconds / 400_000)
      }
    } catch { comparison.fault = "\(error)" }
    return comparison
  }
}

/// Debian's influxd on loopback, with a database.
private final class InfluxServer {
  let url: String
  private let process = Process()

  init(folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let port = 18086
    url = "http://127.0.0.1:\(port)"
    let configuration = """
      reporting-disabled = true
      bind-address = "127.0.0.1:18088"
      [meta]
        dir = "\(folder)/meta"
      [data]
        dir = "\(folder)/data"
        wal-dir = "\(folder)/wal"
      [http]
        bind-address = "127.0.0.1:\(port)"
        log-enabled = false
      """
    let file = "\(folder)/influx.conf"
    try Data(configuration.utf8).write(to: URL(filePath: file))
    process.executableURL = URL(filePath: "/usr/bin/influxd")
    process.arguments = ["-config", file]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let deadline = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < deadline {
      let curl = Process()
      curl.executableURL = URL(filePath: "/usr/bin/curl")
      curl.arguments = ["-s", "-f", "-X", "POST", "\(url)/query", "--data-urlencode", "q=CREATE DATABASE bench"]
      curl.standardOutput = FileHandle.nullDevice
      try curl.run()
      curl.waitUntilExit()
      if curl.terminationStatus == 0 { return }
      Thread.sleep(forTimeInterval: 0.05)
    }
    throw CocoaError(.fileReadUnknown)
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
  }
}
