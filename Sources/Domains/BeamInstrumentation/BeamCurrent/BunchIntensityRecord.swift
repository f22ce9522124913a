/// What a fast beam current transformer recorded in one cycle: charges per slot and measurement.
public struct BunchIntensityRecord: Sendable, Equatable {
  /// Device, `SPS.BCTW.31931`.
  public var device: String
  /// Machine the device belongs to, `SPS`; `nil` when the device table does not know it.
  public var machine: String?
  /// Row of the acquisition in the file, from 0.
  public var acquisition: Int
  /// The time stamp as recorded.
  public var acquisitionTimeText: String?
  /// Moment of the acquisition, UTC; from the record, else its cycle stamp, else the file's name.
  public var time: AcquisitionTime?
  /// Stamp of the machine cycle in nanoseconds since 1970, by which devices are joined.
  public var cycleStamp: Int?
  /// Timing user, `SPS.USER.LHCION2`.
  public var selector: String?
  /// Whether the front-end saw beam, when it says.
  public var beamDetected: Bool?
  /// Time in the cycle of every measurement in s, ascending.
  public var times: [Double]
  /// Slots in a turn.
  public var slotCount: Int
  /// Counts, measurement after measurement, `slotCount` each; NaN where missing.
  public var counts: [Double]
  /// Charges per count are 10 to this power; `nil` when the record does not say, and intensities are in counts then.
  public var unitExponent: Int?
  /// Filling pattern, laid out like `counts`; `nil` when the record has none.
  public var filling: [Bool]?

  /// A record from its parts; `counts` and `filling` hold `times.count · slotCount` values.
  public init(
    device: String, machine: String? = nil, acquisition: Int = 0, times: [Double], slotCount: Int, counts: [Double],
    unitExponent: Int?, filling: [Bool]?
  ) {
    self.device = device
    self.machine = machine
    self.acquisition = acquisition
    self.times = times
    self.slotCount = slotCount
    self.counts = counts
    self.unitExponent = unitExponent
    self.filling = filling
  }

  /// Measurements.
  public var measurementCount: Int { times.count }

  /// Charges per count.
  public var unit: Double { unitExponent.map(Self.powerOfTen) ?? 1 }

  /// What intensities are counted in: `charges`, or `counts` when the record has no unit.
  public var unitName: String { unitExponent == nil ? "counts" : "charges" }

  /// Charges in a slot at a measurement as recorded, counts times unit.
  public func intensity(_ measurement: Int, _ slot: Int) -> Double { counts[measurement * slotCount + slot] * unit }

  /// Charges in a slot over the measurements as recorded.
  public func intensities(slot: Int) -> [Double] {
    let unit = unit
    return (0..<measurementCount).map { counts[$0 * slotCount + slot] * unit }
  }

  /// Slots that the filling pattern calls filled in any measurement, ascending; empty without a pattern.
  public var filledSlots: [Int] {
    guard let filling else { return [] }
    var isFilled = [Bool](repeating: false, count: slotCount)
    for measurement in 0..<measurementCount {
      let start = measurement * slotCount
      for slot in 0..<slotCount where filling[start + slot] { isFilled[slot] = true }
    }
    return isFilled.indices.filter { isFilled[$0] }
  }

  /// The last measurement for which the filling pattern has a filled slot; `nil` without one.
  ///
  /// It is the largest index, not the number of such measurements: beam need not be there from the first one on.
  public var lastFilledMeasurement: Int? {
    guard let filling, slotCount > 0 else { return nil }
    return filling.lastIndex(of: true).map { $0 / slotCount }
  }

  /// 10 to a whole power, correctly rounded.
  static func powerOfTen(_ exponent: Int) -> Double { Double("1e\(exponent)") ?? .nan }
}

/// What a DC beam current transformer recorded in one cycle: charges in the ring.
public struct TotalIntensityRecord: Sendable, Equatable {
  /// Device, `SPS.BCTDC.51454`.
  public var device: String
  /// Row of the acquisition in the file, from 0.
  public var acquisition: Int
  /// Stamp of the machine cycle in nanoseconds since 1970.
  public var cycleStamp: Int?
  /// Time in the cycle in s, ascending.
  public var times: [Double]
  /// Charges in the ring; NaN where missing.
  public var charges: [Double]

  /// A record from its parts; both lists are equally long.
  public init(device: String, acquisition: Int = 0, cycleStamp: Int? = nil, times: [Double], charges: [Double]) {
    self.device = device
    self.acquisition = acquisition
    self.cycleStamp = cycleStamp
    self.times = times
    self.charges = charges
  }
}
