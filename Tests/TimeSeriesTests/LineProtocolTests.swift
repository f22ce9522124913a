import TestSupport
import Testing

@testable import TimeSeries

@Suite("Line protocol")
struct LineProtocolTests {
  private func line(_ point: Point) -> String? {
    var encoder = LineEncoder()
    return encoder.append(point) ? String(decoding: encoder.bytes, as: UTF8.self) : nil
  }

  @Test("names are escaped, tags ordered, empty tags and values that are not finite left out")
  func encoding() {
    let point = Point(
      PointKey("Temperature [K]", ["z": "1", "location": "Picosec gas", "a,b": "c=d", "none": ""]),
      [
        .init("val", .number(296.41)), .init("bad", .number(.nan)), .init("n", .integer(-3)), .init("u", .unsigned(7)),
        .init("ok", .boolean(true)), .init("s t", .text("say \"hi\" \\ there")),
      ], time: 1_700_000_000_000_000_001)
    #expect(
      line(point)
        == #"Temperature\ [K],a\,b=c\=d,location=Picosec\ gas,z=1 val=296.41,n=-3i,u=7u,ok=t,s\ t="say \"hi\" \\ there" "#
        + "1700000000000000001\n")
  }

  @Test("a point without fields, with a line end in a text or without a measurement is no line")
  func refused() {
    #expect(line(Point(PointKey("m"), [.init("v", .number(.infinity))], time: 1)) == nil)
    #expect(line(Point(PointKey("m"), [.init("v", .text("a\nb"))], time: 1)) == nil)
    #expect(line(Point(PointKey("m\nx"), [.init("v", .number(1))], time: 1)) == nil)
    #expect(line(Point(PointKey(""), [.init("v", .number(1))], time: 1)) == nil)
    #expect(line(Point(PointKey("m", ["t": "a\\"]), [.init("v", .number(1))], time: 1)) == nil)
  }

  @Test("what is written reads back the same, down to the last bit")
  func roundTrip() {
    var generator = SplitMix(state: 3)
    var points: [Point] = []
    for number in 0..<3000 {
      let bits = Double(bitPattern: generator.next())
      let tidy = Double(Int64(bitPattern: generator.next()) % 1_000_000) / 1000
      points.append(
        Point(
          PointKey("m \(number % 7),x", ["tag key": "v=\(number % 5)", "b": "c\\d"]),
          [
            .init("f,1", .number(bits.isFinite ? bits : 0.1)), .init("f 2", .number(tidy)),
            .init("i", .integer(Int64(bitPattern: generator.next()))), .init("u", .unsigned(generator.next())),
            .init("t", .text("a \"b\" \\ ,= \(number)")), .init("b", .boolean(number % 2 == 0)),
            .init("z", .number(number % 3 == 0 ? -0.0 : 1e-300)),
          ], time: Int64(bitPattern: generator.next()) / 4))
    }
    var encoder = LineEncoder()
    for point in points { encoder.append(point) }
    #expect(encoder.lineCount == points.count)
    var parser = LineParser()
    parser.parse(encoder.bytes)
    #expect(parser.faults.isEmpty)
    #expect(parser.lineCount == points.count)
    let expected = SampleBatch(points)
    #expect(parser.batch.samples.count == expected.samples.count)
    for (read, given) in zip(parser.batch.samples, expected.samples) {
      let (a, b) = (parser.batch.series[Int(read.series)], expected.series[Int(given.series)])
      guard parser.batch.keys[Int(a.key)] == expected.keys[Int(b.key)], a.field == b.field, a.kind == b.kind,
        read.time == given.time, parser.batch.value(read) == expected.value(given)
      else {
        Issue.record("\(a.field) \(parser.batch.value(read)) in place of \(expected.value(given))")
        return
      }
    }
    // The columns give the same bytes as the points.
    var again = LineEncoder()
    again.append(parser.batch)
    #expect(again.bytes == encoder.bytes)
  }

  @Test(
    "every fault is told with its line and reason",
    arguments: [
      ("m 1", "a field is not of the form name=value"), ("m", "there is no field"),
      (",t=1 v=1 1", "the measurement is missing"),
      ("m,t v=1 1", "a tag is not of the form key=value, or one of both is empty"),
      ("m,t= v=1 1", "a tag is not of the form key=value, or one of both is empty"),
      ("m v 1", "a field is not of the form name=value"), ("m =1 1", "there is no field"),
      ("m v= 1", "a value is not a number, a truth value or a quoted text"),
      ("m v=1x 1", "a value is not a number, a truth value or a quoted text"),
      ("m v=0x10 1", "a value is not a number, a truth value or a quoted text"),
      ("m v=nan 1", "NaN and infinity cannot be represented"),
      ("m v=1e999 1", "NaN and infinity cannot be represented"),
      ("m v=9223372036854775808i 1", "a whole number does not fit 64 bits"), ("m v=1", "there is no timestamp"),
      ("m v=1 ", "there is no timestamp"), ("m v=1 1.5", "the timestamp is not a whole number of nanoseconds"),
      ("m v=1 x", "the timestamp is not a whole number of nanoseconds"),
      ("m v=1 99999999999999999999", "the timestamp is not a whole number of nanoseconds"),
      ("m v=\"a 1", "a quoted text does not end on its line"), ("m v=1,w 1", "a field is not of the form name=value"),
    ])
  func faults(text: String, reason: String) {
    var parser = LineParser()
    parser.parse("# a remark\n\ngood v=1 1\n\(text)\ngood v=2 2\r\n")
    #expect(parser.faults.map(\.message) == [reason])
    #expect(parser.faults.first?.line == 4 && parser.faults.first?.text == text)
    #expect(parser.batch.samples.count == 2)
    #expect(parser.lineCount == 3)
  }

  @Test("a line that was refused leaves no sample behind, and later lines of its series are read")
  func afterFault() {
    var parser = LineParser()
    parser.parse("m a=1,b=nan 1\nm a=2,b=3 2\n")
    #expect(parser.batch.samples.map(\.time) == [2, 2])
  }

  @Test("no input whatever stops the parser")
  func fuzz() {
    var generator = SplitMix(state: 11)
    let alphabet = Array("m,= \\\"\n1i.-ute\r#".utf8)
    for _ in 0..<4000 {
      let bytes = (0..<Int(generator.next() % 40)).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] }
      var parser = LineParser()
      parser.parse(bytes)
      #expect(parser.batch.samples.allSatisfy { Int($0.series) < parser.batch.series.count })
    }
  }

  @Test(
    "moments and spans are read as people write them",
    arguments: [
      ("now", 5_000_000_000), ("-1s", 4_000_000_000), ("-1h30m", 5_000_000_000 - 5_400_000_000_000),
      ("12.5", 12_500_000_000),
      ("1970-01-01T00:00:02Z", 2_000_000_000), ("1970-01-01T01:00:02.000000001+01:00", 2_000_000_001),
      ("1970-01-02", 86_400_000_000_000),
    ] as [(String, Int64)])
  func moments(text: String, time: Int64) { #expect(TimeText.moment(text, now: 5_000_000_000) == time) }

  @Test("what is no moment is none", arguments: ["", "-1", "-1x", "yesterday", "1970-13-01", "--1h", "1h", "-"])
  func noMoments(text: String) {
    if text == "-1" {
      #expect(TimeText.moment(text, now: 0) == -1_000_000_000)
    } else {
      #expect(TimeText.moment(text, now: 0) == nil)
    }
  }
}

/// Random numbers of a seed (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
