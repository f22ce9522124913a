import Bench
import Errors
import Foundation
import Instruments
import JSON
import Tables
import TestSupport
import Testing

/// Acquisitions from a simulated oscilloscope into run folders.
@Suite("Oscilloscope acquisition")
struct AcquisitionTests {
  /// A simulator whose ports the kernel chose, and a way to run acquisitions on it.
  struct Bench {
    let simulator: OscilloscopeSimulator
    let scope: LeCroyOscilloscope

    init() throws {
      signal(SIGPIPE, SIG_IGN)
      var options = OscilloscopeSimulator.Options()
      (options.mapperPort, options.vicpPort, options.triggerRate, options.pool) = (0, 0, 1e6, 2)
      simulator = try OscilloscopeSimulator(options)
      var resource = try InstrumentResource("127.0.0.1")
      (resource.kind, resource.mapperPort) = (.vxi11, simulator.mapperPort)
      scope = try LeCroyOscilloscope(resource, timeout: .seconds(2))
    }

    func stop() {
      scope.close()
      simulator.stop()
    }

    func run(
      _ folder: URL, sweeps: Int, channels: [String] = ["C1", "C2", "C3", "C4"],
      readings: any BenchReadings = NoReadings(),
      _ change: (inout AcquisitionPlan) -> Void = { _ in }
    ) throws -> Acquisition.Outcome {
      var plan = AcquisitionPlan(channels: channels)
      plan.sweeps = sweeps
      plan.pollInterval = .milliseconds(1)
      plan.minimumFree = 0
      plan.isSynchronised = false
      change(&plan)
      var acquisition = Acquisition(scope, plan: plan, requests: [try .sequence(segments: 10)])
      acquisition.readings = readings
      return try acquisition.run(into: try RunFolder(writing: folder.path))
    }
  }

  private func files(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "raw").path).sorted()
  }

  @Test("a line cut inside the third of four channels costs that sweep alone, and leaves no part of a file")
  func cut() throws {
    let bench = try Bench()
    defer { bench.stop() }
    try withTemporaryFolder { folder in
      bench.simulator.add(OscilloscopeFault(.cut, channel: "C3", bytes: 2000, skip: 1))
      let outcome = try bench.run(folder, sweeps: 3)
      #expect(outcome.end == .count)
      #expect(outcome.counts.lost == 1)
      #expect(outcome.counts.reconnects == 1)
      #expect(outcome.counts.sweeps == 3)
      let names = try files(folder)
      #expect(names.count == 12)
      #expect(names.allSatisfy { $0.hasSuffix(".trc") })
      let run = try RunFolder(reading: folder.path)
      #expect(run.records.count == 12)
      for record in run.records {
        let bytes = Array(try Data(contentsOf: folder.appending(path: record.file)))
        #expect(try Waveform(decoding: bytes).segmentCount == 10)
        #expect(bytes.first == UInt8(ascii: "#"))
        #expect(bytes.count == record.bytes)
      }
      // The channels of each sweep share a trigger time, and no two sweeps have the same.
      let times = Dictionary(grouping: run.records, by: \.sweep).mapValues { Set($0.map { $0.trigger.seconds }) }
      #expect(times.values.allSatisfy { $0.count == 1 })
      #expect(Set(times.values.flatMap { $0 }).count == 3)
    }
  }

  @Test(
    "damaged, stale and disagreeing sweeps are discarded and counted",
    arguments: [
      (OscilloscopeFault.Kind.truncated, 1, 0), (.wrongLength, 1, 0), (.stale, 0, 1), (.mismatch, 0, 1), (.mute, 1, 0),
    ])
  func discarded(kind: OscilloscopeFault.Kind, lost: Int, stale: Int) throws {
    let bench = try Bench()
    defer { bench.stop() }
    try withTemporaryFolder { folder in
      #expect(try bench.run(folder, sweeps: 1).counts.sweeps == 1)
      if kind == .stale {
        // The trigger time must repeat one of the same run.
        bench.simulator.add(OscilloscopeFault(.stale, count: 2))
        let outcome = try bench.run(folder, sweeps: 2)
        #expect(outcome.counts.stale == 1)
        #expect(outcome.counts.sweeps == 2)
        return
      }
      bench.simulator.add(OscilloscopeFault(kind, channel: "C2", bytes: 10))
      let outcome = try bench.run(folder, sweeps: 2)
      #expect(outcome.counts.lost == lost)
      #expect(outcome.counts.stale == stale)
      #expect(outcome.counts.sweeps == 2)
      #expect(try files(folder).count == 12)
    }
  }

  @Test("a run that a crash left is put right: parts go, files without a line get one, names are not taken again")
  func recovery() throws {
    let bench = try Bench()
    defer { bench.stop() }
    try withTemporaryFolder { folder in
      _ = try bench.run(folder, sweeps: 2, channels: ["C1"])
      let raw = folder.appending(path: "raw")
      try Data("half".utf8).write(to: raw.appending(path: "C1-00000002.trc.part"))
      try Data("#9".utf8).write(to: raw.appending(path: "C1-00000005.trc"))
      let index = folder.appending(path: "index.jsonl")
      let lines = try String(contentsOf: index, encoding: .utf8).split(separator: "\n")
      // The last line was cut in the middle.
      try Data("\(lines[0])\n\(lines[1].prefix(40))".utf8).write(to: index)
      let opened = try RunFolder(writing: folder.path)
      #expect(opened.repairs.map(\.code).sorted() == ["scope.damaged", "scope.partRemoved", "scope.recovered"])
      #expect(opened.nextSweep == 6)
      #expect(opened.records.count == 2)
      #expect(opened.records.last?.flags == ["recovered"])
      let outcome = try bench.run(folder, sweeps: 1, channels: ["C1"])
      #expect(outcome.counts.sweeps == 1)
      #expect(try files(folder).contains("C1-00000006.trc"))
      #expect(try RunFolder(reading: folder.path).records.count == 3)
      let manifest = try JSONValue(parsing: Array(try Data(contentsOf: folder.appending(path: "manifest.json"))))
      #expect(manifest["state"]?.stringValue == "count")
      #expect(manifest["files"]?.arrayValue?.count == 3)
    }
  }

  @Test("bench values go with every sweep, and a trip ends the run or marks its sweeps")
  func readings() throws {
    let bench = try Bench()
    defer { bench.stop() }
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "readings.jsonl")
      let now = Date().timeIntervalSince1970
      try Data("{\"name\": \"hv.mesh.vmon\", \"value\": 450.25, \"time\": \(now)}\n{\"name\": \"hv.me".utf8).write(
        to: path)
      let readings = try ReadingsFile(path.path)
      _ = try bench.run(folder, sweeps: 1, channels: ["C1"], readings: readings)
      let record = try #require(try RunFolder(reading: folder.path).records.first)
      #expect(record.readings.map(\.name) == ["hv.mesh.vmon"])
      #expect(record.readings.first?.value == 450.25)
      #expect((0..<30).contains(record.readings.first?.age ?? -1))
      let handle = try FileHandle(forWritingTo: path)
      try handle.seekToEnd()
      try handle.write(contentsOf: Data("sh.trip\", \"value\": 1, \"time\": \(now)}\n".utf8))
      let stopped = try bench.run(folder, sweeps: 1, channels: ["C1"], readings: readings)
      #expect(stopped.end == .trip)
      #expect(stopped.counts.sweeps == 0)
      let marked = try bench.run(folder, sweeps: 1, channels: ["C1"], readings: readings) { $0.onTrip = .mark }
      #expect(marked.end == .count)
      #expect(marked.counts.marked == 1)
      #expect(try RunFolder(reading: folder.path).records.last?.flags == ["hv_trip"])
    }
  }

  @Test("a sweep that does not come is skipped, forced or ends the run, as planned")
  func timeouts() throws {
    let bench = try Bench()
    defer { bench.stop() }
    // Longer than any test: the trigger never comes by itself.
    var options = OscilloscopeSimulator.Options()
    (options.mapperPort, options.vicpPort, options.triggerRate) = (0, 0, 1e-3)
    let simulator = try OscilloscopeSimulator(options)
    defer { simulator.stop() }
    var resource = try InstrumentResource("127.0.0.1")
    (resource.kind, resource.port) = (.vicp, simulator.vicpPort)
    let scope = try LeCroyOscilloscope(resource, timeout: .seconds(2))
    defer { scope.close() }
    try withTemporaryFolder { folder in
      var plan = AcquisitionPlan(channels: ["C1"])
      (plan.sweeps, plan.sweepTimeout, plan.minimumFree) = (1, .milliseconds(50), 0)
      plan.onTimeout = .stop
      #expect(try Acquisition(scope, plan: plan).run(into: try RunFolder(writing: folder.path)).end == .timeout)
      plan.onTimeout = .force
      let forced = try Acquisition(scope, plan: plan).run(into: try RunFolder(writing: folder.path))
      #expect(forced.counts.forced == 1)
      #expect(try RunFolder(reading: folder.path).records.first?.flags == ["forced"])
    }
  }

  @Test("an export has a row for each segment and channel, and the same bytes each time")
  func export() throws {
    let bench = try Bench()
    defer { bench.stop() }
    try withTemporaryFolder { folder in
      _ = try bench.run(folder, sweeps: 2, channels: ["C1", "C3"])
      let run = try RunFolder(reading: folder.path)
      var options = RunExport.Options()
      options.hasVolts = true
      let first = try Self.table(run, options)
      #expect(first.rowCount == 40)
      #expect(
        first.columnNames.prefix(10) == [
          "sweep", "segment", "channel", "trigger_utc_ns", "trigger_time_s", "t0_s", "dt_s", "gain", "offset", "flags",
        ])
      let waveform = try Waveform(decoding: Array(try Data(contentsOf: folder.appending(path: run.records[1].file))))
      // Sweep 0, segment 0, channel 3 is the second row.
      let raw = first["raw"]?.elements(at: 1)
      #expect((0..<502).map { raw?.int(at: $0) } == waveform.counts(segment: 0).map { Int($0) })
      #expect(try first.parquetBytes() == Self.table(run, options).parquetBytes())
      // Piece by piece, each with the sweep that fills it: the same rows.
      var pieces: [Table] = []
      _ = try RunExport.pieces(run, options: options, samplesPerPiece: 1) { pieces.append($0) }
      #expect(pieces.map(\.rowCount) == [20, 20])
      for name in ["sweep", "segment", "channel", "trigger_time_s"] {
        #expect((0..<20).map { pieces[1][name]?.double(at: $0) } == (20..<40).map { first[name]?.double(at: $0) })
      }
      let last = (pieces[1]["raw"]?.elements(at: 19), first["raw"]?.elements(at: 39))
      #expect((0..<502).map { last.0?.int(at: $0) } == (0..<502).map { last.1?.int(at: $0) })
      let empty = folder.appending(path: "empty")
      try FileManager.default.createDirectory(at: empty.appending(path: "raw"), withIntermediateDirectories: true)
      #expect(caught { try Self.table(try RunFolder(reading: empty.path), options) }?.code == "scope.emptyRun")
    }
  }

  /// A run in one piece.
  private static func table(_ run: RunFolder, _ options: RunExport.Options) throws -> Table {
    var whole: Table?
    _ = try RunExport.pieces(run, options: options, samplesPerPiece: .max) { whole = $0 }
    return try #require(whole)
  }
}
