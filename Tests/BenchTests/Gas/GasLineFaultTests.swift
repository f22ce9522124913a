import Errors
import Foundation
import Glibc
import Instruments
import Synchronization
import TestSupport
import Testing
import TimeSeries

@testable import Bench

/// What a service tells, with the time and the processor time of its thread.
private final class Diary: Sendable {
  struct Entry {
    var event: GasService.Event
    var time: ContinuousClock.Instant
    var processorSeconds: Double
  }

  private let entries = Mutex<[Entry]>([])

  func add(_ event: GasService.Event) {
    var used = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used)
    let seconds = Double(used.tv_sec) + Double(used.tv_nsec) / 1e9
    entries.withLock { $0.append(Entry(event: event, time: .now, processorSeconds: seconds)) }
  }

  func first(after time: ContinuousClock.Instant? = nil, _ body: (GasService.Event) -> Bool) -> Entry? {
    entries.withLock { $0.first { entry in time.map { entry.time > $0 } ?? true && body(entry.event) } }
  }
}

@Suite("The gas service on a pseudo terminal")
struct GasLineFaultTests {
  private func isReading(_ event: GasService.Event) -> Bool {
    if case .exchange(let result, _) = event { result.exchange.outcome.isUsable } else { false }
  }

  @Test(
    "a pulled cable is an alarm within three periods and takes no processor time; readings go on within five seconds of its return"
  )
  func unplugged() throws {
    try withTemporaryFolder { folder in
      var options = GasSimulator.Options()
      (options.speed, options.link) = (20, folder.path + "/board")
      let simulator = try GasSimulator(options)
      var settings = GasSettings(port: folder.path + "/board")
      (settings.period, settings.settle, settings.timeLimit) = (
        .milliseconds(400), .milliseconds(150), .milliseconds(200)
      )
      let (diary, isDone) = (Diary(), DispatchSemaphore(value: 0))
      let isStopping = Mutex(false)
      let used = settings
      let thread = Thread {
        let line = GasLine()
        let service = GasService(
          used, recorder: nil,
          clock: SystemBenchClock(shouldStop: { isStopping.withLock { $0 } }),
          open: { (settings) throws(CavernError) in try line.open(settings) }, tell: { diary.add($0) })
        service.run()
        isDone.signal()
      }
      thread.start()
      func wait(_ what: String, _ body: () -> GasDiaryEntry?) throws -> GasDiaryEntry {
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
          if let entry = body() { return entry }
          Thread.sleep(forTimeInterval: 0.005)
        }
        throw CavernError("test.late", what, exit: .failed)
      }
      let first = try wait("a reading") { diary.first { isReading($0) }.map { ($0.time, $0.processorSeconds) } }
      // 60 s at twenty times the speed: away for three.
      simulator.inject(.unplug(.seconds(60)))
      let gone = try wait("the loss") {
        diary.first(after: first.time) { if case .disconnected = $0 { true } else { false } }.map {
          ($0.time, $0.processorSeconds)
        }
      }
      let alarm = try wait("the alarm") {
        diary.first(after: first.time) { if case .alarm("gas.no_data", true, _) = $0 { true } else { false } }.map {
          ($0.time, $0.processorSeconds)
        }
      }
      #expect(alarm.time - gone.time <= settings.period * 3)
      let back = try wait("the cable") {
        FileManager.default.fileExists(atPath: settings.port) ? (ContinuousClock.now, 0) : nil
      }
      let again = try wait("a reading again") {
        diary.first(after: back.time) { isReading($0) }.map { ($0.time, $0.processorSeconds) }
      }
      #expect(again.time - back.time < .seconds(5))
      #expect(again.processorSeconds - gone.processorSeconds < 0.5)
      isStopping.withLock { $0 = true }
      #expect(isDone.wait(timeout: .now() + 10) == .success)
      simulator.stop()
    }
  }

  private typealias GasDiaryEntry = (time: ContinuousClock.Instant, processorSeconds: Double)
}
