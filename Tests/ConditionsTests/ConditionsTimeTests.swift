import Conditions
import Testing

@Suite struct ConditionsTimeTests {
  @Test func textIsAlways26CharactersAndReadsBack() throws {
    for text in ["2022-07-19 20:11:08.000000", "1970-01-01 00:00:00.000001", "2024-02-29 23:59:59.999999"] {
      let time = try #require(ConditionsTime(text))
      #expect(time.text == text)
    }
    #expect(ConditionsTime("2022-07-19 20:11:08.5")?.text == "2022-07-19 20:11:08.500000")
    #expect(ConditionsTime(microseconds: -1).text == "1969-12-31 23:59:59.999999")
  }

  @Test func offsetsAreTakenOffAndDaysBegin() {
    #expect(ConditionsTime("2022-07-19T20:11:08Z") == ConditionsTime("2022-07-19 20:11:08"))
    #expect(ConditionsTime("2022-07-19T22:11:08+02:00") == ConditionsTime("2022-07-19 20:11:08"))
    #expect(ConditionsTime("2022-07-19T15:41:08.25-0430")?.text == "2022-07-19 20:11:08.250000")
    #expect(ConditionsTime("2022-07-19")?.text == "2022-07-19 00:00:00.000000")
    #expect(ConditionsTime(american: "07/19/22 20:01:08")?.text == "2022-07-19 20:01:08.000000")
    #expect(ConditionsTime("2022-07-19 20:11:08")?.americanText == "07/19/22 20:11:08")
  }

  @Test func whatIsNoTimeIsRefused() {
    let texts = [
      "", "2022", "2022-13-01", "2022-02-30", "2022-07-19 24:00:00", "2022-07-19 20:11", "2022-07-19 20:11:08.", "abc",
      "2022-07-19 20:11:08+25:00", "2022-07-19 20:11:08 x", "2023-02-29",
    ]
    for text in texts { #expect(ConditionsTime(text) == nil, "\(text)") }
    #expect(ConditionsTime(american: "13/19/22 20:01:08") == nil)
  }

  @Test func daylightSavingChangesNothing() throws {
    // 2022-10-30 01:00 UTC: clocks in Geneva go from 03:00 to 02:00.
    let before = try #require(ConditionsTime("2022-10-30 00:30:00"))
    let after = try #require(ConditionsTime("2022-10-30 01:30:00"))
    #expect(before.seconds(to: after) == 3600)
    #expect(after.wholeSeconds == 1_667_093_400)
  }
}
