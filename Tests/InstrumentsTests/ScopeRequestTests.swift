import Errors
import Instruments
import TestSupport
import Testing

/// Commands of the LeCroy driver and their checks.
@Suite("Oscilloscope commands")
struct ScopeRequestTests {
  @Test("every function sends its command")
  func commands() throws {
    let expected: [(ScopeRequest, String)] = try [
      (.sequence(segments: 100), "SEQ ON,100"), (.sequence(segments: 100, maximumSamples: 500), "SEQ ON,100,500"),
      (.sequence(segments: nil), "SEQ OFF"), (.timebase("2us"), "TDIV 2US"), (.triggerMode("norm"), "TRMD NORM"),
      (.triggerCoupling("ex10", "hfrej", channels: 4), "EX10:TRCP HFREJ"),
      (.triggerLevel("2", volts: 0.7, channels: 4), "C2:TRLV 0.7V"),
      (.triggerSlope("line", "neg", channels: 4), "LINE:TRSL NEG"), (.triggerWindow(volts: 25), "TRWI 25.0"),
      (.triggerSelect("edge", source: "C2", channels: 4), "TRSE EDGE,SR,C2,HT,OFF"),
      (.voltsPerDivision("c1", volts: 0.05, channels: 4), "C1:VDIV 0.05"),
      (.offset("C1", volts: -0.35, channels: 4), "C1:OFST -0.35"),
      (.bandwidthLimit("C3", "on", channels: 4), "BWL C3,ON"), (.coupling("C1", "d50", channels: 4), "C1:CPL D50"),
      (.trace("C4", isOn: false, channels: 4), "C4:TRA OFF"),
      (.waveformText("C1", "it's run 12", channels: 4), "C1:WFTX 'it''s run 12'"),
      (.transfer(sparsing: 4), "WFSU SP,4,NP,0,FP,0,SN,0"),
      (
        .storeSetup(trace: "all_displayed", destination: "hdd", auto: "fill", format: "binary", channels: 4),
        "STST ALL_DISPLAYED,HDD,AUTO,FILL,FORMAT,BINARY"
      ),
      (.store(trace: "TA", destination: "m1", channels: 4), "STO TA,M1"),
      (.fileName(type: "C1", name: "RUN12", channels: 4), "FLNM TYPE,C1,FILE,'RUN12'"),
      (.directory(device: "hdd", action: "create", path: "run 'a'"), "DIR DISK,HDD,ACTION,CREATE,'run ''a'''"),
      (.deleteFile(device: "card", path: "C1RUN.000"), "DEL DISK,CARD,FILE,'C1RUN.000'"),
    ]
    for (request, command) in expected { #expect(request.command == command) }
  }

  @Test("a bad argument is refused before anything is sent")
  func refusals() {
    let attempts: [() throws -> ScopeRequest] = [
      { try .voltsPerDivision("C5", volts: 1, channels: 4) }, { try .voltsPerDivision("C3", volts: 1, channels: 2) },
      { try .voltsPerDivision("C1", volts: 0, channels: 4) }, { try .offset("C1", volts: .nan, channels: 4) },
      { try .triggerWindow(volts: 25.1) }, { try .triggerWindow(volts: -1) }, { try .timebase("0ns") },
      { try .timebase("fast") }, { try .triggerCoupling("LINE", "AC", channels: 4) },
      { try .triggerMode("SOMETIMES") }, { try .sequence(segments: nil, maximumSamples: 100) },
      { try .waveformText("C1", String(repeating: "x", count: 161), channels: 4) },
      { try .fileName(type: "C1", name: "LONGERTHAN8", channels: 4) },
      { try .fileName(type: "SETUP", name: "SIXLET", channels: 4) },
      { try .deleteFile(device: "hdd", path: "a\nb") }, { try .directory(device: "usb", action: "create", path: "x") },
    ]
    for (number, attempt) in attempts.enumerated() {
      #expect(caught { try attempt() }?.code == "scope.badArgument", "attempt \(number)")
    }
    #expect(caught { try ScopeRequest.triggerMode("NROM") }?.nearest.first == "NORM")
  }

  @Test("identities are read with and without their header")
  func identities() throws {
    for text in ["LECROY,WR610ZI,LCRY0601N60001,7.9.0", "*IDN LECROY,WR610ZI,LCRY0601N60001,7.9.0\n"] {
      let identity = try ScopeIdentity(text)
      #expect(identity.model == "WR610ZI" && identity.serial == "LCRY0601N60001" && identity.channelCount == 4)
    }
    #expect(try ScopeIdentity("LECROY,WS422,1,2").channelCount == 2)
    #expect(caught { try ScopeIdentity("LECROY") }?.code == "scope.badIdentity")
  }
}
