import Errors
import Foundation
import Instruments
import TestSupport
import Testing

/// A simulator with ports from the kernel, and oscilloscopes on its lines.
struct SimulatorFixture {
  let simulator: OscilloscopeSimulator

  init(_ change: (inout OscilloscopeSimulator.Options) -> Void = { _ in }) throws {
    signal(SIGPIPE, SIG_IGN)
    var options = OscilloscopeSimulator.Options()
    options.mapperPort = 0
    options.vicpPort = 0
    options.triggerRate = 1e6
    change(&options)
    simulator = try OscilloscopeSimulator(options)
  }

  func resource(_ kind: InstrumentResource.Kind) throws -> InstrumentResource {
    var resource = try InstrumentResource("127.0.0.1")
    resource.kind = kind
    resource.mapperPort = simulator.mapperPort
    if kind == .vicp { resource.port = simulator.vicpPort }
    return resource
  }

  func scope(_ kind: InstrumentResource.Kind, timeout: Duration = .seconds(10)) throws -> LeCroyOscilloscope {
    try LeCroyOscilloscope(resource(kind), timeout: timeout)
  }
}

/// Dialogue, waveforms and faults over both lines.
@Suite("Oscilloscope lines")
struct OscilloscopeLineTests {
  @Test(
    "an oscilloscope says who it is, and its settings come back as it holds them",
    arguments: [InstrumentResource.Kind.vxi11, .vicp])
  func settings(kind: InstrumentResource.Kind) throws {
    let fixture = try SimulatorFixture()
    defer { fixture.simulator.stop() }
    let scope = try fixture.scope(kind)
    defer { scope.close() }
    #expect(scope.identity.maker == "LECROY")
    #expect(scope.channels == 4)
    let exact = try scope.set(.voltsPerDivision("2", volts: 0.1, channels: 4))
    #expect(exact.command == "C2:VDIV 0.1")
    #expect(exact.actual == "1.00E-01 V")
    #expect(!exact.isAdjusted)
    let coerced = try scope.set(.offset("C2", volts: 99, channels: 4))
    #expect(coerced.isAdjusted)
    #expect(coerced.requested == "99.0")
    #expect(coerced.actual == "5.00E+00 V")
    let timebase = try scope.set(.timebase("3 ns"))
    #expect(timebase.actual == "2.00E-09 S")
    #expect(timebase.isAdjusted)
    let limit = try scope.set(.bandwidthLimit("C3", "200mhz", channels: 4))
    #expect(limit.actual == "C3,200MHZ")
    let refused = caught {
      try scope.set(.timebase("1KS")); try scope.send("BLAH 3"); try scope.checkErrors("BLAH 3")
    }
    #expect(refused?.code == "scope.refused")
  }

  @Test("transfer settings are as before when the line is closed")
  func restored() throws {
    let fixture = try SimulatorFixture()
    defer { fixture.simulator.stop() }
    let line = try fixture.resource(.vxi11).connect(timeout: .seconds(10))
    func ask(_ query: String) throws -> String {
      try line.write(Array("\(query)\n".utf8), timeout: .seconds(5))
      return String(decoding: try line.read(timeout: .seconds(5)), as: UTF8.self)
    }
    try line.write(Array("CHDR LONG;CFMT DEF9,BYTE,BIN;CORD HI;WFSU SP,4,NP,0,FP,0,SN,0\n".utf8), timeout: .seconds(5))
    let scope = try fixture.scope(.vicp)
    #expect(try scope.ask("CFMT?") == "DEF9,WORD,BIN")
    scope.close()
    #expect(
      try ask("CFMT?;CORD?;WFSU?") == "COMM_FORMAT DEF9,BYTE,BIN;COMM_ORDER HI;WAVEFORM_SETUP SP,4,NP,0,FP,0,SN,0\n")
    line.close()
  }

  @Test("both lines carry the same waveform, byte for byte, and it decodes")
  func waveforms() throws {
    let fixture = try SimulatorFixture()
    defer { fixture.simulator.stop() }
    let first = try fixture.scope(.vxi11)
    try first.set(.sequence(segments: 20))
    _ = try first.number("INR?")
    try first.set(.arm)
    try first.wait(seconds: 5)
    #expect(try first.number("INR?") & 1 == 1)
    var (left, right): ([UInt8], [UInt8]) = ([], [])
    try first.waveform("C2", into: &left)
    let second = try fixture.scope(.vicp)
    try second.waveform("C2", into: &right)
    #expect(left == right)
    let waveform = try Waveform(decoding: left)
    #expect(waveform.segmentCount == 20)
    #expect(waveform.pointsPerSegment == 502)
    #expect(waveform.triggers.count == 20)
    first.close()
    second.close()
  }

  @Test(
    "a reply that never comes ends with a timeout, and the line can be used again",
    arguments: [InstrumentResource.Kind.vxi11, .vicp])
  func timeouts(kind: InstrumentResource.Kind) throws {
    let fixture = try SimulatorFixture()
    defer { fixture.simulator.stop() }
    let scope = try fixture.scope(kind, timeout: .seconds(1))
    defer { scope.close() }
    fixture.simulator.add(OscilloscopeFault(.mute))
    let start = ContinuousClock.now
    #expect(caught { try scope.ask("TDIV?") }?.code == "transport.timeout")
    #expect(start.duration(to: .now) < .seconds(6))
    try scope.reconnect()
    #expect(try scope.ask("TDIV?") == "5.00E-09 S")
  }

  @Test("a line that breaks inside a waveform is reported as lost", arguments: [InstrumentResource.Kind.vxi11, .vicp])
  func cuts(kind: InstrumentResource.Kind) throws {
    let fixture = try SimulatorFixture()
    defer { fixture.simulator.stop() }
    let scope = try fixture.scope(kind)
    defer { scope.close() }
    try scope.set(.arm)
    try scope.wait(seconds: 5)
    fixture.simulator.add(OscilloscopeFault(.cut, bytes: 500))
    var bytes: [UInt8] = []
    #expect(caught { try scope.waveform("C1", into: &bytes) }?.code == "transport.lost")
    try scope.reconnect()
    try scope.waveform("C1", into: &bytes)
    #expect(try Waveform(decoding: bytes).count == 502)
  }

  @Test("one link's lock keeps the other out until it is given back")
  func locks() throws {
    let fixture = try SimulatorFixture()
    defer { fixture.simulator.stop() }
    let first = try fixture.resource(.vxi11).connect(timeout: .seconds(5))
    let second = try fixture.resource(.vxi11).connect(timeout: .seconds(5))
    try first.lock(timeout: .seconds(1))
    #expect(caught { try second.write(Array("*CLS\n".utf8), timeout: .milliseconds(100)) }?.code == "transport.locked")
    #expect(caught { try second.lock(timeout: .milliseconds(100)) }?.code == "transport.locked")
    try first.unlock(timeout: .seconds(1))
    try second.lock(timeout: .seconds(1))
    #expect(caught { try first.unlock(timeout: .seconds(1)) }?.code == "transport.device")
    first.close()
    second.close()
  }

  @Test("an abort from another thread ends a read that waits")
  func aborts() throws {
    let fixture = try SimulatorFixture()
    defer { fixture.simulator.stop() }
    let line = try fixture.resource(.vxi11).connect(timeout: .seconds(5))
    let abort = line.abortHandle
    // The abort may come before the read; it then ends that one all the same.
    Thread { abort() }.start()
    #expect(caught { try line.read(timeout: .seconds(20)) }?.code == "transport.aborted")
    try line.write(Array("TDIV?\n".utf8), timeout: .seconds(5))
    try line.clear(timeout: .seconds(5))
    #expect(caught { try line.read(timeout: .milliseconds(100)) }?.code == "transport.timeout")
    line.close()
  }

  @Test("a host that serves no VXI-11 and a port nobody listens on give their own errors")
  func absent() throws {
    let fixture = try SimulatorFixture()
    var resource = try fixture.resource(.vxi11)
    resource.port = fixture.simulator.mapperPort
    #expect(caught { try resource.connect(timeout: .seconds(2)) }?.code == "transport.unserved")
    resource.port = fixture.simulator.corePort
    resource.device = "inst7"
    #expect(caught { try resource.connect(timeout: .seconds(2)) }?.code == "transport.device")
    fixture.simulator.stop()
    let gone = caught { try fixture.resource(.vicp).connect(timeout: .seconds(2)) }
    #expect(gone?.code == "transport.lost")
  }

  @Test("instruments are found through their port mapper")
  func discovery() throws {
    let fixture = try SimulatorFixture()
    defer { fixture.simulator.stop() }
    let found = try ScopeDiscovery.find(
      hosts: ["127.0.0.1"], mapperPort: fixture.simulator.mapperPort, timeout: .milliseconds(300))
    #expect(found.map(\.corePort) == [Int(fixture.simulator.corePort)])
    #expect(found.first?.identity?.hasPrefix("LECROY,WR610Zi") == true)
  }

  @Test("resource strings say how an instrument is reached")
  func resources() throws {
    let vxi11 = try InstrumentResource("TCPIP0::scope.lab::inst1::INSTR")
    #expect(vxi11.kind == .vxi11 && vxi11.host == "scope.lab" && vxi11.device == "inst1")
    #expect(try InstrumentResource("TCPIP::192.0.2.30::INSTR").device == "inst0")
    #expect(try InstrumentResource("VICP::192.0.2.30::INSTR").kind == .vicp)
    let plain = try InstrumentResource("192.0.2.30:1861")
    #expect(plain.kind == .automatic && plain.port == 1861)
    for bad in ["", "TCPIP::", "TCPIP::host::hislip0::INSTR", "GPIB0::5::INSTR", "VICP::a::b::INSTR", "host:0", "a b"] {
      #expect(caught { try InstrumentResource(bad) }?.code == "transport.badResource", "\(bad)")
    }
  }
}

/// Independent programs by others on the simulator's VXI-11; they ask port 111, which only root may listen on.
@Suite("Independent peers of the simulated oscilloscope", .serialized)
struct OscilloscopePeerTests {
  /// A simulator with its port mapper on port 111 of an address that nobody else uses; `nil` where that cannot be had.
  private static func simulator() -> (OscilloscopeSimulator, String)? {
    var options = OscilloscopeSimulator.Options()
    let number = getpid()
    options.host = "127.\(64 + number % 61).\(number / 61 % 250 + 1).\(number % 250 + 1)"
    options.mapperPort = 111
    options.vicpPort = 0
    options.triggerRate = 1e6
    return (try? OscilloscopeSimulator(options)).map { ($0, options.host) }
  }

  private static func run(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    process.arguments = ["20", program] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text
  }

  @Test("lxi-tools and python-vxi11 talk to it", .enabled(if: getuid() == 0))
  func peers() throws {
    guard let (simulator, host) = Self.simulator() else { return }
    defer { simulator.stop() }
    if FileManager.default.isExecutableFile(atPath: "/usr/bin/lxi") {
      let reply = try Self.run("/usr/bin/lxi", ["scpi", "--address", host, "*IDN?"])
      #expect(reply.contains("LECROY,WR610Zi"), "\(reply)")
    }
    let python = TestResources.folder.deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: ".build/peers/bin/python").path
    guard FileManager.default.isExecutableFile(atPath: python) else { return }
    let script = """
      import vxi11
      i = vxi11.Instrument('\(host)')
      i.timeout = 10
      print(i.ask('*IDN?'))
      i.write('CHDR OFF;CFMT DEF9,WORD,BIN;CORD LO')
      i.write('TDIV 100US;ARM;WAIT 5')
      i.write('C2:WF? ALL')
      block = i.read_raw()
      print(len(block), block[:2], block[11:19])
      i.lock(); print('stb', i.read_stb()); i.unlock(); i.clear(); i.close()
      """
    let reply = try Self.run(python, ["-c", script])
    #expect(reply.contains("LECROY,WR610Zi"), "\(reply)")
    // Ten divisions of 100 microseconds at 10 GS/s and two samples, in 16 bits, behind 357 bytes and before a line end.
    #expect(reply.contains("20000362 b'#9' b'WAVEDESC'"), "\(reply)")
    #expect(reply.contains("stb"), "\(reply)")
  }
}
