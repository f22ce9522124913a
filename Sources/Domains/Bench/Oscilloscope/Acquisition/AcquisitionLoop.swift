import Errors
import Foundation
import Instruments

/// The state of a running acquisition.
struct AcquisitionLoop {
  private let acquisition: Acquisition
  private let scope: LeCroyOscilloscope
  private let queue: SweepQueue
  private let writer: RunWriter
  private let settings: [ScopeSetting]
  private let start = ContinuousClock.now
  private var events = AcquisitionCounts()
  private var number: Int
  private var previous: WaveTimeStamp?
  private var taken = 0
  /// The buffers of the sweep being read: with one owner, so that their memory is filled again and not copied.
  private var buffers: [[UInt8]] = []
  private(set) var lastFault: CavernError?

  init(
    _ acquisition: Acquisition, _ scope: LeCroyOscilloscope, _ queue: SweepQueue, _ writer: RunWriter,
    _ settings: [ScopeSetting], nextSweep: Int
  ) {
    (self.acquisition, self.scope, self.queue, self.writer) = (acquisition, scope, queue, writer)
    (self.settings, number) = (settings, nextSweep)
  }

  private var plan: AcquisitionPlan { acquisition.plan }

  /// What has happened, with what the writer has stored.
  func counts(_ writer: RunWriter) -> AcquisitionCounts {
    var counts = events
    (counts.sweeps, counts.segments, counts.bytes) = writer.written
    return counts
  }

  /// Takes sweeps until there is a reason to end.
  mutating func run() -> AcquisitionEnd {
    while true {
      if let end = end() { return end }
      let readings = acquisition.readings.latest()
      let isTripped = readings.contains(where: \.isTrip)
      if isTripped, plan.onTrip == .stop { return .trip }
      guard let empty = queue.take() else { return .writeFailed }
      buffers = empty
      do throws(CavernError) {
        if let end = try sweep(isTripped: isTripped) {
          giveBack()
          return end
        }
        giveBack()
      } catch {
        giveBack()
        lastFault = error
        events.lost += 1
        guard recover(from: error) else { return acquisition.isInterrupted() ? .interrupted : .unreachable }
      }
      acquisition.onSweep(counts(writer))
    }
  }

  private func end() -> AcquisitionEnd? {
    if acquisition.isInterrupted() { return .interrupted }
    if let sweeps = plan.sweeps, taken >= sweeps { return .count }
    if let duration = plan.duration, start.duration(to: .now) >= duration { return .time }
    if let bytes = plan.bytes, writer.written.bytes >= bytes { return .size }
    if let free = freeBytes(), free < plan.minimumFree { return .diskFull }
    return nil
  }

  private func freeBytes() -> Int? { writer.freeBytes }

  // MARK: One sweep

  /// Gives the buffers back when no sweep has been handed on in them.
  private mutating func giveBack() {
    guard !buffers.isEmpty else { return }
    let unused = buffers
    buffers = []
    queue.giveBack(unused)
  }

  /// Takes one sweep; an end, or `nil` to go on.
  private mutating func sweep(isTripped: Bool) throws(CavernError) -> AcquisitionEnd? {
    _ = try scope.number("INR?")
    try scope.send("ARM")
    var isForced = false
    if try !isAcquired() {
      if acquisition.isInterrupted() { return .interrupted }
      events.timeouts += 1
      switch plan.onTimeout {
      case .skip:
        try scope.send("STOP")
        return nil
      case .stop:
        try scope.send("STOP")
        return .timeout
      case .force:
        try scope.send("FRTR")
        guard try isAcquired() else {
          throw CavernError("scope.notTriggered", "the forced trigger gave no sweep", exit: .unavailable)
        }
        isForced = true
      }
    }
    let host = Date().timeIntervalSince1970
    for (place, channel) in plan.channels.enumerated() { try scope.waveform(channel, into: &buffers[place]) }
    guard let time = try agreedTime(buffers), time != previous else {
      events.stale += 1
      return nil
    }
    previous = time
    if isForced { events.forced += 1 }
    hand(host: host, isForced: isForced, isTripped: isTripped)
    return nil
  }

  /// Waits for bit 0 of `INR?`.
  private func isAcquired() throws(CavernError) -> Bool {
    let end = ContinuousClock.now + plan.sweepTimeout
    while true {
      if try scope.number("INR?") & 1 == 1 { return true }
      guard ContinuousClock.now < end, !acquisition.isInterrupted() else { return false }
      Thread.sleep(forTimeInterval: AcquisitionPlan.seconds(plan.pollInterval))
    }
  }

  /// The trigger time that all channels share; `nil` when they disagree about it or about the number of segments.
  ///
  /// - Throws: faults of a waveform, for example `length_mismatch`.
  private func agreedTime(_ messages: [[UInt8]]) throws(CavernError) -> WaveTimeStamp? {
    var first: (time: WaveTimeStamp, segments: Int)?
    for message in messages {
      let waveform = try Waveform(decoding: message)
      let own = (time: waveform.descriptor.triggerTime, segments: waveform.segmentCount)
      if let first, first.time != own.time || first.segments != own.segments { return nil }
      first = first ?? own
    }
    return first?.time
  }

  private mutating func hand(host: Double, isForced: Bool, isTripped: Bool) {
    var sweep = AcquiredSweep(
      number: number, channels: plan.channels, messages: buffers, hostNanoseconds: Int((host * 1e9).rounded()))
    buffers = []
    sweep.readings = acquisition.readings.latest().map { ($0.name, $0.value, host - $0.time) }
    if isForced { sweep.flags.append("forced") }
    if isTripped {
      sweep.flags.append("hv_trip")
      events.marked += 1
    }
    queue.put(sweep)
    number += 1
    taken += 1
  }

  // MARK: Recovery

  /// Makes the line anew with growing pauses; `false` when that did not work in time or the instrument is not as before.
  private mutating func recover(from fault: CavernError) -> Bool {
    // A damaged waveform leaves the line in step; everything else makes it anew.
    if !fault.code.contains(".") { return true }
    if fault.exit == .usage { return false }
    let end = ContinuousClock.now + plan.recoveryTimeout
    var pause = 0.05
    while ContinuousClock.now < end, !acquisition.isInterrupted() {
      do throws(CavernError) {
        try scope.reconnect()
        try scope.lock()
        events.reconnects += 1
        for (request, before) in zip(acquisition.setUp, settings) {
          let now = try scope.set(request)
          guard now.actual == before.actual else {
            lastFault = CavernError(
              "scope.setupChanged", "\(now.name) is \(now.actual) after the fault, was \(before.actual)", exit: .failed)
            return false
          }
        }
        return true
      } catch {
        lastFault = error
        if error.code == "scope.otherInstrument" || error.code == "scope.refused" { return false }
        Thread.sleep(forTimeInterval: pause)
        pause = min(5, 2 * pause)
      }
    }
    return false
  }
}
