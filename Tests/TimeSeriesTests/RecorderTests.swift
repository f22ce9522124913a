import Errors
import Foundation
import TestSupport
import Testing

@testable import TimeSeries

@Suite("Recording on a full disk")
struct RecorderTests {
  private func point(_ value: Int) -> Point {
    Point(
      PointKey("m"), [.init("v", .number(Double(value))), .init("t", .text(String(repeating: "x", count: 400)))],
      time: Int64(value))
  }

  private func limit(_ recorder: Recorder, pages: Int) throws {
    try recorder.read { (store) throws(CavernError) in try store.database.execute("PRAGMA max_page_count = \(pages)") }
  }

  @Test(
    "samples wait in memory, then count as a gap; all that waited is stored when there is room again, without a restart"
  )
  func full() throws {
    try withTemporaryFolder { folder in
      let recorder = try Recorder(folder.appending(path: "s.db").path, source: "gas", memoryLimit: 3000)
      #expect(recorder.record([point(0)]).accepted == 2)
      try limit(recorder, pages: 1)
      var accepted = 2
      var (queued, rejected) = (0, 0)
      for number in 1...100 {
        let receipt = recorder.record([point(number)])
        #expect(receipt.accepted + receipt.queued + receipt.rejected == 2)
        accepted += receipt.accepted
        queued += receipt.queued
        rejected += receipt.rejected
      }
      #expect(queued > 0 && rejected > 0)
      #expect(recorder.failure?.code == "database.full")
      #expect(caught { try recorder.recordDurably([point(999)]) }?.code == "database.full")
      try limit(recorder, pages: 1_000_000)
      #expect(recorder.flush())
      #expect(recorder.failure == nil && recorder.waitingCount == 0)
      try recorder.read { (store) throws(CavernError) in
        let values = try store.series(SeriesSelection(measurement: "m", field: "v"))
        let stored = try store.samples(of: values[0], in: .min..<(.max)).count
        #expect(2 * stored == accepted + queued)
        let gap = try store.series(SeriesSelection(measurement: "cavern_gap", field: "lines"))
        #expect(try store.last(of: gap[0], in: .min..<(.max))?.value == .integer(Int64(rejected)))
      }
    }
  }
}
