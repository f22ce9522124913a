import Instruments
import JSON
import TestSupport
import Testing

@Suite("The tables of the 1470 family")
struct CAENFactsTests {
  @Test("hold every parameter once, each with what its access needs")
  func parameters() {
    #expect(CAENParameter.all.count == 44)
    #expect(Set(CAENParameter.all.map(\.name)).count == CAENParameter.all.count)
    for parameter in CAENParameter.all {
      #expect(parameter.isReadable || parameter.isWritable, "\(parameter.name)")
      if parameter.isReadable { #expect(parameter.form != .none, "\(parameter.name)") }
      #expect(!parameter.meaning.isEmpty, "\(parameter.name)")
    }
    #expect(CAENParameter.named("ISET")?.padded(2.5) == "0002.50")
    #expect(CAENParameter.named("IMON")?.padded(0.147, decimals: 3, digits: 3) == "000.147")
    #expect(CAENParameter.named("STAT")?.padded(33) == "00033")
  }

  @Test("name the sixteen bits of STAT and the seven of BDALARM")
  func bits() {
    #expect(CAENStatus.channelBits.map(\.bit) == Array(0..<16))
    #expect(CAENStatus.boardBits.map(\.bit) == Array(0..<7))
    #expect(CAENStatus(33).names() == ["ON", "UNV"])
    #expect(CAENStatus(1152).names() == ["TRIP", "DIS"])
    #expect(CAENStatus(5).names(CAENStatus.boardBits) == ["CH0", "CH2"])
    #expect(CAENStatus(0x8000).names() == ["BIT15"])
  }

  @Test("under-voltage while ramping is no fault; a trip is")
  func faults() {
    #expect(CAENStatus(35).rampFaults.isEmpty)
    #expect(CAENStatus(33).rampFaults == ["UNV"])
    #expect(CAENStatus(128).rampFaults == ["TRIP"])
  }
}
