import Foundation
import Testing

@testable import BeamInstrumentation

@Suite("Time stamps")
struct AcquisitionTimeTests {
  @Test(
    "every form of a stamp is the same moment",
    arguments: [
      "2024-10-14 19:07:33.512400", "2024-10-14T19:07:33.5124", "2024/10/14 19:07:33.512400000",
      "2024-10-14T19:07:33.5124Z", "2024.10.14.19.07.33.512400", " 2024-10-14 19:07:33.5124 ",
    ])
  func forms(text: String) {
    #expect(AcquisitionTime(parsing: text)?.nanoseconds == 1_728_932_853_512_400_000)
  }

  @Test("a stamp without a fraction is a whole second")
  func wholeSecond() {
    #expect(AcquisitionTime(parsing: "1970-01-01 00:00:01")?.nanoseconds == 1_000_000_000)
  }

  @Test("days agree with the calendar from 1970 to 2199")
  func calendar() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
    for day in stride(from: 0, to: 84_000, by: 13) {
      let date = Date(timeIntervalSince1970: Double(day) * 86_400)
      let parts = calendar.dateComponents([.year, .month, .day], from: date)
      let text = String(format: "%04d-%02d-%02d 12:34:56", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
      let time = try #require(AcquisitionTime(parsing: text))
      #expect(time.nanoseconds == (day * 86_400 + 45_296) * 1_000_000_000)
      #expect(time.text == text.replacing(" ", with: "T") + ".000000Z")
    }
  }

  @Test(
    "impossible dates and other texts are refused",
    arguments: [
      "", "yesterday", "2023-02-29 00:00:00", "2100-02-29 00:00:00", "2024-04-31 00:00:00", "2024-13-01 00:00:00",
      "2024-00-10 00:00:00", "2024-10-14 24:00:00", "2024-10-14 10:60:00", "2024-10-14", "2024-10-14 10:00",
      "99999999999999999999-01-01 00:00:00", "1960-01-01 00:00:00", "2024--10-14 10:00:00",
    ])
  func refused(text: String) { #expect(AcquisitionTime(parsing: text) == nil) }

  @Test("29 February exists in 2000 and 2024")
  func leapDays() {
    #expect(AcquisitionTime(parsing: "2000-02-29 00:00:00")?.nanoseconds == 951_782_400_000_000_000)
    #expect(AcquisitionTime(parsing: "2024-02-29 00:00:00")?.nanoseconds == 1_709_164_800_000_000_000)
  }

  @Test("a file name gives its stamp, and nothing when it has none")
  func fileNames() {
    let expected = AcquisitionTime(parsing: "2023-10-16 10:59:19.964739")
    #expect(AcquisitionTime(fileName: "a/b/WS_2023.10.16.10.59.19.964739.parquet") == expected)
    #expect(AcquisitionTime(fileName: "2023.10.16.10.59.19.964739.parquet") == expected)
    #expect(AcquisitionTime(fileName: "scan.parquet") == nil)
    #expect(AcquisitionTime(fileName: "2023.parquet") == nil)
  }
}
