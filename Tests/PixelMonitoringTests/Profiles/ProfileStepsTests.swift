import Conditions
import Errors
import Foundation
import TestSupport
import Testing

@testable import PixelMonitoring

@Suite("Steps of radiation profiles")
struct ProfileStepsTests {
  private func fill(_ number: Int, _ start: Double, _ end: Double) -> Fill {
    Fill(
      number: number, start: ConditionsTime(microseconds: Int64(start * 1e6)),
      end: ConditionsTime(microseconds: Int64(end * 1e6)))
  }

  @Test("the steps of the reference's fills are those of its profile, values being taken before bias goes off")
  func reference() throws {
    let times = [
      (8016, "2022-07-19 20:11:08", "2022-07-20 08:42:51"), (8018, "2022-07-20 15:30:40", "2022-07-20 22:05:02"),
      (8019, "2022-07-21 02:12:33", "2022-07-21 02:26:20"), (8020, "2022-07-21 02:41:00", "2022-07-21 11:58:21"),
      (8022, "2022-07-21 20:05:19", "2022-07-22 09:47:12"), (8023, "2022-07-22 14:12:47", "2022-07-23 03:00:00"),
    ]
    let fills = try times.map {
      Fill(number: $0.0, start: try #require(ConditionsTime($0.1)), end: try #require(ConditionsTime($0.2)))
    }
    var options = ProfileSteps.Options()
    options.skipsShort = true
    let cut = ProfileSteps(fills, options: options)
    let profile = try RadiationProfile(
      path: ProfileTests.path("expected/profiles/profile_BPix_BmI_SEC1_LYR1_full.txt"))
    #expect(cut.steps.map(\.end) == profile.rows.map(\.timestamp))
    #expect(cut.steps.map(\.duration) == profile.rows.map(\.duration))
    #expect(cut.steps.map { $0.fill ?? -999 } == profile.rows.map(\.fill))
    #expect(cut.skipped.map { $0.end - $0.start } == [827, 880])
    #expect(cut.skipped[0].fill == 8019 && cut.skipped[1].nextFill == 8020)
    // Nothing is lost without it.
    let whole = ProfileSteps(fills)
    #expect(whole.skipped.isEmpty)
    #expect(whole.steps.reduce(0) { $0 + $1.duration } == fills[5].end.seconds - fills[0].start.seconds)
  }

  @Test("the last step of a fill ends its window 300 or 120 s early, or not at all when it is too short for that")
  func margins() {
    for (rest, margin) in [(301.0, 300.0), (300, 120), (121, 120), (120, 0), (1, 0)] {
      let steps = ProfileSteps([fill(1, 0, 1200 + rest)]).steps
      #expect(steps.count == 2)
      #expect(steps[1].end - steps[1].measuredEnd == margin)
    }
    // No step of no length, which would divide by zero.
    #expect(ProfileSteps([fill(1, 0, 1200)]).steps.count == 1)
    #expect(ProfileSteps([fill(1, 0, 1200 + 3600)]).steps.map(\.duration) == [1200, 3600])
    #expect(ProfileSteps([fill(1, 0, 1200 + 3600)]).steps[1].measuredEnd == 4500)
  }

  @Test("fractions of a second are rounded first, so that lengths add up")
  func fractions() {
    let steps = ProfileSteps([fill(1, 0.6, 5000.4), fill(2, 9000.5, 12_000.7)]).steps
    #expect(steps.allSatisfy { $0.duration == $0.duration.rounded() })
    #expect(steps.first?.start == 1 && steps.last?.end == 12_001)
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.end == $1.start })
  }

  @Test("luminosity comes from recorded windows or from sections that begin in a window, never as a silent zero")
  func luminosity() throws {
    try withTemporaryFolder { folder in
      let record = folder.appending(path: "replay.jsonl").path
      let call =
        #"{"arguments": ["lumi", "--begin", "07/19/22 20:11:08", "--end", "07/19/22 20:31:08", "-u", "/fb"], "stdout": "#
        + #""noise\n#Data tag : 1\n#run:fill,time,nls,ncms,delivered(/pb),recorded(/pb)\n#Summary:\n"#
        + #"#nfill,nrun,nls,ncms,totdelivered(/pb),totrecorded(/pb)\n#1,1,52,52,19.5,18.7\n"}"#
      try Data((call + "\n").utf8).write(to: URL(filePath: record))
      let sections = folder.appending(path: "byls.csv").path
      let text = """
        #Data tag : 1 , Norm tag: None
        #run:fill,ls,time,beamstatus,E(GeV),delivered(/ub),recorded(/ub),avgpu,source
        357280:8018,1:1,07/20/22 15:30:40,STABLE BEAMS,6800,1000.0,900.0,30.0,HFET
        357280:8018,2:2,07/20/22 15:31:03,STABLE BEAMS,6800,3000.0,900.0,30.0,HFET
        357280:8018,3:3,07/20/22 15:31:27,STABLE BEAMS,6800,5000.0,900.0,30.0,HFET
        #Summary:
        #nfill,nrun,nls,ncms,totdelivered(/ub),totrecorded(/ub)
        #1,1,3,3,9000.0,2700.0
        """
      try Data(text.utf8).write(to: URL(filePath: sections))
      let both = try DeliveredLuminosity(paths: [record, sections])
      let begin = try #require(ConditionsTime("2022-07-19 20:11:08")).seconds
      #expect(abs((both.delivered(from: begin, to: begin + 1200) ?? 0) - 0.0195) < 1e-12)
      #expect(both.delivered(from: begin, to: begin + 1100) == nil)
      let start = try #require(ConditionsTime("2022-07-20 15:30:40")).seconds
      #expect(abs((both.delivered(from: start, to: start + 47) ?? 0) - 4000e-9) < 1e-18)
      #expect(both.delivered(from: start + 7200, to: start + 9000) == nil)
      // Nothing inside a fill of the listing is nothing delivered; a fill that the listing leaves out is not known.
      #expect(both.delivered(from: start + 5, to: start + 20, in: start - 10...start + 500) == 0)
      #expect(both.delivered(from: start - 900, to: start + 20, in: start - 900...start - 100) == nil)
      try Data(text.replacingOccurrences(of: "(/ub)", with: "(/zb)").utf8).write(to: URL(filePath: sections))
      #expect(caught { try DeliveredLuminosity(paths: [sections]) }?.code == "brilcalc.unknownUnit")
      try Data("junk\n".utf8).write(to: URL(filePath: sections))
      #expect(caught { try DeliveredLuminosity(paths: [sections]) }?.code == "brilcalc.badOutput")
    }
  }

  /// A group under bias in beam from 1000 to 20,000 s, but for a pause.
  private func builder(
    pause: Range<Double> = 0..<0, _ change: (inout ProfileSeries, inout ProfileBuilder.Options) -> Void
  ) -> ProfileBuilder {
    let group = ProfileBuilder.Group(
      name: "g", place: "loop", expectedSensors: 2, selfHeating: 3, fluence: 4e12, compatibleFluence: 12e12,
      volume: 0.9, scaling: LeakageScaling(gap: 1.21, boltzmann: 8.6173324e-5))
    var series = ProfileSeries()
    var (first, second, voltage, current) = (ReadingSeries(), ReadingSeries(), ReadingSeries(), ReadingSeries())
    first.append(100, -20)
    second.append(100, -22)
    voltage.append(100, 300)
    current.append(1500, 80)
    series.sensors["loop"] = [first, second]
    series.voltages = [voltage]
    series.currents = [current]
    var options = ProfileBuilder.Options()
    change(&series, &options)
    let sections = stride(from: 1000.0, to: 20_000, by: 20).filter { !pause.contains($0) }.map {
      (time: $0, delivered: 1e-4)
    }
    return ProfileBuilder(
      [group], series: series, luminosity: DeliveredLuminosity(sections: sections), options: options)
  }

  @Test("a step has the mean of its loop, heated by bias and fluence, the rate of its luminosity, the last current")
  func values() throws {
    let steps = ProfileSteps([fill(1, 1000, 4000), fill(2, 9000, 12_000)]).steps
    let values = builder { _, options in options.kelvinPerFluenceRate = 1e-8 }.values(steps)[0]
    #expect(values.count == steps.count)
    // 60 sections of 1e-4 /fb in 1200 s.
    #expect(abs(values[0].luminosity - 0.006) < 1e-12)
    #expect(abs(values[0].row.fluenceRate / (0.006 / 1200 * 4e12) - 1) < 1e-12)
    #expect(abs(values[0].row.temperature - (273.15 - 21 + 3 + 0.2)) < 1e-9)
    #expect(values[0].row.current == 80)
    #expect(values[0].currentAge == 700)
    let pause = try #require(values.first { $0.row.fill == -999 })
    #expect(pause.row.fluenceRate == 0 && pause.row.current == -999)
    #expect(abs(pause.row.temperature - 255.15) < 1e-9)
    // The second fill has no current of its own.
    #expect(values.last?.row.current == -999)
    let compatible = builder { _, options in options.currentLookback = .infinity }.values(steps)[0]
    #expect(compatible.last?.row.current == 80)
  }

  @Test("defect 7: a group that is silent gives missing values with a bounded look-back, not an endless search")
  func defect7Silent() {
    let steps = ProfileSteps([fill(1, 1000, 4000)]).steps
    let silent = builder { series, _ in
      series.sensors = [:]
      series.voltages = [ReadingSeries()]
      series.currents = [ReadingSeries()]
    }.values(steps)[0]
    #expect(silent.allSatisfy { $0.row.temperature == -999 && $0.row.current == -999 && $0.bias == -1 })
    let late = ProfileSteps([fill(1, 1000 + 49 * 3600, 5000 + 49 * 3600)]).steps
    #expect(builder { _, _ in }.values(late)[0].allSatisfy { $0.row.temperature == -999 })
  }

  @Test("defect 24: bias that goes off at the end of a step leaves it heated, bias that was off most of it does not")
  func defect24Majority() {
    let steps = ProfileSteps([fill(1, 1000, 2300)]).steps
    #expect(steps.last?.duration == 100)
    func last(offAt time: Double, majority: Bool = true) -> Int? {
      builder { series, options in
        series.voltages[0].append(time, 0)
        options.biasByMajority = majority
      }.values(steps)[0].last?.bias
    }
    #expect(last(offAt: 2290) == 1)
    #expect(last(offAt: 2210) == 0)
    #expect(last(offAt: 2290, majority: false) == 0)
  }

  @Test(
    "a fill that the listings of luminosity leave out has no rate and is named, one with a pause is zero there and told"
  )
  func darkFills() {
    let steps = ProfileSteps([fill(1, 1000, 10_800), fill(2, 11_000, 13_000), fill(3, 15_000, 18_000)]).steps
    let values = builder(pause: 9000..<14_000) { _, _ in }.values(steps)[0]
    for value in values where value.row.fill > 0 {
      #expect((value.row.fluenceRate == -999) == (value.row.fill == 2), "\(value.row)")
    }
    var summary = ProfileBuildSummary(groups: 1)
    summary.add(values, group: 0, crossSection: 80, expected: 2)
    #expect(summary.fillsWithoutLuminosity == [2] && summary.fillsWithZero == [1] && !summary.isWhole)
    #expect(summary.warnings(["g"]).map(\.code).filter { $0.contains("uminosity") }.count == 2)
    #expect(ProfileBuildSummary(stored: summary.stored)?.fillsWithZero == [1])
  }

  @Test("silent sensors leave a partial mean with its count")
  func partial() {
    let steps = ProfileSteps([fill(1, 1000, 4000)]).steps
    let values = builder { series, _ in series.sensors["loop"]?[1] = ReadingSeries() }.values(steps)[0]
    #expect(values[0].sensors == 1)
    #expect(abs(values[0].loopTemperature - 253.15) < 1e-9)
  }

  @Test("80,000 steps of a group from series in memory take seconds, not minutes")
  func speed() {
    let fills = (0..<2000).map { fill($0 + 1, 1000 + 144_000 * Double($0), 51_400 + 144_000 * Double($0)) }
    let steps = ProfileSteps(fills).steps
    #expect(steps.count > 80_000)
    let many = builder { series, _ in
      for minute in stride(from: 1000.0, to: 2.88e8, by: 1800) {
        series.sensors["loop"]?[0].append(minute, -20)
        series.currents[0].append(minute, 80)
      }
    }
    let start = ContinuousClock.now
    let values = many.values(steps)[0]
    let text = RadiationProfile(rows: values.map(\.row)).text(.physics)
    // The module is compiled plainly here; two seconds are held by the benchmark.
    #expect(start.duration(to: .now) < .seconds(20))
    #expect(text.count > 4_000_000)
  }
}
