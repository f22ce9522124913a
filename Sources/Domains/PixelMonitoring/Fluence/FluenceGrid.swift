import Errors

/// The bins of a field over the distance r from the beam and the place z along it, both in centimetres.
public struct FluenceGrid: Sendable, Equatable {
  /// Equal bins along one coordinate.
  public struct Axis: Sendable, Equatable {
    /// Lower edge of the first bin, in cm.
    public var lower: Double
    /// Upper edge of the last bin, in cm.
    public var upper: Double
    /// Number of bins.
    public var count: Int

    /// An axis of `count` equal bins, at least one.
    public init(lower: Double, upper: Double, count: Int) {
      self.lower = lower
      self.upper = upper
      self.count = count
    }

    /// Width of a bin, in cm.
    public var width: Double { (upper - lower) / Double(count) }

    /// The bin that holds a place, from 0; the lower edge belongs to it, the upper one does not; `nil` outside.
    public func bin(of place: Double) -> Int? {
      guard place >= lower, place < upper else { return nil }
      return min(Int((Double(count) * (place - lower) / (upper - lower)).rounded(.down)), count - 1)
    }

    /// An edge, counted from 0.
    public func edge(_ index: Int) -> Double {
      index == count ? upper : lower + (upper - lower) * (Double(index) / Double(count))
    }

    /// The middle of a bin, counted from 0.
    public func centre(_ bin: Int) -> Double { lower + (upper - lower) * ((Double(bin) + 0.5) / Double(count)) }
  }

  /// Bins along r.
  public var r: Axis
  /// Bins along z.
  public var z: Axis

  /// A grid.
  public init(r: Axis, z: Axis) {
    self.r = r
    self.z = z
  }

  /// Number of bins.
  public var count: Int { r.count * z.count }

  /// Position in an array with r running fastest.
  public func index(_ rBin: Int, _ zBin: Int) -> Int { zBin * r.count + rBin }

  /// The error for a place outside.
  func outside(r place: Double, z along: Double) -> CavernError {
    CavernError(
      "fluence.outside", "(r, z) = (\(place), \(along)) cm lies outside the field", exit: .badData,
      expected: "\(r.lower) ≤ r < \(r.upper) cm and \(z.lower) ≤ z < \(z.upper) cm")
  }
}
