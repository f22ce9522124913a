import Arguments
import Errors
import TestSupport
import Testing

@Suite("Kinds of values")
struct ValueKindTests {
  @Test(
    "time spans are read with their units",
    arguments: [
      ("250 ms", Duration.milliseconds(250)), ("250ms", .milliseconds(250)), ("1.5 s", .milliseconds(1500)),
      ("10", .seconds(10)), ("0.1 us", .nanoseconds(100)), ("3 ns", .nanoseconds(3)), ("2 min", .seconds(120)),
      ("1 h 30 min", .seconds(5400)), ("1 d", .seconds(86400)), ("0 s", .zero),
      ("7 µs", .microseconds(7)),
    ])
  func durations(text: String, expected: Duration) { #expect(ValueKind.duration(text) == expected) }

  @Test(
    "what is not a time span is refused",
    arguments: ["", "ms", "-1 s", "1 fortnight", "1 s 2", "nan s", "1e99 s", "s 1"])
  func notDurations(text: String) { #expect(ValueKind.duration(text) == nil) }

  @Test(
    "sizes are read with their units",
    arguments: [
      ("10 MiB", 10_485_760), ("10MB", 10_000_000), ("512", 512), ("1.5 KiB", 1536), ("2 GB", 2_000_000_000),
      ("0 B", 0),
    ])
  func sizes(text: String, expected: Int) { #expect(ValueKind.byteCount(text) == expected) }

  @Test("what is not a size is refused", arguments: ["", "MiB", "-1", "1 Mb", "1 kB 2 B", "1e30", "9999999 TiB"])
  func notSizes(text: String) { #expect(ValueKind.byteCount(text) == nil) }

  @Test(
    "numbers are decimal and finite",
    arguments: [
      ("1", 1.0), ("-20.5", -20.5), ("+3", 3), (".5", 0.5), ("1e-3", 0.001), ("-1E3", -1000),
    ])
  func numbers(text: String, expected: Double) { #expect(ValueKind.number(text) == expected) }

  @Test(
    "other notations of numbers are refused", arguments: ["", " 1", "0x10", "nan", "inf", "-inf", "1e999", "1,5", "1 "])
  func notNumbers(text: String) { #expect(ValueKind.number(text) == nil) }

  @Test("ranges may be open at one end and must be in order")
  func ranges() {
    #expect(ValueKind.range("-5:20.5") == NumberRange(from: -5, to: 20.5))
    #expect(ValueKind.range(":3") == NumberRange(from: nil, to: 3))
    #expect(ValueKind.range("3:") == NumberRange(from: 3, to: nil))
    for text in [":", "", "3", "3:1", "a:b", "1:2:3", "1:nan"] { #expect(ValueKind.range(text) == nil) }
    #expect(NumberRange(from: 1, to: 2).contains(2))
    #expect(!NumberRange(from: 1, to: nil).contains(.nan))
  }

  @Test("selections list numbers and ranges")
  func indices() {
    #expect(ValueKind.indices("0-3,7") == [0, 1, 2, 3, 7])
    #expect(ValueKind.indices(" 5 , 2 ") == [5, 2])
    for text in ["", "3-1", "1-", "-1", "a", "1,,2", "0-99999999999"] { #expect(ValueKind.indices(text) == nil) }
  }

  @Test("assignments keep their order and refuse repeated names")
  func assignments() {
    #expect(ValueKind.assignments("b=1, a=-2e3")?.map(\.name) == ["b", "a"])
    for text in ["", "a", "a=", "=1", "a=1,a=2", "a=x"] { #expect(ValueKind.assignments(text) == nil) }
  }

  @Test("a refused value says what was expected and the nearest choice")
  func messages() {
    let error = caught { try ValueKind.choice(["linear", "none"]).check("liner") }
    #expect(error?.expected == "linear or none")
    #expect(error?.nearest == ["linear"])
    let number = caught { try ValueKind.number(0...1).check("2") }
    #expect(number?.expected == "a number from 0 to 1")
    let list = caught { try ValueKind.list(.integer()).check("1,x") }
    #expect(list?.message == "'x' is not a whole number")
  }
}
