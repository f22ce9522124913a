import TestSupport
import Testing

@testable import TimeSeries

@Suite("What no line can carry")
struct RepresentableTests {
  @Test(
    "names that end in a backslash or hold a line end, and texts of several lines, are refused when they are stored, not lost when they are sent",
    arguments: [
      Point(PointKey("m\\"), [.init("v", .number(1))], time: 1),
      Point(PointKey("m\nn"), [.init("v", .number(1))], time: 1),
      Point(PointKey("m", ["t": "x\\"]), [.init("v", .number(1))], time: 1),
      Point(PointKey("m", ["t\\": "x"]), [.init("v", .number(1))], time: 1),
      Point(PointKey("m", ["t": "x\r"]), [.init("v", .number(1))], time: 1),
      Point(PointKey("m"), [.init("v\\", .number(1))], time: 1),
      Point(PointKey("m"), [.init("", .number(1))], time: 1),
      Point(PointKey("m"), [.init("v", .text("two\nlines"))], time: 1),
      Point(PointKey("m"), [.init("v", .number(.infinity))], time: 1),
    ])
  func refused(point: Point) throws {
    let store = try TimeSeriesStore(":memory:")
    let receipt = try store.append([point, Point(PointKey("good"), [.init("v", .text("back\\slash"))], time: 2)])
    #expect(receipt.accepted == 1 && receipt.rejected == 1 && receipt.reasons.count == 1)
    try store.addDestination("main")
    #expect(try store.outboxPage(after: 0)?.lineCount == 1)
  }
}
