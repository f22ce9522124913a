import Errors
import Instruments
import TestSupport
import Testing

@testable import Bench

private func result(_ outcome: GasOutcome, pressure: Double = 100_000) -> GasBoard.Result {
  if outcome.isUsable {
    let reading = GasReading(
      temperatureKelvin: 295, pressurePascal: pressure, humidityPercent: 3, resistanceOhm: outcome == .ok ? 5e4 : nil)
    return GasBoard.Result(exchange: GasExchange(reading), time: 1)
  }
  return GasBoard.Result(exchange: GasExchange(failed: outcome, "made on purpose"), time: 1)
}

@Suite("What the gas board's course amounts to")
struct GasMonitorTests {
  @Test("three failures in a row raise the alarm once, a good exchange ends it")
  func noData() {
    var monitor = GasMonitor(GasSettings(port: "x"), now: .zero)
    #expect(monitor.take(result(.malformed), now: .seconds(1)).isEmpty)
    #expect(monitor.take(result(.partial), now: .seconds(2)).isEmpty)
    #expect(monitor.take(result(.ok), now: .seconds(3)).isEmpty)
    for second in 4...5 { #expect(monitor.take(result(.desynchronised), now: .seconds(second)).isEmpty) }
    #expect(monitor.take(result(.outOfRange), now: .seconds(6)) == [.raised("gas.no_data", "made on purpose")])
    #expect(monitor.take(result(.malformed), now: .seconds(7)).isEmpty)
    #expect(monitor.take(result(.okWithoutVOC), now: .seconds(8)) == [.cleared("gas.no_data")])
    #expect(monitor.counts[.malformed] == 2 && monitor.counts[.ok] == 1)
  }

  @Test("five timeouts in a row ask for a new start of the line; another outcome between them does not")
  func reopen() {
    var monitor = GasMonitor(GasSettings(port: "x"), now: .zero)
    var changes: [GasMonitor.Change] = []
    for second in 0..<4 { changes += monitor.take(result(.timeout), now: .seconds(second)) }
    changes += monitor.take(result(.malformed), now: .seconds(4))
    for second in 5..<9 { changes += monitor.take(result(.timeout), now: .seconds(second)) }
    #expect(!changes.contains(.reopen))
    #expect(monitor.take(result(.timeout), now: .seconds(9)).contains(.reopen))
  }

  @Test("a time without a value raises the alarm before three failures do, when the period is long")
  func age() {
    var settings = GasSettings(port: "x")
    settings.noDataAfter = .seconds(60)
    var monitor = GasMonitor(settings, now: .zero)
    #expect(!monitor.take(result(.timeout), now: .seconds(59)).contains(.raised("gas.no_data", "made on purpose")))
    #expect(monitor.take(result(.timeout), now: .seconds(61)).contains(.raised("gas.no_data", "made on purpose")))
  }

  @Test("a value beyond its limit for longer than the delay is an alarm, a short one is not")
  func limits() {
    var settings = GasSettings(port: "x")
    settings.limits = [GasLimit(.pressure, low: 95_000, high: 105_000, delay: .seconds(30))]
    var monitor = GasMonitor(settings, now: .zero)
    func take(_ pressure: Double, _ second: Int) -> [GasMonitor.Change] {
      monitor.take(result(.ok, pressure: pressure), now: .seconds(second))
    }
    #expect(take(94_000, 0).isEmpty)
    #expect(take(96_000, 20).isEmpty)
    #expect(take(94_000, 40).isEmpty)
    #expect(take(94_000, 69).isEmpty)
    #expect(take(94_000, 70) == [.raised("gas.pressure_pa.low", "94000.0 Pa")])
    #expect(take(106_000, 80) == [.cleared("gas.pressure_pa.low")])
    #expect(take(106_000, 111) == [.raised("gas.pressure_pa.high", "106000.0 Pa")])
  }

  @Test("late readings fall out of the grid of time and are not made up for")
  func cadence() {
    let cadence = Cadence(start: .seconds(100), period: .seconds(10))
    #expect(cadence.next(after: .seconds(90)) == .seconds(100))
    #expect(cadence.next(after: .seconds(100)) == .seconds(110))
    #expect(cadence.next(after: .seconds(109.9)) == .seconds(110))
    #expect(cadence.next(after: .seconds(143)) == .seconds(150))
  }

  @Test("a step of the wall clock of more than a second is told with its size, a slow drift is not")
  func steps() {
    var detector = ClockStepDetector()
    let hour: Int64 = 3_600_000_000_000
    #expect(detector.step(now: .seconds(0), wall: hour) == nil)
    #expect(detector.step(now: .seconds(10), wall: hour + 10_500_000_000) == nil)
    #expect(detector.step(now: .seconds(20), wall: 20_500_000_000) == -3600)
    #expect(detector.step(now: .seconds(30), wall: 32_500_000_000) == 2)
    #expect(detector.step(now: .seconds(40), wall: 42_500_000_000) == nil)
  }

  @Test("both layouts of names, with values that are absent left out")
  func points() {
    var settings = GasSettings(port: "x")
    let whole = result(.ok).exchange
    let legacy = GasPoints.reading(whole, time: 7, settings)
    #expect(legacy.map(\.key.measurement) == ["Temperature [K]", "Pressure [Pa]", "Humidity [RH]", "VOC [Ohm]"])
    #expect(legacy.allSatisfy { $0.time == 7 && $0.key.tag("location") == "Picosec gas" && $0.fields[0].name == "val" })
    let part = result(.okWithoutVOC).exchange
    #expect(GasPoints.reading(part, time: 7, settings).count == 3)
    settings.layout = .wide
    #expect(
      GasPoints.reading(whole, time: 7, settings)[0].fields.map(\.name)
        == ["temperature_k", "pressure_pa", "humidity_rh", "voc_ohm", "quality"])
    #expect(GasPoints.reading(part, time: 7, settings)[0].fields.last?.value == .number(0))
    #expect(GasPoints.reading(result(.malformed).exchange, time: 7, settings).isEmpty)
  }
}
