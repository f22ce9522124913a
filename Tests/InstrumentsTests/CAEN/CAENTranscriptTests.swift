import Errors
import Foundation
import Instruments
import JSON
import TestSupport
import Testing

@Suite("The 1470 protocol: recorded exchanges")
struct CAENTranscriptTests {
  static let cases: [JSONValue] = {
    let text =
      (try? TestResources.bytes("bench/caen/transcript.jsonl")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
  }()

  /// Compares what the recording expects, and nothing else.
  private func check(_ exchange: CAENExchange, _ entry: JSONValue) throws {
    let expected = try #require(entry["expect"]?.objectValue)
    let json = exchange.json
    for (name, value) in expected.members {
      #expect(
        json[name] == value || json[name]?.doubleValue == value.doubleValue && value.doubleValue != nil
          || numbers(json[name]) == numbers(value) && numbers(value) != nil,
        "\(entry["id"]?.stringValue ?? ""): \(name) is \(json[name]?.text() ?? "absent"), expected \(value.text())")
    }
  }

  private func numbers(_ value: JSONValue?) -> [Double]? {
    guard let list = value?.arrayValue, !list.isEmpty else { return nil }
    let numbers = list.compactMap(\.doubleValue)
    return numbers.count == list.count ? numbers : nil
  }

  private func exchange(_ entry: JSONValue, _ arrivals: (String) -> [ScriptedLine.Arrival]) throws -> CAENExchange {
    let line = ScriptedLine([arrivals(try #require(entry["recv"]?.stringValue))])
    var engine = CAENLine(line)
    let request = try CAENRequest(text: try #require(entry["send"]?.stringValue))
    let result = engine.exchange(request)
    #expect(line.sent == [entry["send"]?.stringValue ?? ""])
    return result
  }

  @Test("all are there") func count() { #expect(Self.cases.count == 44) }

  @Test("each is read as recorded", arguments: cases)
  func whole(_ entry: JSONValue) throws { try check(try exchange(entry) { [.bytes($0)] }, entry) }

  @Test("each is read the same when every byte comes alone", arguments: cases)
  func bytewise(_ entry: JSONValue) throws {
    try check(try exchange(entry) { $0.unicodeScalars.map { .bytes(String($0)) } }, entry)
  }

  @Test("each is read the same with CR alone, with LF alone, and after noise", arguments: cases)
  func lineEnds(_ entry: JSONValue) throws {
    func plain(_ text: String) -> String {
      String(text.unicodeScalars.filter { $0 != "\r" && $0 != "\n" }.map(Character.init))
    }
    try check(try exchange(entry) { [.bytes(plain($0) + "\r"), .silence] }, entry)
    try check(try exchange(entry) { [.bytes(plain($0) + "\n")] }, entry)
    let noisy = try exchange(entry) { [.bytes("\u{0}\u{ff}\r\nxx" + $0)] }
    #expect(noisy.noise == 6)
    try check(noisy, entry)
  }
}

@Suite("The 1470 protocol: what must not be believed")
struct CAENExchangeTests {
  private let vmon = CAENRequest.monitor(board: 0, channel: 0, "VMON")
  private let vset = CAENRequest.set(board: 0, channel: 0, "VSET", "100.0")

  private func outcome(_ request: CAENRequest, _ arrivals: ScriptedLine.Arrival...) -> CAENExchange {
    var engine = CAENLine(ScriptedLine([arrivals]))
    return engine.exchange(request)
  }

  @Test(
    "a reading that is not exactly one right value is malformed",
    arguments: [
      "#BD:00,CMD:OK\r\n", "#BD:00,CMD:OK,VAL:\r\n", "#BD:00,CMD:OK,VAL:12,5\r\n", "#BD:00,CMD:OK,VAL:1e3\r\n",
      "#BD:00,CMD:OK,VAL:nan\r\n", "#BD:00,CMD:OK,VAL:0x10\r\n", "#BD:00,CMD:OK,VAL:.5\r\n", "#BD:00,CMD:OK,VAL:5.\r\n",
      "#BD:00,CMD:OK,VAL: 5\r\n", "#BD:0,CMD:OK,VAL:5\r\n", "#BD:99,CMD:OK,VAL:5\r\n", "#BD:00,XXX:ERR\r\n",
      "#BD:00,CMD:OK,VAL:1.0;2.0\r\n", "#XX\r\n", "#BD:00\r\n", "#\r\n", "#BD:00,CMD:OK,VAL:1;;3\r\n", "hello\r\n",
    ])
  func malformed(_ reply: String) { #expect(outcome(vmon, .bytes(reply)).outcome.status == "malformed") }

  @Test("a list with a wrong number of values is rejected whole; a trailing semicolon is not a value")
  func lists() {
    let all = CAENRequest.monitor(board: 0, channel: 4, "VMON")
    for reply in ["1.0;2.0", "1.0;2.0;3.0;4.0;5.0", "1.0;2.0;x;4.0", "1.0;2.0;;4.0"] {
      #expect(outcome(all, .bytes("#BD:00,CMD:OK,VAL:\(reply)\r\n")).outcome.status == "malformed")
    }
    let trailing = outcome(all, .bytes("#BD:00,CMD:OK,VAL:1.0;2.0;3.0;4.0;\r\n"))
    #expect(trailing.outcome.values?.compactMap(\.number) == [1, 2, 3, 4])
    // Channel 4 of a board of eight is one channel.
    #expect(outcome(all, .bytes("#BD:00,CMD:OK,VAL:5.0\r\n")).outcome.number == 5)
  }

  @Test("two lines, and a line followed by more, are a desync and no value")
  func desync() {
    let line = "#BD:00,CMD:OK,VAL:0001.0\r\n"
    #expect(outcome(vmon, .bytes(line + line)).outcome.status == "desync")
    #expect(outcome(vmon, .bytes(line), .bytes("#BD")).outcome.status == "desync")
    #expect(outcome(vmon, .bytes("#BD:01,CMD:OK,VAL:0001.0\r\n")).outcome.status == "desync")
    #expect(outcome(vmon, .bytes("#BD:00,CMD:OK,VAL:0001.0\rX")).outcome.status == "desync")
  }

  @Test("no line is a timeout, an end is a disconnection, and a whole line before the end counts")
  func ends() {
    #expect(outcome(vmon, .silence).outcome == .timeout)
    #expect(outcome(vmon, .bytes("#BD:00,CMD:OK,VAL:00"), .silence).outcome == .timeout)
    #expect(outcome(vmon, .end).outcome.status == "disconnected")
    #expect(outcome(vmon, .bytes("#BD:00,CMD:OK,VAL:00"), .end).outcome.status == "disconnected")
    #expect(outcome(vmon, .bytes("#BD:00,CMD:OK,VAL:0001.0\r\n"), .end).outcome.number == 1)
    #expect(outcome(vmon, .bytes("#BD:00,CMD:OK,VAL:0001.0\r"), .end).outcome.number == 1)
  }

  @Test("a SET without a reply to be trusted has an unknown outcome")
  func unknown() {
    let line = "#BD:00,CMD:OK\r\n"
    for arrivals: [ScriptedLine.Arrival] in [
      [.silence], [.end], [.bytes("rubbish\r\n")], [.bytes(line + line)], [.bytes("#BD:01,CMD:OK\r\n")],
      [.bytes("#BD:00,CMD:OK,VAL:5\r\n")], [.bytes("#BD:00,CM\r\n")],
    ] {
      var engine = CAENLine(ScriptedLine([arrivals]))
      #expect(engine.exchange(vset).outcome.status == "unknown_outcome")
    }
    #expect(outcome(vset, .bytes(line)).outcome == .ok([]))
    #expect(outcome(vset, .bytes("#BD:00,LOC:ERR\r\n")).outcome == .deviceError("LOC"))
  }

  @Test("what waits before a request is stale, counted and never its reply")
  func stale() {
    let line = ScriptedLine(
      waiting: [.bytes("#BD:00,CMD:OK,VAL:0777.7\r\n")], [[.bytes("#BD:00,CMD:OK,VAL:0001.0\r\n")]])
    var engine = CAENLine(line)
    let exchange = engine.exchange(vmon)
    #expect(exchange.outcome.number == 1)
    #expect(exchange.stale == 26)
  }

  @Test("a late LF after a lone CR is dropped without being stale or noise")
  func lateLineFeed() {
    let line = ScriptedLine([
      [.bytes("#BD:00,CMD:OK,VAL:0001.0\r"), .silence], [.bytes("\n#BD:00,CMD:OK,VAL:0002.0\r\n")],
    ])
    var engine = CAENLine(line)
    #expect(engine.exchange(vmon).outcome.number == 1)
    let second = engine.exchange(vmon)
    #expect(second.outcome.number == 2)
    #expect(second.noise == 0 && second.stale == 0)
  }

  @Test("a reading is repeated once, a SET never")
  func repetition() {
    let reading = ScriptedLine([[.silence], [.silence, .bytes("#BD:00,CMD:OK,VAL:0002.0\r\n")]])
    var engine = CAENLine(reading)
    _ = engine.exchangeRepeating(vmon)
    #expect(reading.sent.count == 2)
    let setting = ScriptedLine([[.silence], [.silence]])
    engine = CAENLine(setting)
    #expect(engine.exchangeRepeating(vset).outcome.status == "unknown_outcome")
    #expect(setting.sent.count == 1)
  }

  @Test("a line without end is given up after 1024 bytes")
  func tooLong() {
    let exchange = outcome(vmon, .bytes("#" + String(repeating: "x", count: 2000)), .silence)
    #expect(exchange.outcome.status == "malformed")
  }

  @Test("a request is one printable line")
  func requests() throws {
    for text in ["", "\r\n", "$BD:00\r\n$BD:01", "caf\u{e9}"] {
      #expect(caught { try CAENRequest(text: text) }?.code == "hv.badRequest")
    }
    let request = try CAENRequest(text: "$BD:07,CMD:SET,CH:3,PAR:VSET,VAL:12.5\r\n")
    #expect(request.text == "$BD:07,CMD:SET,CH:3,PAR:VSET,VAL:12.5")
    #expect(request == CAENRequest.set(board: 7, channel: 3, "VSET", "12.5"))
  }
}
