import Errors
import Fitting
import JSON
import Tables

/// Makes bunch-intensity acquisitions with a known truth from a seed: for tests, demonstrations and benchmarks.
///
/// The same settings give the same file. Bunches decay exponentially from their injection on; sudden losses, droop of the
/// transformer, noise, padding and a DC transformer can be added.
public struct BeamCurrentSimulation: Sendable, Equatable {
  /// A sudden loss.
  public struct Loss: Sendable, Equatable {
    /// Number of the bunch, from 0; `nil` for all.
    public var bunch: Int?
    /// Time in the cycle in s.
    public var time: Double
    /// Lost share of the intensity at that time.
    public var fraction: Double

    /// A loss.
    public init(bunch: Int? = nil, time: Double, fraction: Double) {
      self.bunch = bunch
      self.time = time
      self.fraction = fraction
    }
  }

  /// Seed of the noise and of the bunches' intensities.
  public var seed: UInt64 = 1
  /// Device.
  public var device = "SPS.BCTW.31931"
  /// Timing user.
  public var selector = "SPS.USER.LHCION2"
  /// Moment of the acquisition in ns since 1970; also the cycle stamp.
  public var stamp = 1_697_446_990_120_000_000
  /// Slots in a turn.
  public var slotCount = 924
  /// Slot of the first bunch.
  public var firstSlot = 100
  /// Slots from bunch to bunch.
  public var bunchSpacing = 4
  /// Slots from the last bunch of a batch to the first of the next.
  public var batchSpacing = 6
  /// Bunches in a batch.
  public var bunchesPerBatch = 4
  /// Times of the injections in s of cycle time, one batch each.
  public var injections = [0.8, 4.4, 8.0, 11.6, 15.2, 18.8, 22.4]
  /// Mean intensity of an injected bunch in charges.
  public var intensity = 1.6e10
  /// Charges of the bunches at injection in order of slots; `nil` draws them from mean and spread.
  public var intensities: [Double]?
  /// Relative spread of the intensities.
  public var intensitySpread = 0.05
  /// Lifetimes in s, one per batch in turn.
  public var lifetimes = [200.0]
  /// Sudden losses.
  public var losses: [Loss] = []
  /// Time of the dump in s.
  public var dump = 55.0
  /// Time of the first measurement in s.
  public var firstMeasurement = 0.2
  /// Time from measurement to measurement in s.
  public var step = 0.6
  /// Measurements.
  public var measurementCount = 100
  /// Rows of padding after them.
  public var padding = 0
  /// Charges per count are 10 to this power.
  public var unitExponent = 8
  /// Noise (r.m.s.) in charges.
  public var noise = 1.2e8
  /// Level of the empty slots per charge in the ring: droop is negative.
  public var droop = 0.0
  /// True charges per recorded charge: what a DC transformer sees over what the bunches sum up to; `nil` leaves it out.
  public var calibration: Double?
  /// Whether the record has a filling pattern.
  public var hasPattern = true

  /// The standard cycle: seven injections of four ion bunches.
  public init() {}

  /// One simulated bunch.
  public struct Bunch: Sendable, Equatable {
    /// Slot.
    public var slot: Int
    /// Batch, from 0.
    public var batch: Int
    /// Intensity at injection in charges.
    public var intensity: Double
    /// Time of injection in s.
    public var injection: Double
    /// Lifetime in s.
    public var lifetime: Double
  }

  /// The bunches, in order of slots; those that do not fit into the ring are left out.
  public var bunches: [Bunch] {
    var random = RandomSource(seed: seed &* 2 &+ 1)
    var bunches: [Bunch] = []
    var slot = firstSlot
    for (batch, injection) in injections.enumerated() {
      for bunch in 0..<bunchesPerBatch {
        let spread = 1 + intensitySpread * random.normal()
        let lifetime = lifetimes.isEmpty ? .infinity : lifetimes[batch % lifetimes.count]
        if slot < slotCount {
          let given = intensities.flatMap { $0.indices.contains(bunches.count) ? $0[bunches.count] : nil }
          bunches.append(
            Bunch(
              slot: slot, batch: batch, intensity: given ?? intensity * spread, injection: injection,
              lifetime: lifetime))
        }
        slot += bunch + 1 < bunchesPerBatch ? bunchSpacing : batchSpacing
      }
    }
    return bunches
  }

  /// Times of the measurements in s, whole microseconds.
  public var times: [Double] {
    (0..<measurementCount).map { PowerOfTen.scale(((firstMeasurement + Double($0) * step) * 1e6).rounded() / 1e3, -3) }
  }

  /// The true intensity of a bunch at a time in charges.
  public func truth(_ number: Int, of bunch: Bunch, at time: Double) -> Double {
    guard time >= bunch.injection, time < dump else { return 0 }
    let kept = losses.reduce(1.0) { product, loss in
      let isHit = (loss.bunch == nil || loss.bunch == number) && loss.time >= bunch.injection && time >= loss.time
      return isHit ? product * (1 - loss.fraction) : product
    }
    return kept * bunch.intensity * Scalar.exp(-(time - bunch.injection) / bunch.lifetime)
  }

  /// The record with its noise; counts are rounded to a tenth.
  public func record() -> BunchIntensityRecord {
    var random = RandomSource(seed: seed &* 2)
    let bunches = bunches
    let unit = BunchIntensityRecord.powerOfTen(unitExponent)
    var counts: [Double] = []
    counts.reserveCapacity(measurementCount * slotCount)
    var filling: [Bool] = []
    for time in times {
      var charges = [Double](repeating: 0, count: slotCount)
      var marks = [Bool](repeating: false, count: slotCount)
      for (number, bunch) in bunches.enumerated() {
        let intensity = truth(number, of: bunch, at: time)
        charges[bunch.slot] = intensity
        marks[bunch.slot] = intensity > 0
      }
      let level = droop * charges.reduce(0, +)
      for slot in 0..<slotCount {
        let value = (charges[slot] + level + noise * random.normal()) / unit
        counts.append((value * 10).rounded() / 10)
      }
      filling += marks
    }
    var record = BunchIntensityRecord(
      device: device, machine: DeviceAddress(device).machine, times: times, slotCount: slotCount, counts: counts,
      unitExponent: unitExponent, filling: hasPattern ? filling : nil)
    let time = AcquisitionTime(nanoseconds: stamp)
    record.acquisitionTimeText = "\(time.text.prefix(10)) \(time.text.dropFirst(11).prefix(15))"
    record.time = time
    record.cycleStamp = stamp
    record.selector = selector
    record.beamDetected = !bunches.isEmpty
    return record
  }

  /// The acquisition file: one row, one column per device.
  public func table() throws(CavernError) -> Table {
    let record = record()
    func rows(_ values: [Double]) -> [[Double]] {
      (0..<measurementCount).map { Array(values[$0 * slotCount..<($0 + 1) * slotCount]) }
    }
    let blank = [[Double]](repeating: [Double](repeating: 0, count: slotCount), count: padding)
    var fields = [
      Column("acqTime", [record.acquisitionTimeText]), Column("beamDetected", [!bunches.isEmpty]),
      Column("bunchIntensity", matrices: [rows(record.counts) + blank]),
      Column("bunchIntensity_unitExponent", [Int32(unitExponent)]),
    ]
    if let filling = record.filling {
      fields.append(Column("fillingPattern", matrices: [rows(filling.map { $0 ? 1 : 0 }) + blank]))
    }
    let stamps = times.map { ($0 * 1e6).rounded() / 1e3 } + [Double](repeating: 0, count: padding)
    fields += [
      Column("measStamp", lists: [stamps]), Column("measStamp_unitExponent", [Int32(-3)]),
      Column("nbOfMeas", [Int32(measurementCount)]),
    ]
    var columns = [try column("\(device)/Acquisition", fields)]
    if let calibration {
      columns.append(try column("\(DeviceAddress(device).machine).BCTDC.51454/Acquisition", direct(calibration)))
    }
    return try Table(columns: columns)
  }

  /// The DC transformer: the true sum every 20 ms.
  private func direct(_ calibration: Double) -> [Column] {
    let bunches = bunches
    let end = firstMeasurement + Double(measurementCount) * step
    let times = (0..<Int(end / 0.02)).map { 0.02 * Double($0) }
    let sums = times.map { time in
      calibration * bunches.enumerated().reduce(0) { $0 + truth($1.offset, of: $1.element, at: time) }
    }
    return [
      Column("acqTime", [record().acquisitionTimeText]),
      Column("measStamp", lists: [times.map { ($0 * 1e3).rounded() }]),
      Column("measStamp_unitExponent", [Int32(-3)]),
      Column("totalIntensity", lists: [sums.map { $0 / 1e8 }]), Column("totalIntensity_unitExponent", [Int32(8)]),
    ]
  }

  private func column(_ name: String, _ fields: [Column]) throws(CavernError) -> Column {
    let header = try Column(
      "header",
      members: [
        Column("acqStamp", [stamp]), Column("cycleStamp", [stamp]), Column("setStamp", [0]),
        Column("selector", [selector]), Column("isFirstUpdate", [false]), Column("isImmediateUpdate", [false]),
      ])
    let value = try Column("value", members: fields)
    return try Column(name, members: [value, header, Column("exception", [String?.none])])
  }

  /// The truth as JSON, for a file beside the acquisition.
  public var truthJSON: JSONValue {
    [
      "seed": .integer(Int(truncatingIfNeeded: seed)), "noise": .number(noise), "droop": .number(droop),
      "dump_s": .number(dump), "calibration": .optional(calibration),
      "bunches": .array(
        bunches.map { bunch in
          [
            "slot": .integer(bunch.slot), "batch": .integer(bunch.batch), "initialIntensity": .number(bunch.intensity),
            "injection_s": .number(bunch.injection), "lifetime_s": .number(bunch.lifetime),
          ]
        }),
      "losses": .array(
        losses.map { ["bunch": .optional($0.bunch), "time_s": .number($0.time), "fraction": .number($0.fraction)] }),
    ]
  }
}
