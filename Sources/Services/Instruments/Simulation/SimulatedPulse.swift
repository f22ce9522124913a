import Foundation

/// Pulses of a fast gas detector and its reference counter: a steep electron peak with a slow ion tail after it, negative.
///
/// The leading edge is a logistic function of width `riseConstant` around the arrival, as in the analyses of Picosec
/// Micromegas (J. Bortfeldt et al., NIM A 903 (2018) 317); the peak falls with a second logistic function into a tail.
public struct SimulatedPulse: Sendable, Equatable {
  /// Scale of the leading edge in seconds; 10 to 90 % take 4.4 of it.
  public var riseConstant = 0.25e-9
  /// Seconds from the arrival to the half-height of the falling edge.
  public var width = 2.2e-9
  /// Scale of the falling edge in seconds.
  public var fallConstant = 0.35e-9
  /// Height of the ion tail relative to the peak.
  public var tailFraction = 0.12
  /// Decay time of the tail in seconds.
  public var tailDecay = 40e-9
  /// Mean amplitude in volts.
  public var meanAmplitude = 0.25
  /// Shape of the gamma distribution of amplitudes (a Polya of parameter θ = shape − 1); 0 for equal amplitudes.
  public var amplitudeShape = 4
  /// Width of the arrival time in seconds.
  public var jitter = 15e-12
  /// Shift of the arrival in seconds at the mean amplitude; grows as the amplitude falls (its inverse).
  public var walk = 0.0
  /// Seconds from the trigger to the mean arrival.
  public var delay = 0.0
  /// Noise in volts.
  public var noise = 1.5e-3

  /// A pulse with the defaults of a reference counter.
  public init() {}

  /// The shape at a time after the arrival: about 1 at the peak.
  func value(_ time: Double) -> Double {
    let rise = 1 / (1 + exp(-time / riseConstant))
    let fall = 1 / (1 + exp((time - width) / fallConstant))
    let tail = time > 0 ? tailFraction * exp(-time / tailDecay) : tailFraction
    return rise * (fall * (1 - tailFraction) + tail)
  }
}

/// What really happened in a segment of a simulated channel.
public struct SimulatedTruth: Sendable, Equatable {
  /// Sweep, from 0, and segment, from 0.
  public var sweep: Int, segment: Int
  /// Channel, from 1.
  public var channel: Int
  /// Arrival in seconds after the trigger: the middle of the leading edge.
  public var arrival: Double
  /// Amplitude in volts, positive.
  public var amplitude: Double
}

/// Sequences of simulated pulses.
struct PulseGenerator: Sendable {
  /// One pulse for each channel.
  var pulses: [SimulatedPulse]
  private let seed: UInt64
  /// Normal variates, drawn once: noise takes them from a random place with a random stride.
  private let noise: [Float]

  init(pulses: [SimulatedPulse], seed: UInt64) {
    self.pulses = pulses
    self.seed = seed
    var random = SimulatedRandom(seed: seed ^ 0x6e6f_6973_65)
    noise = (0..<1 << 16).map { _ in Float(random.normal()) }
  }

  /// Arrivals and amplitudes of a sweep: the same for every call.
  ///
  /// All channels of a segment share the time at which the particle came.
  func truth(sweep: Int, segments: Int) -> [[SimulatedTruth]] {
    var random = SimulatedRandom(seed: seed &+ UInt64(truncatingIfNeeded: sweep) &* 0x9E37_79B9)
    return (0..<segments).map { segment in
      let common = 20e-12 * random.normal()
      return pulses.enumerated().map { channel, pulse in
        var amplitude = pulse.meanAmplitude
        if pulse.amplitudeShape > 0 {
          let sum = (0..<pulse.amplitudeShape).reduce(0.0) { sum, _ in sum + random.exponential(1) }
          amplitude *= sum / Double(pulse.amplitudeShape)
        }
        let walk = amplitude > 0 ? pulse.walk * pulse.meanAmplitude / amplitude : 0
        let arrival = pulse.delay + common + pulse.jitter * random.normal() + walk
        return SimulatedTruth(
          sweep: sweep, segment: segment, channel: channel + 1, arrival: arrival, amplitude: amplitude)
      }
    }
  }

  /// Counts of one channel for a sweep.
  ///
  /// - Parameters:
  ///   - offsets: seconds from the trigger to the first sample, one a segment.
  ///   - points: samples of a segment, `interval` seconds apart.
  ///   - gain: volts a count; `offset`: volts that the trace is shifted up.
  func counts(
    _ truth: [[SimulatedTruth]], channel: Int, offsets: [Double], points: Int, interval: Double, gain: Double,
    offset: Double
  ) -> [Int16] {
    let pulse = pulses[channel]
    var random = SimulatedRandom(
      seed: seed &+ UInt64(truncatingIfNeeded: truth.first?.first?.sweep ?? 0) &* 7919 &+ UInt64(channel) &* 104_729)
    var counts: [Int16] = []
    counts.reserveCapacity(points * offsets.count)
    let scale = Float(pulse.noise / gain)
    let floor = Float(offset / gain)
    for (segment, start) in offsets.enumerated() {
      let fact = truth[segment][channel]
      var place = Int(truncatingIfNeeded: random.next() & 0xFFFF)
      let stride = Int(truncatingIfNeeded: random.next() & 0x3FFE) | 1
      // The pulse counts from twelve rise constants before the arrival until its tail is below a hundredth of a count.
      let first = Int(
        max(0, min(Double(points), ((fact.arrival - 12 * pulse.riseConstant - start) / interval).rounded(.down))))
      let tail = fact.arrival + 12 * pulse.tailDecay
      let last = Int(max(Double(first), min(Double(points), ((tail - start) / interval).rounded(.up))))
      let height = -fact.amplitude / gain
      for index in 0..<points {
        place = (place &+ stride) & 0xFFFF
        var value = floor + scale * noise[place]
        if index >= first, index < last {
          value += Float(height * pulse.value(start + Double(index) * interval - fact.arrival))
        }
        counts.append(Int16(max(-32768, min(32767, value.rounded()))))
      }
    }
    return counts
  }
}
