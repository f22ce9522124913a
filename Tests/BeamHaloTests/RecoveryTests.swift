import BeamHalo
import Errors
import Foundation
import TestSupport
import Testing

private let rule = String(repeating: "-", count: 75)

private func header(_ event: Int, bx: Int = 100, orbit: Int = 5000, run: Int = 7, bare: Bool = false) -> String {
  "--- START Event: \(event), BX: \(bx), Orbit: \(orbit), Run: \(run)" + (bare ? "" : ", ---")
}

private let caption = " Fib Ch  ADC[0..19]  /  TDC"

/// A samples' line; `mark` makes it one of a kind.
private func samples(_ mark: Int, fibre: Int = 7, channel: Int = 1) -> String {
  "\(fibre) \(channel) " + ([3, 2, mark] + Array(repeating: 4, count: 17)).map { "\($0) " }.joined()
}

/// A text of events with hits.
private func lines(_ parts: [String]...) -> [UInt8] {
  Array((parts.flatMap { $0 }.joined(separator: "\n") + "\n").utf8)
}

private func kinds(_ part: HaloTextPart) -> [String] {
  part.diagnostics.map { "\($0.kind.rawValue):\($0.line):\($0.hitsLost)" }
}

@Suite("Recovery from damaged text")
struct RecoveryTests {
  @Test("whole events give their hits, with one and two times, CRLF or LF, tabs and blanks", arguments: ["\n", "\r\n"])
  func whole(end: String) {
    let text =
      [
        rule, header(1, bx: 3564, orbit: 9, run: 4_294_967_295), caption, samples(150), "5", samples(151) + "\t",
        " 6 -1 ",
        rule, header(2), rule, samples(152), "31\t40",
      ].joined(separator: end) + end
    let part = HaloFileReader.decode(Array(text.utf8))
    #expect(part.hits.tdc == [5, 6, 31])
    #expect(part.hits.secondTdc == [-1, -1, 40])
    #expect(part.hits.event == [1, 1, 2])
    #expect(part.hits.bunchSlot == [3564, 3564, 100])
    #expect(part.hits.run == [4_294_967_295, 4_294_967_295, 7])
    #expect(part.hits.peak == [150, 151, 152])
    #expect(part.hits.peakSample == [2, 2, 2])
    #expect(part.diagnostics.isEmpty)
  }

  @Test(
    "a header that cannot be trusted loses the hits up to the next good one, and only those",
    arguments: [
      "--- START Event: 2 BX: 1, Orbit: 5, Run: 7, ---", "--- START Event: 2, BX: 1, Orbit: 5,",
      "--- START Event: 2, BX: 3565, Orbit: 5, Run: 7, ---", "--- START Event: -2, BX: 1, Orbit: 5, Run: 7, ---",
      "--- START Event: 4294967296, BX: 1, Orbit: 5, Run: 7, ---",
      "--- START Event: 2, BX: 1, Orbit: 18446744073709551616, Run: 7, ---",
      "--- START Event: 2, BX: 1, Orbit: 5, Run: 4294967296, ---", "--- START Event: 2, BX: 1x, Orbit: 5, Run: 7, ---",
      "--- START Event: 2, BX: 1, Orbit: 5, Run: 7, -\u{0}-", "--- START Evént: 2, BX: 1, Orbit: 5, Run: 7, ---",
      "-x- START Event: 2, BX: 1, Orbit: 5, Run: 7, ---", "--- STXRT Event: 2, BX: 1, Orbit: 5, Run: 7, ---",
      "--- START Event: 2, BX: 1, Orbit: 5 , Run: 7, ---",
    ])
  func badHeader(line: String) {
    let part = HaloFileReader.decode(
      lines(
        [rule, header(1), caption, samples(150), "5"], [rule, line, caption, samples(151), "6", samples(152), "7"],
        [rule, header(3), caption, samples(153), "8"]))
    #expect(part.hits.event == [1, 3])
    #expect(part.hits.tdc == [5, 8])
    #expect(kinds(part) == ["bad-header:7:2"])
    #expect(part.tally.lost == 2)
  }

  @Test("the largest numbers of a header are taken")
  func largest() {
    let part = HaloFileReader.decode(
      lines([
        "--- START Event: 4294967295, BX: 0, Orbit: 18446744073709551615, Run: 0", caption, samples(150), "5",
      ]))
    #expect(part.hits.event == [4_294_967_295])
    #expect(part.hits.orbit == [.max])
    #expect(part.diagnostics.isEmpty)
  }

  @Test(
    "a damaged record of a hit loses that hit alone",
    arguments: [
      (["7 1 3 2 \u{0}51 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4", "6"], "bad-adc-line"),
      (["7 1 3 2 é51 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4", "6"], "bad-adc-line"),
      (["7 1 3 2 256 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4", "6"], "bad-adc-line"),
      (["7 1 3 2 -1 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4", "6"], "bad-adc-line"),
      (["7 1 3 2 99999999999999999999999 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4", "6"], "bad-adc-line"),
      (["7 1 3 2 5", "6"], "bad-adc-line"), ([samples(151), "x"], "bad-tdc-line"),
      ([samples(151), "256"], "bad-tdc-line"), ([samples(151), "-1"], "bad-tdc-line"),
      ([samples(151), "6 128"], "bad-tdc-line"), ([samples(151), "6 -129"], "bad-tdc-line"),
      ([samples(151), "6\u{0}"], "bad-tdc-line"), ([samples(151)], "missing-tdc-line"),
    ])
  func badHit(record: [String], kind: String) {
    let part = HaloFileReader.decode(
      lines(
        [rule, header(1), caption, samples(150), "5"] + record + [samples(152), "7"],
        [rule, header(2), caption, samples(153), "8"]))
    #expect(part.hits.tdc == [5, 7, 8])
    #expect(part.hits.peak == [150, 152, 153])
    #expect(part.diagnostics.map(\.kind.rawValue) == [kind])
    #expect(part.tally.lost == 1)
  }

  @Test("empty and triple times are counted and are no damage")
  func counted() {
    let part = HaloFileReader.decode(
      lines([rule, header(1), caption, samples(150), "", samples(151), "1 2 3", samples(152), "  ", samples(153), "8"]))
    #expect(part.hits.tdc == [8])
    #expect(part.tally.withoutTdc == 2)
    #expect(part.tally.withManyTdcs == 1)
    #expect(part.diagnostics.isEmpty)
  }

  @Test("blank lines, stray text, short and doubled rules and missing lines shift nothing")
  func shifts() {
    let part = HaloFileReader.decode(
      lines(
        ["", "hello", samples(99), "5", samples(98), "6"],
        [rule, "-----", header(1), caption, "", samples(150), "5", "", "stray words"],
        [
          "7", samples(151), "6", "----", rule, header(2), caption, samples(152), rule, header(3), caption,
          samples(153), "8",
        ]))
    #expect(part.hits.peak == [150, 151, 153])
    #expect(part.hits.event == [1, 1, 3])
    #expect(
      kinds(part) == [
        "stray-line:2:0", "record-without-header:3:2", "stray-line:15:0", "stray-line:16:0", "missing-tdc-line:23:1",
      ])
  }

  @Test("the line after a header is skipped whatever it holds, unless it is a header")
  func skipped() {
    let part = HaloFileReader.decode(
      lines([header(1), header(2), samples(149), samples(150), "5", header(3), "", samples(151), "6"]))
    #expect(part.hits.event == [2, 3])
    #expect(part.hits.peak == [150, 151])
  }

  @Test("samples after the twentieth are left out")
  func longLines() {
    let part = HaloFileReader.decode(lines([header(1), caption, samples(150) + "9 300 7", "5"]))
    #expect(part.hits.count == 1)
    #expect(part.hits.samples.count == 20)
  }

  @Test("a block whose header is gone is not given to the event before")
  func lostHeader() {
    let part = HaloFileReader.decode(
      lines(
        [rule, header(1), caption, samples(150), "5"], [rule, caption, samples(151), "6", samples(152), "7"],
        [rule, header(3), caption, samples(153), "8"]))
    #expect(part.hits.event == [1, 3])
    #expect(kinds(part) == ["stray-line:7:0", "record-without-header:8:2"])
  }

  @Test("the line after headers, once more among hits, shows that a header is gone; right after its header it does not")
  func captionAgain() {
    let part = HaloFileReader.decode(
      lines(
        [rule, header(1), caption, caption, samples(150), "5", samples(151), caption, samples(152), "7"],
        [rule, header(3), caption, samples(153), "8"]))
    #expect(part.hits.peak == [150, 153])
    #expect(
      kinds(part) == ["stray-line:4:0", "bad-tdc-line:8:1", "record-without-header:9:1"])
  }

  @Test("a rule between the two lines of a hit costs that hit alone")
  func ruleInHit() {
    let part = HaloFileReader.decode(
      lines([rule, header(1), caption, samples(150), rule, "5", samples(151), "6"], [rule, header(2)]))
    #expect(part.hits.peak == [151])
    #expect(kinds(part) == ["missing-tdc-line:4:1", "stray-line:6:0"])
  }

  @Test("a header cut in two inside its run number is not trusted")
  func cutHeader() {
    let part = HaloFileReader.decode(
      lines([rule, "--- START Event: 1, BX: 1, Orbit: 5, Run: 380", "115, ---", caption, samples(150), "5"]))
    #expect(part.hits.count == 0)
    #expect(part.diagnostics.contains { $0.kind == .badHeader && $0.hitsLost == 1 })
  }

  @Test("a file cut anywhere keeps what is before the cut, and no digit is lost unseen")
  func cut() {
    let text = lines(
      [rule, header(1), caption, samples(150), "31", samples(151), "32 40"],
      [rule, header(2), caption, samples(152), "33", rule])
    let lineEnds = text.indices.filter { text[$0] == 10 }
    let whole = HaloFileReader.decode(text)
    #expect(whole.hits.tdc == [31, 32, 33])
    for length in 0...text.count {
      let part = HaloFileReader.decode(Array(text[..<length]))
      // A hit is there once the line feed of its times is.
      let wanted = whole.hits.tdc.indices.filter { index in
        lineEnds[[4, 6, 11][index]] < length
      }
      #expect(part.hits.tdc == wanted.map { whole.hits.tdc[$0] }, "cut at \(length)")
      #expect(part.diagnostics.allSatisfy { $0.kind == .truncatedTail }, "cut at \(length): \(part.diagnostics)")
    }
  }

  @Test("excerpts show up to 60 characters, others than printable ones as codes")
  func excerpts() {
    let part = HaloFileReader.decode(Array("\u{1}é\(String(repeating: "x", count: 80))\n".utf8))
    #expect(part.diagnostics.first?.text == "\\x01\\xc3\\xa9" + String(repeating: "x", count: 57))
  }

  @Test("a million damaged places are counted, of which the first hundred thousand are kept")
  func many() {
    let part = HaloFileReader.decode(Array(repeatElement(Array("x\n".utf8), count: 150_000).joined()))
    #expect(part.diagnostics.count == HaloTextPart.diagnosticLimit)
    #expect(part.tally.damagedPlaces == 150_000)
  }
}

@Suite("Damage at every byte")
struct DamageTests {
  /// Where the lines of a hit, and the header of its event, lie.
  private struct Place {
    var hit: [Int]
    var ranges: [Range<Int>]
  }

  /// A small file of six events with their hits, and the byte ranges on which each hit rests.
  private func file(bare: Bool) -> (text: [UInt8], places: [Place]) {
    var text: [UInt8] = []
    var places: [Place] = []
    func add(_ line: String) -> Range<Int> {
      let start = text.count
      text += Array((line + "\n").utf8)
      return start..<text.count
    }
    for event in 0..<6 {
      _ = add(rule)
      let head = add(header(event, bx: 200 + event, orbit: 181_000_515 + 40 * event, run: 380_115, bare: bare))
      let after = add(bare ? rule : caption)
      for number in 0..<(event % 3 + 1) {
        let mark = 100 + 10 * event + number
        let tdc = 3 * event + number + 10
        let first = add(samples(mark, fibre: 3 + event, channel: number))
        let second = add(number == 1 ? "\(tdc) 45" : "\(tdc)")
        places.append(
          Place(
            hit: [event, 200 + event, 181_000_515 + 40 * event, 380_115, 3 + event, number, tdc, mark],
            ranges: [head, after, first, second]))
      }
    }
    _ = add(rule)
    return (text, places)
  }

  private func hits(_ part: HaloTextPart) -> [[Int]] {
    let hits = part.hits
    return (0..<hits.count).map { hit in
      [
        Int(hits.event[hit]), Int(hits.bunchSlot[hit]), Int(hits.orbit[hit]), Int(hits.run[hit]), Int(hits.fibre[hit]),
        Int(hits.channel[hit]), Int(hits.tdc[hit]), Int(hits.peak[hit]),
      ]
    }
  }

  @Test(
    "hits that survive are exactly those untouched, and every other one is counted",
    arguments: [UInt8(0), 0xFF, UInt8(ascii: "x"), 0x01], [false, true])
  func everyByte(damage: UInt8, bare: Bool) {
    let (text, places) = file(bare: bare)
    for offset in text.indices {
      var harmed = text
      harmed[offset] = damage
      let part = HaloFileReader.decode(harmed)
      let survivors = hits(part)
      // Nothing is ever made up or given to another event.
      #expect(survivors.allSatisfy { hit in places.contains { $0.hit == hit } }, "byte \(offset)")
      let untouched = places.filter { place in !place.ranges.contains { $0.contains(offset) } }.map(\.hit)
      if text[offset] != 10 {
        // Labels and the line after a header carry nothing; damage there may leave its hits whole.
        #expect(untouched.allSatisfy(survivors.contains), "byte \(offset)")
        #expect(
          survivors.filter { !untouched.contains($0) }.allSatisfy { _ in
            !places.contains { $0.ranges[2].contains(offset) || $0.ranges[3].contains(offset) }
          }, "byte \(offset)")
      } else {
        // A lost line end joins two lines: the hits of both are touched, and no others.
        let joined = places.filter { place in
          !place.ranges.contains { $0.contains(offset) || $0.lowerBound == offset + 1 }
        }.map(\.hit)
        #expect(joined.allSatisfy(survivors.contains), "line end \(offset)")
      }
      #expect(survivors.count + part.tally.lost == places.count, "byte \(offset): \(kinds(part))")
      #expect(part.tally.lost == part.diagnostics.reduce(0) { $0 + $1.hitsLost }, "byte \(offset)")
    }
  }

  @Test(
    "zeros or junk over several lines hide no header, and cost nothing before them nor after the next one",
    arguments: [UInt8(0), 0xFF], [false, true])
  func runs(damage: UInt8, bare: Bool) {
    let (text, places) = file(bare: bare)
    for length in [9, 60, 150, 400] {
      for start in stride(from: 0, to: text.count - length, by: 3) {
        var harmed = text
        for offset in start..<start + length { harmed[offset] = damage }
        let survivors = hits(HaloFileReader.decode(harmed))
        #expect(
          survivors.allSatisfy { hit in places.contains { $0.hit == hit } }, "\(length) bytes from \(start)")
        let apart = places.filter { place in
          place.ranges.allSatisfy { $0.upperBound <= start } || place.ranges[0].lowerBound > start + length
        }
        #expect(apart.allSatisfy { survivors.contains($0.hit) }, "\(length) bytes from \(start)")
      }
    }
  }

  @Test("a line end put in the place of any byte makes no hit up", arguments: [false, true])
  func lineEnds(bare: Bool) {
    let (text, places) = file(bare: bare)
    for offset in text.indices where text[offset] != 10 {
      var harmed = text
      harmed[offset] = 10
      let survivors = hits(HaloFileReader.decode(harmed))
      let known = places.map(\.hit)
      // A time cut in two gives a line that is whole by itself; nothing tells it from one.
      let isTime = places.contains { $0.ranges[3].contains(offset) }
      if !isTime { #expect(survivors.allSatisfy(known.contains), "byte \(offset)") }
      let untouched = places.filter { place in !place.ranges.contains { $0.contains(offset) } }.map(\.hit)
      #expect(untouched.allSatisfy(survivors.contains), "byte \(offset)")
    }
  }

  @Test("a byte taken out anywhere makes no hit up but by shortening a number", arguments: [false, true])
  func takenOut(bare: Bool) {
    let (text, places) = file(bare: bare)
    for offset in text.indices where text[offset] == 10 || text[offset] == 32 {
      var harmed = text
      harmed.remove(at: offset)
      let survivors = hits(HaloFileReader.decode(harmed))
      let known = places.map(\.hit)
      #expect(survivors.allSatisfy(known.contains), "byte \(offset)")
    }
  }
}

@Suite("The decoder under random input")
struct FuzzTests {
  /// Ten million inputs take minutes, so they are asked for: `CAVERN_FUZZ_INPUTS=10000000`.
  @Test("takes any input without a trap, a hang or a hit that its own rules forbid")
  func fuzz() throws {
    let inputs = ProcessInfo.processInfo.environment["CAVERN_FUZZ_INPUTS"].flatMap(Int.init) ?? 20_000
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func random(_ below: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(below))
    }
    let seed = lines(
      [rule, header(1), caption, samples(150), "31", samples(151), "5 40"],
      [rule, header(2, bare: true), rule, samples(152), ""])
    let pieces: [[UInt8]] = [
      "--- START", "\n", "\r\n", "-", "---", " ", "5", "255", "256", "\u{0}", "18446744073709551615,", "--- STAR", ",",
      samples(99), header(3), "99999999999999999999",
    ].map { Array($0.utf8) }
    var kept = 0
    for _ in 0..<inputs {
      var text = seed
      for _ in 0...random(6) {
        let place = random(text.count + 1)
        switch random(5) {
        case 0 where !text.isEmpty: text[min(place, text.count - 1)] = UInt8(random(256))
        case 1: text.insert(contentsOf: pieces[random(pieces.count)], at: place)
        case 2 where !text.isEmpty:
          let end = min(text.count, place + random(60))
          text.removeSubrange(min(place, end)..<end)
        case 3: text = Array(text[..<place])
        default: text.insert(UInt8(random(256)), at: place)
        }
      }
      let part = HaloFileReader.decode(text)
      kept += part.hits.count
      let isSound =
        part.hits.samples.count == 20 * part.hits.count && part.hits.bunchSlot.allSatisfy { $0 <= 3564 }
        && part.tally.kept == part.hits.count && part.tally.bytes == text.count
        && part.tally.lost == part.diagnostics.reduce(0) { $0 + $1.hitsLost }
        && part.hits.peakSample.allSatisfy { $0 < 20 }
      if !isSound {
        Issue.record("unsound after \(String(decoding: text, as: UTF8.self))")
        return
      }
    }
    #expect(kept > 0)
  }

  @Test("cutting a file into blocks of any size changes nothing, damaged or not")
  func blocks() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-blocks-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var options = HaloSynthesisOptions()
    options.sections = [2, 2]
    options.damage = 0.02
    let text = HaloSynthesizer(options, detector: try HaloDetector()).text(.plus)
    try Data(text).write(to: URL(filePath: folder + "/uHTR4.txt"))
    let whole = HaloFileReader.decode(text)
    for (threads, bytes) in [(1, 64), (2, 500), (3, 4096), (2, 1 << 20)] {
      let part = try HaloFileReader(threads: threads, blockBytes: bytes).text(folder + "/uHTR4.txt")
      #expect(part.hits == whole.hits)
      #expect(part.diagnostics == whole.diagnostics)
      #expect(part.tally == whole.tally)
      #expect(part.stepsBack == whole.stepsBack)
    }
  }
}
