import Errors
import Foundation
import TestSupport
import Testing

@testable import PixelMonitoring

@Suite("FLUKA text")
struct FlukaReaderTests {
  private func check(_ field: FluenceField, _ text: FlukaText, tolerance: Double = 1e-12) throws {
    let grid = field.grid
    #expect(grid.r.count == text.r.count && grid.z.count == text.z.count)
    for (index, particle) in FluenceParticle.scored.enumerated() {
      let component = try field.component(particle)
      for r in 0..<grid.r.count {
        for z in 0..<grid.z.count {
          let expected = FlukaText.value(index, r, z)
          #expect(abs(component.values[grid.index(r, z)] - expected) < tolerance + 5e-5 * expected)
          if text.hasErrors {
            let error = component.uncertainties?[grid.index(r, z)] ?? .nan
            #expect(abs(error / component.values[grid.index(r, z)] - FlukaText.percent(r, z) / 100) < 1e-5)
          }
        }
      }
    }
  }

  @Test("the grid of the headings is read, rows that wrap over lines are put together")
  func wrapped() throws {
    for (nr, nz) in [(7, 5), (1, 1), (10, 3), (13, 1), (3, 40), (1, 11)] {
      var text = FlukaText()
      (text.r.count, text.z.count) = (nr, nz)
      text.hasErrors = true
      let (field, warnings) = try FlukaReader.read(text.bytes)
      try check(field, text)
      #expect(warnings.isEmpty)
    }
  }

  @Test("defect 6: a preamble does not shift the particles")
  func defect6Preamble() throws {
    var text = FlukaText()
    text.preamble = """

       *****  CMS v3.23.1.0 6.5 TeV  *****

                DATE:  1/13/17,  TIME: 14:21: 7

         Total number of particles followed     200000, for a total weight of  2.0000000E+05


      """
    let (field, _) = try FlukaReader.read(text.bytes)
    try check(field, text)
    #expect(field.notes.contains { $0.contains("Total number of particles") })
  }

  @Test("defect 4: errors of a bin stand in that bin")
  func defect4Errors() throws {
    var text = FlukaText()
    text.hasErrors = true
    let (field, _) = try FlukaReader.read(text.bytes)
    let value = try field.value(of: .allpart, r: 3.5, z: 0)
    #expect(abs((value.uncertainty ?? 0) / value.value - FlukaText.percent(3, 2) / 100) < 1e-6)
  }

  @Test("other converters' spellings, flags, line ends and forms of numbers are taken")
  func spellings() throws {
    var text = FlukaText()
    text.spelling = "generalised"
    text.flags = []
    try check(try FlukaReader.read(text.bytes).field, text)
    text.flags = ["+/- quenching", "time cut-off at 1.0 s", "symmetry about the plane requested"]
    try check(try FlukaReader.read(text.bytes).field, text)
    text.number = { String(format: "%11.4E", $0).replacingOccurrences(of: "E", with: "D") }
    try check(try FlukaReader.read(text.bytes).field, text)
    text.number = { String(format: "%.12e", $0) }
    try check(try FlukaReader.read(text.bytes).field, text)
    text.number = { String(format: "%.4fE-02", $0 * 100) }
    try check(try FlukaReader.read(text.bytes).field, text)
    try check(try FlukaReader.read(Array(text.text.replacingOccurrences(of: "\n", with: "\r\n").utf8)).field, text)
    let compact = text.text.replacingOccurrences(of: "1\n   R - Z", with: "1  R-Z")
    try check(try FlukaReader.read(Array(compact.utf8)).field, text)
  }

  @Test("Fortran's exponents of three digits without a letter are taken")
  func shortExponents() throws {
    var text = FlukaText()
    text.number = { $0 > 0.0205 ? String(format: "%11.4E", $0) : "1.2345-105" }
    let (field, _) = try FlukaReader.read(text.bytes)
    #expect(try field.component(.allpart).values[0] == 1.2345e-105)
    text.number = { _ in "1.5+002" }
    #expect(try FlukaReader.read(text.bytes).field.component(.neut).values[3] == 150)
    text.number = { _ in "1.2345678901234567890123E-30" }
    #expect(try FlukaReader.read(text.bytes).field.component(.neut).values[3] == 1.2345678901234567890123e-30)
  }

  /// What a reader makes of a word with a line's end behind it; NaN when it takes less or more than the word.
  private func number(_ text: String, isFixed: Bool) -> Double? {
    let bytes = Array((text + "\n           ").utf8)
    return bytes.withUnsafeBufferPointer { bytes in
      DecimalText.withPowers { powers in
        var cursor = 0
        let value =
          isFixed
          ? DecimalText.fixedNumber(bytes, &cursor, powers: powers)
          : DecimalText.number(bytes, &cursor, powers: powers)
        return cursor == (value == nil ? 0 : text.utf8.count) ? value : .nan
      }
    }
  }

  @Test("numbers in the converter's own form are the same bits as in any other, and nothing else is taken for one")
  func fixedForm() {
    for count in 0..<2000 {
      let (digits, exponent) = (count * 49_999 % 100_000, count % 61 - 30)
      let text =
        String(format: "%d.%04d", digits / 10_000, digits % 10_000) + ["E", "e", "D", "d"][count % 4]
        + String(format: "%+03d", exponent)
      let general = number(text, isFixed: false)
      #expect(general == Double(text.lowercased().replacingOccurrences(of: "d", with: "e")), "\(text)")
      let fixed = number(text, isFixed: true)
      #expect(fixed == general || fixed == nil && abs(exponent) > 18, "\(text)")
    }
    for other in [
      "1.2345E-1x", "1.2345E-123", "1.234EE-05", "1:2345E-05", "-1.234E-05", "1.2345F-05", "1.23:5E-05", "1.2345E 05",
      "/.2345E-05", "1.2345-105", "1", "1.2345E-05,", "nan", "",
    ] { #expect(number(other, isFixed: true) == nil, "\(other)") }
  }

  @Test("bins over the azimuth are averaged, with a remark")
  func azimuth() throws {
    var text = FlukaText()
    text.geometry = "R-Phi-Z  "
    text.azimuths = 3
    text.hasErrors = true
    let (field, warnings) = try FlukaReader.read(text.bytes)
    #expect(warnings.count == 6)
    #expect(warnings.allSatisfy { $0.code == "fluka.averaged" })
    let value = try field.value(of: .prot, r: 2.5, z: -3.9)
    let parts = (0..<3).map { FlukaText.value(3, 2, 0, $0) }
    #expect(abs(value.value - parts.reduce(0, +) / 3) < 1e-6)
    let expected = parts.map { $0 * $0 }.reduce(0, +).squareRoot() / 3 * FlukaText.percent(2, 0) / 100
    #expect(abs((value.uncertainty ?? 0) / expected - 1) < 1e-3)
  }

  @Test("the azimuth may be called P, and an R-Phi-Z binning that does not give it is refused")
  func azimuthNames() throws {
    var text = FlukaText()
    text.geometry = "R-Phi-Z  "
    text.azimuths = 3
    let field = try FlukaReader.read(text.bytes).field
    text.azimuthName = "P"
    #expect(try FlukaReader.read(text.bytes).field == field)
    let lines = text.text.split(separator: "\n", omittingEmptySubsequences: false).filter {
      !$0.contains(" P coordinate")
    }
    let fault = caught { try FlukaReader.read(Array(lines.joined(separator: "\n").utf8)) }
    #expect(fault?.code == "fluka.badHeading" && fault?.message.contains("Phi") == true)
  }

  @Test("names of FLUKA's own particles are known by their letters")
  func particleNames() throws {
    var text = FlukaText()
    text.names = ["ALL-PART", "NEUTRON", "ANEUTRON", "PROTON", "APROTON", "PIONS+-"]
    let (field, warnings) = try FlukaReader.read(text.bytes)
    #expect(field.particles == FluenceParticle.allCases && warnings.isEmpty)
  }

  @Test("a long text is read side by side with the result of a short one, and damage is told with its line")
  func sideBySide() throws {
    var text = FlukaText()
    text.r.count = 131
    text.z.count = 67
    text.hasErrors = true
    text.preamble = "\n *****  A title  *****\n\n"
    text.flags = ["symmetry about the plane requested"]
    let bytes = text.bytes
    #expect(bytes.count > 1 << 20)
    let (field, warnings) = try FlukaReader.read(bytes)
    try check(field, text)
    #expect(warnings.map(\.code) == Array(repeating: "fluka.symmetry", count: 6))
    let lines = text.text.split(separator: "\n", omittingEmptySubsequences: false)
    for warning in warnings {
      #expect(lines[(warning.line ?? 1) - 1].contains("symmetry"))
    }
    #expect(field.notes.contains("*****  A title  *****"))
    var spoiled = lines.map(String.init)
    spoiled[5000] = spoiled[5000].replacing("E", with: "?")
    let fault = caught { try FlukaReader.read(Array(spoiled.joined(separator: "\n").utf8)) }
    #expect(fault?.code == "fluka.notANumber" && fault?.line == 5001)
  }

  @Test("names decide what a binning is; without known names the order of the production file does")
  func names() throws {
    var text = FlukaText()
    text.names = ["pions", "Neutrons", "ALL-PART"]
    let (field, _) = try FlukaReader.read(text.bytes)
    #expect(field.particles == [.allpart, .neut, .pions])
    #expect(try abs(field.component(.pions).values[0] - FlukaText.value(0, 0, 0)) < 1e-12)
    text.names = ["B1", "B2", "B3", "B4", "B5", "B6"]
    let (unnamed, warnings) = try FlukaReader.read(text.bytes)
    try check(unnamed, text)
    #expect(warnings.map(\.code) == ["fluka.byOrder"])
    text.names = ["NEUT", "NEUT"]
    #expect(caught { try FlukaReader.read(text.bytes) }?.code == "fluka.duplicate")
    text.names = ["NEUT", "MUONS"]
    #expect(try FlukaReader.read(text.bytes).warnings.map(\.code) == ["fluka.unknownName"])
  }

  @Test("too few or too many numbers are refused with expected, found and line")
  func count() throws {
    let text = FlukaText()
    let lines = text.text.components(separatedBy: "\n")
    let first = try #require(lines.firstIndex { $0.hasPrefix("       1.0") })
    var short = lines
    short.remove(at: first + 1)
    let few = try #require(caught { try FlukaReader.read(Array(short.joined(separator: "\n").utf8)) })
    #expect(few.code == "fluka.count")
    #expect(few.message.contains("25 values"))
    #expect(few.expected == "35 numbers (7 in r by 5 in z)")
    #expect(few.line != nil)
    var long = lines
    long.insert(lines[first], at: first)
    let many = try #require(caught { try FlukaReader.read(Array(long.joined(separator: "\n").utf8)) })
    #expect(many.code == "fluka.count")
    #expect(many.message.contains("45 values"))
    var one = lines
    one[first + 3] += "  9.0000E-03"
    #expect(caught { try FlukaReader.read(Array(one.joined(separator: "\n").utf8)) }?.code == "fluka.count")
    // One number short: the printer control of the next heading is not taken for it.
    var last = lines
    last[first + 3] = last[first + 3].split(separator: " ").dropLast().map { " \($0)" }.joined()
    let control = try #require(caught { try FlukaReader.read(Array(last.joined(separator: "\n").utf8)) })
    #expect(control.code == "fluka.count")
    #expect(control.message.contains("34 values"))
    one = lines
    one.insert("       1.0000E+00", at: first + 4)
    #expect(caught { try FlukaReader.read(Array(one.joined(separator: "\n").utf8)) }?.code == "fluka.count")
  }

  @Test("a text cut at any byte is refused or is the whole of its binnings, and no cut is silent")
  func cut() throws {
    var text = FlukaText()
    text.hasErrors = true
    text.names = ["ALLPART", "NEUT"]
    let bytes = text.bytes
    for length in stride(from: 0, to: bytes.count - 3, by: 7) {
      guard let read = try? FlukaReader.read(Array(bytes.prefix(length))) else { continue }
      let values = try read.field.component(.allpart).values
      #expect(abs(values[0] - FlukaText.value(0, 0, 0)) < 1e-9)
    }
  }

  @Test("NaN, overflow, damage and negative numbers are refused with binning and line")
  func damaged() throws {
    let text = FlukaText()
    let lines = text.text.components(separatedBy: "\n")
    let row = try #require(lines.lastIndex { $0.hasPrefix("       6.0") })
    for (word, code) in [
      ("        NaN", "fluka.notANumber"), ("***********", "fluka.notANumber"), (" Infinity  ", "fluka.notANumber"),
      (" 1.0000E+999", "fluka.notANumber"), (" 1.0x00E-02", "fluka.notANumber"), ("-1.0000E-02", "fluka.negative"),
    ] {
      var changed = lines
      changed[row] = changed[row].replacingOccurrences(of: "6.0200E-02", with: word)
      #expect(changed != lines)
      let error = try #require(caught { try FlukaReader.read(Array(changed.joined(separator: "\n").utf8)) })
      #expect(error.code == code, "\(word)")
      #expect(error.line == row + 1, "\(word)")
      #expect(error.message.contains("PIONS"))
    }
  }

  @Test("other geometries are refused by name; empty files, missing headings and false counts with a reason")
  func refused() throws {
    var text = FlukaText()
    text.geometry = "Cartesian"
    let error = try #require(caught { try FlukaReader.read(text.bytes) })
    #expect(error.code == "fluka.unsupportedBinning")
    #expect(error.message.contains("cartesian"))
    #expect(error.line == 2)
    #expect(caught { try FlukaReader.read([]) }?.code == "fluka.empty")
    #expect(caught { try FlukaReader.read(Array("hello\nworld\n".utf8)) }?.code == "fluka.noBinning")
    #expect(caught { try FlukaReader.read(Array("  1.0 2.0 3.0\n".utf8)) }?.code == "fluka.strayNumbers")
    let huge = FlukaText().text.replacingOccurrences(of: "    7 bins", with: "999999999 bins")
    #expect(caught { try FlukaReader.read(Array(huge.utf8)) }?.code == "fluka.count")
    let none = FlukaText().text.replacingOccurrences(of: "    7 bins", with: "    0 bins")
    #expect(caught { try FlukaReader.read(Array(none.utf8)) }?.code == "fluka.badHeading")
    let backwards = FlukaText().text.replacingOccurrences(of: "to  7.0000E+00", with: "to -7.0000E+00")
    #expect(caught { try FlukaReader.read(Array(backwards.utf8)) }?.code == "fluka.badHeading")
    #expect(caught { try FlukaReader.read(path: "/nonexistent") }?.exit == .noInput)
  }

  @Test("binnings of different grids are not mixed")
  func grids() throws {
    var (one, two) = (FlukaText(), FlukaText())
    one.names = ["ALLPART"]
    two.names = ["NEUT"]
    two.z.count = 4
    #expect(caught { try FlukaReader.read(one.bytes + two.bytes) }?.code == "fluka.differentGrids")
  }
}
