import Instruments
import Testing

@testable import Bench

@Suite("Watching a ramp")
struct RampWatchTests {
  private let ramp = RampWatch(from: 0, to: 400, rate: 50)

  @Test("ends when the ramp bits are clear and the voltage is there, to 1 V or 0.5 %")
  func done() {
    #expect(ramp.judge(voltage: 398.1, status: CAENStatus(1), after: 8) == .done)
    #expect(ramp.judge(voltage: 397.9, status: CAENStatus(33), after: 8) == .going)
    #expect(ramp.judge(voltage: 400, status: CAENStatus(3), after: 8) == .going)
    #expect(RampWatch(from: 100, to: 0, rate: 50).judge(voltage: 0.9, status: CAENStatus(0), after: 2) == .done)
  }

  @Test("is late after half as long again as its rate says, and ten seconds")
  func late() {
    #expect(ramp.deadline == 22)
    #expect(ramp.judge(voltage: 100, status: CAENStatus(3), after: 21) == .going)
    #expect(ramp.judge(voltage: 100, status: CAENStatus(3), after: 23) == .late)
  }

  @Test("is ended by a fault and by an output that goes off; under-voltage on the way is neither")
  func faults() {
    #expect(ramp.judge(voltage: 100, status: CAENStatus(35), after: 2) == .going)
    #expect(ramp.judge(voltage: 100, status: CAENStatus(9), after: 2) == .fault(["OVC"]))
    #expect(ramp.judge(voltage: 0, status: CAENStatus(128), after: 2) == .fault(["TRIP"]))
    #expect(ramp.judge(voltage: 0, status: CAENStatus(0), after: 2) == .wentOff)
  }
}

@Suite("When samples are recorded")
struct HVLogTests {
  @Test("each period, faster while something ramps and for a minute after a fault")
  func schedule() {
    var schedule = HVLogSchedule(period: 5000, fastPeriod: 1000)
    func due(_ ramps: Bool, _ fault: Bool, _ now: Int) -> Bool {
      schedule.isDue(0, isRamping: ramps, hasFault: fault, at: now)
    }
    let quiet = stride(from: 0, through: 20000, by: 1000).filter { due(false, false, $0) }
    #expect(quiet == [0, 5000, 10000, 15000, 20000])
    let ramping = stride(from: 21000, through: 24000, by: 1000).filter { due(true, false, $0) }
    #expect(ramping == [21000, 22000, 23000, 24000])
    #expect(due(false, true, 25000))
    let after = stride(from: 26000, through: 95000, by: 1000).filter { due(false, false, $0) }
    #expect(after.filter { $0 <= 84000 }.count == 59)
    #expect(after.filter { $0 > 85000 }.count == 2)
  }

  @Test("a broker hands on one sample a channel, with one time for all of its values")
  func samples() throws {
    let taken = LogBook()
    let fixture = try BrokerFixture {
      $0.logPeriod = .milliseconds(100)
    } recorder: {
      taken.add($0)
    }
    defer { fixture.stop() }
    try fixture.wait("two rounds") { taken.all.count >= 8 }
    let first = Array(taken.all.prefix(4))
    #expect(first.map(\.channel.channel) == [0, 1, 2, 3])
    #expect(Set(first.map(\.time)).count == 1)
    #expect(first[0].fields.map(\.name) == ["IMon", "VMon", "VSet", "ISet", "Stat", "On", "IRange", "Quality"])
    #expect(first[0].name == "mesh" && first[0].serial == "19198")
  }
}
