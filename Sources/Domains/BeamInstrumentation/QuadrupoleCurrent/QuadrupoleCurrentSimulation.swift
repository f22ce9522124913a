import Errors
import Fitting
import Foundation
import JSON
import Tables

/// A seeded generator of quadrupole-current records whose lines are known.
public struct QuadrupoleCurrentSimulation: Sendable, Equatable {
  /// A sine in the current.
  public struct Line: Sendable, Equatable {
    /// Frequency in Hz.
    public var frequency: Double
    /// Amplitude in A.
    public var amplitude: Double
    /// Phase in rad: amplitude · sin(2πft + phase).
    public var phase: Double

    /// A sine.
    public init(frequency: Double, amplitude: Double, phase: Double) {
      self.frequency = frequency
      self.amplitude = amplitude
      self.phase = phase
    }
  }

  /// How the samples are stored.
  public enum Form: String, Sendable, CaseIterable {
    /// One text of numbers parted by commas.
    case text
    /// A list of numbers.
    case list
  }

  /// Seed of the noise.
  public var seed: UInt64 = 1
  /// Length in s.
  public var duration = 5.0
  /// Samples a second.
  public var samplingRate = 10_000.0
  /// Mean current in A.
  public var mean = 184.32
  /// Drift in A/s.
  public var drift = 0.0
  /// Sines.
  public var lines: [Line] = [
    Line(frequency: 50, amplitude: 6e-3, phase: 0.3), Line(frequency: 100, amplitude: 3.1e-3, phase: 1.1),
    Line(frequency: 300, amplitude: 4.4e-3, phase: 0.2), Line(frequency: 600, amplitude: 2.2e-3, phase: 2),
    Line(frequency: 68, amplitude: 1.7e-3, phase: 0.5), Line(frequency: 136, amplitude: 9e-4, phase: -1.2),
  ]
  /// Root-mean-square of the white noise in A.
  public var noise = 8e-4
  /// Digits after the point in the text form; `nil` for all.
  public var decimals: Int? = 4

  /// The defaults: the lines that the power converters of the SPS main quadrupoles are known for.
  public init() {}

  /// The samples in A.
  public var samples: [Double] {
    var random = RandomSource(seed: seed)
    let count = Int((duration * samplingRate).rounded())
    let scale = decimals.map { pow(10.0, Double($0)) }
    return (0..<count).map { index in
      let time = Double(index) / samplingRate
      var value = mean + drift * time + noise * random.normal()
      for line in lines { value += line.amplitude * sin(2 * .pi * line.frequency * time + line.phase) }
      return scale.map { (value * $0).rounded() / $0 } ?? value
    }
  }

  /// The acquisition as the saving tools write it.
  ///
  /// - Parameters:
  ///   - form: text or list.
  ///   - timestamp: Unix time in s.
  /// - Throws: what making columns throws.
  public func table(_ form: Form = .text, timestamp: Int = 1_730_121_600) throws(CavernError) -> Table {
    let values: Column
    switch form {
    case .text: values = Column("samples", [samples.map { "\($0)" }.joined(separator: ",")])
    case .list: values = Column("samples", lists: [samples])
    }
    let record = try Column("element", members: [Column("name", ["I"]), values])
    return try Table(columns: [
      try Column("signals", elements: record, lengths: [1]), Column("timestamp_seconds", [timestamp]),
    ])
  }

  /// What was put in.
  public var truth: JSONValue {
    [
      "seed": .integer(Int(truncatingIfNeeded: seed)), "duration_s": .number(duration), "mean_A": .number(mean),
      "drift_A_per_s": .number(drift), "noise_A": .number(noise),
      "lines": .array(
        lines.map {
          [
            "freq_Hz": .number($0.frequency), "amplitude_A": .number($0.amplitude), "phase_rad": .number($0.phase),
          ]
        }),
    ]
  }
}
