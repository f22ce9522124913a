import Errors
import JSON

/// A LeCroy oscilloscope in software: VXI-11 with its own port mapper, VICP, and a control socket for faults.
///
/// Part of the product, so that set-ups can be tried and analyses checked without an instrument: equal seeds give equal
/// waveforms, whose arrival times and amplitudes are known.
///
///     let simulator = try OscilloscopeSimulator(OscilloscopeSimulator.Options())
///     defer { simulator.stop() }
///     print(simulator.corePort, simulator.vicpPort)
public final class OscilloscopeSimulator: Sendable {
  /// What is simulated.
  public struct Options: Sendable {
    /// Number of channels, 1 to 8.
    public var channels = 4
    /// Pulses of the channels; the last one stands for those after it.
    public var pulses: [SimulatedPulse] = OscilloscopeSimulator.standardPulses
    /// Where random numbers begin.
    public var seed: UInt64 = 1
    /// Triggers a second.
    public var triggerRate = 1000.0
    /// How much faster than real time acquisitions are.
    public var speed = 1.0
    /// How many sweeps are computed before they repeat; 0 computes every sweep anew.
    public var pool = 0
    /// IPv4 address to listen on.
    public var host = "127.0.0.1"
    /// Port of the port mapper; `nil` takes 111 if it is to be had and one from the kernel otherwise.
    public var mapperPort: UInt16?
    /// Port of VICP; `nil` takes 1861 if it is to be had and one from the kernel otherwise; 0 asks the kernel.
    public var vicpPort: UInt16?
    /// Name of the device behind VXI-11.
    public var device = "inst0"
    /// Longest piece of a message that VXI-11 takes.
    public var maximumReceive = 1 << 16
    /// Serial number.
    public var serial = "LCRY0601N60001"

    /// The defaults.
    public init() {}
  }

  /// A reference counter on C1, a detector with its spread of amplitudes and a time walk on C2, the same on C3 and C4.
  public static var standardPulses: [SimulatedPulse] {
    var reference = SimulatedPulse()
    reference.amplitudeShape = 40
    reference.jitter = 6e-12
    var detector = SimulatedPulse()
    detector.riseConstant = 0.35e-9
    detector.meanAmplitude = 0.16
    detector.jitter = 20e-12
    detector.delay = 1.5e-9
    return [reference, detector]
  }

  /// Port of the VXI-11 core channel.
  public let corePort: UInt16
  /// Port of the port mapper.
  public let mapperPort: UInt16
  /// Port of VICP.
  public let vicpPort: UInt16
  /// Port of the control socket.
  public let controlPort: UInt16
  private let instrument: SimulatedInstrument
  private let listeners: [InstrumentListener]
  private let datagrams: DatagramServer?

  /// Starts a simulator; its threads end with `stop`.
  ///
  /// - Throws: `transport.cannotListen`, `transport.unknownHost`.
  public init(_ options: Options) throws(CavernError) {
    let scope = SimulatedScope(
      channels: max(1, min(8, options.channels)), pulses: options.pulses, seed: options.seed,
      rate: max(1e-3, options.triggerRate), pool: max(0, options.pool),
      identity: "LECROY,WR610Zi,\(options.serial),7.9.0")
    let instrument = SimulatedInstrument(scope, speed: max(1e-6, options.speed))
    self.instrument = instrument
    let address = try InstrumentSocket.resolve(options.host)
    let core = try InstrumentListener(address, port: 0)
    let abort = try InstrumentListener(address, port: 0)
    let vicp = try Self.listener(address, options.vicpPort, usual: VICPFrame.port)
    let mapper = try Self.listener(address, options.mapperPort, usual: VXI11.mapperPort)
    let control = try InstrumentListener(address, port: 0)
    (corePort, mapperPort, vicpPort, controlPort) = (core.port, mapper.port, vicp.port, control.port)
    listeners = [core, abort, vicp, mapper, control]
    let vxi11 = SimulatedVXI11(instrument, device: options.device, maximumReceive: max(64, options.maximumReceive))
    vxi11.setAbortPort(abort.port)
    let ports = SimulatedPortMapper(ports: [VXI11.coreProgram: core.port, VXI11.abortProgram: abort.port])
    // Discovery by broadcast asks over UDP; without the port the rest still works.
    datagrams = try? DatagramServer(address, port: mapper.port)
    core.start { vxi11.serveCore($0) }
    abort.start { vxi11.serveAbort($0) }
    vicp.start { SimulatedVICP(instrument: instrument).serve($0) }
    mapper.start { connection in RPCServer.serve(connection) { ports.answer($0) } }
    control.start { connection in Self.serveControl(connection, instrument) }
    datagrams?.start { message in
      guard let call = RPCMessage.call(message[...]) else { return nil }
      return RPCMessage.reply(to: call.transaction, ports.answer(call))
    }
  }

  /// The usual port when nothing else is asked for and it is free, else one from the kernel.
  private static func listener(
    _ address: UInt32, _ wish: UInt16?, usual: UInt16
  ) throws(CavernError) -> InstrumentListener {
    if let wish { return try InstrumentListener(address, port: wish) }
    if let listener = try? InstrumentListener(address, port: usual) { return listener }
    return try InstrumentListener(address, port: 0)
  }

  /// Ends all servers and connections.
  public func stop() {
    for listener in listeners { listener.stop() }
    datagrams?.stop()
  }

  /// Asks for a fault.
  public func add(_ fault: OscilloscopeFault) { instrument.add(fault) }

  /// Takes faults as JSON lines and answers each with `ok` or the reason.
  private static func serveControl(_ connection: InstrumentSocket, _ instrument: SimulatedInstrument) {
    var pending: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    do throws(InstrumentSocket.Fault) {
      while true {
        let got = try connection.receive(into: &piece, limit: piece.count, milliseconds: -1)
        pending.append(contentsOf: piece[..<got])
        while let end = pending.firstIndex(of: 10) {
          let line = Array(pending[..<end])
          pending.removeFirst(end + 1)
          let answer = Self.control(line, instrument)
          try connection.send([Array((answer + "\n").utf8)[...]], milliseconds: 1000)
        }
        guard pending.count < 1 << 16 else { return }
      }
    } catch {
      // The client has gone.
      return
    }
  }

  private static func control(_ line: [UInt8], _ instrument: SimulatedInstrument) -> String {
    guard let json = try? JSONValue(parsing: line) else { return "not JSON" }
    do throws(CavernError) {
      instrument.add(try OscilloscopeFault(json))
      return "ok"
    } catch {
      return error.message
    }
  }
}

extension OscilloscopeSimulator {
  /// Sweeps without a network: the blocks that a simulated oscilloscope would send, and what really happened.
  ///
  /// - Parameters:
  ///   - options: channels, pulses and seed.
  ///   - sweep: which sweep, from 0.
  ///   - segments: 1 for a single sweep, more for a sequence.
  ///   - timebase: seconds a division; ten are recorded, at 10 GS/s at the most.
  ///   - voltsPerDivision: of every channel.
  /// - Returns: a file for each channel, and the truth for each segment and channel.
  public static func sweep(
    _ options: Options, number sweep: Int, segments: Int, timebase: Double = 5e-9, voltsPerDivision: Double = 0.2
  ) -> (files: [[UInt8]], truth: [[SimulatedTruth]]) {
    var scope = SimulatedScope(
      channels: options.channels, pulses: options.pulses, seed: options.seed &+ UInt64(sweep) &* 31, rate: 1000,
      pool: 0,
      identity: "")
    scope.settings.sequence = segments > 1 ? segments : nil
    scope.settings.timebase = SimulatedScopeSettings.nearestTimebase(timebase)
    scope.settings.isWord = true
    scope.settings.isLittleEndian = true
    for channel in scope.settings.channels.indices {
      scope.settings.channels[channel].voltsPerDivision = voltsPerDivision
      scope.settings.channels[channel].offset = 3 * voltsPerDivision
    }
    scope.sweep = sweep
    scope.finish(at: Double(sweep) * 0.1)
    let files = scope.settings.channels.indices.map { channel in
      scope.message(channel: channel, header: "") ?? []
    }
    return (files, scope.memory?.truth ?? [])
  }
}
