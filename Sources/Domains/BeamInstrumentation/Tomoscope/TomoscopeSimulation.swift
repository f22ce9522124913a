import Fitting
import Foundation
import JSON

/// A seeded generator of tomoscope files with Gaussian bunches whose sizes are known.
///
/// For bunches with a known phase space, tracked turn by turn, see `PhaseSpaceSimulation`.
public struct TomoscopeSimulation: Sendable, Equatable {
  /// A bunch.
  public struct Bunch: Sendable, Equatable {
    /// Place in bins.
    public var centre: Double
    /// Standard deviation in bins in the first and in the last frame.
    public var sigma: (first: Double, last: Double)
    /// Height.
    public var amplitude: Double

    /// A bunch.
    public init(centre: Double, sigma: (first: Double, last: Double), amplitude: Double = 1500) {
      self.centre = centre
      self.sigma = sigma
      self.amplitude = amplitude
    }

    /// Equal when all numbers are.
    public static func == (left: Bunch, right: Bunch) -> Bool {
      left.centre == right.centre && left.sigma == right.sigma && left.amplitude == right.amplitude
    }
  }

  /// A splitting of every bunch into two.
  public struct Split: Sendable, Equatable {
    /// First and last frame in which the halves move apart.
    public var frames: ClosedRange<Int>
    /// Distance of the halves in the end, in bins.
    public var distance: Double

    /// A splitting.
    public init(frames: ClosedRange<Int>, distance: Double) {
      self.frames = frames
      self.distance = distance
    }
  }

  /// Seed of the noise.
  public var seed: UInt64 = 1
  /// The header; frames and bins are taken from it.
  public var header: TomoscopeHeader
  /// The bunches.
  public var bunches = [
    Bunch(centre: 180, sigma: (34, 26)), Bunch(centre: 420, sigma: (34, 26)),
  ]
  /// Splitting; `nil` for none.
  public var split: Split?
  /// Pedestal.
  public var baseline = 20.0
  /// Root-mean-square noise.
  public var noise = 6.0
  /// Whether values are rounded to whole digits.
  public var isDigitised = true

  /// The defaults: Pb⁵⁴⁺ at injection into the PS.
  public init() {
    header = TomoscopeHeader(frameCount: 40, binCount: 600, binWidth: 1e-9)
    header.title = "PS Pb54+, simulation"
    header.dataSource = "pipe"
    header.turnsBetweenFrames = 272
    header.voltage = (3e4, 0)
    header.harmonic = 16
    header.field = (0.06809, 0)
    header.machineRadius = 100
    header.bendingRadius = 70.079
    header.gammaTransition = 6.1
    header.restEnergy = 193.7e9
    header.charge = 54
  }

  /// Sigma of a bunch in a frame, in bins.
  public func sigma(_ bunch: Int, frame: Int) -> Double {
    let share = Double(frame) / Double(max(header.frameCount - 1, 1))
    return bunches[bunch].sigma.first + (bunches[bunch].sigma.last - bunches[bunch].sigma.first) * share
  }

  /// Distance of the halves in a frame, in bins; 0 before the splitting.
  public func distance(frame: Int) -> Double {
    guard let split, frame >= split.frames.lowerBound else { return 0 }
    let length = Double(max(split.frames.count - 1, 1))
    return split.distance * min(1, Double(frame - split.frames.lowerBound) / length)
  }

  /// All values, frame after frame.
  public var values: [Double] {
    var random = RandomSource(seed: seed)
    var values: [Double] = []
    values.reserveCapacity(header.frameCount * header.binCount)
    for frame in 0..<header.frameCount {
      let half = distance(frame: frame) / 2
      for bin in 0..<header.binCount {
        var value = baseline + noise * random.normal()
        for (index, bunch) in bunches.enumerated() {
          let sigma = sigma(index, frame: frame)
          for side in half > 0 ? [-1.0, 1.0] : [0.0] {
            let z = (Double(bin) - bunch.centre - side * half) / sigma
            value += bunch.amplitude * (half > 0 ? 0.5 : 1) * exp(-0.5 * z * z)
          }
        }
        values.append(isDigitised ? value.rounded() : value)
      }
    }
    return values
  }

  /// The file as the acquisition writes it.
  public var text: String { Self.text(header, values) }

  /// A file of any header and values.
  static func text(_ header: TomoscopeHeader, _ values: [Double]) -> String {
    var text = header.lines.joined(separator: "\n") + "\n"
    for value in values { text += (Int(exactly: value).map { "\($0)" } ?? "\(value)") + "\n" }
    return text
  }

  /// What was put in.
  public var truth: JSONValue {
    [
      "seed": .integer(Int(truncatingIfNeeded: seed)), "frames": .integer(header.frameCount),
      "bins": .integer(header.binCount), "binWidth_s": .number(header.binWidth), "baseline": .number(baseline),
      "noise": .number(noise), "splitFrom": .optional(split?.frames.lowerBound),
      "bunches": .array(
        bunches.map {
          [
            "centre": .number($0.centre), "sigmaFirst": .number($0.sigma.first), "sigmaLast": .number($0.sigma.last),
            "amplitude": .number($0.amplitude),
          ]
        }),
    ]
  }
}
