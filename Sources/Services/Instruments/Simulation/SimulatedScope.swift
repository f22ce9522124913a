import Foundation

/// The state of a simulated LeCroy oscilloscope and what it answers: a value without clocks or sockets.
///
/// Times are seconds since the simulator began; whoever owns the value says what time it is.
struct SimulatedScope: Sendable {
  /// What a message leads to.
  struct Answer {
    /// Bytes of the reply; `nil` for none.
    var reply: [UInt8]?
    /// Fault of the transport that goes with the reply.
    var fault: OscilloscopeFault?

    /// Puts another answer behind this one.
    mutating func add(_ other: Answer) {
      fault = fault ?? other.fault
      guard let more = other.reply else { return }
      if reply == nil { reply = more } else { reply?.append(contentsOf: [UInt8(ascii: ";")] + more) }
    }
  }

  var settings: SimulatedScopeSettings
  let generator: PulseGenerator
  let identity: String
  /// Triggers a second.
  let rate: Double
  /// How many sweeps are computed before they repeat; 0 computes every sweep anew.
  let pool: Int

  // Registers.
  var eventStatus = 1 << 7
  var commandError = 0, executionError = 0, deviceError = 0
  var internalState = 0
  var isAdjusted = false

  // Acquisition.
  /// When the acquisition under way is over; `nil` when stopped.
  var armedUntil: Double?
  /// Number of the next sweep.
  var sweep = 0
  /// The sweep in memory.
  var memory: Sweep?
  private var cache: [String: [UInt8]] = [:]
  var faults: [OscilloscopeFault] = []
  private var random: SimulatedRandom

  /// A finished acquisition.
  struct Sweep: Sendable {
    var number: Int
    var time: WaveTimeStamp
    var triggers: [WaveTrigger]
    var truth: [[SimulatedTruth]]
    var settings: SimulatedScopeSettings
    var pooled: Int
  }

  init(channels: Int, pulses: [SimulatedPulse], seed: UInt64, rate: Double, pool: Int, identity: String) {
    settings = SimulatedScopeSettings(channels: channels)
    let filled = (0..<channels).map { $0 < pulses.count ? pulses[$0] : pulses.last ?? SimulatedPulse() }
    generator = PulseGenerator(pulses: filled, seed: seed)
    random = SimulatedRandom(seed: seed ^ 0x7472_6967)
    self.rate = rate
    self.pool = pool
    self.identity = identity
  }

  // MARK: Acquisition

  /// Starts an acquisition at a time.
  mutating func arm(at now: Double) {
    let triggers = settings.sequence ?? 1
    var gap = 0.0
    for _ in 0..<triggers { gap += random.exponential(1 / rate) }
    armedUntil = now + gap
    internalState |= 1 << 13
  }

  /// Finishes an acquisition whose time has come.
  mutating func advance(to now: Double) {
    guard let end = armedUntil, now >= end else { return }
    finish(at: end)
  }

  mutating func finish(at end: Double) {
    let isStale = faults.firstIndex { $0.kind == .stale }
    let count = settings.sequence ?? 1
    var times = [0.0]
    for _ in 1..<max(1, count) { times.append((times.last ?? 0) + max(1e-7, random.exponential(1 / rate))) }
    let start = -5 * settings.timebase
    let triggers = times.map {
      WaveTrigger(time: $0, offset: start + (random.uniform() - 0.5) * settings.interval)
    }
    var stamp = Self.clock(end)
    if let isStale, let memory {
      stamp = memory.time
      faults[isStale].count -= 1
      if faults[isStale].count <= 0 { faults.remove(at: isStale) }
    }
    let pooled = pool > 0 ? sweep % pool : sweep
    memory = Sweep(
      number: sweep, time: stamp, triggers: triggers, truth: generator.truth(sweep: pooled, segments: count),
      settings: settings, pooled: pooled)
    sweep += 1
    internalState |= 1
    if settings.sequence != nil { internalState |= 1 << 4 }
    if settings.triggerMode == "SINGLE" || settings.triggerMode == "STOP" {
      settings.triggerMode = "STOP"
      armedUntil = nil
    } else {
      arm(at: end)
    }
  }

  /// The oscilloscope's clock: a fixed day, so that equal seeds give equal bytes.
  private static func clock(_ seconds: Double) -> WaveTimeStamp {
    let whole = Int(seconds.rounded(.down))
    return WaveTimeStamp(
      seconds: Double(whole % 60) + (seconds - Double(whole)), minutes: 30 + whole / 60 % 30,
      hours: 10 + whole / 1800 % 12, days: 7, months: 11, year: 2025)
  }

  // MARK: Waveforms

  /// The waveform of a channel of the sweep in memory, behind its frame and a reply's header.
  mutating func message(channel: Int, header: String) -> [UInt8]? {
    guard let sweep = memory, channel < sweep.settings.channels.count else { return nil }
    let input = sweep.settings.channels[channel]
    let gain = input.voltsPerDivision / 8000
    var encoder = WaveformEncoder()
    encoder.isWord = settings.isWord
    encoder.isLittleEndian = settings.isLittleEndian
    encoder.gain = Float(gain)
    encoder.offset = Float(input.offset)
    encoder.interval = Float(sweep.settings.interval)
    encoder.nominalSegments = sweep.settings.sequence ?? 1
    encoder.userText = input.text
    encoder.source = channel
    encoder.time = sweep.time
    encoder.timebase = sweep.settings.timebaseNumber
    encoder.fixedGain = SimulatedScopeSettings.gainNumber(input.voltsPerDivision)
    encoder.coupling = ["D50": 0, "GND": 1, "D1M": 2, "A1M": 4][input.coupling] ?? 0
    encoder.duration = Float((sweep.triggers.last?.time ?? 0) + 10 * sweep.settings.timebase)
    if sweep.settings.sequence == nil {
      encoder.horizontalOffset = sweep.triggers.first?.offset ?? 0
    } else {
      encoder.triggers = sweep.triggers
    }
    var truncatedTriggers = false
    if let fault = take(.mismatch, channel: channel), fault.kind == .mismatch, encoder.triggers.count > 1 {
      encoder.triggers.removeLast()
      truncatedTriggers = true
    }
    let key = "\(header)\(sweep.pooled)/\(sweep.settings.points)/\(sweep.settings.sequence ?? 0)/\(settings.isWord)"
    // Pooled sweeps are encoded once; a new one gets its own times written over those of the first.
    if pool > 0, !truncatedTriggers, let cached = cache[key] {
      return Self.renewed(cached, head: encoder.block([]), triggers: 16 * encoder.triggers.count)
    }
    var counts = generator.counts(
      sweep.truth, channel: channel, offsets: sweep.triggers.map(\.offset), points: sweep.settings.points,
      interval: Double(encoder.interval), gain: Double(encoder.gain), offset: Double(encoder.offset))
    if truncatedTriggers { counts.removeLast(sweep.settings.points) }
    let message = encoder.message(counts, header: header)
    if pool > 0, !truncatedTriggers { cache[key] = message }
    return message
  }

  /// A cached message with the trigger time and the trigger times of another head.
  private static func renewed(_ cached: [UInt8], head: [UInt8], triggers: Int) -> [UInt8] {
    var message: [UInt8] = []
    // Room for the line end after it.
    message.reserveCapacity(cached.count + 16)
    message += cached
    let start = (cached.prefix(64).firstIndex(of: UInt8(ascii: "#")) ?? 0) + 11
    message.replaceSubrange(start + 296..<start + 312, with: head[296..<312])
    let place = head.count - triggers
    message.replaceSubrange(start + place..<start + place + triggers, with: head[place...])
    return message
  }

  /// The next fault of these kinds for an answer about a channel, counted down.
  mutating func take(_ kinds: OscilloscopeFault.Kind..., channel: Int?) -> OscilloscopeFault? {
    let name = channel.map { "C\($0 + 1)" }
    for index in faults.indices where kinds.contains(faults[index].kind) {
      if let wanted = faults[index].channel, wanted != name { continue }
      if faults[index].skip > 0 {
        faults[index].skip -= 1
        continue
      }
      let fault = faults[index]
      faults[index].count -= 1
      if faults[index].count <= 0 { faults.remove(at: index) }
      return fault
    }
    return nil
  }
}
